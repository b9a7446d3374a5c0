"""Files that were handed in or out, as rows; the files themselves lie in the data folder."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.dialects import postgresql

from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.keeping.records import KeptFile
from smoke_pipeline.history.records import FileKind
from smoke_pipeline.history.schema.keeping import files


class Files:
    """Rows of `files`; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def keep(self, file: KeptFile) -> KeptFile:
        """Write a file down, in place of the row of an older file at that path; its number is given here."""
        row = {name: getattr(file, name) for name in KeptFile.__dataclass_fields__ if name != "file_id"}
        row |= {"kind": file.kind.value, "created_at": self._now()}
        added = postgresql.insert(files).values(row)
        written = added.on_conflict_do_update(index_elements=["path"], set_=row).returning(files)
        with self._database.transaction() as connection:
            return _file(connection.execute(written).mappings().one())

    def at(self, path: str) -> KeptFile | None:
        """The file at a path below the data folder, if one was written down."""
        with self._database.transaction() as connection:
            row = connection.execute(select(files).where(files.c.path == path)).mappings().first()
            return _file(row) if row else None

    def every(self) -> Sequence[KeptFile]:
        """All of them, the oldest first."""
        with self._database.transaction() as connection:
            found = connection.execute(select(files).order_by(files.c.created_at, files.c.file_id))
            return [_file(row) for row in found.mappings()]

    def forget(self, paths: Sequence[str]) -> None:
        """Delete the rows of these paths; nothing happens to those that are not there."""
        with self._database.transaction() as connection:
            connection.execute(delete(files).where(files.c.path.in_(paths)))


def _file(row: RowMapping) -> KeptFile:
    return KeptFile(**{**row, "kind": FileKind(row["kind"])})
