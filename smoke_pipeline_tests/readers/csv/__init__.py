"""Tests of `smoke_pipeline.readers.csv`: files as the world writes them."""
