"""Whole conversations, as a language model has them."""

import pytest

from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset

pytestmark = [pytest.mark.anyio, pytest.mark.services]

BEFORE = "id,amount,status\n1,10,new\n2,20,new\n3,30,paid\n4,40,paid\n"
AFTER = "id,amount,status\n1,10,new\n2,21,new\n3,30,open\n4,40,paid\n"
KEY = {"contract_number": "12345", "payment_date": "2026-02-04", "transform_subtype": "CREDORAX"}
OBJECT = "statement.12345.2026-02-04.CREDORAX.CSV"


@pytest.fixture
def settings(bucket):
    store = bucket.store.model_copy(update={"buckets": {"statements": bucket.name}})
    preset = Preset.model_validate({"storagegrid": store.model_dump(), "description": "Tests."})
    return load_settings(environ={}).model_copy(update={"presets": {"development": preset}})


async def test_a_statement_from_start_to_report(talk, bucket):
    bucket.put(OBJECT, BEFORE.encode())
    session = await talk.do("start_smoke_test", test_type="statement")
    session_id = session["session_id"]
    source = await talk.finished(
        "download_storagegrid_file", session_id=session_id, file_role="source", **KEY
    )
    bucket.put(OBJECT, AFTER.encode())
    target = await talk.finished("download_storagegrid_file", session_id=session_id, file_role="target")
    compared = await talk.finished("compare_csv_files", session_id=session_id)
    report = await talk.do("get_report", session_id=session_id)

    assert session_id.startswith("stmt_")
    assert "The source is frozen: 4 rows, 3 columns" in source["summary_text"]
    assert "It has as many rows as the source." in target["summary_text"]
    assert (compared["state"], compared["verdict"], compared["match_score"]) == (
        "succeeded",
        "failed",
        "50.00",
    )
    assert (report["verdict"], report["match_score"]) == ("failed", "50.00")
    assert len(report["summary_text"]) < 500
    assert talk.characters < 4_000
