"""What a suite may hold, and the tests that it means."""

import pytest

from smoke_pipeline.errors import InvalidOptionError, SettingsError, SmokePipelineError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.suites.cases import cases_of
from smoke_pipeline.smoke_test.suites.definition import all_suites, require_suite, suites_folder
from smoke_pipeline_tests.smoke_test.conftest import with_preset


def test_the_shipped_suite_can_be_run(plain):
    cases = cases_of(require_suite("airports", plain.settings), plain)

    assert [case.label for case in cases] == [
        "airport-frequencies, threshold=90",
        "airport-frequencies, threshold=95",
    ]
    assert [case.order["comparison"]["threshold"] for case in cases] == ["90", "95"]
    assert not any(case.has_ended for case in cases)


def test_a_test_is_run_for_every_combination_of_its_matrix(around, suite):
    found = suite(
        """
tests:
  - name: statements
    parameters: {kind: A}
    matrix: {contract: ["1", "2"], day: [2026-01-31, 2026-02-28]}
    order: {source: {path: "/{contract}.{day}.{kind}.csv"}, target: {path: /b.csv}}
"""
    )

    cases = cases_of(found, around)

    assert [case.order["source"]["path"] for case in cases] == [
        "/1.2026-01-31.A.csv",
        "/1.2026-02-28.A.csv",
        "/2.2026-01-31.A.csv",
        "/2.2026-02-28.A.csv",
    ]
    assert len({case.order["test_name"] for case in cases}) == 4


def test_a_value_never_leads_to_another_folder(around, suite):
    found = suite(
        """
tests:
  - name: files
    matrix: {name: ["good", "../../etc/passwd"]}
    order: {source: {path: "/data/{name}"}, target: {path: /b.csv}}
"""
    )

    cases = cases_of(found, around)

    assert [case.verdict for case in cases] == [None, "failed"]
    assert "InvalidOptionError" in cases[1].because


def test_a_test_that_is_not_there_is_a_case_that_failed(around, suite):
    cases = cases_of(suite("tests: [{test: no_such_test}, {test: airport-frequencies}]"), around)

    assert [case.verdict for case in cases] == ["failed", None]
    assert "no test 'no_such_test'" in cases[0].because


def test_tables_are_found_by_a_pattern(around, suite, postgres, fill_postgres):
    around = with_preset(around, postgres={"warehouse": postgres})
    fill_postgres(
        *(f"CREATE TABLE {name} (id int)" for name in ("fact_a", "fact_b", "fact_old", "other")),
        "CREATE SCHEMA s",
        "CREATE TABLE s.fact_c (id int)",
    )
    text = """
tests:
  - name: facts
    tables: {{database: postgres.warehouse, like: "{like}", leave_out: ["*_old"]}}
    order:
      source: {{kind: table, database: postgres.warehouse, table: "{{table}}"}}
      target: {{kind: table, database: postgres.warehouse, table: "{{table}}"}}
"""

    found = {
        like: [case.label for case in cases_of(suite(text.format(like=like)), around)]
        for like in ("fact_*", "s.*", "x'; DROP TABLE other; --")
    }

    assert found["fact_*"] == ["facts, table=fact_a", "facts, table=fact_b"]
    assert found["s.*"] == ["facts, table=s.fact_c"]
    (none,) = cases_of(suite(text.format(like="nothing_*")), around)
    assert (none.verdict, none.because.split(":")[0]) == ("failed", "ObjectNotFoundError")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("tests: []", "tests", id="no tests"),
        pytest.param("tests: [{test: a, order: {}}]", "either", id="two tests in one"),
        pytest.param("tests: [{order: {source: {path: /a}}}]", "needs a `name`", id="no name"),
        pytest.param("tests: [{test: a, matrix: {x: []}}]", "matrix", id="no values"),
        pytest.param("tests: [{test: a, parameters: {x: 1}, matrix: {x: [1]}}]", "twice", id="a value twice"),
        pytest.param("tests: [{test: a, tset: b}]", "tset", id="an unknown key"),
        pytest.param("schedule: daily\ntests: [{test: a}]", "cron", id="no cron"),
        pytest.param("name: other\ntests: [{test: a}]", "holds the suite 'other'", id="another name"),
    ],
)
def test_a_suite_that_cannot_be_used_says_why(suite, text, sentence):
    with pytest.raises(InvalidOptionError, match=sentence):
        suite(text)


def test_a_suite_that_cannot_be_used_keeps_no_other_from_being_listed(around, suite, folder):
    suite("tests: [{test: a}]")
    (folder / "broken.yaml").write_text("tests: 7")

    found = dict(all_suites(around.settings))

    assert isinstance(found["broken"], SmokePipelineError)
    assert found["nightly"].name == "nightly"


def test_too_many_tests_are_refused_before_the_first(around, suite):
    numbers = ", ".join(map(str, range(21)))
    text = f"tests: [{{name: a, matrix: {{n: [{numbers}]}}, order: {{source: {{path: '/{{n}}'}}}}}}]"

    with pytest.raises(InvalidOptionError, match="more than 20 tests"):
        cases_of(suite(text), around)


@pytest.mark.parametrize("name", ["nihgtly", "../nightly", "Nightly"])
def test_a_suite_that_is_not_there_is_told(around, suite, name):
    suite("tests: [{test: a}]")

    with pytest.raises(InvalidOptionError, match="no suite"):
        require_suite(name, around.settings)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    settings = load_settings(environ={"SMOKE_SUITES__DIR": str(tmp_path / "nowhere")})

    with pytest.raises(SettingsError, match="no folder"):
        suites_folder(settings)
