"""`smoke compare` on CSVs that are not plain: what was left out is told, and never passes unseen."""

import json

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main
from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files, refusal

TABLE = "id,name,amount\n" + "".join(f"{number},name {number},{number}.50\n" for number in range(50))
CHANGED = TABLE.replace("name 7,", "name seven,")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param(f"Sales of March\n\n{TABLE}", f"Sales of March\n\n{CHANGED}", id="titles on both sides"),
        pytest.param(f"Sales of March\n\n{TABLE}", CHANGED, id="a title on one side"),
        pytest.param(TABLE, f"{CHANGED}Total,50\n", id="a footer on one side"),
        pytest.param(TABLE.replace(",", "||"), CHANGED.replace(",", ";"), id="two delimiters"),
        pytest.param(TABLE.replace(",", "||"), CHANGED.replace(",", "||"), id="a long delimiter"),
        pytest.param(TABLE.replace("\n", "\r"), CHANGED.replace("\n", "\r\n"), id="two line ends"),
        pytest.param(TABLE.replace("\n", "\r"), CHANGED.replace("\n", "\r"), id="carriage returns"),
    ],
)
def test_the_one_change_is_found_however_the_sides_are_written(tmp_path, source, target):
    for key in ("id", "none"):
        found = answer(*files(tmp_path, source, target), "--key", key)

        assert fall(found) == ((49, 1, 0, 0) if key == "id" else (49, 0, 1, 1))
        assert found["verdict"] == "failed"


def test_a_title_does_not_keep_a_text_from_being_compared_as_bytes(tmp_path):
    found = answer(*files(tmp_path, f"Sales of March\n{TABLE}", f"Sales of March\n{TABLE}"), "--key", "id")

    assert (found["verdict"], found["engine"]["tier"]) == ("passed", "byte")
    assert found["notes"] == [
        "Source: 1 line before the table left out: 'Sales of March'.",
        "Target: 1 line before the table left out: 'Sales of March'.",
    ]


def test_lines_that_were_left_out_and_differ_are_told(tmp_path):
    sides = files(tmp_path, f"Sales of March\n{TABLE}Total,50\n", f"Sales of April\n{TABLE}Total,51\n")

    text = compare(*sides, "--key", "id")

    assert text.exit_code == 1
    assert text.stdout.startswith("UNPROVEN")
    assert "The lines left out before the table of the two sides differ." in text.stdout
    assert "The lines left out after the table of the two sides differ." in text.stdout


@pytest.mark.parametrize(
    ("source", "target", "option"),
    [
        (f"{TABLE}Total,50\n", f"{TABLE}Total,51\n", "footer=1"),
        (f"{TABLE}Total,50\n", TABLE, "footer=1"),
        (f"Sales of March\n\n{TABLE}", f"Sales of April\n\n{TABLE}", "skip_lines=2"),
    ],
)
def test_lines_that_differ_count_until_somebody_says_that_they_are_no_rows(tmp_path, source, target, option):
    sides = files(tmp_path, source, target)
    name, _, number = option.partition("=")
    of_target = option if target != TABLE else f"{name}=0"

    guessed = answer(*sides, "--key", "id")
    stated = answer(*sides, "--key", "id", "--read-source", option, "--read-target", of_target)

    assert (guessed["verdict"], stated["verdict"]) == ("unproven", "passed")
    assert f"`{name}`" in guessed["unproven_because"]
    assert fall(guessed) == fall(stated) == (50, 0, 0, 0)
    assert number != "0"


def test_a_line_that_names_the_delimiter_needs_no_word(tmp_path):
    sides = files(tmp_path, "sep=;\n" + TABLE.replace(",", ";"), TABLE)

    assert answer(*sides, "--key", "id")["verdict"] == "passed"


