"""Rows that do not fit into memory, and the folder they lie in meanwhile."""

from pathlib import Path

import polars as pl
import pytest

from smoke_pipeline.comparison.engine.spool import Spool
from smoke_pipeline.errors import AccessDeniedError
from smoke_pipeline.snapshots.manifest import Side

ROWS = pl.DataFrame({"row": [1, 2, 3], "c0": ["a", None, "b"]})


def spool(folder: Path) -> Spool:
    return Spool(lambda frame, _side: frame, 0, folder)


def test_a_folder_that_is_missing_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"

    with spool(folder) as rows:
        rows.add(Side.SOURCE, ROWS)
        rows.add(Side.TARGET, ROWS.clear())
        came_back = pl.concat([source for source, _target in rows.chunks()])

    assert came_back.sort("row").equals(ROWS)
    assert list(folder.iterdir()) == []


def test_a_place_that_is_no_folder_is_refused_by_name(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.touch()

    with pytest.raises(AccessDeniedError, match="a file"), spool(place) as rows:
        rows.add(Side.SOURCE, ROWS)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_whatever_ends_a_comparison_nothing_stays_on_disk(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        _interrupted(tmp_path, error)

    assert list(tmp_path.iterdir()) == []


def _interrupted(folder: Path, error: type[BaseException]) -> None:
    with spool(folder) as rows:
        rows.add(Side.SOURCE, ROWS)
        assert list(folder.iterdir())
        raise error
