"""What a program said, set against what is true."""

from enum import StrEnum

from benchmarks.false_pass.case import Case, Truth
from benchmarks.false_pass.finding import Finding


class Score(StrEnum):
    """How an answer fares."""

    RIGHT = "right"
    FALSE_PASS = "false pass"
    FALSE_ALARM = "false alarm"
    WRONG_COUNT = "wrong count"
    ERROR = "error"
    CRASH = "crash"
    CANNOT = "cannot"


def score(case: Case, finding: Finding) -> Score:
    """Hold a program to what it says, and to nothing it does not say.

    Cells are counted per column, whatever it calls the column: some programs spell names in their own way.
    """
    answer = case.answer
    if not isinstance(answer, Truth):
        return Score.FALSE_PASS if finding.is_same else Score.RIGHT
    if finding.is_same != answer.is_same:
        return Score.FALSE_PASS if finding.is_same else Score.FALSE_ALARM
    return Score.RIGHT if _counts_agree(answer, finding) else Score.WRONG_COUNT


def score_of_error(case: Case) -> Score:
    """An error where the tables are not to be compared is the right answer, whatever its words."""
    return Score.ERROR if isinstance(case.answer, Truth) else Score.RIGHT


def _counts_agree(truth: Truth, finding: Finding) -> bool:
    said_and_true = (
        (finding.mismatched, truth.mismatched),
        (finding.source_only, truth.source_only),
        (finding.target_only, truth.target_only),
        (finding.source_left, truth.mismatched + truth.source_only),
        (finding.target_left, truth.mismatched + truth.target_only),
    )
    if any(said is not None and said != true for said, true in said_and_true):
        return False
    cells = finding.by_column
    return cells is None or sorted(cells.values()) == sorted(truth.by_column.values())
