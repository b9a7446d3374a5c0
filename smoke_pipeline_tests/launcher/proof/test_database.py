"""Use case B: a table before and after an ETL run, with its alternative flows."""

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.services, pytest.mark.mariadb]

MOST_TOKENS = 6_000
ROWS = "(1, 10, 'new'), (2, 20, 'new'), (3, 30, 'paid'), (4, 40, 'paid')"
TABLE = {"db_type": "mysql", "table_name": "orders"}


@pytest.fixture
def places(mysql):
    return {"mysql": {"warehouse": mysql}}


@pytest.fixture(autouse=True)
def orders(fill_mysql):
    fill_mysql(
        "CREATE TABLE orders (id INT PRIMARY KEY, amount INT, status VARCHAR(20))",
        f"INSERT INTO orders VALUES {ROWS}",
    )


async def started(talk):
    return (await talk.do("start_smoke_test", test_type="database_table"))["session_id"]


async def test_from_start_to_report(recorded, fill_mysql):
    session_id = await started(recorded)
    source = await recorded.finished(
        "export_database_table", session_id=session_id, file_role="source", **TABLE
    )
    fill_mysql("UPDATE orders SET amount = 21 WHERE id = 2", "DELETE FROM orders WHERE id = 4")
    await recorded.finished("continue_session", session_id=session_id)
    report = await recorded.do("get_report", session_id=session_id)

    assert "4 rows, 3 columns" in source["summary_text"]
    assert (report["verdict"], report["match_score"]) == ("failed", "50.00")
    assert "2 matched, 1 mismatched, 1 only in source" in report["summary_text"]
    assert recorded.tokens < recorded.tokens_with_facts < MOST_TOKENS


async def test_the_target_may_be_another_table_and_a_part_of_it(recorded, fill_mysql):
    fill_mysql(
        "CREATE TABLE orders_new AS SELECT * FROM orders", "INSERT INTO orders_new VALUES (9, 9, 'old')"
    )
    session_id = await started(recorded)
    await recorded.finished("export_database_table", session_id=session_id, file_role="source", **TABLE)
    await recorded.finished(
        "export_database_table",
        session_id=session_id,
        file_role="target",
        db_type="mysql",
        table_name="orders_new",
        where_clause="status <> 'old'",
    )

    found = await recorded.finished("compare_csv_files", session_id=session_id, key_columns=["id"])

    assert found["verdict"] == "passed"


async def test_a_large_table_is_read_once_the_user_agreed(recorded, around):
    preset = around.settings.presets["development"]
    small = preset.mysql["warehouse"].model_copy(update={"large_rows": 1})
    around.settings.presets["development"] = preset.model_copy(update={"mysql": {"warehouse": small}})
    session_id = await started(recorded)
    asked = {"session_id": session_id, "file_role": "source", **TABLE}

    words = await recorded.failed("export_database_table", **asked)
    agreed = await recorded.finished("export_database_table", **asked, confirm_large=True)

    assert words.startswith("QueryRefusedError")
    assert "confirm_large" in words
    assert agreed["state"] == "succeeded"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"table_name": "nothing"}, "ObjectNotFoundError"),
        ({"where_clause": "1=1; DROP TABLE orders"}, "QueryRefusedError"),
        ({"columns": ["id", "colour"]}, "UnknownColumnError"),
    ],
)
async def test_what_cannot_be_read_is_told_and_changes_nothing(recorded, fill_mysql, changes, error):
    session_id = await started(recorded)
    asked = {"session_id": session_id, "file_role": "source", **TABLE}

    words = await recorded.failed("export_database_table", **{**asked, **changes})
    again = await recorded.finished("export_database_table", **asked)

    assert words.split(":")[0] == error
    assert again["state"] == "succeeded"


async def test_a_database_that_the_preset_has_not_is_named(recorded):
    session_id = await started(recorded)

    words, _ = await recorded.refused(
        "export_database_table", session_id=session_id, file_role="source", db_type="oracle", table_name="T"
    )

    assert "has 0 databases of the kind oracle" in words
    assert "list_presets" in words
