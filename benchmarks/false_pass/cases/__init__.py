"""Every case, each with the answer that is right, and no two of one name."""

from benchmarks.false_pass.case import Case
from benchmarks.false_pass.cases import columns, files, keys, nulls, numbers, rows, texts, times, types

GROUPS: dict[str, tuple[Case, ...]] = {
    "numbers": numbers.CASES,
    "missing values": nulls.CASES,
    "texts": texts.CASES,
    "dates and times": times.CASES,
    "types": types.CASES,
    "keys": keys.CASES,
    "rows": rows.CASES,
    "columns": columns.CASES,
    "files": files.CASES,
}
"""By what they are about, in the order of the page."""

CASES: tuple[Case, ...] = tuple(case for group in GROUPS.values() for case in group)
