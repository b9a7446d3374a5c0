"""Whether two sides can be compared as bytes."""

from collections.abc import Iterator

import pyarrow as pa

from smoke_pipeline.comparison.engine.raw.fields import Layout, Layouts
from smoke_pipeline.comparison.engine.raw.lockstep import Texts
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest


class Glance(Snapshot):
    """A plain text of which only the beginning was looked at; enough to make a plan."""

    def __init__(self, snapshot: Snapshot, text: PlainText) -> None:
        self._snapshot = snapshot
        self._text = text

    @property
    def is_certain(self) -> bool:
        """Whether the header is what it seems to be, whatever follows."""
        return self._text.is_certain

    @property
    def manifest(self) -> SnapshotManifest:
        """Unknown before the text was read."""
        return self._snapshot.manifest

    @property
    def schema(self) -> pa.Schema:
        """The header's names, each a text column."""
        return pa.schema([pa.field(name, pa.string()) for name in self._text.names])

    @property
    def origin(self) -> str:
        """Where the text lies."""
        return self._snapshot.origin

    @property
    def format(self) -> str:
        """A CSV."""
        return self._snapshot.format

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of the snapshot itself; its first ones tell which columns may have been renamed."""
        return self._snapshot.batches(chunk_rows)


def glanced(source: Snapshot, target: Snapshot) -> tuple[Glance, Glance] | None:
    """Both sides as far as their beginnings tell, if both are plain texts."""
    texts = plain_texts(source, target)
    if isinstance(texts, str):
        return None
    return Glance(source, texts[Side.SOURCE]), Glance(target, texts[Side.TARGET])


def plain_texts(source: Snapshot, target: Snapshot) -> Texts | str:
    """The bytes of both sides, or why they cannot be compared as such."""
    texts = {side: snapshot.plain_text() for side, snapshot in zip(Side, (source, target), strict=True)}
    plain = {side: text for side, text in texts.items() if text is not None}
    if len(plain) < len(Side):
        others = " and ".join(side for side in Side if side not in plain)
        return f"the {others} cannot be read as plain UTF-8 text"
    return plain


def layouts_of(texts: Texts, plan: Plan) -> Layouts | str:
    """How the texts are laid out, or why records that are the same bytes are not all there is to find."""
    source, target = texts[Side.SOURCE], texts[Side.TARGET]
    if source.quote != target.quote:
        return "the two texts are written in different ways"
    moved = any(column.source_position != column.target_position for column in plan.columns)
    if moved or len(source.names) != len(target.names):
        return "the columns are not in the same places"
    key = [plan.columns[place] for place in plan.aligning_places] if plan.key else []
    if any(column.forgiveness.has_rules or not column.empty_is_null for column in key):
        return "rules hold for the key"
    compared = tuple(sorted(column.source_position for column in plan.columns))
    is_alike = source.delimiter == target.delimiter and len(compared) == len(source.names)
    return {
        side: Layout(
            delimiter=ord(text.delimiter),
            hashed_as=ord(source.delimiter),
            quote=ord(source.quote) if source.quote else None,
            width=len(source.names),
            compared=compared,
            key=tuple(column.source_position for column in key),
            is_checked=side is Side.SOURCE or not is_alike,
        )
        for side, text in texts.items()
    }
