"""Files that were handed over become the sides of a session; without one, they open it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from smoke_pipeline.errors import (
    ArchiveChoiceError,
    InvalidOptionError,
    ReadError,
    SmokePipelineError,
    UploadError,
)
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.launcher.transfers.inbox import HandedIn, Inbox
from smoke_pipeline.launcher.transfers.roots import file_below
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.changing import name_side, set_comparison
from smoke_pipeline.smoke_test.places import place_at
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, UploadSide
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.smoke_test.uploads.roles import roles_of
from smoke_pipeline.snapshots.manifest import Side

Told = Literal["auto", "source", "target"]
BOTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A file that somebody handed over."""

    name: str
    path: Path
    side: UploadSide | PathSide
    upload: HandedIn | None = None
    """None for a file that lies where it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A session whose sides were named."""

    session: SessionRecord
    sides: Mapping[Side, Handed]
    """Those that were named now."""
    rule: Literal["name", "order", "told"]
    """What settled which is which."""
    has_both: bool
    """Whether the session knows both sides now."""


def handed_over(upload_ids: Sequence[str], paths: Sequence[str], here: Surroundings) -> Sequence[Handed]:
    """The files that are meant.

    Raises:
        InvalidOptionError: There is none, there are more than two, or one is meant twice.
        ObjectNotFoundError: A file was not handed in.
        AccessDeniedError: A path is no file that may be named.
    """
    inbox = Inbox(here)
    came = [inbox.find(one, here.identity) for one in upload_ids]
    lie = [file_below(one, here.settings.launcher.roots) for one in paths]
    files = [
        *(
            Handed(name=one.path.name, path=one.path, side=UploadSide(path=one.below_inbox), upload=one)
            for one in came
        ),
        *(Handed(name=one.name, path=one, side=PathSide(path=str(one))) for one in lie),
    ]
    if not 1 <= len(files) <= BOTH or len({one.path for one in files}) < len(files):
        raise InvalidOptionError(
            f"A session has two sides, so name one file or two different ones, not {len(files)}.",
            suggestions=("Give upload_ids of create_upload, or paths.",),
        )
    return files


def named(
    files: Sequence[Handed], session_id: str | None, told: Told, member: str | None, here: Surroundings
) -> Named:
    """Make files the sides of a session; nothing is changed where one of them cannot be a side.

    Args:
        files: One or two.
        session_id: None to open one, or to go on with the one that they opened, while it is under way.
        told: The side of the one file.
        member: Which CSV of a ZIP.
        here: Where the session is, and who asks.

    Raises:
        UploadError: A file is no table, or a ZIP of several.
        InvalidOptionError: It is not clear which side a file is.
        SessionError: The session does not exist or is closed.
        PermissionDeniedError: It may not be changed.
    """
    session = _session(files, session_id, here)
    sides, rule = _sides(files, told, session)
    for file in sides.values():
        _require_table(file, member, session.preset if session else None, here)
    if session is None:
        name = sides[Side.SOURCE].name if Side.SOURCE in sides else files[0].name
        session = start_session(SessionSpec(test_type="upload", test_name=name, source=None), here)
    for side in Side:
        if side in sides:
            session = _name(session, side, sides[side], member, here)
    spec = spec_of(session)
    return Named(
        session=session,
        sides=sides,
        rule=rule,
        has_both=spec.source is not None and spec.target is not None,
    )


def _session(files: Sequence[Handed], session_id: str | None, here: Surroundings) -> SessionRecord | None:
    """The session that is meant: the one that was named, or the one that the same files opened before."""
    if session_id is not None:
        return session_to_change(session_id, here)
    opened = {one.upload.row.session_id if one.upload else None for one in files}
    before = opened.pop() if len(opened) == 1 else None
    found = session_to_change(before, here) if before else None
    return found if found and found.status is Status.ACTIVE else None


def _sides(
    files: Sequence[Handed], told: Told, session: SessionRecord | None
) -> tuple[Mapping[Side, Handed], Literal["name", "order", "told"]]:
    if len(files) == BOTH:
        if told != "auto":
            raise InvalidOptionError(
                f"Two files cannot both be the {told}.",
                suggestions=("Leave file_role out: names or the order tell.", "Hand them over one by one."),
            )
        if files[0].name == files[1].name:
            return dict(zip(Side, files, strict=True)), "order"
        roles = roles_of([one.name for one in files])
        by_name = {one.name: one for one in files}
        return {Side.SOURCE: by_name[roles.source], Side.TARGET: by_name[roles.target]}, roles.rule.value
    (file,) = files
    if told != "auto":
        return {Side(told): file}, "told"
    return {_side_of(file, session): file}, "order"


def _side_of(file: Handed, session: SessionRecord | None) -> Side:
    """The side that one file is: the one that it is already, or the first that is open."""
    if session is None:
        return Side.SOURCE
    spec = spec_of(session)
    for side, known in ((Side.SOURCE, spec.source), (Side.TARGET, spec.target)):
        if known == file.side:
            return side
    if spec.source is None:
        return Side.SOURCE
    if spec.target is None and session.step in (Step.AWAITING_SOURCE, Step.AWAITING_ETL):
        return Side.TARGET
    raise InvalidOptionError(
        f"Session {session.session_id} has both sides already.",
        suggestions=(f"Say which one {file.name} replaces: file_role=source or file_role=target.",),
    )


def _require_table(file: Handed, member: str | None, preset: str | None, here: Surroundings) -> None:
    """Refuse what is no table, in words that know of no folder of the launcher's.

    Raises:
        UploadError: It is none, or a ZIP of several.
        ReadError: It cannot be read.
    """
    try:
        place_at(file.side, here.whereabouts(preset)).require(ReadOptions(member=member))
    except (UploadError, ReadError) as error:
        raise _in_own_words(error, file) from error


def _in_own_words(error: SmokePipelineError, file: Handed) -> SmokePipelineError:
    message = error.message.replace(str(file.path), file.name)
    advice: Sequence[str] = [one.replace(str(file.path), file.name) for one in error.suggestions]
    context = {**error.context, **({"path": file.name} if "path" in error.context else {})}
    if isinstance(error, ArchiveChoiceError):
        first = next(iter(error.context.get("members", {"NAME": 0})))
        advice = (
            f"Ask the user which one, then call again with zip_member: zip_member={first!r}.",
            "If it holds both sides, call once for each: file_role=source, then file_role=target.",
        )
    return type(error)(message, tuple(advice), context)


def _name(
    session: SessionRecord, side: Side, file: Handed, member: str | None, here: Surroundings
) -> SessionRecord:
    comparison = spec_of(session).comparison
    how = comparison.read_options(side)
    if how.member != member:
        changed = {str(side): how.model_copy(update={"member": member})}
        session = set_comparison(session.session_id, comparison.model_copy(update=changed), here)
    session = name_side(session.session_id, side, file.side, here)
    if file.upload is not None and here.database is not None:
        Files(here.database, here.now).keep(replace(file.upload.row, session_id=session.session_id))
    return session
