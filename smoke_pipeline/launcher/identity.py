"""Who asks: the key that the transport has checked, or the person at this machine."""

from dataclasses import replace

from mcp.server.auth.middleware.auth_context import get_access_token

from smoke_pipeline.history.access.roles import LOCAL, Identity, Permission
from smoke_pipeline.history.records import Role

ORIGIN = "mcp"
AT_THIS_MACHINE = replace(LOCAL, origin=ORIGIN)


def caller(local: Identity = AT_THIS_MACHINE) -> Identity:
    """Who asks now.

    Args:
        local: Who it is where the transport asks for no key: whoever started the launcher.
    """
    token = get_access_token()
    if token is None:
        return local
    claims = token.claims or {}
    return Identity(
        client_id=token.client_id,
        role=Role(claims["role"]),
        permissions=frozenset(Permission(one) for one in token.scopes),
        key_id=claims.get("key_id"),
        origin=ORIGIN,
    )
