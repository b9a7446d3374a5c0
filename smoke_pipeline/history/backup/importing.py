"""A backup into an empty history, or into one that it replaces; all of it or nothing."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from smoke_pipeline.errors import HistoryError, HistoryUnavailableError, ObjectNotFoundError
from smoke_pipeline.history.backup.catalog import KEYS_TABLE, LOG_TABLE, driver_of, sequences_of, tables_of
from smoke_pipeline.history.backup.manifest import (
    MEMBER,
    MOST_BYTES,
    BackupManifest,
    BackupTable,
    no_backup,
    read_manifest,
)
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.migrate import current_revision, known_revisions, migrate, migrate_down

PIECE = 1024**2
LOCK_TIMEOUT_S = 10
"""How long others who use the tables are waited for."""


def import_history(
    database: Database, path: Path, *, replace: bool = False, wait_s: int = LOCK_TIMEOUT_S
) -> BackupManifest:
    """Bring every row of a backup into the history, in one transaction.

    What the log of the history holds stays in it, after what the backup brings; a backup without keys leaves
    those that are there.

    Args:
        database: Where to; its tables are made or brought up to date.
        path: What `export_history` wrote.
        replace: Whether everything else that is there goes first.
        wait_s: How long others who use the tables are waited for.

    Raises:
        ObjectNotFoundError: There is no such file.
        HistoryError: It is no backup, is damaged or of a newer version, or the history is not empty.
        HistoryUnavailableError: PostgreSQL does not answer, or somebody uses the tables.
    """
    with _opened(path) as zipped, database.transaction() as connection:
        manifest = _manifest_of(zipped, path)
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{int(wait_s)}s'"))
        migrate(connection)
        try:
            kept = _make_room(connection, manifest, replace=replace)
        except psycopg.errors.LockNotAvailable as error:
            raise HistoryUnavailableError(
                "Somebody uses the tables of the history.", ("Stop `smoke up` and whoever else uses them.",)
            ) from error
        _at_its_revision(connection, manifest, zipped, path)
        kept.bring_back_keys()
        _set_sequences(connection, manifest)
        kept.bring_back_log()
    return manifest


def _at_its_revision(connection: Connection, manifest: BackupManifest, zipped: ZipFile, path: Path) -> None:
    """Take the rows in at the revision they are of, and then go up to the newest."""
    is_newest = manifest.revision == current_revision(connection)
    if not is_newest:
        migrate_down(connection, manifest.revision)
    _load(connection, manifest, zipped, path)
    if not is_newest:
        migrate(connection)


def _make_room(connection: Connection, manifest: BackupManifest, *, replace: bool) -> "_Kept":
    """Empty the tables; what outlives that is kept aside.

    Raises:
        HistoryError: There are rows, and they are not to be replaced.
    """
    kept = _Kept(driver_of(connection), {LOG_TABLE} if manifest.with_keys else {LOG_TABLE, KEYS_TABLE})
    names = [table.name for table in tables_of(connection)]
    filled = [name for name in names if _any_row(connection, name)]
    lost = [name for name in filled if name not in kept.names]
    if lost and not replace:
        raise HistoryError(
            f"The history is not empty: there are rows in {', '.join(lost)}.",
            ("Import into an empty database.", "Replace all that is there with `--replace`."),
        )
    kept.set_aside()
    if filled:
        _empty(driver_of(connection), names)
    return kept


class _Kept:
    """Rows that outlive an import: of the log always, of the keys where the backup has none."""

    def __init__(self, driver: psycopg.Connection, names: set[str]) -> None:
        self.names = names
        self._driver = driver

    def set_aside(self) -> None:
        """Copy them into tables that end with the transaction."""
        for name in self.names:
            copy = sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS TABLE {}")
            self._driver.execute(copy.format(sql.Identifier(f"kept_{name}"), sql.Identifier(SCHEMA, name)))

    def bring_back_keys(self) -> None:
        """Write them again as they were."""
        if KEYS_TABLE in self.names:
            back = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE kept_api_keys")
            self._driver.execute(back.format(sql.Identifier(SCHEMA, KEYS_TABLE)))

    def bring_back_log(self) -> None:
        """Add the lines that the backup did not bring, with new numbers."""
        table = sql.Identifier(SCHEMA, LOG_TABLE)
        cursor = self._driver.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table))
        columns = [one.name for one in cursor.description or () if one.name != "audit_id"]
        add = sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_audit_log k WHERE NOT EXISTS "
            "(SELECT FROM {table} a WHERE a.audit_id = k.audit_id AND a::text = k::text) ORDER BY audit_id"
        )
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        self._driver.execute(add.format(table=table, columns=listed))


def _empty(driver: psycopg.Connection, names: list[str]) -> None:
    """Forget every row; who may use the tables stays as it is, which dropping them would not leave."""
    tables = [sql.Identifier(SCHEMA, name) for name in names]
    for table in tables:  # The log refuses to be emptied, and its owner alone can lift that.
        driver.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    driver.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(tables)))
    for table in tables:
        driver.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))


def _load(connection: Connection, manifest: BackupManifest, zipped: ZipFile, path: Path) -> None:
    there = {table.name: table.columns for table in tables_of(connection)}
    written = {table.name: table.columns for table in manifest.tables}
    if {name: set(columns) for name, columns in written.items()} != {
        name: set(columns) for name, columns in there.items()
    }:
        raise no_backup(str(path))
    for table in manifest.tables:
        if table.name != KEYS_TABLE or manifest.with_keys:
            _load_table(driver_of(connection), table, zipped, path)


def _load_table(driver: psycopg.Connection, table: BackupTable, zipped: ZipFile, path: Path) -> None:
    """Copy the rows of a table in, and hold them to what the manifest says of them."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(SCHEMA, table.name), columns)
    with driver.cursor() as cursor:
        with cursor.copy(order) as copy:
            for piece in _pieces(zipped, table, path):
                copy.write(piece)
        if cursor.rowcount != table.rows:
            raise no_backup(str(path))


