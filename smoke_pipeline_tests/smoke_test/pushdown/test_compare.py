"""Two tables of one database: what is read of them, and that the answer is the engine's."""

import pytest

from smoke_pipeline_tests.smoke_test.pushdown.answers import facts, fall

pytestmark = pytest.mark.services

ORDERS = "(id INT PRIMARY KEY, amount DECIMAL(10,2), note VARCHAR(20))"
ROWS = ", ".join(f"({number}, {number}.50, 'row {number}')" for number in range(1, 201))


@pytest.fixture
def orders(pair):
    pair.fill(
        f"CREATE TABLE a {ORDERS}",
        f"CREATE TABLE b {ORDERS}",
        f"INSERT INTO a VALUES {ROWS}",
        f"INSERT INTO b VALUES {ROWS}",
    )
    return pair


def test_of_identical_tables_no_row_is_read(orders):
    result = orders.pushed(key="id")

    assert fall(result) == (200, 0, 0, 0)
    assert result.passed
    assert (result.engine.tier, result.engine.fallback) == ("pushdown", None)
    assert (result.engine.segments_read, result.engine.rows_read) == (0, 0)
    assert result.engine.segments > 1
    assert facts(result) == facts(orders.read(key="id"))


def test_only_segments_that_differ_are_read(orders):
    orders.fill(
        "UPDATE b SET amount = 7 WHERE id = 7",
        "DELETE FROM b WHERE id = 70",
        "INSERT INTO b VALUES (700, 1, NULL)",
    )

    result = orders.pushed(key="id", segments=64)

    assert fall(result) == (198, 1, 1, 1)
    assert 1 <= result.engine.segments_read <= 3
    assert 3 <= result.engine.rows_read < 40
    assert facts(result) == facts(orders.read(key="id"))