@pytest.mark.parametrize("key", ["id", "none"])
def test_a_footer_of_both_sides_is_no_row(tmp_path, key):
    found = answer(*files(tmp_path, f"{TABLE}Total,50\n", f"{TABLE}Total,50\n"), "--key", key)

    assert (found["verdict"], fall(found)) == ("passed", (50, 0, 0, 0))
    assert len(found["notes"]) == 2


@pytest.mark.parametrize("side", ["source", "target"])
def test_rows_that_were_left_out_allow_no_passed_verdict(tmp_path, side):
    ragged = TABLE + "99,lost\n"
    sides = files(tmp_path, *((ragged, TABLE) if side == "source" else (TABLE, ragged)))

    found = answer(*sides, "--key", "id", f"--read-{side}", "ragged=skip", f"--read-{side}", "footer=0")
    text = compare(*sides, "--key", "id", f"--read-{side}", "ragged=skip")

    assert fall(found) == (50, 0, 0, 0)
    assert (found["verdict"], found["passed"]) == ("unproven", False)
    assert f"1 of the {side}" in found["unproven_because"]
    assert f"{side.capitalize()}: 1 row with more or fewer fields" in found["notes"][0]
    assert text.exit_code == 1
    assert text.stdout.startswith("UNPROVEN")
    assert "the first on line 52" in text.stdout


def test_rows_left_out_of_both_sides_hide_no_difference(tmp_path):
    sides = files(tmp_path, TABLE + "99,lost\n", TABLE + "99,found\n")
    flags = [flag for side in ("source", "target") for flag in (f"--read-{side}", "ragged=skip")]

    found = answer(*sides, *flags)

    assert (found["verdict"], found["match_score"]) == ("unproven", 100)


def test_rows_that_were_made_to_fit_are_compared_and_told(tmp_path):
    sides = files(tmp_path, TABLE + "99,lost\n", TABLE + "99,lost,\n")

    found = answer(*sides, "--key", "id", "--read-source", "ragged=pad")

    assert (found["verdict"], found["matched"]) == ("passed", 51)
    assert found["notes"] == [
        "Source: 1 row with more or fewer fields than the header made to fit, the first on line 52."
    ]


def test_a_ragged_row_is_an_error_that_says_what_may_be_done(tmp_path):
    lines = refusal(*files(tmp_path, TABLE + "99,lost\n", TABLE), "--key", "id")

    assert "Line 52 " in lines[0]
    assert any("`ragged`" in line for line in lines)


def test_columns_without_a_header_are_compared_by_number(tmp_path):
    values = TABLE.split("\n", 1)[1]

    found = answer(
        *files(tmp_path, values, values.replace(",", ";")),
        *("--key", "column_1", "--read-source", "header=no", "--read-target", "header=no"),
    )

    assert (found["verdict"], found["matched"]) == ("passed", 50)


def test_plain_tables_have_nothing_to_be_noted(tmp_path):
    found = answer(*files(tmp_path, TABLE, TABLE), "--key", "id")

    assert found["notes"] == []


def test_a_delimiter_with_tabs_may_be_said(tmp_path):
    text = TABLE.replace(",", "\t|\t")

    found = answer(*files(tmp_path, text, text), "--read-source", r"delimiter=\t|\t")

    assert (found["verdict"], found["columns"]["compared"]) == ("passed", ["id", "name", "amount"])


def test_a_profile_tells_what_was_found_out(tmp_path):
    (path,) = files(tmp_path, f"Sales of March\n{TABLE.replace(',', '||')}Total||50\n", names=("a.csv",))

    text = CliRunner().invoke(main, ["profile", str(path)]).stdout
    plain = json.loads(CliRunner().invoke(main, ["profile", str(path), "--format", "json"]).stdout)

    assert "  delimiter  || (strong: it makes 3 columns)" in text
    assert "Note: 1 line before the table left out: 'Sales of March'." in text
    assert plain["reading"]["footer"]["start"] == "Total||50"
    assert {one["what"] for one in plain["reading"]["guesses"]} >= {"preamble", "footer", "header"}
