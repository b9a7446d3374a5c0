"""From the signal to the verdict, over a real `smoke up`."""

import json
import time
import urllib.error
import urllib.request
import uuid

import pytest

from smoke_pipeline.cli.reports.signals import NONCE, PATH, SIGNATURE, TIMESTAMP
from smoke_pipeline.smoke_test.signals.webhook import signature_of
from smoke_pipeline_tests.cli.served import serving, smoke, until

pytestmark = pytest.mark.services

KEY = "a key of sixteen characters"


def post(served, session_id, nonce):
    body = json.dumps({"session_id": session_id}).encode()
    timestamp = str(int(time.time()))
    headers = {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature_of(KEY, timestamp, nonce, body)}
    address = served.reports.replace("/reports/", PATH)
    request = urllib.request.Request(address, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def step_of(served, session_id):
    return json.loads(smoke(served.data, "show", session_id, "--format", "json").stdout)


def test_a_webhook_and_a_marker_file_lead_to_verdicts(open_folder, tmp_path):
    with serving(open_folder / "signalled", SMOKE_SIGNALS__WEBHOOK_KEY=KEY) as served:
        source, marker = tmp_path / "a.csv", tmp_path / "done.flag"
        source.write_text("id\n1\n")
        orders = {"webhook": {"kind": "webhook"}, "marker": {"kind": "marker", "path": str(marker)}}
        sessions = {
            name: served.start_session(source={"path": str(source)}, etl=etl, comparison={"key": ["id"]})
            for name, etl in orders.items()
        }
        for session_id in sessions.values():
            assert served.finished(served.run_of("take_source", session_id))[0] == "SUCCESS"

        source.write_text("id\n1\n2\n")  # the ETL
        nonce = uuid.uuid4().hex
        answers = [post(served, sessions["webhook"], nonce) for _ in range(2)]
        marker.write_text("")

        assert answers == [202, 409]
        assert post(served, "stmt_20200101_000000", uuid.uuid4().hex) == 404
        for session_id in sessions.values():
            assert served.finished(served.run_of("verify", session_id))[0] == "SUCCESS"
            found = until(lambda one=session_id: (told := step_of(served, one))["verdict"] and told)
            assert (found["status"], found["verdict"]) == ("completed", "failed")