def _pieces(zipped: ZipFile, table: BackupTable, path: Path) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    try:
        with zipped.open(table.member) as member:
            while piece := member.read(PIECE):
                digest.update(piece)
                size += len(piece)
                if size > table.size_bytes:
                    break
                yield piece
    except (KeyError, BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise no_backup(str(path)) from error
    if size != table.size_bytes or digest.hexdigest() != table.sha256:
        raise no_backup(str(path))


def _set_sequences(connection: Connection, manifest: BackupManifest) -> None:
    """Go on counting where the backup ended."""
    last = {(one.table, one.column): one.last for one in manifest.sequences}
    for one in sequences_of(connection):
        table, column = sql.Identifier(SCHEMA, one.table), sql.Identifier(one.column)
        largest = sql.SQL("SELECT max({}) FROM {}").format(column, table)
        found = driver_of(connection).execute(largest).fetchone()
        number = max(last.get((one.table, one.column), 0), (found and found[0]) or 0)
        if number:
            name = sql.Identifier(SCHEMA, one.name).as_string(driver_of(connection))
            driver_of(connection).execute("SELECT setval(%s::regclass, %s)", (name, number))


def _any_row(connection: Connection, name: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(SCHEMA, name))
    found = driver_of(connection).execute(query).fetchone()
    return bool(found and found[0])


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise ObjectNotFoundError(
            f"{path} cannot be read: {error.strerror}.", ("Check the path.",)
        ) from error
    with file:
        try:
            zipped = ZipFile(file)
        except BadZipFile as error:
            raise no_backup(str(path)) from error
        with zipped:
            yield zipped


def _manifest_of(zipped: ZipFile, path: Path) -> BackupManifest:
    try:
        if zipped.getinfo(MEMBER).file_size > MOST_BYTES:
            raise no_backup(str(path))
        content = zipped.read(MEMBER)
    except (KeyError, BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise no_backup(str(path)) from error
    manifest = read_manifest(content, str(path))
    if manifest.revision not in known_revisions():
        raise HistoryError(
            f"{path} is of the revision {manifest.revision}, which is newer than this program.",
            ("Install the version that wrote it, or a newer one.",),
        )
    return manifest
