"""The MCP face: a language model runs a smoke test in one conversation.

It launches runs of Dagster and says how far they have come; it compares nothing itself.
"""
