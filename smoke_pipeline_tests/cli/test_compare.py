"""`smoke compare`: what every flag does, what is printed, and known answers."""

import json
import os
import pty
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "ourairports"
FREQUENCIES = (
    EXAMPLES / "airport-frequencies.2025-06-06.csv",
    EXAMPLES / "airport-frequencies.2026-08-21.csv",
)
REGIONS = (EXAMPLES / "regions.2022-09-28.csv", EXAMPLES / "regions.2026-08-15.csv")

BEFORE = "id,name,city,amount\n1,Ann,Oslo,1.50\n2,Bob,Rome,2.00\n3,Cid,Bern,3.00\n"
AFTER = "id,name,city,amount\n1,Ann,Oslo,1.5\n2,bob,Rome,2.00\n4,Dan,Kyiv,4.00\n"


@pytest.fixture
def sides(tmp_path):
    return files(tmp_path, BEFORE, AFTER)


def run(*arguments, **options):
    command = [sys.executable, "-m", "smoke_pipeline.cli", "compare", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


def test_frequencies_by_key_have_their_known_answer():
    found = answer(*FREQUENCIES, "--key", "id")

    assert (found["rows_source"], found["rows_target"]) == (30_129, 30_340)
    assert fall(found) == (30_004, 121, 4, 215)
    assert found["mismatch_by_column"] == {"description": 55, "frequency_mhz": 94, "type": 32}
    assert round(found["match_score"], 4) == 98.8926
    assert (found["key"], found["key_mode"]) == (["id"], "explicit")


def test_frequencies_as_whole_rows_have_their_known_answer():
    found = answer(*FREQUENCIES)

    assert fall(found) == (30_004, 0, 125, 336)
    assert (found["key"], found["key_mode"], found["mismatch_by_column"]) == ([], "none", {})


def test_frequencies_find_their_key():
    found = answer(*FREQUENCIES, "--key", "auto")

    assert (found["key"], found["key_mode"]) == (["id"], "auto")
    assert fall(found) == (30_004, 121, 4, 215)


def test_regions_have_their_known_answer():
    found = answer(*REGIONS, "--key", "id")

    assert (found["rows_source"], found["rows_target"]) == (3_880, 3_987)
    assert fall(found) == (3_315, 450, 115, 222)


@pytest.mark.parametrize("key", [(), ("--key", "id"), ("--key", "auto")])
def test_the_same_file_twice_is_all_the_same(sides, key):
    found = answer(sides[0], sides[0], *key)

    assert (found["verdict"], found["match_score"], fall(found)) == ("passed", 100.0, (3, 0, 0, 0))
    assert compare(sides[0], sides[0], *key).exit_code == 0


def test_a_difference_is_told_by_the_exit_status(sides):
    result = compare(*sides, "--key", "id")

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith("FAILED  match score 0.00 (threshold 100)")


def test_without_a_key_whole_rows_are_compared(sides):
    assert fall(answer(*sides)) == (0, 0, 3, 3)
    assert fall(answer(*sides, "--key", "none")) == (0, 0, 3, 3)


def test_a_key_aligns_rows(sides):
    assert fall(answer(*sides, "--key", "id")) == (0, 2, 1, 1)


def test_a_key_of_several_columns_aligns_rows(sides):
    found = answer(*sides, "--key", "id,city")

    assert (found["key"], fall(found)) == (["id", "city"], (0, 2, 1, 1))


def test_ignored_columns_are_left_out(sides):
    found = answer(*sides, "--key", "id", "--ignore", "amount,name")

    assert fall(found) == (2, 0, 1, 1)
    assert found["columns"]["compared"] == ["id", "city"]
    assert fall(answer(*sides, "--key", "id", "--ignore", "amount", "--ignore", "name")) == (2, 0, 1, 1)


def test_a_column_of_one_side_can_be_ignored_there(tmp_path):
    wide, narrow = files(tmp_path, "id,x\n1,2\n", "id\n1\n")

    assert compare(wide, narrow).exit_code == 2
    assert fall(answer(wide, narrow, "--ignore-source", "x")) == (1, 0, 0, 0)
    assert fall(answer(narrow, wide, "--ignore-target", "x")) == (1, 0, 0, 0)


def test_a_renamed_column_is_compared_under_its_old_name(tmp_path):
    before, after = files(tmp_path, "id,name\n1,a\n", "id,full\n1,b\n")

    found = answer(before, after, "--key", "id", "--rename", "full=name")

    assert found["mismatch_by_column"] == {"name": 1}


def test_a_rule_forgives_and_is_counted(sides):
    found = answer(*sides, "--key", "id", "--rule", "amount:numeric", "--rule", "name:ignore_case")

    assert fall(found) == (2, 0, 1, 1)
    assert found["equal_under_rule"] == {"amount": {"numeric": 1}, "name": {"ignore_case": 1}}


def test_a_star_is_every_column(sides):
    assert fall(answer(*sides, "--key", "id", "--rule", "*:numeric,ignore_case")) == (2, 0, 1, 1)


def test_a_tolerance_forgives_a_distance(tmp_path):
    before, after = files(tmp_path, "id,x\n1,1.00\n2,1.00\n", "id,x\n1,1.01\n2,1.02\n")

    found = answer(before, after, "--key", "id", "--rule", "x:abs_tol=0.01")

    assert fall(found) == (1, 1, 0, 0)
    assert found["equal_under_rule"] == {"x": {"abs_tol": 1, "numeric": 1}}


def test_a_rule_set_of_the_settings_is_taken(sides, tmp_path):
    settings = tmp_path / "settings.yaml"
    settings.write_text("rulesets:\n  ours:\n    amount: {numeric: true}\n")

    by_ours = compare(
        *sides, "--key", "id", "--ruleset", "ours", "--format", "json", env={"SMOKE_SETTINGS": str(settings)}
    )

    assert json.loads(by_ours.stdout)["equal_under_rule"] == {"amount": {"numeric": 1}}
    assert fall(answer(*sides, "--key", "id", "--ruleset", "csv_relaxed")) == (1, 1, 1, 1)
    assert fall(answer(*sides, "--key", "id", "--ruleset", "exact")) == (0, 2, 1, 1)


def test_an_options_file_says_everything_and_flags_say_it_again(sides, tmp_path):
    options = tmp_path / "options.yaml"
    options.write_text(
        "key: [id]\nignore_columns: [name]\nthreshold: 30\nrules: {amount: [numeric]}\nmax_mismatches: 0\n"
    )

    found = answer(*sides, "--options", options)

    assert (fall(found), found["threshold"], found["verdict"]) == ((2, 0, 1, 1), 30.0, "passed")
    assert found["differences"]["kept"] == 0
    assert answer(*sides, "--options", options, "--threshold", "70")["verdict"] == "failed"
    assert answer(*sides, "--options", options, "--key", "none")["key_mode"] == "none"
    both = answer(*sides, "--options", options, "--ignore", "city")
    assert both["columns"]["ignored"] == ["city", "name"]


def test_flags_add_to_what_a_file_names_without_a_list(sides, tmp_path):
    options = tmp_path / "options.yaml"
    options.write_text("ignore_columns: [city]\nrenames: {}\n")

    found = answer(*sides, "--options", options, "--ignore", "name", "--rename", "amount=amount")

    assert found["columns"]["ignored"] == ["city", "name"]


def test_common_columns_are_compared_and_the_others_told(tmp_path):
    before, after = files(tmp_path, "id,x\n1,2\n", "id,y\n1,3\n")

    found = answer(before, after, "--columns", "common")

    assert (fall(found), found["verdict"]) == ((1, 0, 0, 0), "passed")
    assert (found["columns"]["only_source"], found["columns"]["only_target"]) == (["x"], ["y"])
    assert compare(before, after, "--columns", "all").exit_code == 2


def test_the_threshold_decides_without_rounding(tmp_path):
    rows = "".join(f"{number},x\n" for number in range(3))
    before, after = files(tmp_path, f"id,v\n{rows}", f"id,v\n{rows.replace('2,x', '2,y')}")

    assert compare(before, after, "--key", "id", "--threshold", "66.666666").exit_code == 0
    assert compare(before, after, "--key", "id", "--threshold", "66.666667").exit_code == 1


def test_a_small_memory_gives_the_same_answer(sides):
    small = answer(*FREQUENCIES, "--key", "id", "--memory", "64MiB")

    assert fall(small) == (30_004, 121, 4, 215)
    assert compare(*sides, "--memory", "1MB").exit_code == 2


def test_the_local_engine_can_be_named(sides):
    assert compare(sides[0], sides[0], "--engine", "local").exit_code == 0
    assert compare(sides[0], sides[0], "--engine", "abacus").exit_code == 2


def test_fewer_differences_can_be_kept_than_counted(sides, tmp_path):
    found = answer(*sides, "--key", "id", "--max-mismatches", "1", "--out", tmp_path / "out")

    assert fall(found) == (0, 2, 1, 1)
    assert found["mismatch_by_column"] == {"amount": 1, "name": 1}
    assert found["differences"] == {"count": 4, "kept": 1}
    with zipfile.ZipFile(found["report"]) as bundle:
        assert bundle.read("mismatches.csv").count(b"\n") == 2


def test_the_kept_differences_stand_in_the_order_that_was_asked_for(sides, tmp_path):
    found = answer(*sides, "--key", "id", "--sort-by", "city,name", "--out", tmp_path / "out")

    with zipfile.ZipFile(found["report"]) as bundle:
        lines = bundle.read("mismatches.csv").decode().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["3", "4", "1", "2"]


def test_every_difference_is_written_beside_the_report(sides, tmp_path):
    out = tmp_path / "out"

    told = compare(*sides, "--key", "id", "--max-mismatches", "0", "--all-mismatches", "--out", out)

    lines = pq.read_table(out / "mismatches.parquet").to_pylist()
    assert Counter(line["difference_type"] for line in lines) == {
        "mismatched": 2,
        "source_only": 1,
        "target_only": 1,
    }
    assert told.stdout.splitlines()[-1] == f"Every difference: {out}/mismatches.parquet"


def test_every_difference_is_written_where_the_settings_say(sides, tmp_path):
    out = tmp_path / "elsewhere"

    compare(*sides, "--all-mismatches", env={"SMOKE_COMPARISON__MISMATCHES_DIR": str(out)})

    assert [path.name for path in out.iterdir()] == ["mismatches.parquet"]


def test_a_report_is_written_where_it_was_asked_for(sides, tmp_path):
    out = tmp_path / "new" / "folder"

    found = answer(*sides, "--key", "id", "--out", out)
    text = compare(*sides, "--key", "id", "--out", out)

    assert found["report"] == str(out / "comparison_report.zip")
    assert f"report  {out / 'comparison_report.zip'}" in text.stdout
    assert [path.name for path in out.iterdir()] == ["comparison_report.zip"]
    with zipfile.ZipFile(out / "comparison_report.zip") as bundle:
        assert bundle.testzip() is None


def test_json_has_the_keys_that_programs_rely_on(sides):
    found = answer(*sides, "--key", "id", "--rule", "amount:numeric")

    types = {
        "verdict": str,
        "match_score": float,
        "rows_source": int,
        "rows_target": int,
        "matched": int,
        "mismatched": int,
        "source_only": int,
        "target_only": int,
        "duplicates": dict,
        "mismatch_by_column": dict,
        "equal_under_rule": dict,
        "patterns": dict,
        "key": list,
        "key_mode": str,
        "columns": dict,
        "passed": bool,
        "threshold": float,
        "elapsed_s": float,
        "peak_memory_mb": float,
    }
    assert {name: type(found[name]) for name in types} == types
    assert found["report"] is None
    assert found["duplicates"] == {"source": 0, "target": 0}
    assert found["engine"] == {
        "tier": "byte",
        "fallback": None,
        "chunks": 1,
        "spilled_bytes": 0,
        "residue_rows": found["engine"]["residue_rows"],
        "judged_cells": found["engine"]["judged_cells"],
        "segments": 0,
        "segments_read": 0,
        "rows_read": None,
    }
    assert {"compared", "only_source", "only_target"} <= set(found["columns"])
    assert found["patterns"] == {"name": {"case": 1}}


def test_repeated_keys_are_counted(tmp_path):
    before, after = files(tmp_path, "id,x\n1,a\n1,b\n1,c\n2,d\n", "id,x\n1,c\n1,a\n2,d\n2,d\n")

    found = answer(before, after, "--key", "id")

    assert found["duplicates"] == {"source": 2, "target": 2}
    assert fall(found) == (3, 0, 1, 1)


def test_any_column_name_can_be_compared(tmp_path):
    names = ["_merge", "", "a,b", "😀", "Name", "name", "v_df1", "x=y", "*", *(f"c{n}" for n in range(200))]
    header = ",".join(f'"{name}"' for name in names)
    row, other = ",".join("1" * len(names)), ",".join("2" * len(names))
    before, after = files(tmp_path, f"{header}\n{row}\n{other}\n", f"{header}\n{other}\n{row}\n")
    options = tmp_path / "options.yaml"
    options.write_text(
        "key: ['', 'a,b', _merge]\nignore_columns: ['😀', name]\n"
        "rules: {'x=y': {trim: true}, Name: {abs_tol: 0.5}}\n"
    )

    found = answer(before, after, "--options", options)

    assert (fall(found), found["key"]) == ((2, 0, 0, 0), ["", "a,b", "_merge"])
    assert found["columns"]["ignored"] == ["name", "😀"]
    assert len(found["columns"]["compared"]) == len(names) - 2


def test_a_member_and_a_dialect_can_be_chosen(tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", "a|b\nx|ü\n".encode("cp850"))
        archive.writestr("two.csv", "a,b\nx,ü\n")
    options = tmp_path / "options.yaml"
    options.write_text(
        "source: {member: one.csv, delimiter: '|', encoding: cp850}\ntarget: {member: two.csv}\n"
    )

    assert fall(answer(path, path, "--options", options)) == (1, 0, 0, 0)


def test_the_command_needs_neither_dagster_nor_a_database(sides):
    program = (
        "import sys; from smoke_pipeline.cli.main import main\n"
        f"try: main(['compare', {str(sides[0])!r}, {str(sides[0])!r}, '--key', 'id'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "unwanted = {'dagster', 'sqlalchemy', 'psycopg', 'alembic', 'mcp', 'boto3'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.endswith("[]\n"), shown.stdout
    assert shown.stderr == ""


def test_progress_is_shown_on_a_terminal_and_wiped_from_it(sides):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "smoke_pipeline.cli", "compare", *map(str, sides), "--key", "id"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # how Linux says that nobody holds the other end any more
            pass
        output = process.stdout.read()
    os.close(ours)

    assert output.startswith("FAILED")
    assert "\r" not in output
    frames = shown.decode().split("\r")
    assert any(re.match(r"Reading .*: \d+ rows, [\d,]+ rows/s", frame) for frame in frames)
    assert frames[-2:] == [" " * 79, ""]
    assert "\n" not in shown.decode()


def test_no_progress_is_shown_elsewhere(sides):
    result = run(*sides, "--key", "id")

    assert (result.returncode, result.stderr) == (1, "")


def test_a_file_name_need_not_be_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    with open(path, "wb") as file:  # noqa: PTH123 - a Path would decode the name
        file.write(b"a\n1\n")

    result = subprocess.run(
        [sys.executable, "-m", "smoke_pipeline.cli", "compare", path, path], check=False, capture_output=True
    )

    assert (result.returncode, result.stderr) == (0, b"")
