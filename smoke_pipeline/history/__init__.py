"""What is remembered: the `mcp_smoke` tables in PostgreSQL, embedded or shared.

Records go in and come out; what a session may do next is decided in `smoke_test.lifecycle`.
"""
