"""One summary of a suite: Markdown, JSON, and a page that leads to every report."""

import json
from html import escape
from pathlib import Path

from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.addresses import http_address, report_address
from smoke_pipeline.settings.model import ReportServerSettings
from smoke_pipeline.smoke_test.suites.record import Case, SuiteRun
from smoke_pipeline.smoke_test.surroundings import Surroundings

PAGE, MARKDOWN, JSON = "summary.html", "summary.md", "summary.json"
_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="color-scheme" content="light dark">
"""


def write_summary(run: SuiteRun, around: Surroundings) -> Path:
    """Write the summary of a suite; its folder.

    Raises:
        StorageFullError: The disk has no room for it.
    """
    folder, server = summary_folder(run.suite_id, around), around.settings.report_server
    written = {
        MARKDOWN: as_markdown(run, server),
        JSON: json.dumps(as_dict(run, server), ensure_ascii=False, indent=2) + "\n",
        PAGE: as_html(run, server),
    }
    with storage_errors(folder.parent):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            draft = folder / f"{name}.draft"
            draft.write_text(text, "utf-8")
            draft.replace(folder / name)
    return folder


def summary_folder(suite_id: str, around: Surroundings) -> Path:
    """Where the summary of a suite lies."""
    return around.data_folder / "suites" / suite_id


def summary_address(suite_id: str, server: ReportServerSettings) -> str:
    """Where people read it."""
    base = server.url or http_address(server.host, server.port)
    return f"{base.rstrip('/')}/suites/{suite_id}/"


def as_dict(run: SuiteRun, server: ReportServerSettings) -> dict[str, object]:
    """The run as a program reads it."""
    return {
        "suite": run.suite,
        "suite_id": run.suite_id,
        "verdict": run.verdict,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "summary": run.sentence,
        "tests": [
            {
                "test": case.label,
                "session_id": case.session_id,
                "verdict": case.verdict,
                "match_score": case.counts or None,
                "because": case.because or None,
                "report": _report(case, server),
            }
            for case in run.cases
        ],
    }


def as_markdown(run: SuiteRun, server: ReportServerSettings) -> str:
    """The run as a page of Markdown."""
    lines = [
        f"# Suite {run.suite}: {run.verdict or 'goes on'}",
        "",
        run.sentence,
        "",
        "| test | verdict | match score | session | |",
        "|---|---|---|---|---|",
    ]
    for case in run.cases:
        report = _report(case, server)
        cells = (case.label, case.verdict or "goes on", case.counts, case.session_id or "")
        last = f"[report]({report})" if report else _cell(case.because)
        lines.append(f"| {' | '.join(map(_cell, cells))} | {last} |")
    return "\n".join(lines) + "\n"


def as_html(run: SuiteRun, server: ReportServerSettings) -> str:
    """The run as a page, the tests that did not pass first."""
    title = escape(f"Suite {run.suite}: {run.verdict or 'goes on'}")
    ordered = sorted(run.cases, key=lambda case: ("failed", "unproven", None, "passed").index(case.verdict))
    rows = "".join(f"<tr>{_row(case, server)}\n" for case in ordered)
    names = ("test", "verdict", "match score", "session", "why")
    head = "".join(f"<th scope=col align=left>{name}" for name in names)
    return (
        f"{_HEAD}<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(run.sentence)}\n"
        f"<table cellpadding=6>\n<tr>{head}\n{rows}</table>\n"
    )


def _row(case: Case, server: ReportServerSettings) -> str:
    report, session = _report(case, server), escape(case.session_id or "")
    link = f'<a href="{escape(report)}">{session}</a>' if report else session
    cells = [escape(case.label), case.verdict or "goes on", escape(case.counts), link, escape(case.because)]
    return "".join(f"<td>{cell}" for cell in cells)


def _report(case: Case, server: ReportServerSettings) -> str | None:
    return report_address(server, case.session_id) if case.has_report and case.session_id else None


def _cell(text: str) -> str:
    """The text as it may stand in a table of Markdown."""
    plain = on_one_line(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return plain.replace("[", "\\[").replace("`", "\\`")
