"""The database of the answers' tests."""

from smoke_pipeline_tests.history.answers.conftest import database, module_database

__all__ = ["database", "module_database"]
