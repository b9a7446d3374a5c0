"""How the `mcp_smoke` tables came to be, step by step; `history.migrate` walks the steps."""
