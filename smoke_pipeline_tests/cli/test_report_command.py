"""`smoke report` and the flags of a report, as a person gives them."""

import io
import json
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from smoke_pipeline.cli.main import main
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.smoke_test.surroundings import open_surroundings
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.cli.comparing import answer, compare, files, refusal

SOURCE = "id,card,amount\n1,4111-geheim,1.50\n2,4222-geheim,2\n3,n,3\n"
TARGET = "id,card,amount\n1,4112-geheim,1.50\n2,4222-geheim,20\n4,n,3\n"
ALL = ",".join(FORMATS)


def smoke(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, [*map(str, arguments)])


def members(path: Path) -> list[str]:
    with ZipFile(path) as bundle:
        return bundle.namelist()


@pytest.fixture
def sides(tmp_path) -> list[Path]:
    return files(tmp_path, SOURCE, TARGET)


@pytest.fixture
def bundle(sides, tmp_path) -> Path:
    compare(*sides, "--key", "id", "--out", tmp_path / "out")
    return tmp_path / "out" / "comparison_report.zip"


@pytest.fixture
def env(postgres_url, tmp_path) -> dict[str, str]:
    return {"SMOKE_POSTGRES_URL": postgres_url, "SMOKE_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def session_id(sides, env, tmp_path) -> str:
    """A session with its report."""
    settings = Settings.model_validate(
        {"postgres_url": env["SMOKE_POSTGRES_URL"], "data_dir": tmp_path / "data"}
    )
    spec = SessionSpec(
        source=PathSide(path=str(sides[0])),
        target=PathSide(path=str(sides[1])),
        comparison=ComparisonSpec(key=("id",)),
        formats=("html", "json", "csv"),
    )
    with open_surroundings(settings) as around:
        started = start_session(spec, around).session_id
        for side in Side:
            snapshot_side(started, side, around)
        compare_and_record(started, around)
        publish_report(started, around)
    return started


def test_formats_of_a_call_win_over_the_settings(sides, tmp_path):
    env = {"SMOKE_REPORT__FORMATS": "html,csv"}

    compare(*sides, "--out", tmp_path / "by settings", env=env)
    compare(*sides, "--out", tmp_path / "by flag", "--formats", "md, junit", env=env)

    assert members(tmp_path / "by settings/comparison_report.zip")[:-2] == ["report.html", "mismatches.csv"]
    assert members(tmp_path / "by flag/comparison_report.zip")[:-2] == ["summary.md", "junit.xml"]


def test_a_format_that_does_not_exist_is_refused_before_anything_is_read(tmp_path):
    assert (
        "no report format 'pdf'" in refusal("no.csv", "nowhere.csv", "--formats", "pdf", "--out", tmp_path)[0]
    )
    assert "no report format 'pdf'" in refusal("no", "no", env={"SMOKE_REPORT__FORMATS": "pdf"})[0]


@pytest.mark.parametrize(
    "flags",
    [("--formats", "md"), ("--repair-table", "t"), ("--repair-direction", "source")],
    ids=lambda one: one[0],
)
def test_a_flag_of_a_report_that_is_not_written_is_refused(sides, flags):
    assert f"{flags[0]} is about a report, and none is written." in refusal(*sides, *flags)[0]


def test_the_json_has_the_short_text_and_the_version(sides):
    found = answer(*sides, "--key", "id")

    assert found["schema_version"] == 1
    assert found["masked_columns"] == []
    assert found["summary_text"].startswith("FAILED: match score 0.00")
    assert "geheim" not in found["summary_text"]


def test_why_there_are_no_statements_is_told(sides, tmp_path):
    result = compare(*sides, "--key", "id", "--out", tmp_path / "out", "--formats", "repair")

    assert result.exit_code == 1
    assert "repair.sql holds no statements. The target is no table" in result.stderr


def test_statements_are_for_the_table_and_side_that_were_named(sides, tmp_path):
    flags = ("--repair-table", "cards", "--repair-dialect", "oracle", "--repair-direction", "source")
    result = compare(*sides, "--key", "id", "--out", tmp_path / "out", "--formats", "repair", *flags)

    with ZipFile(tmp_path / "out/comparison_report.zip") as found:
        text = found.read("repair.sql").decode()
    assert result.stderr == ""
    assert """UPDATE "cards" SET "card" = '4112-geheim' WHERE "id" = '1';""" in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_masked_value_is_neither_told_nor_written(sides, tmp_path, form):
    env = {"SMOKE_MASKING__COLUMNS": "card", "SMOKE_DATA_DIR": str(tmp_path / "data")}
    flags = ("--key", "id", "--out", tmp_path / "out", "--formats", ALL, "--all-mismatches")

    result = compare(*sides, *flags, "--format", form, env=env)

    assert result.exit_code == 1
    assert "geheim" not in result.output
    assert "masked:" in result.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "comparison_report.zip",
        "mismatches.parquet",
    ]
    rows = pq.read_table(tmp_path / "out/mismatches.parquet").to_pylist()
    assert len(rows) == 4
    assert "geheim" not in repr(rows)
    with ZipFile(tmp_path / "out/comparison_report.zip") as found:
        for name in found.namelist():
            data = found.read(name)
            text = (
                repr(pq.read_table(io.BytesIO(data)).to_pylist()) if name.endswith("parquet") else repr(data)
            )
            assert "geheim" not in text, name


