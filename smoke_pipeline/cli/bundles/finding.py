"""The report that a person names: by its session, or by where its zip lies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import SessionStateError, SnapshotDamagedError
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.report.formats.as_json import summary_of
from smoke_pipeline.report.review.lines import KeptLines, lines_of_bundle, lines_of_result
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.access.permissions import session_to_see
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of, require_report
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A report: that of a session, with its whole result, or a bundle."""

    place: str
    """As it was named."""
    outcome: Outcome | None = None
    result: ComparisonResult | None = None
    around: Surroundings | None = None

    def settings(self) -> Settings:
        """The settings, with the formats that the session asked for."""
        if self.around is None or self.outcome is None:
            return load_settings()
        report = self.around.report_settings(self.outcome.session)
        return self.around.settings.model_copy(update={"report": report})

    def bundle(self) -> Path:
        """Where the bundle lies.

        Raises:
            SessionStateError: None was published yet.
            SnapshotMissingError: It is not on disk any more.
        """
        return require_report(self.outcome) if self.outcome else Path(self.place)

    def lines(self) -> KeptLines:
        """Its differences.

        Raises:
            InvalidOptionError: The bundle was made without them.
            SnapshotDamagedError: The bundle is not what was written.
        """
        if self.result is not None:
            return lines_of_result(self.result, self.place)
        return lines_of_bundle(Path(self.place))

    def summary(self) -> dict[str, Any]:
        """What `summary.json` holds; {} for a bundle without it.

        Raises:
            SnapshotDamagedError: The bundle is not what was written.
        """
        if self.result is not None and self.around is not None:
            return summary_of(self.result, self.around.settings.report)
        try:
            with ZipFile(self.place) as bundle:
                is_there = "summary.json" in bundle.namelist()
                found = json.loads(bundle.read("summary.json")) if is_there else {}
        except (BadZipFile, ValueError) as error:
            raise SnapshotDamagedError(f"The report {self.place} is not what was written.") from error
        return found if isinstance(found, dict) else {}


@contextmanager
def found_report(place: str) -> Iterator[Found]:
    """The report of that name, with the history open as long as it is needed.

    Raises:
        SessionNotFoundError: It is neither a file nor a session.
        SessionStateError: The session was not compared.
        SnapshotError: The result is gone or damaged.
        PermissionDeniedError: The session is not theirs to see.
    """
    if Path(place).is_file():
        yield Found(place=place)
        return
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        session_to_see(place, around)
        outcome = outcome_of(place, around)
        if outcome.result is None:
            raise SessionStateError(f"Session {place} has no result to report.", (outcome.next_step,))
        result = kept_result(outcome.result.result_id, outcome.folder)
        yield Found(place=place, outcome=outcome, result=result, around=around)
