"""How the `mcp_smoke` tables came to be, step by step; `history.schema.migrate` walks the steps."""
