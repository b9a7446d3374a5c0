"""Values that would do harm wherever they are not taken for values."""

from smoke_pipeline.comparison.result import (
    ComparedColumns,
    ComparisonResult,
    DifferenceKind,
    RowCounts,
)
from smoke_pipeline_tests.report.results import cluster, manifest, mismatch, one_sided, result

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@everyone",
    "a|b\n| c | d |\n",
    "`code` **bold** [link](http://evil.example) www.evil.example https://evil.example",
    "\u202egnp.exe",
    "\x00\x01\x1b[2J",
    "]]>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "'; DROP TABLE t; --",
    "\\'; DROP TABLE t; -- ",
    "{{ 7*7 }}",
    "#1 GH-1 :smile: $x$ ~~s~~ - [ ] x",
    "x" * 100_000,
)


def hostile(value: str) -> ComparisonResult:
    """A result with the value in every place that the data can reach."""
    counts = RowCounts(matched=1, mismatched=1, source_only=1)
    return result(
        counts,
        columns=ComparedColumns(compared=("id", value), only_target=(value + "2",), ignored=(value + "3",)),
        source=manifest(result().source.side, counts.source, origin=value),
        mismatch_by_column={value: 1},
        patterns={value: {"case": 1}},
        equal_under_rule={value: {"trim": 1}},
        explanation=(cluster(value, "case", cells=1, of=1, example=(value, value + "!")),),
        unproven_because=f"Because of {value}.",
        differences=(
            mismatch(value, (value, value, value + "!")),
            one_sided(DifferenceKind.SOURCE_ONLY, {"id": value, value: value}, 2),
        ),
    )
