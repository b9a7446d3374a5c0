"""What cannot be compared in a database: refused where nothing can be done, else told as a reason to read."""

import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.places import Place, TablePlace

_WAY_OUT = "Read them: --engine local."


def the_one_database(source: Place, target: Place) -> tuple[TablePlace, TablePlace]:
    """Both sides, if they are tables of one database.

    Raises:
        InvalidOptionError: They are not.
    """
    if not (isinstance(source, TablePlace) and isinstance(target, TablePlace)):
        other = target if isinstance(source, TablePlace) else source
        raise InvalidOptionError(
            f"Only tables can be compared in their database, and {other.origin} is none.",
            suggestions=(_WAY_OUT, "Name tables like mysql.warehouse:orders on both sides."),
        )
    if source.database != target.database:
        raise InvalidOptionError(
            f"{source.origin} and {target.origin} are reached by different connections, "
            "and a comparison in the database needs one.",
            suggestions=(
                _WAY_OUT,
                "Where one server has both, name both through one database of the preset, "
                "like mysql.warehouse:archive.orders.",
            ),
        )
    return source, target


def why_read(plan: Plan) -> str | None:
    """Why checksums would not say what the comparison says, and all rows must be read; None if they do."""
    for column in plan.columns:
        if column.empty_is_null or not is_written_alike(column.source_type, column.target_type):
            return (
                f"The column {column.name!r} is {column.source_type} in the source and {column.target_type} "
                "in the target, which are not written alike."
            )
    for column in (one for one in plan.columns if one.name in plan.key):
        if column.forgiveness.has_rules:
            return f"The key column {column.name!r} has rules, which checksums know nothing of."
        if pt.is_floating(column.source_type) or pt.is_floating(column.target_type):
            return f"The key column {column.name!r} is a binary float, whose zero has two signs."
    return None


def is_written_alike(source: pa.DataType, target: pa.DataType) -> bool:
    """Whether values of the two types are the same wherever a database writes them as the same text."""
    if source == target:
        return not pt.is_null(source)
    return all(pt.is_integer(one) or pt.is_decimal(one) for one in (source, target))
