"""Definitions of named tests in the schema `mcp_smoke`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, RowMapping, delete, select, update
from sqlalchemy.dialects import postgresql

from smoke_pipeline.errors import HistoryError, SessionConflictError
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.named_tests.records import DefinitionRecord
from smoke_pipeline.history.schema.named_tests import test_definitions


class Definitions:
    """Named tests that were saved; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def all(self) -> Sequence[DefinitionRecord]:
        """Every definition, by name."""
        query = select(test_definitions).order_by(test_definitions.c.name)
        with self._database.transaction() as connection:
            return [_definition_of(row) for row in connection.execute(query).mappings()]

    def find(self, name: str) -> DefinitionRecord | None:
        """The definition of that name, if there is one."""
        query = select(test_definitions).where(test_definitions.c.name == name)
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
        return _definition_of(row) if row else None

    def save(
        self, name: str, definition: Mapping[str, Any], *, by: str, version: int | None = None
    ) -> DefinitionRecord:
        """Keep a definition: a new one, or in place of the version that was read.

        Args:
            name: Its name.
            definition: The definition as a file holds it.
            by: Who saves it; the owner of a new one.
            version: The version that was read; None for a new one.

        Raises:
            SessionConflictError: Somebody else saved or deleted it meanwhile.
        """
        changes = {"definition": dict(definition), "updated_at": self._now(), "updated_by": by}
        table, columns = test_definitions, test_definitions.c
        if version is None:
            new = postgresql.insert(table).values(**changes, name=name, owner=by, version=1)
            saving: Executable = new.on_conflict_do_nothing().returning(table)
        else:
            same = update(table).where(columns.name == name, columns.version == version)
            saving = same.values(**changes, version=columns.version + 1).returning(table)
        with self._database.transaction() as connection:
            row = connection.execute(saving).mappings().first()
        if row is None:
            raise _changed_meanwhile(name)
        return _definition_of(row)

    def delete(self, name: str) -> None:
        """Forget a definition; its sessions stay.

        Raises:
            HistoryError: There is none of that name.
        """
        gone = delete(test_definitions).where(test_definitions.c.name == name)
        with self._database.transaction() as connection:
            if connection.execute(gone.returning(test_definitions.c.name)).first() is None:
                raise HistoryError(f"No test named {name!r} is saved.", ("List them: smoke tests list.",))


def _definition_of(row: RowMapping) -> DefinitionRecord:
    return DefinitionRecord(**row)


def _changed_meanwhile(name: str) -> SessionConflictError:
    return SessionConflictError(
        f"The test {name!r} was saved or deleted by somebody else meanwhile.",
        ("Look at it again with `smoke tests show`, then save.",),
        {"test": name},
    )
