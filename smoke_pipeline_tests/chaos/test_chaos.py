"""A few sessions while every process is killed once, every line is cut once and the disk is filled once."""

import pytest

from smoke_pipeline_tests.chaos.__main__ import table
from smoke_pipeline_tests.chaos.drive import Wanted, driven

pytestmark = [pytest.mark.services, pytest.mark.mariadb]


def test_every_session_ends_once_and_truly_whatever_goes_wrong():
    # What a killed daemon left starting is failed after two minutes; the rest goes wrong meanwhile.
    outcome = driven(Wanted(sessions=7, parallel=4, seed=1, times=1, first="daemon", pause_s=1.0))

    assert outcome.broken == [], table(outcome)
    assert {one.what for one in outcome.told if not one.was_done} == set()
    assert len(outcome.told) >= 17
