"""Records to rows of the `mcp_smoke` tables, and back without loss.

A text column of PostgreSQL holds neither NUL nor half a surrogate pair, and a file may. Such a cell is
stored twice: readable in its columns, exact in `exact_cell`, where JSON escapes it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowDifference
from smoke_pipeline.history.records import FileRecord, ResultRecord, SessionRecord, Status, Step
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

Row = dict[str, Any]

_SESSION_FIELDS = tuple(SessionRecord.__dataclass_fields__)
_RENAMED = {
    "rows_source": "total_rows_source",
    "rows_target": "total_rows_target",
    "comparison_time_s": "comparison_time_seconds",
}
"""Fields of a result whose column has the name that reports on the history expect."""
_RESULT_COLUMNS = {name: _RENAMED.get(name, name) for name in ResultRecord.__dataclass_fields__}

DETAIL_COLUMNS = (
    "result_id",
    "row_index",
    "cell_index",
    "difference_type",
    "row_key",
    "source_row",
    "target_row",
    "column_name",
    "source_value",
    "target_value",
    "row_values",
    "exact_cell",
    "in_flight",
)
"""The columns of `mismatch_details` in the order of `detail_rows`."""


def session_row(session: SessionRecord) -> Row:
    """The row of `test_sessions`."""
    row = {name: getattr(session, name) for name in _SESSION_FIELDS}
    return row | {
        "spec": dict(session.spec),
        "failure": None if session.failure is None else dict(session.failure),
        "status": session.status.value,
        "step": session.step.value,
    }


def session_of(row: RowMapping) -> SessionRecord:
    """The session in a row of `test_sessions`."""
    found = {name: row[name] for name in _SESSION_FIELDS}
    return SessionRecord(**found | {"status": Status(row["status"]), "step": Step(row["step"])})


def file_row(file: FileRecord) -> Row:
    """The row of `test_files`."""
    return {
        "session_id": file.session_id,
        "file_role": file.file_role.value,
        "file_path": file.file_path,
        "origin": file.manifest.origin,
        "row_count": file.manifest.rows,
        "file_size_mb": file.manifest.size_bytes / 1024**2,
        "manifest": file.manifest.to_dict(),
        "downloaded_at": file.recorded_at,
    }


def file_of(row: RowMapping) -> FileRecord:
    """The snapshot in a row of `test_files`."""
    return FileRecord(
        session_id=row["session_id"],
        file_role=Side(row["file_role"]),
        manifest=SnapshotManifest.from_dict(row["manifest"]),
        file_path=row["file_path"],
        recorded_at=row["downloaded_at"],
    )


def result_row(result: ResultRecord) -> Row:
    """The row of `comparison_results`, without the number that the table gives."""
    row = {column: getattr(result, name) for name, column in _RESULT_COLUMNS.items() if name != "result_id"}
    return row | {"mismatch_by_column": dict(result.mismatch_by_column), "summary": dict(result.summary)}


def result_of(row: RowMapping) -> ResultRecord:
    """The result in a row of `comparison_results`."""
    return ResultRecord(**{name: row[column] for name, column in _RESULT_COLUMNS.items()})


def detail_rows(result_id: int, differences: Iterable[RowDifference]) -> Iterator[tuple[Any, ...]]:
    """Rows of `mismatch_details`: one for each differing cell, one for each one-sided row."""
    for row_index, row in enumerate(differences):
        head = (row.kind.value, json.dumps(row.key), row.source_row, row.target_row)
        values = json.dumps(dict(row.values)) if row.values else None
        for cell_index, cell in enumerate(row.cells or (None,)):
            yield (result_id, row_index, cell_index, *head, *_cell_columns(cell, values), row.in_flight)


def differences_of(rows: Iterable[RowMapping]) -> Sequence[RowDifference]:
    """The differences in rows of `mismatch_details` that come in the order of their key."""
    return tuple(_difference(list(group)) for _, group in groupby(rows, key=lambda row: row["row_index"]))


def _cell_columns(cell: CellDifference | None, values: str | None) -> tuple[str | None, ...]:
    if cell is None:
        return (None, None, None, values, None)
    texts = (cell.column, cell.source, cell.target)
    is_exact = all(text is None or _is_storable(text) for text in texts)
    return (*map(_readable, texts), values, None if is_exact else json.dumps(texts))


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(text: str | None) -> str | None:
    """The text, with a mark for each character that PostgreSQL cannot hold."""
    if text is None or _is_storable(text):
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if not _is_storable(letter) else letter for letter in text)


def _difference(rows: Sequence[RowMapping]) -> RowDifference:
    first: Mapping[Any, Any] = rows[0]
    return RowDifference(
        kind=DifferenceKind(first["difference_type"]),
        key=tuple(first["row_key"]),
        source_row=first["source_row"],
        target_row=first["target_row"],
        cells=tuple(_cell(row) for row in rows if row["column_name"] is not None),
        values=first["row_values"] or {},
        in_flight=first["in_flight"],
    )


def _cell(row: RowMapping) -> CellDifference:
    exact = row["exact_cell"] or (row["column_name"], row["source_value"], row["target_value"])
    return CellDifference(column=exact[0], source=exact[1], target=exact[2])
