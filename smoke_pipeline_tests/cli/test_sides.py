"""From what a person writes for a side to where it lies."""

import click
import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.places.naming import place_flags, side_from
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.spec import ObjectSide, PathSide, TableSide, UploadSide
from smoke_pipeline.snapshots.manifest import Side


def side(written, *flags, is_upload=False, of=Side.SOURCE):
    found = []

    @click.command()
    @place_flags
    def command(**given):
        found.append(side_from(written, of, given, is_upload=is_upload))

    CliRunner().invoke(command, flags, catch_exceptions=False, standalone_mode=False)
    return found[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a.csv", PathSide(path="a.csv")),
        ("a:b.csv", PathSide(path="a:b.csv")),
        ("mysql.orders.csv", PathSide(path="mysql.orders.csv")),
        ("s3://statements/2026/a b.csv", ObjectSide(bucket="statements", key="2026/a b.csv")),
        ("s3://statements/a?b=c#d", ObjectSide(bucket="statements", key="a?b=c#d")),
        (
            "storagegrid://statement?contract_number=22%2F90&payment_date=2026-01-31",
            ObjectSide(
                document="statement", parameters={"contract_number": "22/90", "payment_date": "2026-01-31"}
            ),
        ),
        ("mysql.warehouse:orders", TableSide(database="mysql.warehouse", table="orders")),
        ("postgres.w:sales.Orders", TableSide(database="postgres.w", table="sales.Orders")),
        ("oracle.s:A:B", TableSide(database="oracle.s", table="A:B")),
    ],
)
def test_a_side_is_what_its_words_say(written, expected):
    assert side(written) == expected


def test_a_path_may_be_that_of_an_upload():
    assert side("x/a.csv", is_upload=True) == UploadSide(path="x/a.csv")


def test_flags_say_more_of_a_table_of_their_side_alone():
    flags = (
        *(
            "--where-source",
            "id > 7",
            "--columns-source",
            "id,amount",
            "--cast-source",
            "amount=CAST(x AS CHAR)",
        ),
        *("--where-target", "id > 8", "--confirm-large"),
    )

    assert side("mysql.w:orders", *flags) == TableSide(
        database="mysql.w",
        table="orders",
        where_clause="id > 7",
        columns=("id", "amount"),
        casts={"amount": "CAST(x AS CHAR)"},
        confirm_large=True,
    )
    assert side("mysql.w:orders", *flags, of=Side.TARGET) == TableSide(
        database="mysql.w", table="orders", where_clause="id > 8", confirm_large=True
    )


@pytest.mark.parametrize(
    ("written", "flags", "sentence"),
    [
        ("a.csv", ("--where-source", "id > 7"), "--where-source is for tables, and the source is a.csv"),
        ("s3://b/k", ("--columns-source", "a"), "--columns-source is for tables"),
        ("mysql.w:t", ("--cast-source", "amount"), "not of the form COLUMN=EXPRESSION"),
        ("hdfs://host/a.csv", (), "hdfs://host/a.csv is an address"),
        ("s3://b/", (), "key"),
        ("s3://b", (), "key"),
    ],
)
def test_what_cannot_be_meant_is_refused(written, flags, sentence):
    with pytest.raises(InvalidOptionError, match=sentence):
        side(written, *flags)
