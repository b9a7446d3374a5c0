"""Questions that are asked often, as views."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"


def upgrade() -> None:
    """Make the views."""
    for view in VIEWS.values():
        op.execute(view)


def downgrade() -> None:
    """Remove them."""
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {SCHEMA}.{name}")


ACTIVE = """
CREATE VIEW mcp_smoke.v_active_sessions AS
SELECT session_id, test_type, test_name, preset, client_id, step, created_at, updated_at,
       now() - updated_at AS waiting
FROM mcp_smoke.test_sessions
WHERE status = 'active'
"""

SUMMARY = """
CREATE VIEW mcp_smoke.v_session_summary AS
SELECT s.session_id, s.test_type, s.test_name, s.preset, s.client_id, s.status, s.step,
       s.created_at, s.completed_at, s.completed_at - s.created_at AS took,
       r.result_id, r.verdict, r.match_score, r.threshold, r.total_rows_source, r.total_rows_target,
       r.matched_rows, r.mismatched_rows, r.source_only_rows, r.target_only_rows,
       r.comparison_time_seconds, r.memory_used_mb, f.files_mb, r.zip_package_path
FROM mcp_smoke.test_sessions s
LEFT JOIN LATERAL (
    SELECT * FROM mcp_smoke.comparison_results
    WHERE session_id = s.session_id ORDER BY result_id DESC LIMIT 1
) r ON s.step = 'done' AND s.status IN ('completed', 'archived') AND s.failure IS NULL
LEFT JOIN LATERAL (
    SELECT sum(file_size_mb) AS files_mb
    FROM (
        SELECT DISTINCT ON (file_role) file_size_mb FROM mcp_smoke.test_files
        WHERE session_id = s.session_id ORDER BY file_role, file_id DESC
    ) newest
) f ON true
"""

COMPLETIONS = """
CREATE VIEW mcp_smoke.v_recent_completions AS
SELECT * FROM mcp_smoke.v_session_summary
WHERE status = 'completed' AND completed_at > now() - interval '7 days'
"""

WEEKLY = """
CREATE VIEW mcp_smoke.v_weekly_summary AS
SELECT count(*) AS sessions,
       count(*) FILTER (WHERE verdict = 'passed') AS passed,
       count(*) FILTER (WHERE verdict = 'failed') AS failed,
       count(*) FILTER (WHERE verdict = 'unproven') AS unproven,
       count(*) FILTER (WHERE match_score > 95) AS above_95,
       count(*) FILTER (WHERE match_score < 80) AS below_80,
       avg(match_score) AS average_match_score,
       mode() WITHIN GROUP (ORDER BY client_id) AS busiest_client
FROM mcp_smoke.v_session_summary
WHERE created_at > now() - interval '7 days'
"""

PERFORMANCE = """
CREATE VIEW mcp_smoke.v_performance_30d AS
SELECT CASE WHEN rows < 10000 THEN 10000 WHEN rows < 100000 THEN 100000 WHEN rows < 1000000 THEN 1000000
            WHEN rows < 10000000 THEN 10000000 END AS rows_below,
       count(*) AS comparisons,
       avg(rows) AS average_rows,
       avg(comparison_time_seconds) AS average_seconds,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY comparison_time_seconds) AS p95_seconds,
       sum(rows) / nullif(sum(comparison_time_seconds), 0) AS rows_per_second,
       avg(memory_used_mb) AS average_memory_mb,
       avg(files_mb) AS average_files_mb
FROM (
    SELECT *, greatest(total_rows_source, total_rows_target) AS rows FROM mcp_smoke.v_session_summary
    WHERE verdict IS NOT NULL AND created_at > now() - interval '30 days'
) compared
GROUP BY 1
"""

VIEWS = {
    "v_active_sessions": ACTIVE,
    "v_session_summary": SUMMARY,
    "v_recent_completions": COMPLETIONS,
    "v_weekly_summary": WEEKLY,
    "v_performance_30d": PERFORMANCE,
}
