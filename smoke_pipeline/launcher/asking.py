"""Whether the user can be asked something in the middle of a call."""

from mcp.server.mcpserver import Context

ASKS_WITHOUT_SESSION = "2026-07-28"
"""From this version of the protocol on a question is an answer that the client completes."""


def can_ask(ctx: Context) -> bool:
    """Whether the client can; asking one that cannot is an error that no model ever sees."""
    able = ctx.client_capabilities
    if able is None or able.elicitation is None:
        return False
    return (ctx.protocol_version or "") >= ASKS_WITHOUT_SESSION or ctx.session.can_send_request
