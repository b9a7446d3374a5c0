"""Roles and what they permit; nothing here touches a table.

    admin    everything
    dba      everything with sessions, production presets too
    user     sessions of one's own, on presets that are not production
    billing  the reports of completed sessions

A key may narrow its role to some of the role's permissions, and never widen it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smoke_pipeline.errors import InvalidOptionError, PermissionDeniedError
from smoke_pipeline.history.records import Role, SessionRecord, Status


class Permission(StrEnum):
    """What somebody may do."""

    START_SESSIONS = "start_sessions"
    """Start sessions, and go on with one's own."""
    SEE_OWN_SESSIONS = "see_own_sessions"
    """See one's own sessions, their results and reports."""
    READ_PRODUCTION = "read_production"
    """Read files, objects and tables by a production preset."""
    SEE_ALL_SESSIONS = "see_all_sessions"
    """See everybody's sessions."""
    CHANGE_ALL_SESSIONS = "change_all_sessions"
    """Go on with, cancel, archive or delete everybody's sessions."""
    READ_ALL_REPORTS = "read_all_reports"
    """See what was found in everybody's completed sessions."""
    CLEAN_UP = "clean_up"
    """Delete what has been kept for long enough."""
    MANAGE_KEYS = "manage_keys"
    """Make, list, revoke and rotate keys."""
    READ_AUDIT = "read_audit"
    """Read the log of what was done."""
    RUN_INSTALLATION = "run_installation"
    """Serve Dagster's page; upgrade, export and import the history."""


_USER = frozenset({Permission.START_SESSIONS, Permission.SEE_OWN_SESSIONS})
_DBA = _USER | {
    Permission.READ_PRODUCTION,
    Permission.SEE_ALL_SESSIONS,
    Permission.CHANGE_ALL_SESSIONS,
    Permission.READ_ALL_REPORTS,
    Permission.CLEAN_UP,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DBA: _DBA,
    Role.USER: _USER,
    Role.BILLING: frozenset({Permission.READ_ALL_REPORTS}),
}

SHOWN_TO_REPORT_READERS = (Status.COMPLETED, Status.ARCHIVED)
"""What who may only read reports sees of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who acts, as far as this installation knows."""

    client_id: str
    """Whose sessions are one's own."""
    role: Role
    permissions: frozenset[Permission]
    key_id: int | None = None
    """The key that proved it; None where no key was asked for."""
    origin: str = "cli"
    """Through which face: `cli`, `dagster` or `mcp`."""

    def may(self, permission: Permission) -> bool:
        """Whether that is permitted."""
        return permission in self.permissions

    @property
    def sees_only_client(self) -> str | None:
        """The one client whose sessions may be listed; None where there is no such limit."""
        return None if self.may(Permission.SEE_ALL_SESSIONS) else self.client_id


LOCAL = Identity(client_id="local", role=Role.ADMIN, permissions=PERMISSIONS[Role.ADMIN])
"""The person at this machine, where no key is asked for."""

DAGSTER = Identity(
    client_id="dagster", role=Role.ADMIN, permissions=PERMISSIONS[Role.ADMIN], origin="dagster"
)
"""Whoever reaches Dagster's page, which has no users of its own."""


def permissions_of(role: Role, scopes: Iterable[Permission] | None = None) -> frozenset[Permission]:
    """What a role permits, narrowed to the scopes of a key where it has some."""
    return PERMISSIONS[role] if scopes is None else PERMISSIONS[role] & frozenset(scopes)


def require_within(role: Role, scopes: Iterable[Permission]) -> None:
    """Refuse scopes that would widen a role.

    Raises:
        InvalidOptionError: The role does not permit one of them.
    """
    beyond = sorted(set(scopes) - PERMISSIONS[role])
    if beyond:
        raise InvalidOptionError(
            f"The role {role} does not permit {', '.join(beyond)}, and a key can only narrow its role.",
            suggestions=(f"It permits {', '.join(sorted(PERMISSIONS[role]))}.",),
            context={"role": role.value, "beyond": [str(one) for one in beyond]},
        )


def require(identity: Identity, permission: Permission, what: str) -> None:
    """Refuse what the identity is not permitted.

    Args:
        identity: Who asks.
        permission: What is needed.
        what: What was asked for, as it goes on after "may not".

    Raises:
        PermissionDeniedError: It is not permitted.
    """
    if not identity.may(permission):
        raise denied(identity, permission, what)


def denied(identity: Identity, permission: Permission, what: str) -> PermissionDeniedError:
    """The error for what is not permitted: the role, the roles that may, and what to do."""
    roles = [role.value for role in Role if permission in PERMISSIONS[role]]
    if identity.role.value in roles:
        hint = f"Your key was narrowed: ask an administrator for one with the scope {permission}."
    else:
        hint = f"Ask somebody with the role {' or '.join(roles)}, or for a key with that role."
    return PermissionDeniedError(
        f"With the role {identity.role} you may not {what}; it needs the permission {permission}.",
        suggestions=(hint,),
        context={
            "your_role": identity.role.value,
            "required_roles": roles,
            "hint": hint,
            "permission": permission.value,
        },
    )


def may_see(identity: Identity, session: SessionRecord) -> bool:
    """Whether somebody may see a session: one's own, everybody's, or what has a report."""
    if identity.may(Permission.SEE_ALL_SESSIONS):
        return True
    if identity.may(Permission.SEE_OWN_SESSIONS) and session.client_id == identity.client_id:
        return True
    return identity.may(Permission.READ_ALL_REPORTS) and session.status in SHOWN_TO_REPORT_READERS


def may_change(identity: Identity, session: SessionRecord) -> bool:
    """Whether somebody may go on with a session, cancel or delete it."""
    if identity.may(Permission.CHANGE_ALL_SESSIONS):
        return True
    return identity.may(Permission.START_SESSIONS) and session.client_id == identity.client_id
