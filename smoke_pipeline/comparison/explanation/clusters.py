"""What the mismatched cells of a column have in common, in clusters and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from smoke_pipeline.comparison.explanation.notes import NO_DETAIL, NO_PATTERN, Note, bounded
from smoke_pipeline.comparison.explanation.proposals import best_way, fitting, rename_for, rule_for
from smoke_pipeline.comparison.patterns.details import BETWEEN_SIDES
from smoke_pipeline.comparison.patterns.one_pair import FORGIVEN_BY, ISO, SWAPPED
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import Cluster, Proposal

Notes = Mapping[str, Mapping[str, Mapping[str, Note]]]
"""Column -> pattern -> detail -> what was noted."""

_WORDS = {
    "null_empty": "NULL against the empty text",
    "null_word": "NULL against a word for it",
    "white_space": "the same text but for white space at the ends",
    "case": "the same text but for upper and lower case",
    "white_space_and_case": "the same text but for case and white space at the ends",
    "inner_white_space": "the same text but for white space within",
    "unicode": "the same letters, composed and decomposed",
    "number_format": "the same number, written in another way",
    "date_format": "the same date or time, written in another way",
    "sign": "the same number with the other sign",
    "scaled": "the same number in another scale",
    "rounded": "the same number with fewer digits after the point",
    "shifted": "the same date or time, moved",
    "encoding": "the same text with letters read in the wrong encoding, or lost",
    "truncated": "the same text, cut off",
    SWAPPED: "the value of another column",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Complete counts of mismatched cells, and what was noted of them."""

    notes: Notes
    patterns: Mapping[str, Mapping[str, int]]
    """Column -> pattern -> mismatched cells."""
    mismatched: Mapping[str, int]
    """Column -> mismatched cells."""
    paired: int
    """Rows that have a partner on the other side."""

    def cells(self, column: str, pattern: str) -> int:
        """Mismatched cells of a column that show a pattern, or none."""
        counts = self.patterns.get(column, {})
        return self.mismatched[column] - sum(counts.values()) if pattern == NO_PATTERN else counts[pattern]


def explain(plan: Plan, noted: Noted) -> tuple[Cluster, ...]:
    """All mismatched cells in clusters: the worst column first, its largest cluster first."""
    found = list(_clusters(plan, noted))
    found.sort(key=lambda one: (-one.of, one.column, -one.cells, one.pattern or ""))
    return tuple(found)


def _clusters(plan: Plan, noted: Noted) -> Iterator[Cluster]:
    columns = {column.name: column for column in plan.columns}
    swapped = _swapped_throughout(noted)
    for name, patterns in noted.notes.items():
        for pattern, all_details in patterns.items():
            details, cells = bounded(all_details), noted.cells(name, pattern)
            if pattern == SWAPPED:
                partner, _ = _most_common(pattern, details, cells)
                proposal = rename_for(name, partner or "", plan, swapped, noted.paired)
            else:
                proposal = rule_for(pattern, details, columns[name])
            yield _cluster((name, pattern), details, cells, noted.mismatched[name], proposal)


def _cluster(
    kind: tuple[str, str], details: Mapping[str, Note], cells: int, of: int, proposal: Proposal | None
) -> Cluster:
    column, pattern = kind
    detail, shared_by = _most_common(pattern, details, cells)
    like = [note for name, note in details.items() if detail in (None, name)] or list(details.values())
    if pattern == "date_format" and detail:
        like = [details[name] for name in fitting(details, detail)]
    example = min(like, key=Note.rank)
    shared = _shared(pattern, detail) if detail else None
    return Cluster(
        column=column,
        pattern=pattern or None,
        cells=cells,
        of=of,
        shared=shared,
        shared_by=shared_by if shared else 0,
        is_representation=pattern in FORGIVEN_BY,
        source=example.source,
        target=example.target,
        sentence=_sentence(pattern, cells, of, (shared, shared_by)),
        proposal=proposal,
    )


def _most_common(pattern: str, details: Mapping[str, Note], cells: int) -> tuple[str | None, int]:
    """What more than half of the cells share, and how many do."""
    if pattern == "date_format":
        detail = best_way(details)
        count = sum(details[name].cells for name in fitting(details, detail or ""))
    else:
        detail = min(details, key=lambda name: (-details[name].cells, name))
        count = details[detail].cells
    return (detail, count) if detail and detail != NO_DETAIL and 2 * count > cells else (None, 0)


def _swapped_throughout(noted: Noted) -> dict[str, int]:
    """Columns all of whose mismatched cells are swapped with one other, and how many they are."""
    return {
        name: cells
        for name, cells in noted.mismatched.items()
        for details in [noted.notes.get(name, {}).get(SWAPPED, {})]
        if len(details) == 1 and sum(note.cells for note in details.values()) == cells
    }


def _shared(pattern: str, detail: str) -> str | None:
    """A detail as a person reads it."""
    if pattern == "scaled":
        exponent = int(detail)
        return f"x{10**exponent}" if exponent > 0 else f"x0.{'0' * (-exponent - 1)}1"
    if pattern == "shifted":
        return _offset(timedelta(seconds=int(detail)))
    if pattern == "rounded":
        side, places = detail.split(" ")
        return f"{side} has {places} digit{'' if places == '1' else 's'} after the point"
    if pattern == "truncated":
        side, length = detail.split(" ")
        return f"{side} ends after {length} characters"
    if pattern == "date_format":
        names = ["ISO 8601" if name == ISO else name for name in detail.split(BETWEEN_SIDES)]
        return " -> ".join(names)
    return detail if pattern in ("null_word", SWAPPED) else None


def _offset(offset: timedelta) -> str:
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}1 day" if abs(offset) == timedelta(days=1) else f"{sign}{abs(offset)}"


def _sentence(pattern: str, cells: int, of: int, shared: tuple[str | None, int]) -> str:
    """One sentence, which a column's name can stand before."""
    how_many = f"{cells:,} of {of:,} differences" if cells < of else f"all {of:,} differences"
    how_many = "the only difference" if of == 1 else how_many
    if pattern == NO_PATTERN:
        return f"{how_many} {'shows' if cells == 1 else 'show'} no known pattern."
    words = f"{how_many} {'is' if cells == 1 else 'are'} {_WORDS[pattern]}"
    what, count = shared
    if what is None:
        return f"{words}."
    return f"{words}: {what}." if count == cells else f"{words}; {count:,} of them: {what}."
