"""What a soak tells of its looks."""

from benchmarks.soak import Look, Took, table


def test_each_look_is_a_row_and_the_last_one_says_what_grows():
    looks = [
        Look(
            sessions=sessions,
            memory={"launcher": (100 + sessions / 50, 30)},
            cpu_s=0,
            took=Took(progress=[0.1, 0.1 + sessions / 1e5], sessions=[9.0, 9.0]),
        )
        for sessions in (100, 200, 300)
    ]

    lines = table(looks).splitlines()

    assert lines[0] == "| sessions | launcher | get_progress p50 / p95 in ms | session p50 / p95 in s |"
    assert lines[2] == "| 100 | 102 + 30 | 100 / 101 | 9.0 / 9.0 |"
    assert lines[-2] == "| per 100, private | +2.00 | +0.5 | +0.00 |"
    assert lines[-1] == "| per 100, both | +2.00 |  |  |"


def test_a_look_before_the_first_session_has_no_times():
    looks = [Look(sessions=0, memory={"launcher": (90, 30)}, cpu_s=0, took=Took())]

    assert table(looks).splitlines()[2] == "| 0 | 90 + 30 |  |  |"
