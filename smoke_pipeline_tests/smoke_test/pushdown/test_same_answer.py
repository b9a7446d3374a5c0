"""Random pairs of tables: checksums lead to the very answer that the engine gives on snapshots."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline_tests.smoke_test.pushdown.answers import facts
from smoke_pipeline_tests.smoke_test.pushdown.pools import filled, pools_of

pytestmark = pytest.mark.services

KEYS = [(), ("k",), ("k", "c1")]
RULES = [
    {},
    {"*": ["trim"]},
    {"c1": ["ignore_case", "empty_is_null"]},
    {"c2": {"numeric": True}},
    {"c2": ["trim"]},
]


@st.composite
def pairs(draw, kind):
    """Types of both tables, their rows, and options."""
    pools = pools_of(kind)
    ours = draw(st.lists(st.sampled_from(sorted(pools)), min_size=2, max_size=2))
    theirs = [one if draw(st.integers(0, 5)) else draw(st.sampled_from(sorted(pools))) for one in ours]
    theirs = [new if pools_meet(pools, one, new) else one for one, new in zip(ours, theirs, strict=True)]
    values = [
        [one for one in pools[mine] if one in pools[other]] for mine, other in zip(ours, theirs, strict=True)
    ]
    row = st.tuples(st.sampled_from(["NULL", *map(str, range(12))]), *map(st.sampled_from, values))
    source = draw(st.lists(row, max_size=20))
    target = [one for one in source if draw(st.integers(0, 9))]
    target += draw(st.lists(row, max_size=3))
    target += draw(st.lists(st.sampled_from(source), max_size=2)) if source else []
    options = {
        "key": draw(st.sampled_from(KEYS)) or None,
        "rules": draw(st.sampled_from(RULES)),
        "max_mismatches": draw(st.sampled_from([100, 2])),
    }
    return ours, theirs, source, draw(st.permutations(target)), options, draw(st.sampled_from([1, 4, 256]))


def pools_meet(pools, one, other):
    return len(set(pools[one]) & set(pools[other])) > 1


def both_say_the_same(pair, drawn):
    ours, theirs, source, target, options, segments = drawn
    filled(pair, "a", ours, source)
    filled(pair, "b", theirs, target)

    pushed = pair.pushed(segments=segments, **options)

    assert facts(pushed) == facts(pair.read(**options))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=pairs("postgres"))
def test_postgres_leads_to_the_answer_of_the_engine(postgres_pair, drawn):
    both_say_the_same(postgres_pair, drawn)


@pytest.mark.mariadb
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=pairs("mysql"))
def test_mariadb_leads_to_the_answer_of_the_engine(mysql_pair, drawn):
    both_say_the_same(mysql_pair, drawn)
