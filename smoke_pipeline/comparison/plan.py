"""Which columns are compared with which, under which rules, and what aligns the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from smoke_pipeline.comparison.options import nearest
from smoke_pipeline.comparison.renames import LikelyRename, likely_renames
from smoke_pipeline.comparison.result import ComparedColumns
from smoke_pipeline.comparison.rules import Forgiveness, RuleBook, RuleSets
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.comparison.values.canonical import is_carried_natively
from smoke_pipeline.comparison.values.families import Family, family_of
from smoke_pipeline.errors import (
    ColumnsDifferError,
    InvalidOptionError,
    KeyColumnMissingError,
    UnknownColumnError,
)
from smoke_pipeline.readers.types import require_comparable
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.columns import ColumnDifference, column_difference
from smoke_pipeline.snapshots.manifest import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedColumn:
    """One column of both sides."""

    name: str
    """The source's name, which is the name after renaming."""
    source_type: pa.DataType
    target_type: pa.DataType
    source_position: int
    target_position: int
    empty_is_null: bool
    """Whether NULL and the empty text are one value, because a side is a CSV."""
    forgiveness: Forgiveness

    def type_of(self, side: Side) -> pa.DataType:
        """The Arrow type of a side."""
        return self.source_type if side is Side.SOURCE else self.target_type

    def position_of(self, side: Side) -> int:
        """The place among the columns of a side."""
        return self.source_position if side is Side.SOURCE else self.target_position

    @property
    def is_plain(self) -> bool:
        """Whether both sides can be compared as they are carried, without a canonical spelling."""
        families = family_of(self.source_type), family_of(self.target_type)
        if families in ((Family.TEXT, Family.TEXT), (Family.BINARY, Family.BINARY)):
            return True
        return self.source_type == self.target_type and is_carried_natively(self.source_type)

    def read_as(self, side: Side) -> pa.DataType | None:
        """The type as which the text of a side is read, if the other side has one."""
        own, other = self.type_of(side), self.type_of(side.other)
        is_text = family_of(own) is Family.TEXT
        return other if is_text and family_of(other) not in (Family.TEXT, Family.NULL) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is settled before the first row is read."""

    columns: tuple[PlannedColumn, ...]
    """By name in code-point order, so that the order in the files can play no part."""
    key: tuple[str, ...]
    """() where rows are compared as wholes."""
    about: ComparedColumns
    sort_by: tuple[str, ...] = ()
    """What puts differing rows in order, before what aligns them."""

    @property
    def ordering_places(self) -> tuple[int, ...]:
        """The places of the columns that put differing rows in order; the aligning ones are among them."""
        names = [column.name for column in self.columns]
        return tuple(dict.fromkeys([*map(names.index, self.sort_by), *self.aligning_places]))

    @property
    def aligning_places(self) -> tuple[int, ...]:
        """The places of the columns that rows are aligned by: the key's, or all."""
        names = [column.name for column in self.columns]
        return tuple(map(names.index, self.key)) if self.key else tuple(range(len(names)))

    @property
    def places_read_as_type(self) -> list[int]:
        """The columns that are text on one side only, so that each of their values is read."""
        return [
            place
            for place, column in enumerate(self.columns)
            if any(column.read_as(side) is not None for side in Side)
        ]

    @property
    def has_symmetric_key(self) -> bool:
        """Whether both sides read the key under the same rules, so that identical keys stay identical."""
        return all(self.columns[place].forgiveness.is_symmetric for place in self.aligning_places)


def make_plan(source: Snapshot, target: Snapshot, spec: ComparisonSpec, rulesets: RuleSets) -> Plan:
    """Settle columns and rules; the key is settled only if it is stated.

    Raises:
        ColumnsDifferError: A column is on one side alone, and `columns: common` was not asked for.
        UnknownColumnError: An option names a column that does not exist.
        KeyColumnMissingError: A key column is missing from one side.
        InvalidOptionError: Options contradict each other.
        UnsupportedColumnTypeError: The values of a column cannot be compared exactly.
    """
    target_names = _renamed(source.schema.names, target.schema.names, spec)
    book = RuleBook(spec, rulesets)
    _require_known(source.schema.names, target_names, spec, book)
    dropped = {*spec.ignore_columns}
    found = column_difference(
        [name for name in source.schema.names if name not in {*dropped, *spec.ignore_source}],
        [name for name in target_names if name not in {*dropped, *spec.ignore_target}],
    )
    key = () if spec.key in (None, "auto") else tuple(spec.key)
    renames = likely_renames(source, target, found, spec.renames)
    _require_key(key, found, renames, spec)
    _require_same_columns(found, renames, spec)
    _require_sortable(found, spec)
    columns = tuple(
        _planned(name, source, target, target_names.index(name), book) for name in sorted(found.common)
    )
    about = _about(found, columns, source, target_names, spec)
    perhaps = {rename.new: rename.old for rename in renames}
    about = replace(about, likely_renames=perhaps)
    return Plan(columns=columns, key=key, about=about, sort_by=spec.sort_by)


def with_key(plan: Plan, key: tuple[str, ...]) -> Plan:
    """The plan with the key that was chosen for it.

    Raises:
        InvalidOptionError: A tolerance was asked for, and there is no key.
    """
    tolerant = [column.name for column in plan.columns if column.forgiveness.tolerance]
    if tolerant and not key:
        raise InvalidOptionError(
            f"A tolerance needs a key, and there is none; a tolerance was asked for {', '.join(tolerant)}.",
            suggestions=("Name the key columns with --key.", "Use the rule numeric instead of a tolerance."),
        )
    return replace(plan, key=key)


