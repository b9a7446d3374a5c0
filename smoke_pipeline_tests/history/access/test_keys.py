"""Keys on a real PostgreSQL: made, shown once, checked, counted, limited, ended."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError, PermissionDeniedError, RateLimitError
from smoke_pipeline.history.access.roles import LOCAL, PERMISSIONS, Permission
from smoke_pipeline.history.records import Role
from smoke_pipeline_tests.history.access.people import new_key, person

pytestmark = pytest.mark.services

REFUSED = "This API key is not known, has expired or was revoked."


def refused(keys, text: str) -> PermissionDeniedError:
    with pytest.raises(PermissionDeniedError) as caught:
        keys.authenticate(text)
    return caught.value


def test_a_key_proves_who_shows_it(keys):
    made, secret = keys.create(new_key("dba"), LOCAL)

    who = keys.authenticate(secret.text, origin="mcp")

    assert (who.client_id, who.role, who.permissions) == ("ada", Role.DBA, PERMISSIONS[Role.DBA])
    assert (who.key_id, who.origin) == (made.key_id, "mcp")


def test_a_key_is_43_random_characters_behind_its_mark(keys):
    secrets = {keys.create(new_key(), LOCAL)[1].text for _ in range(5)}

    assert len(secrets) == 5
    assert all(re.fullmatch(r"smk_[A-Za-z0-9_-]{43}", one) for one in secrets)


def test_a_key_is_kept_as_its_digest_alone(keys, postgres_url):
    made, secret = keys.create(new_key(), LOCAL)

    with psycopg.connect(postgres_url) as connection:
        (row,) = connection.execute("SELECT k::text, key_hash FROM mcp_smoke.api_keys k").fetchall()

    assert secret.text not in row[0]
    assert secret.text.removeprefix("smk_") not in row[0]
    assert row[1] == secret.digest
    assert made.shown_prefix == secret.text[:8]


def test_a_key_shows_itself_nowhere(keys, caplog):
    caplog.set_level(logging.DEBUG)
    made, secret = keys.create(new_key(rate_per_minute=1), LOCAL)
    who = keys.authenticate(secret.text)
    with pytest.raises(RateLimitError) as often:
        keys.authenticate(secret.text)
    keys.revoke(made.key_id)
    gone = refused(keys, secret.text)

    shown = [repr(made), repr(secret), str(secret), repr(who), repr(keys), repr(keys.listed(with_ended=True))]
    shown += [str(often.value.to_dict()), str(gone.to_dict()), repr(gone), caplog.text]
    assert not [one for one in shown if secret.text[8:] in one]


@pytest.mark.parametrize("text", ["", "smk_", "smk_unknown", "é\0\ud800", "x" * 100_000])
def test_a_key_that_was_never_made_is_refused(text, keys):
    assert refused(keys, text).message == REFUSED


def test_ended_and_unknown_keys_are_refused_in_the_same_words(keys, clock):
    made, revoked = keys.create(new_key(), LOCAL)
    keys.revoke(made.key_id)
    _, expired = keys.create(new_key(expires_at=clock() + timedelta(hours=1)), LOCAL)
    clock.advance(hours=1)

    told = [refused(keys, text).to_dict() for text in (revoked.text, expired.text, "smk_unknown")]

    assert told[0] == told[1] == told[2]
    assert told[0]["error_message"] == REFUSED
    assert told[0]["your_role"] is None


def test_a_key_holds_until_the_moment_it_expires(keys, clock):
    _, secret = keys.create(new_key(expires_at=clock() + timedelta(seconds=10)), LOCAL)
    clock.advance(seconds=9)

    assert keys.authenticate(secret.text)


def test_each_use_is_counted_and_its_time_noted(keys, clock):
    _, secret = keys.create(new_key(), LOCAL)
    keys.authenticate(secret.text)
    used_at = clock.advance(days=1)
    keys.authenticate(secret.text)

    (listed,) = keys.listed()

    assert (listed.usage_count, listed.last_used_at) == (2, used_at)


def test_a_refused_key_is_not_counted(keys):
    made, secret = keys.create(new_key(), LOCAL)
    keys.revoke(made.key_id)
    refused(keys, secret.text)

    assert [one.usage_count for one in keys.listed(with_ended=True)] == [0]


def test_a_key_used_too_often_is_told_when_to_come_again(keys, clock):
    _, secret = keys.create(new_key(rate_per_minute=2), LOCAL)
    keys.authenticate(secret.text)
    clock.advance(seconds=20)
    keys.authenticate(secret.text)

    with pytest.raises(RateLimitError, match="2 times a minute") as caught:
        keys.authenticate(secret.text)

    assert caught.value.retryable
    assert caught.value.retry_after_s == 40
    assert caught.value.to_dict()["retry_after_s"] == 40
    clock.advance(seconds=40)
    assert keys.authenticate(secret.text)


def test_twenty_at_once_never_use_a_key_more_often_than_it_may_be(keys):
    _, secret = keys.create(new_key(rate_per_minute=7), LOCAL)
    together = Barrier(20)

    def use(_):
        together.wait()
        try:
            keys.authenticate(secret.text)
        except RateLimitError:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        used = sum(pool.map(use, range(20)))

    assert used == 7
    assert keys.listed()[0].usage_count == 7


@given(
    gaps_s=st.lists(st.integers(0, 90), min_size=1, max_size=25),
    rate=st.integers(1, 4),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_minute_that_begins_with_a_use_has_exactly_the_uses_that_are_allowed(gaps_s, rate, keys, clock):
    _, secret = keys.create(new_key(rate_per_minute=rate), LOCAL)
    began, uses = None, 0
    for gap_s in gaps_s:
        now = clock.advance(seconds=gap_s)
        if began is None or now - began >= timedelta(minutes=1):
            began, uses = now, 0
        if uses < rate:
            keys.authenticate(secret.text)
            uses += 1
            continue
        with pytest.raises(RateLimitError) as caught:
            keys.authenticate(secret.text)
        assert caught.value.retry_after_s == 60 - (now - began).total_seconds()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "needs a name and a client"),
        ({"client_id": ""}, "needs a name and a client"),
    ],
    ids=["no name", "no client"],
)
def test_a_key_without_a_name_or_a_client_is_refused(changes, words, keys):
    with pytest.raises(InvalidOptionError, match=words):
        keys.create(new_key(**changes), LOCAL)


def test_a_key_that_would_expire_at_once_is_refused(keys, clock):
    with pytest.raises(InvalidOptionError, match="cannot expire before it is made"):
        keys.create(new_key(expires_at=clock()), LOCAL)


def test_who_made_a_key_is_noted(keys):
    assert keys.create(new_key(), person("admin", "eve"))[0].created_by == "eve"


def test_keys_are_listed_newest_first_and_ended_ones_only_on_demand(keys, clock):
    first, _ = keys.create(new_key(), LOCAL)
    second, _ = keys.create(new_key(client_id="bob"), LOCAL)
    expiring, _ = keys.create(new_key(expires_at=clock() + timedelta(seconds=1)), LOCAL)
    keys.revoke(first.key_id)
    clock.advance(seconds=1)

    everything = [one.key_id for one in keys.listed(with_ended=True)]
    assert everything == [expiring.key_id, second.key_id, first.key_id]
    assert [one.key_id for one in keys.listed()] == [second.key_id]
    assert [one.key_id for one in keys.listed(client_id="ada", with_ended=True)] == [
        expiring.key_id,
        first.key_id,
    ]


def test_a_key_is_revoked_once_and_for_good(keys, clock):
    made, secret = keys.create(new_key(), LOCAL)
    at = clock.advance(hours=1)
    keys.revoke(made.key_id)
    clock.advance(hours=1)

    again = keys.revoke(made.key_id)

    assert (again.is_active, again.revoked_at) == (False, at)
    refused(keys, secret.text)


def test_a_key_that_is_not_there_cannot_be_revoked(keys):
    with pytest.raises(InvalidOptionError, match="There is no key 7"):
        keys.revoke(7)


def test_a_rotated_key_takes_the_place_of_the_old_one_at_once(keys):
    scopes = frozenset({Permission.START_SESSIONS})
    old, old_secret = keys.create(new_key("dba", scopes=scopes, rate_per_minute=5), LOCAL)

    new, new_secret = keys.rotate(old.key_id, LOCAL)

    assert (new.replaces, new.name, new.client_id, new.role) == (old.key_id, "laptop", "ada", Role.DBA)
    assert (new.scopes, new.rate_per_minute) == (scopes, 5)
    assert keys.authenticate(new_secret.text).key_id == new.key_id
    refused(keys, old_secret.text)


def test_with_an_overlap_both_keys_hold_and_then_only_the_new_one(keys, clock):
    old, old_secret = keys.create(new_key(), LOCAL)
    _, new_secret = keys.rotate(old.key_id, LOCAL, overlap=timedelta(hours=1), lasting=timedelta(days=30))
    clock.advance(minutes=59)
    both = [keys.authenticate(one.text).client_id for one in (old_secret, new_secret)]
    clock.advance(minutes=1)

    assert both == ["ada", "ada"]
    refused(keys, old_secret.text)
    assert keys.authenticate(new_secret.text)
    clock.advance(days=30)
    refused(keys, new_secret.text)


def test_an_overlap_never_makes_a_key_last_longer(keys, clock):
    old, old_secret = keys.create(new_key(expires_at=clock() + timedelta(minutes=5)), LOCAL)
    keys.rotate(old.key_id, LOCAL, overlap=timedelta(hours=1))
    clock.advance(minutes=5)

    refused(keys, old_secret.text)


def test_an_ended_key_cannot_be_rotated(keys):
    made, _ = keys.create(new_key(), LOCAL)
    keys.revoke(made.key_id)

    with pytest.raises(InvalidOptionError, match="has ended and cannot be replaced"):
        keys.rotate(made.key_id, LOCAL)


def test_a_negative_overlap_is_refused(keys):
    made, _ = keys.create(new_key(), LOCAL)

    with pytest.raises(InvalidOptionError, match="An overlap cannot be negative"):
        keys.rotate(made.key_id, LOCAL, overlap=timedelta(seconds=-1))


def test_of_two_rotations_at_once_one_is_refused(keys):
    made, _ = keys.create(new_key(), LOCAL)
    together = Barrier(2)

    def rotate(_):
        together.wait()
        try:
            keys.rotate(made.key_id, LOCAL)
        except InvalidOptionError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(rotate, range(2))) == 1
    assert len(keys.listed()) == 1
