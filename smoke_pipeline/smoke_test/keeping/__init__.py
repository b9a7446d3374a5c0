"""Closing sessions, settling what their runs left open, and taking away what was kept long enough.

What a step does is not here, and neither is Dagster: it is asked through `orchestrator`.
"""