def _planned(
    name: str, source: Snapshot, target: Snapshot, target_position: int, book: RuleBook
) -> PlannedColumn:
    source_position = source.schema.names.index(name)
    fields = source.schema.field(source_position), target.schema.field(target_position)
    for side, field in zip((source, target), fields, strict=True):
        require_comparable(field, side.origin)
    return PlannedColumn(
        name=name,
        source_type=fields[0].type,
        target_type=fields[1].type,
        source_position=source_position,
        target_position=target_position,
        empty_is_null=book.merges_empty(source.format, target.format),
        forgiveness=book.forgiveness(name),
    )


def _renamed(source: Sequence[str], target: Sequence[str], spec: ComparisonSpec) -> list[str]:
    for new, old in spec.renames.items():
        if new not in target:
            raise _unknown(new, target, "a rename", "the target")
        if old not in source:
            raise _unknown(old, source, "a rename", "the source")
    names = [spec.renames.get(name, name) for name in target]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InvalidOptionError(
            f"After renaming, the target has more than one column named {', '.join(map(repr, twice))}.",
            suggestions=("Rename each column to a name of its own.",),
        )
    return names


def _require_known(
    source: Sequence[str], target: Sequence[str], spec: ComparisonSpec, book: RuleBook
) -> None:
    either = {**dict.fromkeys(source), **dict.fromkeys(target)}
    key = () if spec.key in (None, "auto") else spec.key
    for option, names, known, where in (
        ("the key", key, either, "either side"),
        ("ignore_columns", spec.ignore_columns, either, "either side"),
        ("ignore_source", spec.ignore_source, source, "the source"),
        ("ignore_target", spec.ignore_target, target, "the target"),
        ("a rule", book.named_columns, either, "either side"),
        ("sort_by", spec.sort_by, either, "either side"),
    ):
        for name in names or ():
            if name not in known:
                raise _unknown(name, known, option, where)


def _unknown(name: str, known: Iterable[str], option: str, where: str) -> UnknownColumnError:
    names = list(known)
    return UnknownColumnError(
        f"There is no column {name!r} on {where}; {option} named it.",
        suggestions=nearest(name, names) or (f"The columns are {', '.join(names)}.",),
        context={"column": name},
    )


def _require_key(
    key: Sequence[str], found: ColumnDifference, renames: Sequence[LikelyRename], spec: ComparisonSpec
) -> None:
    if len(set(key)) < len(key):
        raise InvalidOptionError("The key names a column twice.", suggestions=("Name each column once.",))
    for name in key:
        if name in (*found.only_source, *found.only_target):
            side = "target" if name in found.only_source else "source"
            raise KeyColumnMissingError(
                f"The key column {name!r} is missing from the {side}.",
                suggestions=[rename.suggestion for rename in renames if name in (rename.old, rename.new)]
                or ("If it has another name there, say so with --rename NEW=OLD.",),
                context={"column": name, "missing_from": side},
            )
        if name not in found.common:
            raise InvalidOptionError(
                f"The column {name!r} is a key column and ignored at once.",
                suggestions=("Take it out of the key or out of what is ignored.",),
            )
    if not found.common and not (found.only_source or found.only_target):
        raise InvalidOptionError("Every column is ignored.", suggestions=("Leave at least one to compare.",))
    if spec.columns == "common" and not found.common:
        raise ColumnsDifferError("The two sides have no column in common.", suggestions=("Check the paths.",))


def _require_same_columns(
    found: ColumnDifference, renames: Sequence[LikelyRename], spec: ComparisonSpec
) -> None:
    if spec.columns == "common" or not (found.only_source or found.only_target):
        return
    parts = [
        f"only the {side} has {', '.join(map(repr, names))}"
        for side, names in (("source", found.only_source), ("target", found.only_target))
        if names
    ]
    raise ColumnsDifferError(
        f"The columns differ: {'; '.join(parts)}.",
        suggestions=(
            *(rename.suggestion for rename in renames),
            "Compare what both sides have with --columns common.",
            "Leave columns out with --ignore.",
        ),
        context={
            "only_source": list(found.only_source),
            "only_target": list(found.only_target),
            "likely_renames": {rename.new: rename.old for rename in renames},
        },
    )


def _require_sortable(found: ColumnDifference, spec: ComparisonSpec) -> None:
    for name in spec.sort_by:
        if name not in found.common:
            raise InvalidOptionError(
                f"The differences cannot be sorted by {name!r}, which is not compared.",
                suggestions=("Name a column that both sides have and no option leaves out.",),
                context={"column": name},
            )


def _about(
    found: ColumnDifference,
    columns: Sequence[PlannedColumn],
    source: Snapshot,
    target_names: Sequence[str],
    spec: ComparisonSpec,
) -> ComparedColumns:
    present = {*source.schema.names, *target_names}
    ignored = {*spec.ignore_columns, *spec.ignore_source, *spec.ignore_target} & present
    return ComparedColumns(
        compared=found.common,
        only_source=found.only_source,
        only_target=found.only_target,
        ignored=tuple(sorted(ignored)),
        renamed=dict(sorted(spec.renames.items())),
        empty_is_null=tuple(column.name for column in columns if column.empty_is_null),
    )
