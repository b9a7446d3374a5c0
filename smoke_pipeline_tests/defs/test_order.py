"""The run config of `start_session`: the session's whole order, and words for every field."""

import dagster as dg
import pytest

from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec
from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.defs.smoke_test.order import (
    ComparisonOrder,
    ReadingOrder,
    SessionOrder,
    SideOrder,
    Then,
    order_of,
)
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.smoke_test.spec import (
    ObjectSide,
    PathSide,
    SessionSpec,
    TableSide,
    UploadSide,
    read_order,
)

EVERYTHING = SessionSpec(
    test_type="statement",
    test_name="nightly, übung",
    preset="production",
    source=PathSide(path="/data/before.csv"),
    target=UploadSide(path="after.zip"),
    comparison=ComparisonSpec(
        key=("id", "auto"),
        ignore_columns=("a,b",),
        renames={"new": "old"},
        rules={"amount": ColumnRules(numeric=True, abs_tol="0.01"), "*": ColumnRules(null_values=("NULL",))},
        ruleset="csv_relaxed",
        columns="common",
        csv_empty="exact",
        case_sensitive=False,
        threshold="99.1",
        memory="100MB",
        max_mismatches=7,
        all_mismatches=True,
        sort_by=("amount",),
        chunk_size=1000,
        streaming_threshold="10MB",
        recheck="0.00001s",
        source=ReadOptions(encoding="utf-16"),
        target=ReadOptions(quote="", member="a.csv"),
    ),
    allow_unchanged=True,
    formats=("html", "junit"),
    parameters={"contract_number": "1"},
    baseline="ignore",
)


def fields_of(*models):
    return {name for model in models for name in model.model_fields}


def resolved(run_config):
    """The run config as the op sees it after Dagster checked it."""
    seen = []

    @dg.op
    def session(config: SessionOrder) -> None:
        seen.append(config)

    @dg.job
    def start_session() -> None:
        session()

    start_session.execute_in_process(run_config=run_config)
    return seen[0]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(EVERYTHING, id="every option"),
        pytest.param(SessionSpec(source=PathSide(path="/a.csv")), id="the defaults"),
        pytest.param(
            SessionSpec(source=PathSide(path="/a.csv"), comparison=ComparisonSpec()), id="whole rows"
        ),
        pytest.param(
            SessionSpec(
                source=ObjectSide(document="statement", parameters={"contract_number": "1"}),
                target=ObjectSide(bucket="statements", key="a/b.csv"),
            ),
            id="objects",
        ),
        pytest.param(
            SessionSpec(
                source=TableSide(
                    database="oracle.statements",
                    table="S.T",
                    columns=("ID", "V"),
                    where_clause="ID > 1",
                    casts={"V": "TO_CHAR(V)"},
                    max_rows=10,
                    confirm_large=True,
                ),
                target=TableSide(database="mysql.warehouse", query="SELECT 1"),
            ),
            id="tables",
        ),
    ],
)
def test_an_order_survives_the_way_through_the_run_config(spec):
    run_config = dg.RunConfig(ops={"session": order_of(spec, Then.take_source)}).to_config_dict()

    order = resolved(run_config)

    assert read_order(order.values()) == spec
    assert order.then is Then.take_source


def test_a_threshold_is_kept_as_it_was_written():
    spec = SessionSpec(source=PathSide(path="/a.csv"), comparison=ComparisonSpec(threshold=95))

    order = resolved(dg.RunConfig(ops={"session": order_of(spec, Then.nothing)}).to_config_dict())

    assert str(read_order(order.values()).comparison.threshold) == "95"


def test_a_launchpad_needs_the_source_alone():
    order = resolved({"ops": {"session": {"config": {"source": {"path": "/a.csv"}}}}})

    assert read_order(order.values()) == SessionSpec(source=PathSide(path="/a.csv"))
    assert order.then is Then.take_source


def test_a_side_without_a_place_is_refused_with_the_field_that_is_missing():
    order = resolved({"ops": {"session": {"config": {"source": {"kind": "table"}}}}})

    with pytest.raises(InvalidOptionError, match=r"source\.table\.database: Field required"):
        read_order(order.values())


@pytest.mark.parametrize(
    ("order", "spec", "own"),
    [
        (SessionOrder, SessionSpec, {"then", "named_test"}),
        (ComparisonOrder, ComparisonSpec, {"without_key"}),
        (ReadingOrder, ReadOptions, set()),
        (SideOrder, ObjectSide, fields_of(PathSide, TableSide)),
        (SideOrder, TableSide, fields_of(PathSide, ObjectSide)),
    ],
)
def test_the_launchpad_knows_every_option_of_a_session(order, spec, own):
    assert set(order.model_fields) - own == set(spec.model_fields) - own


def test_every_field_on_the_launchpad_has_words():
    fields = jobs.session.config_schema.config_type.fields
    compared = fields["comparison"].config_type.fields

    wordless = [name for name, field in {**compared, **fields}.items() if not field.description]

    assert wordless == []


def test_a_misspelled_field_is_refused_before_anything_runs():
    with pytest.raises(dg.DagsterInvalidConfigError, match="tresh"):
        resolved({"ops": {"session": {"config": {"source": {"path": "/a"}, "comparison": {"tresh": 1}}}}})
