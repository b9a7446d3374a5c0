"""What stands around the services: PostgreSQL, MariaDB, a store, a disk, and the lines that lead to them."""

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from moto.server import ThreadedMotoServer

from smoke_pipeline.history.server.embedded import PORT, start_embedded, stop_embedded
from smoke_pipeline_tests.chaos.disk import Disk, small_disk
from smoke_pipeline_tests.chaos.inputs import Pair, as_csv, as_statements
from smoke_pipeline_tests.chaos.relay import Relay
from smoke_pipeline_tests.cli.served import SMOKE, environment, free_port
from smoke_pipeline_tests.readers.storagegrid.buckets import ACCESS_KEY, SECRET, Bucket, store_at
from smoke_pipeline_tests.readers.tables.servers import as_owner, mariadb

WEBHOOK_KEY = "a key of sixteen characters"
BUCKET = "chaos"
SIDES = ("source", "target")


@dataclass(frozen=True, kw_only=True)
class World:
    """Where everything is."""

    variables: Mapping[str, str]
    """What each part is given."""
    files: Path
    """What clients hand in by name."""
    postgres: Path
    """The folder of the server that the parts share."""
    history: str
    """The URL of the history, past the line that is cut."""
    lines: Mapping[str, Relay]
    """`history`, `mariadb`, `postgres` and `store`."""
    disk: Disk

    def database_again(self) -> None:
        """Start PostgreSQL again after it was killed."""
        start_embedded(self.postgres)


def command(variables: Mapping[str, str], *words: str) -> str:
    """What a command says that must succeed."""
    done = subprocess.run(
        [*SMOKE, *words], env=dict(variables), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def object_key(pair: Pair, side: str) -> dict[str, str]:
    """What names one side among the objects."""
    return {
        "contract_number": f"{pair.number}",
        "payment_date": "2026-02-04",
        "transform_subtype": side.upper(),
    }


@contextmanager
def world(folder: Path, made: Sequence[Pair]) -> Iterator[World]:
    """Everything, with those pairs in every place; gone when the block ends."""
    with ExitStack() as stack:
        postgres = folder / "postgres"
        server = start_embedded(postgres)
        stack.callback(stop_embedded, postgres)
        history = _databases(server, made)
        maria = stack.enter_context(mariadb(folder / "mariadb"))
        _fill_mariadb(maria.port, made)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        store.start()
        stack.callback(store.stop)
        _fill_store(stack, store.get_host_and_port(), made)
        socket = f"{parse_qs(urlsplit(server).query)['host'][0]}/.s.PGSQL.{PORT}"
        ends = {
            "history": socket,
            "postgres": socket,
            "mariadb": ("127.0.0.1", maria.port),
            "store": store.get_host_and_port(),
        }
        lines = {name: stack.enter_context(Relay.to(end)) for name, end in ends.items()}
        files = folder / "files"
        files.mkdir()
        for pair in made:
            for side, rows in zip(SIDES, (pair.source, pair.target), strict=True):
                (files / f"{side}_{pair.number}.csv").write_bytes(as_csv(rows))
        disk = stack.enter_context(small_disk(folder / "data"))
        settings = folder / "settings.yaml"
        settings.write_text(json.dumps(_settings(lines, files)))
        variables = _variables(disk.folder, settings, lines["history"].port)
        command(variables, "db", "upgrade")
        yield World(
            variables=variables, files=files, postgres=postgres, history=history, lines=lines, disk=disk
        )
    shutil.rmtree(folder, ignore_errors=True)


def _databases(server: str, made: Sequence[Pair]) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT pg_read_all_data TO reader")
        connection.execute("CREATE DATABASE smoke")
        connection.execute("CREATE DATABASE tables")
    with psycopg.connect(server.replace("/postgres?", "/tables?"), autocommit=True) as connection:
        for statement in _tables(made):
            connection.execute(statement)
    return server.replace("/postgres?", "/smoke?")


def _fill_mariadb(port: int, made: Sequence[Pair]) -> None:
    with as_owner(port) as connection, connection.cursor() as cursor:
        for statement in _tables(made):
            cursor.execute(statement)


def _tables(made: Sequence[Pair]) -> Iterator[str]:
    for pair in made:
        yield from as_statements(f"source_{pair.number}", pair.source)
        yield from as_statements(f"target_{pair.number}", pair.target)


def _fill_store(stack: ExitStack, address: tuple[str, int], made: Sequence[Pair]) -> None:
    bucket = stack.enter_context(Bucket.made(store_at(address), BUCKET))
    for pair in made:
        for side, rows in zip(SIDES, (pair.source, pair.target), strict=True):
            name = ".".join(object_key(pair, side).values())
            bucket.put(f"statement.{name}.CSV", as_csv(rows))


def _settings(lines: Mapping[str, Relay], files: Path) -> dict[str, object]:
    store = {
        "endpoint_url": f"http://127.0.0.1:{lines['store'].port}",
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET,
        "buckets": {"statements": BUCKET},
        "attempts": 2,
        "connect_timeout_s": 5,
        "read_timeout_s": 10,
    }
    here = {"host": "127.0.0.1", "connect_timeout_s": 5}
    maria = {
        **here,
        "port": lines["mariadb"].port,
        "user": "reader",
        "password": "gehe1m€",
        "database": "smoke",
    }
    tables = {**here, "port": lines["postgres"].port, "user": "reader", "database": "tables"}
    preset = {"storagegrid": store, "mysql": {"warehouse": maria}, "postgres": {"warehouse": tables}}
    return {
        "presets": {"development": preset},
        "launcher": {"roots": [str(files)]},
        "signals": {"webhook_key": WEBHOOK_KEY, "look_every_s": 3},
    }


def _variables(data: Path, settings: Path, history_port: int) -> dict[str, str]:
    kept = {name: value for name, value in environment(data).items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "SMOKE_SETTINGS": str(settings),
        "SMOKE_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{history_port}/smoke",
        **{f"SMOKE_{part}__PORT": str(free_port()) for part in ("DAGSTER", "REPORT_SERVER", "LAUNCHER")},
    }
