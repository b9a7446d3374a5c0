"""All tables of `mcp_smoke` as they are now, by idea; how they came to be is in `migrations`.

sessions      test_sessions <- test_files
<- comparison_results <- mismatch_details
<- jobs
<- run_progress
access        api_keys, audit_log
named_tests   test_definitions, baselines <- baseline_rows
keeping       files, metrics, metadata_cache
"""

from smoke_pipeline.history.schema import access, keeping, named_tests, runs, sessions
from smoke_pipeline.history.schema.base import SCHEMA, metadata

__all__ = ["SCHEMA", "access", "keeping", "metadata", "named_tests", "runs", "sessions"]
