import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from smoke_pipeline.comparison.result import Recheck
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.formats.as_json import SCHEMA_VERSION
from smoke_pipeline.report.formats.registry import FORMATS, chosen_formats
from smoke_pipeline.report.review.verifying import verify_bundle
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.drawn import results
from smoke_pipeline_tests.report.formats.writing import written
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import result, rich

SCHEMA = Path(__file__).parents[3] / f"docs/schemas/summary-{SCHEMA_VERSION}.schema.json"
DOCUMENTED = Path(__file__).parents[3] / "docs/report.md"


def test_formats_come_in_the_order_of_the_registry_each_once():
    assert [one.name for one in chosen_formats(["json", "html", "json"])] == ["html", "json"]


def test_a_format_that_does_not_exist_is_refused_with_the_nearest_name():
    with pytest.raises(InvalidOptionError, match="no report format 'junt'") as caught:
        chosen_formats(["html", "junt"])

    assert caught.value.suggestions[0] == "Did you mean 'junit'?"


def test_a_report_of_nothing_is_refused():
    with pytest.raises(InvalidOptionError, match="at least one format"):
        chosen_formats([])


def test_by_default_there_are_the_page_the_csv_and_the_summary():
    assert ReportSettings().formats == ("html", "csv", "json")


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_format_alone_is_in_the_bundle_with_the_facts(tmp_path, name):
    bundle = write_bundle(rich(), tmp_path, name="r", settings=ReportSettings(formats=(name,)))

    assert bundle.members == (FORMATS[name].member, "manifest.json", "run.json")


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_format_is_written_alike_each_time(name):
    assert written(name, rich()) == written(name, rich())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=results())
def test_any_result_gives_the_same_bundle_each_time_and_a_whole_one(tmp_path, found):
    chosen, at = ReportSettings(formats=tuple(FORMATS)), datetime(2026, 1, 2, tzinfo=UTC)
    one, other = (
        write_bundle(found, tmp_path / name, name="r", settings=chosen, now=lambda: at).zip_path
        for name in ("one", "other")
    )

    assert one.read_bytes() == other.read_bytes()
    assert verify_bundle(one).problems == ()


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_format_is_described_where_people_look(name):
    page = DOCUMENTED.read_text("utf-8")

    assert f"| `{name}` | `{FORMATS[name].member}` |" in page


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value[:12]) for value in HOSTILE])
def test_a_hostile_value_stops_no_format(name, value):
    assert written(name, hostile(value), repair_table="t", repair_dialect="mysql")


def test_two_members_have_no_name_in_common():
    assert len({one.member for one in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(rich(), id="rich"),
        pytest.param(result(), id="plain"),
        pytest.param(hostile(HOSTILE[0]), id="hostile"),
        pytest.param(result(recheck=Recheck(waited_s=1.5, keys=2, mismatched=1)), id="read again"),
    ],
)
def test_the_summary_is_what_its_schema_says(found):
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.Draft202012Validator(schema).validate(json.loads(written("json", found)))


def test_the_schema_knows_a_wrong_summary():
    schema, summary = json.loads(SCHEMA.read_text("utf-8")), json.loads(written("json", rich()))

    for wrong in (summary | {"verdict": "fine"}, summary | {"more": 1}, summary | {"schema_version": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(wrong)


def test_the_text_of_each_format_is_as_agreed(golden):
    golden("bundle/summary.json", written("json", rich()))
    golden("bundle/summary.md", written("md", rich()))
    golden("bundle/junit.xml", written("junit", rich()))


def test_the_whole_bundle_can_be_made_at_once(tmp_path):
    settings = ReportSettings(formats=tuple(FORMATS))

    bundle = write_bundle(rich(), tmp_path, name="r", settings=settings)

    with ZipFile(bundle.zip_path) as found:
        assert found.testzip() is None
        assert len(json.loads(found.read("manifest.json"))["members"]) == len(FORMATS)
