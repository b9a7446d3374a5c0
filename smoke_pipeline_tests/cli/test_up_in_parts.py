"""`smoke up` where sessions compare in parts: real processes, one for each step."""

import json

import pytest

from smoke_pipeline_tests.cli.served import serving, smoke

pytestmark = pytest.mark.services

ROWS = "id,amount\n" + "".join(f"{n},{n * 10}\n" for n in range(200))


def test_a_session_is_compared_by_several_processes(open_folder, tmp_path):
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.csv").write_text(ROWS.replace("\n77,770\n", "\n77,771\n"))

    with serving(open_folder / "in-parts", SMOKE_COMPARISON__PARTITIONS="2") as served:
        session_id = served.start_session(
            source={"path": str(tmp_path / "a.csv")},
            target={"path": str(tmp_path / "b.csv")},
            comparison={"key": ["id"], "threshold": 99.0},
            then="smoke_test",
        )
        status, tags = served.finished(served.run_of("smoke_test", session_id), timeout_s=240)
        passed = served.check("comparison", "match_score_reaches_threshold", session_id)
        shown = json.loads(smoke(served.data, "show", session_id, "--format", "json").stdout)

    assert (status, tags["smoke/verdict"], passed) == ("SUCCESS", "passed", True)
    assert (shown["result"]["matched"], shown["result"]["mismatched"]) == (199, 1)
