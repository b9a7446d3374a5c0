"""A comparison's whole result on disk, so that the report can be built by another run than compared.

The history holds what is asked of many sessions; the report needs everything that was found in one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError
from smoke_pipeline.readers.disk import storage_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftResult:
    """A result that lies on disk and counts for nothing until its number is known."""

    path: Path

    def keep(self, result_id: int) -> None:
        """Make it the result of that number, the only one kept in its folder."""
        final = _path(self.path.parent, result_id)
        self.path.replace(final)
        for old in self.path.parent.glob("comparison_*.json"):
            if old != final:
                old.unlink(missing_ok=True)

    def drop(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)


def draft_result(result: ComparisonResult, folder: Path) -> DraftResult:
    """Write a result down before the history hears of it.

    Raises:
        StorageFullError: The disk has no room left, or may not be written.
    """
    draft = DraftResult(path=folder / "comparison.draft")
    with storage_errors(folder):
        try:
            draft.path.write_bytes(_adapter().dump_json(result))
        except OSError:
            draft.drop()
            raise
    return draft


def adopt_draft(folder: Path, result_id: int, is_it: Callable[[ComparisonResult], bool]) -> None:
    """Finish what a kill cut off between the history's word and the result's name.

    Args:
        folder: The folder of the session.
        result_id: The number that the history gave.
        is_it: Whether a draft is the result of that number.
    """
    draft = DraftResult(path=folder / "comparison.draft")
    if _path(folder, result_id).exists() or not draft.path.exists():
        return
    try:
        found = _adapter().validate_json(draft.path.read_bytes())
    except (OSError, ValidationError):
        return
    if is_it(found):
        draft.keep(result_id)


def kept_result(result_id: int, folder: Path) -> ComparisonResult:
    """The whole result of that number.

    Raises:
        SnapshotMissingError: It is not in the folder any more.
        SnapshotDamagedError: It is not what was written.
    """
    path = _path(folder, result_id)
    compare_again = ("Compare the two sides again.",)
    try:
        return _adapter().validate_json(path.read_bytes())
    except OSError as error:
        raise SnapshotMissingError(
            f"The result {result_id} is not in {folder} any more.", suggestions=compare_again
        ) from error
    except ValidationError:
        raise SnapshotDamagedError(
            f"The result in {path} is not what was written.", suggestions=compare_again
        ) from None


def _path(folder: Path, result_id: int) -> Path:
    return folder / f"comparison_{result_id}.json"


@cache
def _adapter() -> TypeAdapter[ComparisonResult]:
    """Built once: it takes as long as reading a result."""
    return TypeAdapter(ComparisonResult)
