"""What of the two sides is no row or was made to fit one: told with every result, whatever the verdict."""

from collections.abc import Sequence

from smoke_pipeline.readers.reading import LeftOut, Reading
from smoke_pipeline.snapshots.manifest import SnapshotManifest


def notes_on(source: SnapshotManifest, target: SnapshotManifest) -> tuple[str, ...]:
    """What a person must know of how the sides were read, as sentences; none for plain tables."""
    notes = []
    for manifest in (source, target):
        notes += [f"{manifest.side.capitalize()}: {note}" for note in notes_of(manifest.reading)]
    for name in ("preamble", "footer"):
        found = [getattr(one.reading, name) if one.reading else None for one in (source, target)]
        if _differ(*found):
            notes.append(f"The lines left out {_WHERE[name]} of the two sides differ.")
    return tuple(notes)


def notes_of(reading: Reading | None) -> Sequence[str]:
    """What is unusual about how one side was read, as sentences."""
    if reading is None:
        return ()
    return (
        *_left_out(reading.preamble, "preamble"),
        *_left_out(reading.footer, "footer"),
        *_header(reading),
        *_ragged(reading.padded_rows, "with more or fewer fields than the header made to fit", reading),
        *_ragged(reading.skipped_rows, "with more or fewer fields than the header left out", reading),
    )


def why_no_verdict(source: SnapshotManifest, target: SnapshotManifest) -> str | None:
    """Why what was left out allows no verdict, as one sentence; None where nothing that counts was."""
    return _rows_left_out(source, target) or next(
        filter(None, (_lines_left_out(name, source, target) for name in _WHERE)), None
    )


def _rows_left_out(source: SnapshotManifest, target: SnapshotManifest) -> str | None:
    skipped = {one.side: one.reading.skipped_rows for one in (source, target) if one.reading}
    told = [f"{count:,} of the {side}" for side, count in skipped.items() if count]
    if not told:
        return None
    return (
        f"Rows that do not fit the header were not compared, {' and '.join(told)}; "
        "set `ragged` to `pad`, or repair the file."
    )


def _lines_left_out(name: str, source: SnapshotManifest, target: SnapshotManifest) -> str | None:
    """Lines that nobody said are no rows may be a difference, where the two sides do not have the same."""
    sides = [one.reading for one in (source, target) if one.reading]
    guessed = [one for one in sides if getattr(one, name) and not _is_stated(one, name)]
    contents = {getattr(one, name).sha256 if getattr(one, name) else None for one in sides}
    if not guessed or (len(contents) == 1 and len(sides) == len((source, target))):
        return None
    return (
        f"Lines {_WHERE[name]} were taken for no rows, and the two sides do not have the same; "
        f"say how many there are with `{_OPTION[name]}`, and they are left out."
    )


def _is_stated(reading: Reading, name: str) -> bool:
    return any(one.what == name and one.confidence == "stated" for one in reading.guesses)


_WHERE = {"preamble": "before the table", "footer": "after the table"}
_OPTION = {"preamble": "skip_lines", "footer": "footer"}


def _differ(source: LeftOut | None, target: LeftOut | None) -> bool:
    return source is not None and target is not None and source.sha256 != target.sha256


def _left_out(found: LeftOut | None, name: str) -> list[str]:
    if found is None:
        return []
    start = " / ".join(found.start.split("\n")[:2]).replace("\r", "")
    return [f"{found.size} {_WHERE[name]} left out: {start[:120]!r}."]


def _header(reading: Reading) -> list[str]:
    guess = next((one for one in reading.guesses if one.what == "header"), None)
    made = [one for one in reading.guesses if one.what == "names"]
    if guess is None or guess.value != "no" or guess.confidence == "stated":
        return [f"{one.evidence}: {one.value}." for one in made]
    return [f"there is no header, for {guess.evidence}; the columns are called column_1 and so on."]


def _ragged(count: int, what: str, reading: Reading) -> list[str]:
    if not count:
        return []
    lines = ", ".join(f"{line:,}" for line in reading.first_ragged_lines)
    return [f"{_rows(count)} {what}, the first on line {lines}."]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
