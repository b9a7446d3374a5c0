"""An answer is held to what it says, and the page tells every case."""

import re
from pathlib import Path

import pytest

from benchmarks.false_pass.case import Refusal, alone, case, changed, csv, same
from benchmarks.false_pass.cases import CASES
from benchmarks.false_pass.finding import Finding
from benchmarks.false_pass.page import title
from benchmarks.false_pass.score import Score, score, score_of_error

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "false-pass.md").read_text(encoding="utf-8")
ANY = (csv("id", "1"), csv("id", "1"))


def judged(answer, **said) -> Score:
    return score(case("any", ANY, answer), Finding(**said))


@pytest.mark.parametrize(
    ("answer", "said", "expected"),
    [
        pytest.param(changed(), {"is_same": True}, Score.FALSE_PASS, id="false pass"),
        pytest.param(same(1), {"is_same": False}, Score.FALSE_ALARM, id="false alarm"),
        pytest.param(changed(), {"is_same": False}, Score.RIGHT, id="no counts said"),
        pytest.param(changed(), {"is_same": False, "mismatched": 2}, Score.WRONG_COUNT, id="rows"),
        pytest.param(
            changed(),
            {"is_same": False, "mismatched": 1, "by_column": {"x": 2}},
            Score.WRONG_COUNT,
            id="cells",
        ),
        pytest.param(
            changed(),
            {"is_same": False, "source_left": 1, "target_left": 1},
            Score.RIGHT,
            id="rows left over",
        ),
        pytest.param(
            alone(source=1), {"is_same": False, "target_only": 1}, Score.WRONG_COUNT, id="the wrong side"
        ),
        pytest.param(Refusal(error="CsvFormatError"), {"is_same": True}, Score.FALSE_PASS, id="not refused"),
        pytest.param(Refusal(error="CsvFormatError"), {"is_same": False}, Score.RIGHT, id="difference told"),
    ],
)
def test_an_answer_is_set_against_the_truth(answer, said, expected):
    assert judged(answer, **said) is expected


def test_an_error_is_right_only_where_there_is_nothing_to_compare():
    assert score_of_error(case("any", ANY, Refusal(error="CsvFormatError"))) is Score.RIGHT
    assert score_of_error(case("any", ANY, same(1))) is Score.ERROR


def rows_of_page() -> dict[str, list[str]]:
    rows = (line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| "))
    return {row[0].rstrip("°"): row[1:] for row in rows if len(row) > 5}


def test_the_page_tells_every_case_and_that_ours_is_right():
    rows = rows_of_page()

    assert {title(one) for one in CASES} - set(rows) == set()
    assert [title(one) for one in CASES if rows[title(one)][1] != "✓"] == []
    assert re.search(r"\| smoke compare \| \d+ \| 0 \| 0 \| 0 \| 0 \| 0 \| 0 \|", PAGE)
