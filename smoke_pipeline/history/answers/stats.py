"""How much the history holds, in rows and bytes."""

import os
from pathlib import Path

from sqlalchemy import Connection, func, select

from smoke_pipeline.history.answers.records import Stats, TableSize
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.base import SCHEMA, metadata
from smoke_pipeline.history.schema.migrate import current_revision
from smoke_pipeline.history.schema.sessions import test_sessions


def stats(database: Database) -> Stats:
    """How much the history holds; every row is counted.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    status, created = test_sessions.c.status, test_sessions.c.created_at
    with database.transaction() as connection:
        size = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
        by_status = connection.execute(select(status, func.count()).group_by(status).order_by(status))
        oldest, newest = connection.execute(select(func.min(created), func.max(created))).one()
        return Stats(
            database_bytes=size,
            revision=current_revision(connection) or "",
            sessions_by_status={row[0]: row[1] for row in by_status},
            tables=_tables(connection),
            oldest_session_at=oldest,
            newest_session_at=newest,
        )


def _tables(connection: Connection) -> tuple[TableSize, ...]:
    found = []
    for table in metadata.sorted_tables:
        rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        name = f"{SCHEMA}.{table.name}"
        size = connection.execute(select(func.pg_total_relation_size(name))).scalar_one()
        found.append(TableSize(name=table.name, rows=rows, size_bytes=size))
    return tuple(found)


def disk_use(folder: Path) -> dict[str, int]:
    """The bytes of the files in each folder right below this one; what cannot be looked into counts nothing.

    Files of the folder itself stand under the empty name.
    """
    found = {"": 0}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            found[entry.name] = _bytes_below(Path(entry.path))
        else:
            found[""] += _bytes_of(entry)
    return found


def _bytes_below(folder: Path) -> int:
    total, waiting = 0, [folder]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                total += _bytes_of(entry)
    return total


def _bytes_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