def test_a_preset_masks_what_its_settings_name(sides, tmp_path):
    env = {"SMOKE_PRESETS__PRODUCTION__MASKING__COLUMNS": "card", "SMOKE_DATA_DIR": str(tmp_path / "data")}

    assert "geheim" in compare(*sides, "--key", "id", env=env).stdout
    assert "geheim" not in compare(*sides, "--key", "id", "--preset", "production", env=env).stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_profile_shows_no_masked_value(sides, tmp_path, form):
    env = {"SMOKE_MASKING__PATTERNS": "geheim", "SMOKE_DATA_DIR": str(tmp_path / "data")}

    shown = smoke("profile", sides[0], "--format", form)
    masked = smoke("profile", sides[0], "--format", form, env=env)

    assert "geheim" in shown.stdout
    assert (masked.exit_code, "geheim" in masked.output, "masked:" in masked.stdout) == (0, False, True)


def test_the_kept_report_of_a_session_is_shown(session_id, env):
    result = smoke("report", session_id, env=env)

    assert result.exit_code == 0, result.output
    assert "FAILED  match score 0.00" in result.stdout
    assert f"comparison_{session_id}.zip" in result.stdout
    assert "holds   report.html, mismatches.csv, summary.json, manifest.json, run.json" in result.stdout


def test_a_program_gets_the_path_the_members_and_the_summary(session_id, env, bundle):
    for place in (session_id, bundle):
        found = json.loads(smoke("report", "show", place, "--format", "json", env=env).stdout)

        assert Path(found["report"]).is_file()
        assert "summary.json" in found["members"]
        assert found["summary"]["mismatched"] == 2


def test_a_report_is_copied_and_nothing_is_overwritten(session_id, env, bundle, tmp_path):
    for place, name in ((session_id, f"comparison_{session_id}.zip"), (bundle, bundle.name)):
        first = smoke("report", place, "--out", tmp_path / "copies", env=env)
        again = smoke("report", place, "--out", tmp_path / "copies", env=env)

        assert first.exit_code == 0, first.output
        assert smoke("report", "verify", tmp_path / "copies" / name).exit_code == 0
        assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_a_report_is_built_anew_with_other_formats(session_id, env, tmp_path):
    result = smoke("report", session_id, "--formats", "md,junit", "--out", tmp_path / "new", env=env)

    path = tmp_path / "new" / f"comparison_{session_id}.zip"
    assert result.exit_code == 0, result.output
    assert members(path) == ["summary.md", "junit.xml", "manifest.json", "run.json"]
    assert "report.html" in smoke("report", session_id, env=env).stdout


def test_a_bundle_alone_cannot_be_built_anew(bundle):
    result = smoke("report", bundle, "--formats", "md")

    assert (result.exit_code, "cannot be built anew" in result.stderr) == (2, True)


def test_the_page_is_unpacked_where_only_its_owner_reads_it(bundle, tmp_path):
    env = {"BROWSER": "true", "TMPDIR": str(tmp_path)}

    result = smoke("report", "show", bundle, "--open", env=env)

    page = Path(result.stdout.splitlines()[-1].removeprefix("page    "))
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert page.parent.stat().st_mode & 0o777 == 0o700


def test_a_report_without_the_page_cannot_be_opened(sides, tmp_path):
    compare(*sides, "--out", tmp_path / "out", "--formats", "csv")

    result = smoke("report", tmp_path / "out/comparison_report.zip", "--open")

    assert (result.exit_code, "without the page" in result.stderr) == (2, True)


def test_a_session_that_does_not_exist_is_told(env):
    result = smoke("report", "upload_20260101_000000", env=env)

    assert (result.exit_code, "There is no session" in result.stderr) == (2, True)


def test_verifying_tells_by_its_exit_status(bundle, tmp_path):
    damaged = tmp_path / "damaged.zip"
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)

    whole, broken = smoke("report", "verify", bundle), smoke("report", "verify", damaged)

    assert (whole.exit_code, whole.stdout) == (0, f"{bundle} is whole: 5 members.\n")
    assert broken.exit_code == 1
    assert "Its bytes are not those that were written." in broken.stdout
    assert json.loads(smoke("report", "verify", damaged, "--format", "json").stdout)["is_whole"] is False
    assert smoke("report", "verify", tmp_path / "nowhere.zip").exit_code == 2


def test_what_changed_between_two_runs_is_told_by_the_exit_status(bundle, sides, tmp_path):
    sides[1].write_text(TARGET.replace("20", "2").replace("4112", "4113"))
    compare(*sides, "--key", "id", "--out", tmp_path / "later")
    later = tmp_path / "later/comparison_report.zip"

    worse, same = smoke("report", "diff", bundle, later), smoke("report", "diff", later, later)

    assert worse.exit_code == 1
    assert "1 new, 2 gone, 2 stayed" in worse.stdout
    assert "1  card: 4111-geheim -> 4113-geheim" in worse.stdout
    assert (same.exit_code, "0 new, 0 gone, 3 stayed" in same.stdout) == (0, True)
    facts = json.loads(smoke("report", "diff", bundle, later, "--format", "json").stdout)
    assert [line["column"] for line in facts["gone"]] == ["card", "amount"]


def test_a_session_and_a_bundle_can_be_compared(session_id, bundle, env):
    result = smoke("report", "diff", session_id, bundle, env=env)

    assert result.exit_code == 0, result.output
    assert "0 new, 0 gone, 4 stayed" in result.stdout


def test_what_is_no_bundle_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"nonsense")

    for command in (("diff", tmp_path / "x.zip", tmp_path / "x.zip"), ("show", tmp_path / "x.zip")):
        result = smoke("report", *command)

        assert (result.exit_code, result.stdout) == (2, "")
        assert "is not what was written" in result.stderr
