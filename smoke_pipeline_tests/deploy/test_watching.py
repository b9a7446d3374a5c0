"""The dashboard and the alerts ask only for metrics that exist, by labels that they have."""

import re
from datetime import UTC, datetime

import pytest

from smoke_pipeline.cli.reports.metrics import of_comparisons, of_sessions
from smoke_pipeline.history.meters.records import Meters, Recent, Totals
from smoke_pipeline.settings.model import Settings
from smoke_pipeline_tests.deploy.shipped import ALERTS, DASHBOARD, ROOT, SCRAPES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
METERS = Meters(
    sessions={("completed", "done"): 1},
    failures={"ReadError": 1},
    jobs={"queued": 1},
    oldest_queued_at=NOW,
    waiting_since={"awaiting_etl": NOW},
    totals=Totals(
        sessions=1, verdicts={"passed": 1}, rows_compared=1, rows_differing=0, comparison_seconds=1.0
    ),
    recent=Recent(seconds={0.5: 1.0}, rows_per_second=1.0),
    database_bytes=1,
)
LABELS = {
    sample.name: set(sample.labels)
    for family in (*of_sessions(METERS, NOW), *of_comparisons(METERS))
    for sample in family.samples
} | {
    "smoke_build_info": {"version"},
    "smoke_database_bytes": set(),
    "smoke_data_folder_bytes": {"folder"},
    "smoke_disk_free_bytes": set(),
    "smoke_disk_bytes": set(),
    "up": {"job"},
}
EXPRESSIONS = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_what_there_is(expression):
    names = re.findall(r"\bsmoke_\w+|\bup\b", expression)

    assert names
    assert set(names) <= set(LABELS)
    for name, chosen in re.findall(r"(\w+)\{(\w+)=", expression):
        assert chosen in LABELS[name]
    for grouped in re.findall(r"by \((\w+)\)", expression):
        assert all(grouped in LABELS[name] for name in names)


def test_a_legend_names_labels_that_there_are():
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            (name, *_) = re.findall(r"\bsmoke_\w+", target["expr"])
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= LABELS[name]


def test_every_metric_is_on_the_dashboard_and_documented():
    page = (ROOT / "docs/observability.md").read_text("utf-8")
    shown = {
        name
        for panel in DASHBOARD["panels"]
        for one in panel["targets"]
        for name in re.findall(r"\bsmoke_\w+", one["expr"])
    }

    assert shown == set(LABELS) - {"up"}
    assert [name for name in sorted(shown) if f"`{name}`" not in page] == []


def test_prometheus_asks_where_the_report_server_listens():
    (job,) = SCRAPES["scrape_configs"]
    server = Settings().report_server

    assert job["static_configs"][0]["targets"] == [f"{server.host}:{server.port}"]
    assert all(f'job="{job["job_name"]}"' in one for one in EXPRESSIONS if "up{" in one)
    assert SCRAPES["rule_files"] == ["alerts.yml"]
