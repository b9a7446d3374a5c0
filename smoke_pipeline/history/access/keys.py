"""The keys by which people and programs prove who they are: made, checked, counted, revoked."""

import hmac
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, insert, or_, select, update

from smoke_pipeline.errors import InvalidOptionError, PermissionDeniedError, RateLimitError
from smoke_pipeline.history.access.roles import (
    Identity,
    Permission,
    denied,
    permissions_of,
    require_within,
)
from smoke_pipeline.history.access.secrets import Secret, digest_of, new_secret
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.records import Role
from smoke_pipeline.history.schema.access import api_keys

WINDOW = timedelta(minutes=1)
"""The time in which a key may be used `rate_per_minute` times; it begins with the first use."""

_NOBODY = digest_of("")
_SHOWN = [column for column in api_keys.c if column.name != "key_hash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key shall be."""

    name: str
    """For people: who uses it, where."""
    client_id: str
    """Whose sessions are its own."""
    role: Role
    scopes: frozenset[Permission] | None = None
    """What is left of the role's permissions; None: all."""
    expires_at: datetime | None = None
    rate_per_minute: int | None = None
    """How often it may be used in a minute; None: as often as one likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord(NewKey):
    """A key as the history knows it, which is not the key."""

    key_id: int
    shown_prefix: str
    is_active: bool
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    replaces: int | None
    """The key in whose place it came."""
    last_used_at: datetime | None
    usage_count: int

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it permits."""
        return permissions_of(self.role, self.scopes)


class Keys:
    """The keys in the schema `mcp_smoke`.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def __repr__(self) -> str:
        return f"Keys({self._database!r})"

    def create(self, new: NewKey, by: Identity) -> tuple[KeyRecord, Secret]:
        """Make a key; the secret is handed out once and kept nowhere.

        Raises:
            InvalidOptionError: A scope widens the role, a name is empty, or it would expire at once.
            PermissionDeniedError: Who makes it may not do all that it would permit.
        """
        self._require_usable(new)
        _require_no_more_than(by, new.role, new.scopes)
        secret = new_secret()
        with self._database.transaction() as connection:
            return _key_of(_added(connection, self._row(new, secret, by))), secret

    def authenticate(self, text: str, origin: str = "cli") -> Identity:
        """Who it is that shows this key; each time is counted.

        Raises:
            PermissionDeniedError: The key is unknown, has expired or was revoked; which one is not told.
            RateLimitError: It was used too often within a minute.
        """
        digest, now = digest_of(text), self._now()
        with self._database.transaction() as connection:
            row = connection.execute(_counted(digest, now)).mappings().first()
            if row is None:
                blocked = select(api_keys).where(api_keys.c.key_hash == digest, _holds(now))
                row, is_blocked = connection.execute(blocked).mappings().first(), True
            else:
                is_blocked = False
        if not hmac.compare_digest(row["key_hash"] if row else _NOBODY, digest) or row is None:
            raise _unknown()
        if is_blocked:
            raise _too_often(row, now)
        key = _key_of(row)
        return Identity(
            client_id=key.client_id,
            role=key.role,
            permissions=key.permissions,
            key_id=key.key_id,
            origin=origin,
        )

    def listed(self, *, client_id: str | None = None, with_ended: bool = False) -> Sequence[KeyRecord]:
        """The keys, the newest first; those that were revoked or have expired only if they are asked for."""
        query = select(*_SHOWN).order_by(api_keys.c.key_id.desc())
        if client_id is not None:
            query = query.where(api_keys.c.client_id == client_id)
        if not with_ended:
            query = query.where(_holds(self._now()))
        with self._database.transaction() as connection:
            return [_key_of(row) for row in connection.execute(query).mappings()]

    def revoke(self, key_id: int) -> KeyRecord:
        """End a key for good; a key that was revoked stays as it is.

        Raises:
            InvalidOptionError: There is no such key.
        """
        with self._database.transaction() as connection:
            _locked(connection, key_id)
            return _key_of(self._revoked(connection, key_id))

    def rotate(
        self,
        key_id: int,
        by: Identity,
        *,
        overlap: timedelta = timedelta(0),
        lasting: timedelta | None = None,
    ) -> tuple[KeyRecord, Secret]:
        """Make a key in the place of another, which ends at once or after `overlap`.

        Args:
            key_id: The key that is replaced.
            by: Who replaces it.
            overlap: How long both can be used.
            lasting: How long the new one can be used; None: without end.

        Raises:
            InvalidOptionError: There is no such key, it has ended, or a time is negative.
            PermissionDeniedError: Who replaces it may not do all that it permits.
        """
        now = self._now()
        if overlap < timedelta(0):
            raise InvalidOptionError("An overlap cannot be negative.", ("Write it like 1h.",))
        with self._database.transaction() as connection:
            old = _key_of(_locked(connection, key_id))
            if not old.is_active or (old.expires_at is not None and old.expires_at <= now):
                raise InvalidOptionError(
                    f"The key {key_id} has ended and cannot be replaced.", ("Create a new one.",)
                )
            _require_no_more_than(by, old.role, old.scopes)
            new = NewKey(
                name=old.name,
                client_id=old.client_id,
                role=old.role,
                scopes=old.scopes,
                expires_at=None if lasting is None else now + lasting,
                rate_per_minute=old.rate_per_minute,
            )
            self._require_usable(new)
            secret = new_secret()
            row = _added(connection, {**self._row(new, secret, by), "replaces": key_id})
            if overlap:
                self._ending_by(connection, key_id, now + overlap)
            else:
                self._revoked(connection, key_id)
        return _key_of(row), secret

    def _row(self, new: NewKey, secret: Secret, by: Identity) -> dict[str, Any]:
        return {
            "name": new.name,
            "client_id": new.client_id,
            "role": new.role.value,
            "permissions": None if new.scopes is None else sorted(one.value for one in new.scopes),
            "shown_prefix": secret.shown_prefix,
            "key_hash": secret.digest,
            "rate_per_minute": new.rate_per_minute,
            "active": True,
            "created_at": self._now(),
            "created_by": by.client_id,
            "expires_at": new.expires_at,
            "usage_count": 0,
            "window_count": 0,
        }

    def _require_usable(self, new: NewKey) -> None:
        if not new.name.strip() or not new.client_id.strip():
            raise InvalidOptionError("A key needs a name and a client.", ("Say who will use it.",))
        if new.expires_at is not None and new.expires_at <= self._now():
            raise InvalidOptionError("A key cannot expire before it is made.", ("Write it like 90d.",))
        if new.scopes is not None:
            require_within(new.role, new.scopes)

    def _revoked(self, connection: Connection, key_id: int) -> RowMapping:
        ended = update(api_keys).where(api_keys.c.key_id == key_id)
        at = func.coalesce(api_keys.c.revoked_at, self._now())
        return (
            connection.execute(ended.values(active=False, revoked_at=at).returning(*_SHOWN)).mappings().one()
        )

    def _ending_by(self, connection: Connection, key_id: int, at: datetime) -> None:
        ending = update(api_keys).where(api_keys.c.key_id == key_id)
        connection.execute(ending.values(expires_at=func.least(api_keys.c.expires_at, at)))


def _holds(now: datetime) -> ColumnElement[bool]:
    """Whether a key can be used at all."""
    return and_(api_keys.c.active, or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now))


def _counted(digest: str, now: datetime) -> Any:
    """Count one use, in one statement, of a key that holds and was not used too often."""
    keys = api_keys.c
    is_new_window = or_(keys.window_started_at.is_(None), keys.window_started_at <= now - WINDOW)
    is_allowed = or_(keys.rate_per_minute.is_(None), is_new_window, keys.window_count < keys.rate_per_minute)
    return (
        update(api_keys)
        .where(keys.key_hash == digest, _holds(now), is_allowed)
        .values(
            last_used_at=now,
            usage_count=keys.usage_count + 1,
            window_started_at=case((is_new_window, now), else_=keys.window_started_at),
            window_count=case((is_new_window, 1), else_=keys.window_count + 1),
        )
        .returning(api_keys)
    )


def _added(connection: Connection, row: dict[str, Any]) -> RowMapping:
    return connection.execute(insert(api_keys).values(row).returning(*_SHOWN)).mappings().one()


def _locked(connection: Connection, key_id: int) -> RowMapping:
    """A key that nobody else can change until the transaction ends."""
    query = select(*_SHOWN).where(api_keys.c.key_id == key_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise InvalidOptionError(f"There is no key {key_id}.", ("List them: smoke keys list --all.",))
    return row


def _require_no_more_than(by: Identity, role: Role, scopes: frozenset[Permission] | None) -> None:
    """Refuse to hand out what one may not do oneself."""
    beyond = sorted(permissions_of(role, scopes) - by.permissions)
    if beyond:
        raise denied(by, beyond[0], "hand out a key that permits more than yours")


def _unknown() -> PermissionDeniedError:
    hint = "Ask an administrator for a new key: smoke keys create."
    return PermissionDeniedError(
        "This API key is not known, has expired or was revoked.",
        suggestions=(hint,),
        context={"your_role": None, "required_roles": [role.value for role in Role], "hint": hint},
    )


def _too_often(row: RowMapping, now: datetime) -> RateLimitError:
    left = (row["window_started_at"] + WINDOW - now).total_seconds()
    retry_after_s = max(1, math.ceil(left))
    return RateLimitError(
        f"This API key may be used {row['rate_per_minute']} times a minute, and was.",
        suggestions=(f"Try again in {retry_after_s} s.",),
        context={"retry_after_s": retry_after_s, "rate_per_minute": row["rate_per_minute"]},
    )


def _key_of(row: RowMapping) -> KeyRecord:
    scopes = row["permissions"]
    return KeyRecord(
        key_id=row["key_id"],
        name=row["name"],
        client_id=row["client_id"],
        role=Role(row["role"]),
        scopes=None if scopes is None else frozenset(map(Permission, scopes)),
        expires_at=row["expires_at"],
        rate_per_minute=row["rate_per_minute"],
        shown_prefix=row["shown_prefix"],
        is_active=row["active"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        revoked_at=row["revoked_at"],
        replaces=row["replaces"],
        last_used_at=row["last_used_at"],
        usage_count=row["usage_count"],
    )
