"""`python -m smoke_pipeline.defs.serving`: the code server, at a socket of this machine or at a port."""

import signal
from pathlib import Path

import click
from dagster._utils.interrupts import setup_interrupt_handlers

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.history.access.secrets import without_secrets
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.logs.setup import set_up_logs
from smoke_pipeline.settings.sections.logs import LoggingSettings


@click.command()
@click.option("--socket", type=click.Path(path_type=Path), help="Socket of this machine to listen on.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
def main(socket: Path | None, host: str | None, port: int | None) -> None:
    """Serve the pipeline to Dagster's webserver and daemon."""
    from smoke_pipeline.defs.serving.server import serve

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has its commands ignore it
    setup_interrupt_handlers()
    set_up_logs(_logging(), service="code server", redact=without_secrets)
    serve(socket=str(socket) if socket else None, host=host, port=port)


def _logging() -> LoggingSettings:
    """How to log; why the settings cannot be used is told on Dagster's page."""
    try:
        return load_settings().logging
    except SettingsError:
        return LoggingSettings()


if __name__ == "__main__":
    main()
