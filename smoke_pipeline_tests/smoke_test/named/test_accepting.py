"""Accepting differences, and later sessions of the same test, over a real PostgreSQL."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import HistoryError, InvalidOptionError, PermissionDeniedError, SessionStateError
from smoke_pipeline.history.records import Role
from smoke_pipeline.report.formats.short_text import summary_text
from smoke_pipeline.report.summary import as_markdown, as_text, summarise
from smoke_pipeline.report.words.sentence import main_sentence
from smoke_pipeline.settings.masking import MaskingSettings
from smoke_pipeline.smoke_test.named.accepting import accept_differences, baselines_of, drop_baseline
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.named.conftest import acting_as

pytestmark = pytest.mark.services

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,21\n3,30\n5,50\n"
CHANGED = AFTER.replace("21", "22")
WORSE = AFTER.replace("3,30", "3,31")
BETTER = AFTER.replace("2,21", "2,20")


@pytest.fixture
def run(kept, tmp_path):
    """Run a session and get its result and its id."""

    def run(after=AFTER, before=BEFORE, around=kept, name="orders", **comparison):
        (tmp_path / "before.csv").write_text(before)
        (tmp_path / "after.csv").write_text(after)
        spec = SessionSpec(
            test_name=name,
            source=PathSide(path=str(tmp_path / "before.csv")),
            target=PathSide(path=str(tmp_path / "after.csv")),
            comparison=ComparisonSpec(**{"key": ("id",), **comparison}),
        )
        session_id = start_session(spec, around).session_id
        for side in Side:
            snapshot_side(session_id, side, around)
        result = compare_and_record(session_id, around)
        publish_report(session_id, around)
        return result, session_id

    return run


def accepted(run, around, **options):
    _, session_id = run(around=around, **options)
    return accept_differences(session_id, "known since March", around)


def found(result):
    return result.verdict, result.baseline.accepted, result.baseline.new, result.baseline.gone


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(AFTER, (Verdict.PASSED, 3, 0, 0), id="the same differences"),
        pytest.param(CHANGED, (Verdict.FAILED, 2, 1, 1), id="another value"),
        pytest.param(WORSE, (Verdict.FAILED, 3, 1, 0), id="one more"),
        pytest.param(BETTER, (Verdict.PASSED, 2, 0, 1), id="one less"),
        pytest.param(BEFORE, (Verdict.PASSED, 0, 0, 3), id="none"),
        pytest.param(AFTER.replace("5,50", "5,"), (Verdict.FAILED, 2, 1, 1), id="NULL in a one-sided row"),
    ],
)
@pytest.mark.parametrize("every", [{}, {"max_mismatches": 0, "all_mismatches": True}], ids=["kept", "file"])
def test_a_later_session_fails_on_other_differences_alone(after, expected, every, run, kept):
    assert accepted(run, kept).rows == 3

    result, session_id = run(after, **every)

    assert found(result) == expected
    assert result.match_score == run(after, name="another")[0].match_score
    record = kept.history.newest_result(session_id)
    assert (record.verdict, record.passed) == (expected[0], expected[0] is Verdict.PASSED)


def test_what_was_accepted_from_the_file_of_every_difference_is_known_among_the_kept_ones(run, kept):
    accepted(run, kept, max_mismatches=1, all_mismatches=True)

    assert found(run()[0]) == (Verdict.PASSED, 3, 0, 0)


def test_a_difference_that_was_accepted_once_is_covered_once(run, kept):
    before, after = "v\na\na\nb\n", "v\nb\n"
    accepted(run, kept, before="v\na\nb\n", after=after, key=None)

    assert found(run(before=before, after=after, key=None)[0]) == (Verdict.FAILED, 1, 1, 0)
    accepted(run, kept, before=before, after=after, key=None)
    assert found(run(before=before, after=after, key=None)[0]) == (Verdict.PASSED, 2, 0, 0)


def test_a_new_difference_fails_although_the_threshold_is_reached(run, kept):
    accepted(run, kept, threshold=10)

    assert run(WORSE, threshold=10)[0].verdict is Verdict.FAILED
    assert run(WORSE, threshold=10, name="another")[0].verdict is Verdict.PASSED


def test_where_not_every_difference_is_at_hand_nothing_is_known_and_nothing_passes(run, kept):
    accepted(run, kept)

    low, _ = run(max_mismatches=1)
    reached, _ = run(max_mismatches=1, threshold=10)

    assert low.verdict is Verdict.FAILED
    assert reached.verdict is Verdict.UNPROVEN
    assert "Of 3 differing rows 1 are at hand" in str(reached.unproven_because)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"rules": {"amount": {"numeric": True}}}, "rules", id="rules"),
        pytest.param({"key": None}, "key", id="key"),
        pytest.param({"csv_empty": "exact"}, "csv empty", id="empty cells"),
        pytest.param({"ruleset": "csv_relaxed"}, "ruleset", id="rule set"),
        pytest.param({"case_sensitive": False}, "case sensitive", id="case"),
    ],
)
def test_a_baseline_of_another_comparison_does_not_hold_and_that_is_said(options, words, run, kept):
    accepted(run, kept)

    result, _ = run(**options)

    assert result.verdict is Verdict.FAILED
    assert "another comparison" in result.baseline.not_held_because
    assert words in result.baseline.not_held_because
    assert "accepted by local" in as_text(result)
    assert not as_text(result).startswith("PASSED")


def test_a_column_more_is_another_comparison(run, kept):
    accepted(run, kept)
    wider = [text.replace("\n", ",x\n").replace("amount,x", "amount,more") for text in (BEFORE, AFTER)]

    result, _ = run(before=wider[0], after=wider[1])

    assert "columns compared" in result.baseline.not_held_because


def test_a_column_of_another_type_is_another_comparison(run, kept, tmp_path):
    table = pa.table({"id": [1, 2], "amount": [10, 20]})
    sides = [tmp_path / name for name in ("a.parquet", "b.parquet")]

    def compared(target):
        for side, rows in zip(sides, (table, target), strict=True):
            pq.write_table(rows, side)
        source, other = (PathSide(path=str(side)) for side in sides)
        comparison = ComparisonSpec(key=("id",))
        order = SessionSpec(test_name="typed", source=source, target=other, comparison=comparison)
        session_id = start_session(order, kept).session_id
        for side in Side:
            snapshot_side(session_id, side, kept)
        found = compare_and_record(session_id, kept)
        publish_report(session_id, kept)
        return found, session_id

    other = table.set_column(1, "amount", pa.array([10, 21]))
    accept_differences(compared(other)[1], "why", kept)

    same, _ = compared(other)
    as_text_now, _ = compared(table.set_column(1, "amount", pa.array(["10", "21"])))

    assert found(same) == (Verdict.PASSED, 1, 0, 0)
    assert "types of target" in as_text_now.baseline.not_held_because


def test_another_threshold_is_the_same_comparison(run, kept):
    accepted(run, kept, threshold=10)

    assert found(run(threshold=100)[0]) == (Verdict.PASSED, 3, 0, 0)


def test_a_preset_has_its_own_baselines(run, kept):
    accepted(run, kept)
    presets = {**kept.settings.presets, "second": kept.settings.presets["development"]}
    settings = kept.settings.model_copy(update={"presets": presets, "default_preset": "second"})

    result, _ = run(around=replace(kept, settings=settings))

    assert "preset" in result.baseline.not_held_because


def test_nobody_is_told_that_accepted_differences_are_equal(run, kept):
    accepted(run, kept)

    result, session_id = run()

    words = "3 differences accepted by local on 2026-03-01 (known since March)"
    assert f"passed: {words}" in as_text(result)
    assert "PASSED  match score 50.00" in as_text(result)
    assert f"Passed: {words}" in main_sentence(result)
    assert "3 differences accepted by local" in as_markdown(result)
    assert "3 differences accepted on 2026-03-01, 0 new" in summary_text(result)
    assert "known since March" not in summary_text(result)
    summary = summarise(result)["baseline"]
    assert (summary["accepted"], summary["new"], summary["accepted_by"]) == (3, 0, "local")
    assert kept.history.newest_result(session_id).summary["baseline"] == summary


def test_a_dropped_baseline_accepts_nothing_and_tells_who_had_accepted(run, kept):
    accepted(run, kept)

    drop_baseline("orders", kept)

    result, _ = run()
    assert (result.verdict, result.baseline) == (Verdict.FAILED, None)
    (old,) = baselines_of(kept).all_of("orders")
    assert (old.active, old.accepted_by, old.rows) == (False, "local", 3)
    assert baselines_of(kept).fingerprints(old.baseline_id) == {}
    with pytest.raises(HistoryError, match="no baseline that is active"):
        drop_baseline("orders", kept)


def test_a_newer_baseline_takes_the_place_of_the_one_before(run, kept):
    accepted(run, kept)
    accepted(run, kept, after=CHANGED)

    assert run(CHANGED)[0].verdict is Verdict.PASSED
    assert run(AFTER)[0].verdict is Verdict.FAILED
    assert [one.active for one in baselines_of(kept).all_of("orders")] == [True, False]


def test_an_order_may_ignore_what_was_accepted(run, kept, tmp_path):
    accepted(run, kept)
    order = SessionSpec(
        test_name="orders",
        source=PathSide(path=str(tmp_path / "before.csv")),
        target=PathSide(path=str(tmp_path / "after.csv")),
        comparison=ComparisonSpec(key=("id",)),
        baseline="ignore",
    )
    session_id = start_session(order, kept).session_id
    for side in Side:
        snapshot_side(session_id, side, kept)

    assert compare_and_record(session_id, kept).verdict is Verdict.FAILED


def test_what_cannot_be_accepted_is_refused_with_what_to_do(run, kept, tmp_path):
    _, hidden = run(max_mismatches=1)
    _, good = run()
    (tmp_path / "one.csv").write_text(BEFORE)
    order = SessionSpec(source=PathSide(path=str(tmp_path / "one.csv")))
    waiting = start_session(order, kept).session_id
    few = kept.settings.model_copy(
        update={"comparison": kept.settings.comparison.model_copy(update={"max_accepted": 2})}
    )

    with pytest.raises(SessionStateError, match="1 are at hand") as not_at_hand:
        accept_differences(hidden, "why", kept)
    with pytest.raises(SessionStateError, match="not completed"):
        accept_differences(waiting, "why", kept)
    with pytest.raises(InvalidOptionError, match="more than 2 differences"):
        accept_differences(good, "why", replace(kept, settings=few))
    for reason in ("", "  ", "a\nb", "x" * 501):
        with pytest.raises(InvalidOptionError, match="A reason is a line"):
            accept_differences(good, reason, kept)
    assert "Run the test again with --all-mismatches." in not_at_hand.value.suggestions


def test_what_proves_nothing_is_not_accepted(kept, tmp_path):
    (tmp_path / "one.csv").write_text(BEFORE)
    order = SessionSpec(
        source=PathSide(path=str(tmp_path / "one.csv")), comparison=ComparisonSpec(key=("id",))
    )
    session_id = start_session(order, kept).session_id
    for side in Side:
        snapshot_side(session_id, side, kept)
    compare_and_record(session_id, kept)
    publish_report(session_id, kept)

    with pytest.raises(SessionStateError, match="proves nothing"):
        accept_differences(session_id, "why", kept)


def test_masked_values_are_neither_accepted_nor_known(run, kept):
    accepted(run, kept)
    masking = MaskingSettings(columns=("amount",), key="k" * 40)
    masked = replace(kept, settings=kept.settings.model_copy(update={"masking": masking}))

    result, session_id = run(around=masked, threshold=10)

    assert result.verdict is Verdict.UNPROVEN
    assert "masked" in result.baseline.not_held_because
    with pytest.raises(SessionStateError, match="masked"):
        accept_differences(session_id, "why", masked)


def test_masked_values_in_the_file_of_every_difference_are_not_known_either(run, kept):
    accepted(run, kept)
    masking = MaskingSettings(columns=("amount",), key="k" * 40)
    masked = replace(kept, settings=kept.settings.model_copy(update={"masking": masking}))

    result, _ = run(around=masked, threshold=10, max_mismatches=0, all_mismatches=True)

    assert result.verdict is Verdict.UNPROVEN


def test_rows_in_flight_are_not_accepted(run, kept):
    from smoke_pipeline.smoke_test.named.fingerprints import fingerprints_at_hand

    result, session_id = run(max_mismatches=10)
    one, *others = result.differences
    labelled = replace(result, differences=(replace(one, in_flight=True), *others))
    file = kept.folder(kept.history.session(session_id)) / "mismatches.parquet"

    assert len([*fingerprints_at_hand(labelled, file)]) == 3
    assert len([*fingerprints_at_hand(labelled, file, in_flight=False)]) == 2


def test_what_a_user_accepts_holds_for_that_users_sessions_alone(run, kept):
    anna, berta = acting_as(kept, "anna"), acting_as(kept, "berta")
    assert accepted(run, anna).holds_for == "anna"

    assert run(around=anna)[0].verdict is Verdict.PASSED
    assert run(around=berta)[0].verdict is Verdict.FAILED
    assert run(around=kept)[0].verdict is Verdict.FAILED


def test_what_a_dba_accepts_holds_for_everybody_and_no_user_can_drop_it(run, kept):
    dba, anna = acting_as(kept, "dora", Role.DBA), acting_as(kept, "anna")
    accepted(run, dba)

    assert run(around=anna)[0].verdict is Verdict.PASSED
    with pytest.raises(HistoryError, match="no baseline"):
        drop_baseline("orders", anna)
    assert run(around=anna)[0].verdict is Verdict.PASSED


def test_the_newer_of_ones_own_and_everybodys_baseline_holds(run, kept, clock):
    kept = replace(kept, now=clock)
    anna = acting_as(kept, "anna")
    accepted(run, anna)
    clock.advance(hours=1)
    accepted(run, kept, after=CHANGED)

    assert run(around=anna)[0].verdict is Verdict.FAILED
    assert run(CHANGED, around=anna)[0].verdict is Verdict.PASSED


def test_nobody_accepts_for_others_or_without_permission(run, kept):
    anna, berta = acting_as(kept, "anna"), acting_as(kept, "berta")
    _, session_id = run(around=anna)

    with pytest.raises(PermissionDeniedError):
        accept_differences(session_id, "why", berta)
    with pytest.raises(PermissionDeniedError):
        accept_differences(session_id, "why", acting_as(kept, "anna", Role.BILLING))
    with pytest.raises(PermissionDeniedError):
        drop_baseline("orders", acting_as(kept, "anna", Role.BILLING))


def test_a_production_preset_takes_a_dba(run, kept):
    development = kept.settings.presets["development"]
    settings_now = kept.settings.model_copy(
        update={"presets": {"development": development.model_copy(update={"production": True})}}
    )
    anna = acting_as(kept, "anna")
    _, session_id = run(around=anna)

    with pytest.raises(PermissionDeniedError):
        accept_differences(session_id, "why", replace(anna, settings=settings_now))


cells = st.sampled_from(["", '""', "a", "b", "NULL", "1", "1.0"])
tables = st.dictionaries(st.integers(1, 5), cells, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=tables, first=tables, later=tables)
def test_a_later_session_passes_exactly_where_its_differences_are_among_those_accepted(
    before, first, later, run, kept
):
    def written(table):
        return "id,v\n" + "".join(f"{key},{value}\n" for key, value in table.items())

    def differences(after):
        value = {key: cell.strip('"') or None for key, cell in before.items()}
        other = {key: cell.strip('"') or None for key, cell in after.items()}
        return {
            (key, key in value, key in other, value.get(key), other.get(key))
            for key in value.keys() | other.keys()
            if (key in value) != (key in other) or value.get(key) != other.get(key)
        }

    options = {"before": written(before), "key": ("id",)}
    accepted(run, kept, after=written(first), **options)

    result, _ = run(written(later), **options)

    assert result.passed == (differences(later) <= differences(first))
