"""From flags to a session's order."""

import click
import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.sessions.order import order_from, session_options
from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError, SettingsError, UnknownRuleError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, UploadSide


def parsed(*arguments):
    """The order that a command with these arguments would get."""
    orders = []

    @click.command()
    @click.argument("source")
    @click.argument("target", required=False)
    @session_options
    def command(source, target, **given):
        orders.append(order_from(source, target, given))

    CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)
    return orders[0]


def test_without_flags_a_session_finds_its_key():
    assert parsed("/a.csv") == SessionSpec(source=PathSide(path="/a.csv"))


@pytest.mark.parametrize(
    ("text", "key"), [("auto", "auto"), ("none", None), ("id", ("id",)), ("id,day", ("id", "day"))]
)
def test_a_key_is_columns_or_found_or_none(text, key):
    assert parsed("/a.csv", "--key", text).comparison.key == key


def test_every_flag_finds_its_option():
    order = parsed(
        *(
            "/a.csv",
            "/b.csv",
            "--key",
            "id",
            "--ignore",
            "a,b",
            "--ignore-source",
            "c",
            "--ignore-target",
            "d",
        ),
        *("--rename", "new=old", "--rule", "amount:numeric,abs_tol=0.01", "--ruleset", "csv_relaxed"),
        *("--columns", "common", "--threshold", "99.5", "--memory", "100MB", "--max-mismatches", "9"),
        *("--sort-by", "day,amount", "--all-mismatches", "--recheck", "1.5m"),
        *("--read-source", "encoding=utf-16", "--read-source", "delimiter=\\t", "--read-target", "quote="),
        *("--type", "statement", "--name", "nightly", "--preset", "production", "--allow-unchanged"),
        *("--formats", "junit, html"),
    )

    assert order == SessionSpec(
        test_type="statement",
        test_name="nightly",
        preset="production",
        source=PathSide(path="/a.csv"),
        target=PathSide(path="/b.csv"),
        comparison=ComparisonSpec(
            key=("id",),
            ignore_columns=("a", "b"),
            ignore_source=("c",),
            ignore_target=("d",),
            renames={"new": "old"},
            rules={"amount": ColumnRules(numeric=True, abs_tol="0.01")},
            ruleset="csv_relaxed",
            columns="common",
            threshold="99.5",
            memory="100MB",
            max_mismatches=9,
            all_mismatches=True,
            sort_by=("day", "amount"),
            recheck=90,
            source=ReadOptions(encoding="utf-16", delimiter="\t"),
            target=ReadOptions(quote=""),
        ),
        allow_unchanged=True,
        formats=("html", "junit"),
    )


def test_a_report_format_that_does_not_exist_is_refused():
    with pytest.raises(InvalidOptionError, match="no report format 'pdf'"):
        parsed("/a.csv", "--formats", "html,pdf")


def test_a_file_holds_any_option_and_the_flags_win(tmp_path):
    file = tmp_path / "options.yaml"
    file.write_text("key: ['a,b']\nthreshold: 90\ncsv_empty: exact\n")

    found = parsed("/a.csv", "--options", str(file), "--threshold", "95").comparison

    assert found == ComparisonSpec(key=("a,b",), threshold="95", csv_empty="exact")


def test_flags_add_to_the_lists_and_mappings_of_the_file(tmp_path):
    file = tmp_path / "options.yaml"
    file.write_text(
        "ignore_columns: [a]\nrenames: {n: o}\nrules: {x: {trim: true}}\n"
        "source: {encoding: latin-1, delimiter: ';'}\n"
    )

    found = parsed(
        *("/a.csv", "--options", str(file), "--ignore", "b", "--ignore", "c,d"),
        *("--rename", "p=q", "--rule", "y:trim", "--read-source", "encoding=utf-8"),
    ).comparison

    assert found.ignore_columns == ("a", "b", "c", "d")
    assert found.renames == {"n": "o", "p": "q"}
    assert set(found.rules) == {"x", "y"}
    assert found.source == ReadOptions(encoding="utf-8", delimiter=";")


@pytest.mark.parametrize("text", ["encoding", "=utf-8", "encodng=utf-8", "delimiter=abcdefghi"])
def test_how_a_side_is_read_is_refused_where_it_cannot_be_meant(text):
    with pytest.raises(InvalidOptionError):
        parsed("/a.csv", "--read-source", text)


def test_uploaded_files_are_named_as_they_were_handed_in():
    order = parsed("a.csv", "b.csv", "--uploaded")

    assert (order.source, order.target) == (UploadSide(path="a.csv"), UploadSide(path="b.csv"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(["--threshold", "101"], InvalidOptionError, id="threshold out of range"),
        pytest.param(["--threshold", "many"], InvalidOptionError, id="threshold no number"),
        pytest.param(["--rename", "new"], InvalidOptionError, id="rename without ="),
        pytest.param(["--rule", "a:trimm"], UnknownRuleError, id="unknown rule"),
        pytest.param(["--memory", "much"], InvalidOptionError, id="memory no size"),
        pytest.param(["--options", "/nowhere.yaml"], SettingsError, id="no options file"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(arguments, error):
    with pytest.raises(error):
        parsed("/a.csv", *arguments)
