"""The steps of a comparison in parts: deal, compare each part, add up and record; each may be repeated."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from smoke_pipeline.comparison.compare import Settled, settle
from smoke_pipeline.comparison.parts.dealing import Part
from smoke_pipeline.comparison.parts.summing import PartFound, compare_part, merge_parts
from smoke_pipeline.comparison.parts.written import join_parts, path_of_part
from smoke_pipeline.comparison.result import ComparedColumns, ComparisonResult, KeyEvidence
from smoke_pipeline.comparison.spec import MISMATCHES_FILE
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.lifecycle import Act, move_after
from smoke_pipeline.smoke_test.parts.kept import Deal, PartsFolder
from smoke_pipeline.smoke_test.recheck.session import rechecked_session
from smoke_pipeline.smoke_test.recheck.wanted import keeping_enough
from smoke_pipeline.smoke_test.steps import record, spilling_into
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.store import FrozenSnapshot, open_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """What is settled before the parts are compared."""

    parts: Sequence[Part]
    columns: ComparedColumns


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two snapshots of a session."""

    session: SessionRecord
    snapshots: Mapping[Side, FrozenSnapshot]
    settings: ComparisonSettings

    def settled(self, around: Surroundings, evidence: KeyEvidence | None = None) -> Settled:
        return settle(
            self.snapshots[Side.SOURCE],
            self.snapshots[Side.TARGET],
            keeping_enough(spec_of(self.session).comparison, self.settings),
            settings=self.settings,
            rulesets=around.settings.rulesets,
            evidence=evidence,
        )


def deal(session_id: str, around: Surroundings, *, on_progress: OnProgress | None = None) -> Dealt:
    """Settle what all parts of the session's comparison have in common.

    Raises:
        SessionError: The session does not exist, is closed, or lacks a side.
        OptionError: An option of the session cannot be used with these columns.
        ComparisonError: The two sides cannot be compared.
        SnapshotError: A snapshot is gone or damaged, or the session's folder cannot be written.
    """
    session = session_to_change(session_id, around)
    move_after(session, Act.COMPARE)
    with _opened(session, around, on_progress) as sides:
        settled = sides.settled(around)
    dealt = Deal(of=sides.settings.partitions, key_evidence=settled.key_evidence)
    PartsFolder(around.folder(session)).begin(dealt)
    return Dealt(parts=dealt.parts, columns=settled.plan.about)


def compare_one_part(
    session_id: str, number: int, around: Surroundings, *, on_progress: OnProgress | None = None
) -> PartFound:
    """Compare one part of the session's snapshots; what it finds is kept in the session's folder.

    Raises:
        SessionNotFoundError: There is no such session.
        ComparisonError: A value cannot be compared exactly.
        SnapshotError: A snapshot is gone or damaged, or the session's folder cannot be written.
    """
    session = session_to_change(session_id, around)
    folder = PartsFolder(around.folder(session))
    dealt, part_folder = folder.deal(), folder.path
    part = Part(number, dealt.of)
    with (
        spilling_into(part_folder / f"spill-{number}", around.comparison_settings(session.preset)) as own,
        _opened(session, around, on_progress, own) as sides,
    ):
        settled = sides.settled(around, dealt.key_evidence)
        if settled.every_difference_at:
            settled = replace(settled, every_difference_at=part_folder / MISMATCHES_FILE)
        source, target = (sides.snapshots[side] for side in Side)
        found = compare_part(source, target, settled, part, on_progress)
    folder.keep(found)
    return found


def merge_and_record(
    session_id: str, around: Surroundings, *, on_progress: OnProgress | None = None
) -> ComparisonResult:
    """Add up what the parts found, and write it down as the result of the session.

    Raises:
        SessionError: The session does not exist, is closed, or was moved meanwhile.
        ComparisonError: The parts are not those of one comparison.
        SnapshotError: A part was not compared, or the result cannot be written.
    """
    session = session_to_change(session_id, around)
    move = move_after(session, Act.COMPARE)
    folder = PartsFolder(around.folder(session))
    dealt = folder.deal()
    with _opened(session, around, on_progress) as sides:
        settled = sides.settled(around, dealt.key_evidence)
        found = merge_parts(settled, folder.found(dealt.parts))
        if settled.every_difference_at:
            written = (path_of_part(folder.path / MISMATCHES_FILE, part) for part in dealt.parts)
            join_parts(written, settled.every_difference_at)
        found = rechecked_session(found, session, sides.snapshots, sides.settings, around, on_progress)
    result = record(session, found, move, around)
    folder.drop()
    return result


@contextmanager
def _opened(
    session: SessionRecord,
    around: Surroundings,
    on_progress: OnProgress | None,
    settings: ComparisonSettings | None = None,
) -> Iterator[_Sides]:
    folder = around.folder(session)
    with around.snapshots.opened(session.test_folder, on_progress=on_progress) as kept:
        yield _Sides(
            session=session,
            snapshots={side: open_snapshot(kept, side) for side in Side},
            settings=(settings or around.comparison_settings(session.preset)).model_copy(
                update={"mismatches_dir": folder}
            ),
        )
