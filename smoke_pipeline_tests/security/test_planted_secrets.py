"""Secrets that were planted are nowhere but where they were put.

A whole session and failing ones run with a secret in every setting that can hold one. Then everything that is
left behind is searched: answers, logs, events of Dagster, rows of every table, members of the reports.
"""

import json
import subprocess
import zipfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from smoke_pipeline.history.access.keys import Keys, NewKey
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import Role
from smoke_pipeline_tests.cli.served import SMOKE, environment, free_port

pytestmark = pytest.mark.services

PLANTED = "Pl4nted-s3cret"
"""Part of every secret here."""


def variables(postgres_url: str, folder: Path) -> dict[str, str]:
    """A secret in each setting that can hold one; the database is one that nobody serves."""
    key = folder / "signing_key"
    key.write_text(f"{PLANTED}-signing-key", "utf-8")
    preset = "SMOKE_PRESETS__DEVELOPMENT__"
    return {
        "SMOKE_POSTGRES_URL": postgres_url,
        "SMOKE_MASKING__KEY": f"{PLANTED}-masking-key",
        "SMOKE_LAUNCHER__SIGNING_KEY_FILE": str(key),
        f"{preset}STORAGEGRID__ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        f"{preset}STORAGEGRID__ACCESS_KEY_ID": f"{PLANTED}-access",
        f"{preset}STORAGEGRID__SECRET_ACCESS_KEY": f"{PLANTED}-secret",
        f"{preset}STORAGEGRID__ATTEMPTS": "1",
        f"{preset}MYSQL__W__USER": "reader",
        f"{preset}MYSQL__W__PASSWORD": f"{PLANTED}-mysql",
        f"{preset}MYSQL__W__DATABASE": "w",
        f"{preset}MYSQL__W__PORT": str(free_port()),
        f"{preset}POSTGRES__W__USER": "reader",
        f"{preset}POSTGRES__W__PASSWORD": f"{PLANTED}-postgres",
        f"{preset}POSTGRES__W__DATABASE": "w",
        f"{preset}POSTGRES__W__PORT": str(free_port()),
    }


def in_bucket(bucket, folder: Path) -> dict[str, str]:
    """Snapshots in a bucket, with the secret of its key in a file."""
    secret = folder / "snapshots_secret"
    secret.write_text(f"{PLANTED}-snapshots-secret", "utf-8")
    return {
        "SMOKE_STORAGE__SNAPSHOTS": f"s3://{bucket.name}/smoke",
        "SMOKE_STORAGE__STORE__ENDPOINT_URL": bucket.store.endpoint_url,
        "SMOKE_STORAGE__STORE__ACCESS_KEY_ID": f"{PLANTED}-snapshots-key",
        "SMOKE_STORAGE__STORE__SECRET_ACCESS_KEY_FILE": str(secret),
        "SMOKE_STORAGE__STORE__ATTEMPTS": "1",
    }


def objects_of(bucket):
    """Every object of a bucket, with what is told of it."""
    for found in bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]:
        answer = bucket.client.get_object(Bucket=bucket.name, Key=found["Key"])
        yield f"s3://{found['Key']}", answer["Body"].read() + str(answer).encode()


def with_password(url: str, password: str) -> str:
    """The URL of a server that asks for no password, with one that errors could tell."""
    scheme, _, rest = url.partition("://")
    user, _, place = rest.partition("@")
    return f"{scheme}://{user.partition(':')[0]}:{password}@{place}"


def loud(given: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that logs all that it can."""
    return subprocess.run(
        [*SMOKE, "--log-format", "json", "--log-level", "debug", *arguments],
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def texts_of(database_url: str):
    """Every row of every table, the events of Dagster with them."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('public', 'mcp_smoke') AND table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, name in tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, name))
            for (row,) in connection.execute(query):
                yield f"{schema}.{name}", row.encode()


def files_below(folder: Path):
    """Every file and every member of a zip."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        yield str(path), path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as opened:
                for name in opened.namelist():
                    yield f"{path}!{name}", opened.read(name)


def test_no_secret_is_left_anywhere(open_folder, postgres_url, tmp_path, bucket):
    data = open_folder / "planted"
    with Database(postgres_url) as database:
        database.migrate()
        _, made = Keys(database).create(NewKey(name="n", client_id="ada", role=Role.ADMIN), LOCAL)
    key = made.text
    given = environment(data) | variables(with_password(postgres_url, f"{PLANTED}-history"), tmp_path)
    given |= {"SMOKE_API_KEY": key, **in_bucket(bucket, tmp_path)}
    (tmp_path / "a.csv").write_text("id,v\n1,x\n2,y\n", "utf-8")
    (tmp_path / "c.csv").write_text("other,v\n1,x\n", "utf-8")
    (tmp_path / "b.csv").write_text("id,v\n1,x\n2,z\n", "utf-8")
    sides = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    away = {**given, "SMOKE_STORAGE__STORE__ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    elsewhere = {**given, "SMOKE_POSTGRES_URL": f"postgresql://u:{PLANTED}@127.0.0.1:1/x"}

    ended = {
        "whole": loud(given, "run", *sides, "--key", "id"),
        "mysql": loud(given, "run", "mysql.w:orders", sides[1], "--key", "id"),
        "failing": loud(given, "run", sides[0], str(tmp_path / "c.csv"), "--key", "id"),
        "store": loud(given, "compare", "s3://statements/a.csv", sides[1]),
        "bucket away": loud(away, "run", *sides, "--key", "id"),
        "unreachable": loud(elsewhere, "sessions"),
        "listed": loud(given, "sessions", "--format", "json"),
    }

    assert {name: one.returncode for name, one in ended.items()} == {
        "whole": 1,
        "mysql": 2,
        "failing": 2,
        "store": 2,
        "bucket away": 2,
        "unreachable": 2,
        "listed": 0,
    }, {name: one.stderr for name, one in ended.items()}
    states = {one["status"] for one in json.loads(ended["listed"].stdout)["sessions"]}
    assert states == {"completed", "failed"}
    left = [
        *((f"stdout of {name}", one.stdout.encode()) for name, one in ended.items()),
        *((f"stderr of {name}", one.stderr.encode()) for name, one in ended.items()),
        *texts_of(postgres_url),
        *files_below(data),
        *objects_of(bucket),
    ]
    places = {place for place, _ in left}
    assert any(place.endswith("!report.html") for place in places)
    assert {"public.event_logs", "public.runs", "mcp_smoke.test_sessions", "mcp_smoke.audit_log"} <= places
    secrets = (PLANTED.encode(), key.encode())
    assert [place for place, content in left if any(one in content for one in secrets)] == []
