"""The `mcp_smoke` tables as they are now, and how they came to be."""
