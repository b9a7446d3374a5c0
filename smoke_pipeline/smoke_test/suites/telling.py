"""What people are told of a suite that has ended."""

from collections.abc import Iterator

from smoke_pipeline.settings.model import ReportServerSettings
from smoke_pipeline.smoke_test.notices.notice import Notice, Why
from smoke_pipeline.smoke_test.suites.record import PASSED, UNTOLD, Notes
from smoke_pipeline.smoke_test.suites.summary import summary_address


def notices_of(notes: Notes, server: ReportServerSettings) -> Iterator[Notice]:
    """A notice for each suite that ended lately."""
    for news in notes.kept(UNTOLD).values():
        yield Notice(
            key=f"suite/{news['suite_id']}",
            why=Why.SUITE,
            passed=news["verdict"] == PASSED,
            facts={
                "test": news["suite"],
                "session": news["suite_id"],
                "preset": "",
                "status": "completed",
                "verdict": news["verdict"],
                "sentence": news["sentence"],
                "report": summary_address(news["suite_id"], server),
            },
        )
