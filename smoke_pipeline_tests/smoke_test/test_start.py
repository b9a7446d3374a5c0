"""How a session begins, and what is refused before anything is written."""

import pytest

from smoke_pipeline.errors import (
    CsvFormatError,
    InvalidOptionError,
    ObjectNotFoundError,
    SessionStateError,
    UnknownPresetError,
    UnknownRuleError,
)
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, UploadSide, read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import spec_of


def test_a_new_session_waits_for_its_source(around, write):
    spec = SessionSpec(test_type="statement", source=PathSide(path=write("a.csv", "id\n1\n")))

    session = start_session(spec, around)

    assert session == around.history.session("stmt_20260301_120000")
    assert (session.status, session.step) == (Status.ACTIVE, Step.AWAITING_SOURCE)
    assert (session.test_name, session.preset) == ("a.csv", "development")
    assert session.test_folder == "tests/stmt_20260301_120000"


def test_two_sessions_of_one_second_have_ids_and_folders_of_their_own(around, write):
    spec = SessionSpec(source=PathSide(path=write("a.csv", "id\n1\n")))

    first, second = start_session(spec, around), start_session(spec, around)

    assert first.session_id == "upload_20260301_120000"
    assert second.session_id == "upload_20260301_120000_2"
    assert second.test_folder == "uploads/upload_20260301_120000_2"


def test_the_order_is_kept_whole_and_with_paths_from_the_root(around, write, tmp_path, monkeypatch):
    write("a.csv", "id\n1\n")
    monkeypatch.chdir(tmp_path)
    order = read_order({"source": {"path": "a.csv"}, "comparison": {"key": ["id"], "threshold": 99.1}})

    kept = spec_of(start_session(order, around))

    assert kept.source == PathSide(path=str(tmp_path / "a.csv"))
    assert kept.comparison == order.comparison
    assert kept.target is None


def test_a_target_that_the_etl_will_write_need_not_be_there_yet(around, write, tmp_path):
    spec = SessionSpec(
        source=PathSide(path=write("a.csv", "id\n1\n")), target=PathSide(path=str(tmp_path / "later.csv"))
    )

    assert start_session(spec, around).step is Step.AWAITING_SOURCE


@pytest.mark.parametrize(
    ("change", "at_once", "error"),
    [
        pytest.param({"source": PathSide(path="/nowhere/a.csv")}, False, ObjectNotFoundError, id="no file"),
        pytest.param({"source": PathSide(path="/")}, False, ObjectNotFoundError, id="a folder"),
        pytest.param({"source": UploadSide(path="../a.csv")}, False, InvalidOptionError, id="leaves uploads"),
        pytest.param({"formats": ("html", "pdf")}, False, InvalidOptionError, id="no such format"),
        pytest.param({"formats": ()}, False, InvalidOptionError, id="no format at all"),
        pytest.param({"preset": "develpment"}, False, UnknownPresetError, id="unknown preset"),
        pytest.param({"target": PathSide(path="/nowhere/b.csv")}, True, ObjectNotFoundError, id="no target"),
        pytest.param({}, True, SessionStateError, id="one place at once"),
    ],
)
def test_a_refused_session_leaves_nothing_behind(change, at_once, error, around, write):
    spec = SessionSpec(source=PathSide(path=write("a.csv", "id\n1\n"))).model_copy(update=change)

    with pytest.raises(error):
        start_session(spec, around, at_once=at_once)

    assert around.history.sessions() == []
    assert list(around.data_folder.iterdir()) == []


def test_a_file_of_no_bytes_is_refused_at_the_start(around, write):
    with pytest.raises(CsvFormatError):
        start_session(SessionSpec(source=PathSide(path=write("a.csv", ""))), around)


@pytest.mark.parametrize(
    ("order", "error", "words"),
    [
        ({"source": {"path": "a"}, "test_type": "statment"}, InvalidOptionError, "test_type"),
        ({"source": {"path": "a"}, "sorce": 1}, InvalidOptionError, "sorce"),
        ({}, InvalidOptionError, "source"),
        ({"source": {"kind": "oracle", "path": "a"}}, InvalidOptionError, "source"),
        ({"source": {"path": "a"}, "comparison": {"threshold": 101}}, InvalidOptionError, "threshold"),
        (
            {"source": {"path": "a"}, "comparison": {"rules": {"*": {"trimm": True}}}},
            UnknownRuleError,
            "trimm",
        ),
    ],
)
def test_an_order_that_cannot_be_used_is_refused_by_name(order, error, words):
    with pytest.raises(error, match=words):
        read_order(order)
