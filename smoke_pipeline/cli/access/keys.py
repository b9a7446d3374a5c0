"""`smoke keys`: make, list, revoke and rotate the keys by which people and programs act."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from smoke_pipeline.cli.access.answer import print_rows, table_format
from smoke_pipeline.cli.access.gate import note_key
from smoke_pipeline.cli.access.when import LENGTH
from smoke_pipeline.history.access.acting import acting
from smoke_pipeline.history.access.keys import KeyRecord, Keys, NewKey
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.access.secrets import Secret
from smoke_pipeline.history.database import open_database
from smoke_pipeline.history.records import Role
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings

SHOWN = {
    "key_id": "key",
    "key": "begins",
    "name": "name",
    "client_id": "client",
    "role": "role",
    "scopes": "scopes",
    "state": "state",
    "expires_at": "expires",
    "last_used_at": "last used",
    "usage_count": "uses",
}

one_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Words, or one JSON object."
)


@click.group()
def keys() -> None:
    """Make, list, revoke and rotate the keys by which people and programs act."""


@keys.command()
@click.argument("name")
@click.option("--client", "client_id", required=True, help="Whose sessions are its own.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What it may.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([permission.value for permission in Permission]),
    help="Narrow the role to this permission, and others that are named so.",
)
@click.option("--expires", type=LENGTH, metavar="TIME", help="When it ends; default: `access.key_days`.")
@click.option("--never-expires", is_flag=True, help="Let it hold until it is revoked.")
@click.option("--rate", type=click.IntRange(1, 1_000_000), metavar="N", help="Uses allowed in a minute.")
@one_format
def create(name: str, form: str, **given: Any) -> None:
    """Make a key for NAME; it is shown now and never again."""
    if given["expires"] and given["never_expires"]:
        raise click.UsageError("--expires and --never-expires contradict each other.")
    lasting = _lasting(given["expires"])
    new = NewKey(
        name=name,
        client_id=given["client_id"],
        role=Role(given["role"]),
        scopes=frozenset(map(Permission, given["scopes"])) or None,
        expires_at=None if given["never_expires"] else datetime.now(UTC) + lasting,
        rate_per_minute=given["rate"],
    )
    with _opened() as store:
        _hand_out(*store.create(new, acting()), form)


@keys.command("list")
@click.option("--client", "client_id", help="Only the keys of this client.")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended, too.")
@table_format
def list_(client_id: str | None, with_ended: bool, form: str) -> None:
    """List the keys, the newest first; what a key is cannot be shown again."""
    with _opened() as store:
        found = store.listed(client_id=client_id, with_ended=with_ended)
    print_rows([_row(key) for key in found], SHOWN, form)


@keys.command()
@click.argument("key_id", metavar="KEY", type=click.IntRange(1, 2**63 - 1))
@one_format
def revoke(key_id: int, form: str) -> None:
    """End KEY, a number of `smoke keys list`, for good and at once."""
    with _opened() as store:
        ended = store.revoke(key_id)
    note_key(key_id)
    if form == "json":
        click.echo(json.dumps(_row(ended), ensure_ascii=False))
    else:
        click.echo(f"key {ended.key_id} ({ended.shown_prefix}…, {ended.name}) is revoked.")


@keys.command()
@click.argument("key_id", metavar="KEY", type=click.IntRange(1, 2**63 - 1))
@click.option("--overlap", type=LENGTH, metavar="TIME", default="0s", help="How long the old one holds on.")
@click.option("--expires", type=LENGTH, metavar="TIME", help="When the new one ends.")
@one_format
def rotate(key_id: int, overlap: timedelta, expires: timedelta | None, form: str) -> None:
    """Make a new key in the place of KEY, which ends; the new one is shown now and never again."""
    with _opened() as store:
        _hand_out(*store.rotate(key_id, acting(), overlap=overlap, lasting=_lasting(expires)), form)


def _lasting(asked: timedelta | None) -> timedelta:
    """How long a new key holds."""
    return timedelta(days=load_settings().access.key_days) if asked is None else asked


@contextmanager
def _opened() -> Iterator[Keys]:
    settings = load_settings()
    with postgres(settings), open_database(settings) as database:
        yield Keys(database)


def _hand_out(key: KeyRecord, secret: Secret, form: str) -> None:
    """Show a new key, this once."""
    note_key(key.key_id)
    if form == "json":
        click.echo(json.dumps({**_row(key), "secret": secret.text}, ensure_ascii=False))
        return
    ends = f"expires {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "never expires"
    click.echo(f"key {key.key_id}  {key.name}, client {key.client_id}, role {key.role}, {ends}")
    click.echo(secret.text)
    click.echo("This is the only time it is shown. Use it as the variable SMOKE_API_KEY.", err=True)


def _row(key: KeyRecord) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "key": f"{key.shown_prefix}…",
        "name": key.name,
        "client_id": key.client_id,
        "role": key.role.value,
        "scopes": None if key.scopes is None else sorted(one.value for one in key.scopes),
        "rate_per_minute": key.rate_per_minute,
        "state": _state(key),
        "created_at": _moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": _moment(key.expires_at),
        "revoked_at": _moment(key.revoked_at),
        "replaces": key.replaces,
        "last_used_at": _moment(key.last_used_at),
        "usage_count": key.usage_count,
    }


def _state(key: KeyRecord) -> str:
    if not key.is_active:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= datetime.now(UTC) else "active"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
