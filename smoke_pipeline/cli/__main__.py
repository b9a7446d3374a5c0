"""`python -m smoke_pipeline.cli` is `smoke`."""

from smoke_pipeline.cli.main import main

main(prog_name="smoke")
