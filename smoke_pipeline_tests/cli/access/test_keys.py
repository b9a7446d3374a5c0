"""`smoke keys`: made and shown once, listed without the secret, revoked, rotated."""

import csv
import io
import json
import re
from datetime import datetime, timedelta

import pytest

pytestmark = pytest.mark.services

CREATE = ("keys", "create", "laptop", "--client", "eve", "--role", "user")
SECRET = re.compile(r"smk_[A-Za-z0-9_-]{43}")


def told(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def listed(world, *more):
    return told(world.give("keys", "list", *more, "--format", "json"))


def test_a_new_key_is_shown_once_and_works(world):
    made = world.give(*CREATE)
    (secret,) = SECRET.findall(made.stdout)

    shown = world.give("sessions", SMOKE_API_KEY=secret)

    assert made.exit_code == 0
    assert "only time" in made.stderr
    assert made.stdout.splitlines()[1] == secret
    assert shown.exit_code == 0
    newest = listed(world)[0]
    assert (newest["client_id"], newest["role"], newest["state"], newest["usage_count"]) == (
        "eve",
        "user",
        "active",
        1,
    )


def test_no_list_shows_a_secret(world):
    secret = told(world.give(*CREATE, "--format", "json"))["secret"]

    shown = [world.give("keys", "list", "--all", "--format", form).output for form in ("text", "json", "csv")]

    assert all(secret[:8] in one for one in shown)
    assert not any(secret[8:] in one for one in shown)


def test_a_key_expires_after_the_days_of_the_settings(world):
    made = told(world.give(*CREATE, "--format", "json", SMOKE_ACCESS__KEY_DAYS="30"))

    lasting = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert abs(lasting - timedelta(days=30)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("option", "lasting"),
    [(("--expires", "2h"), timedelta(hours=2)), (("--never-expires",), None)],
    ids=["expires", "never expires"],
)
def test_a_key_lasts_as_long_as_it_is_told(option, lasting, world):
    made = told(world.give(*CREATE, *option, "--format", "json"))

    if lasting is None:
        assert made["expires_at"] is None
    else:
        found = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
        assert abs(found - lasting) < timedelta(minutes=5)


def test_scopes_narrow_what_the_key_may(world):
    made = told(world.give(*CREATE, "--scope", "see_own_sessions", "--format", "json"))

    refused = world.give("start", "/nowhere.csv", SMOKE_API_KEY=made["secret"])

    assert made["scopes"] == ["see_own_sessions"]
    assert refused.exit_code == 2
    assert (
        "Your key was narrowed: ask an administrator for one with the scope start_sessions" in refused.stderr
    )


def test_a_rate_is_held(world):
    secret = told(world.give(*CREATE, "--rate", "1", "--format", "json"))["secret"]

    runs = [world.give("sessions", SMOKE_API_KEY=secret) for _ in range(2)]

    assert [run.exit_code for run in runs] == [0, 2]
    assert "may be used 1 times a minute" in runs[1].stderr
    assert re.search(r"Try again in \d+ s", runs[1].stderr)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--expires", "soon"), "no length of time"),
        (("--expires", "1d", "--never-expires"), "contradict"),
        (("--expires", "0d"), "cannot expire before it is made"),
        (("--scope", "read_audit"), "does not permit read_audit"),
        (("--rate", "0"), "0 is not in the range"),
    ],
)
def test_what_no_key_can_be_is_refused_in_a_sentence(option, words, world):
    run = world.give(*CREATE, *option)

    assert run.exit_code == 2
    assert words in run.stderr
    assert not SECRET.search(run.output)


def test_a_revoked_key_is_refused_from_then_on(world):
    made = told(world.give(*CREATE, "--format", "json"))

    revoked = world.give("keys", "revoke", str(made["key_id"]))
    used = world.give("sessions", SMOKE_API_KEY=made["secret"])

    assert revoked.stdout == f"key {made['key_id']} ({made['key']}, laptop) is revoked.\n"
    assert (used.exit_code, used.stdout) == (2, "")
    assert "not known, has expired or was revoked" in used.stderr
    states = {key["key_id"]: key["state"] for key in listed(world, "--all")}
    assert states[made["key_id"]] == "revoked"
    assert made["key_id"] not in [key["key_id"] for key in listed(world)]


def test_a_rotated_key_ends_at_once_or_after_the_overlap(world):
    first = told(world.give(*CREATE, "--format", "json"))
    second = told(world.give("keys", "rotate", str(first["key_id"]), "--overlap", "1h", "--format", "json"))
    third = told(world.give("keys", "rotate", str(second["key_id"]), "--expires", "1d", "--format", "json"))

    exits = [world.give("sessions", SMOKE_API_KEY=one["secret"]).exit_code for one in (first, second, third)]

    assert exits == [0, 2, 0]
    assert (second["replaces"], third["replaces"]) == (first["key_id"], second["key_id"])


def test_keys_of_one_client_are_listed_as_csv(world):
    world.give(*CREATE)

    run = world.give("keys", "list", "--client", "eve", "--format", "csv")

    (row,) = csv.DictReader(io.StringIO(run.stdout))
    assert (row["name"], row["client_id"], row["created_by"]) == ("laptop", "eve", "local")


def test_keys_are_revoked_in_json_too(world):
    made = told(world.give(*CREATE, "--format", "json"))

    assert told(world.give("keys", "revoke", str(made["key_id"]), "--format", "json"))["state"] == "revoked"


def test_the_log_tells_which_key_was_made_replaced_and_ended(world):
    first = told(world.give(*CREATE, "--format", "json"))["key_id"]
    second = told(world.give("keys", "rotate", str(first), "--format", "json"))["key_id"]
    world.give("keys", "revoke", str(second))

    found = told(world.give("audit", "--format", "json"))["entries"]
    assert [(one["action"], one["details"]) for one in reversed(found)] == [
        ("create_key", {"key_id": first}),
        ("rotate_key", {"key_id": second}),
        ("revoke_key", {"key_id": second}),
    ]


def test_a_key_that_is_not_there_is_said(world):
    run = world.give("keys", "revoke", "99")

    assert run.exit_code == 2
    assert "There is no key 99" in run.stderr
