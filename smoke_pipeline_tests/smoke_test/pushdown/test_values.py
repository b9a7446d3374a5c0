"""Values that are easily taken for one another: none of them passes for another."""

from itertools import product

import pytest

from smoke_pipeline_tests.smoke_test.pushdown.answers import facts, fall
from smoke_pipeline_tests.smoke_test.pushdown.pools import filled, pools_of

pytestmark = pytest.mark.services

ALIKE = {
    "postgres": [
        ("INT", "BIGINT"),
        ("VARCHAR(20)", "TEXT"),
        ("VARCHAR(20)", "CHAR(4)"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)"),
        ("INT", "DECIMAL(10,2)"),
        ("NUMERIC", "TEXT"),
    ],
    "mysql": [
        ("INT", "BIGINT"),
        ("VARCHAR(20)", "TEXT"),
        ("VARCHAR(20)", "CHAR(4)"),
        ("VARCHAR(20)", "VARCHAR(20) CHARACTER SET latin1"),
        ("VARCHAR(20) COLLATE utf8mb4_bin", "VARCHAR(20)"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)"),
        ("DOUBLE PRECISION", "DOUBLE(10,2)"),
        ("TIMESTAMP(6)", "DATETIME"),
        ("BIT(9)", "BIGINT UNSIGNED"),
    ],
}
MARKS = {"postgres": [], "mysql": [pytest.mark.mariadb]}
CASES = [
    pytest.param(kind, *types, marks=MARKS[kind], id=f"{kind}: {' and '.join(types)}")
    for kind in ("postgres", "mysql")
    for types in [*((one, one) for one in sorted(pools_of(kind))), *ALIKE[kind]]
]  # fmt: skip


@pytest.mark.parametrize(("kind", "ours", "theirs"), CASES)
def test_every_pair_of_values_is_judged_as_the_engine_does(request, kind, ours, theirs):
    pair = request.getfixturevalue(f"{kind}_pair")
    pools = pools_of(kind)
    values = list(product(pools[ours], pools[theirs]))
    numbers = [str(number) for number in range(len(values))]
    rows = list(zip(numbers, values, strict=True))
    filled(pair, "a", [ours], [(number, one) for number, (one, _) in rows], key="INT PRIMARY KEY")
    filled(pair, "b", [theirs], [(number, other) for number, (_, other) in rows], key="INT PRIMARY KEY")

    pushed = pair.pushed(key="k", segments=2**16, max_mismatches=1000)

    assert facts(pushed) == facts(pair.read(key="k", max_mismatches=1000))
    if ours == theirs:
        matched = fall(pushed)[0]
        assert matched >= len(pools[ours])
        assert pushed.engine.rows_read < pushed.counts.source + pushed.counts.target - len(pools[ours])
