"""Who gets in over HTTP, and who is told why not."""

from datetime import timedelta

import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client

from smoke_pipeline.errors import HistoryUnavailableError, SettingsError
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.history.records import Role
from smoke_pipeline.launcher.serving.app import asks_for_key
from smoke_pipeline.launcher.serving.hosts import Names
from smoke_pipeline.launcher.serving.keys import KeyGate, KeyVerifier, Throttle
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import AccessSettings
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline_tests.fakes import FakeClock
from smoke_pipeline_tests.launcher.conftest import Talk
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]

TOOLS = "/mcp"


@pytest.fixture
async def site(desk, dagster):
    async with serving_http(desk, dagster, failures_per_minute=5) as site:
        yield site


async def test_an_unknown_key_is_refused_and_told_what_to_do(site):
    answer = await site.post("smk_nobody-has-this-one")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert answer.json()["error_type"] == "PermissionDeniedError"
    assert "smoke keys create" in answer.json()["hint"]
    assert "smk_nobody" not in answer.text


@pytest.mark.parametrize("shown", ["Basic YTpi", "Bearer", "smk_x", "Bearer \xff"])
async def test_what_is_no_key_is_an_unknown_one(site, shown):
    answer = await site.post(Authorization=shown.encode("latin-1"))

    assert answer.status_code == 401


async def test_a_key_that_has_ended_is_refused_like_one_that_never_was(site):
    keys = Keys(site.around.database)
    revoked, expired = site.key(), site.key()
    for record in keys.listed():
        if record.shown_prefix == revoked[:8]:
            keys.revoke(record.key_id)
    late = Keys(site.around.database, lambda: site.around.now() + timedelta(days=400))
    short = site.key(expires_at=site.around.now() + timedelta(days=1))
    told = {(await site.post(key)).text for key in (revoked, "smk_never")}

    assert (await site.post(expired)).status_code == 200
    assert (await site.post(short)).status_code == 200
    with pytest.raises(Exception, match="has expired"):
        late.authenticate(short)
    assert len(told) == 1


async def test_a_key_that_ends_in_the_middle_of_a_conversation_ends_it(site):
    key = site.key()
    async with site.talk(key, "legacy") as talk:
        await talk.do("list_presets")
        Keys(site.around.database).revoke(Keys(site.around.database).listed()[0].key_id)

        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the library makes of a 401
            await talk.do("list_presets")


async def test_a_key_that_is_used_too_often_has_to_wait(site):
    key = site.key(rate_per_minute=2)

    answers = [await site.post(key) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].json()["error_type"] == "RateLimitError"


async def test_who_guesses_has_to_wait_and_locks_nobody_out(site):
    known = site.key()
    assert (await site.post(known)).status_code == 200

    guesses = [(await site.post(f"smk_guess-{number}")).status_code for number in range(7)]
    fresh = await site.post(site.key())

    assert guesses == [401] * 5 + [429] * 2
    assert (await site.post(known)).status_code == 200
    assert fresh.status_code == 429


def test_after_a_minute_guessing_is_forgotten():
    clock = FakeClock()
    throttle = Throttle(2, lambda: clock().timestamp())
    for _ in range(2):
        throttle.failed("10.0.0.1")

    waits = throttle.wait_s("10.0.0.1", "x"), throttle.wait_s("10.0.0.2", "x")
    clock.advance(minutes=1)

    assert waits == (60, 0)
    assert throttle.wait_s("10.0.0.1", "x") == 0


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8200", "127.0.0.1.evil.example", "127.0.0.1:80@evil", "[::1]evil", ""],
)
async def test_a_name_that_was_turned_to_this_machine_is_refused(site, host):
    for path in (TOOLS, "/version", "/files/report/x", "/nowhere"):
        answer = await site.http.get(f"{site.url}{path}", headers={"Host": host})

        assert answer.status_code in ((421,) if host else (400, 421)), path


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])
async def test_a_page_of_somebody_else_is_refused(site, origin):
    key = site.key()

    answer = await site.post(key, Origin=origin)

    assert answer.status_code == 403
    assert (await site.post(key, Origin=site.url)).status_code == 200


@pytest.mark.parametrize(
    ("settings", "host", "origin"),
    [
        ({"allowed_hosts": ("tools.lan",)}, "tools.lan:99", None),
        ({"allowed_hosts": ("tools.lan:99",)}, "tools.lan:99", None),
        ({"url": "https://tools.example/x"}, "tools.example", "https://tools.example"),
        ({"allowed_origins": ("https://page.example/",)}, "localhost", "https://page.example"),
        ({"host": "::1"}, "[::1]:8200", "http://[::1]:8200"),
    ],
)
def test_names_and_pages_of_the_settings_are_welcome(settings, host, origin):
    names = Names(LauncherSettings(**settings))

    assert names.is_host(host.upper())
    assert names.is_origin(origin)


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "tools.lan"),
        ({"allowed_hosts": ("tools.lan:99",)}, "tools.lan:98"),
        ({"host": "0.0.0.0"}, "0.0.0.1"),
    ],
)
def test_every_other_name_is_not(settings, host):
    assert not Names(LauncherSettings(**settings)).is_host(host)


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via"])
async def test_whoever_comes_through_a_proxy_is_not_the_person_at_this_machine(site, header):
    here, passed_on = await site.post(), await site.post(**{header: "for=10.0.0.7"})

    assert (here.status_code, passed_on.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("settings", "require_key", "asked"),
    [
        ({}, False, None),
        ({}, True, True),
        ({"require_key": True}, False, True),
        ({"require_key": False}, True, False),
        ({"host": "0.0.0.0"}, False, True),
        ({"host": "::1"}, False, None),
        ({"url": "https://tools.example"}, False, True),
        ({"allowed_hosts": ("tools.lan",)}, False, True),
        ({"host": "127.0.0.2"}, False, None),
        ({"host": "127.tools.lan"}, False, True),
    ],
)
def test_a_key_is_asked_for_wherever_somebody_else_could_come(settings, require_key, asked):
    found = load_settings(environ={}).model_copy(
        update={
            "launcher": LauncherSettings(**settings),
            "access": AccessSettings(require_key=require_key),
        }
    )

    assert asks_for_key(found) is asked


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"url": "https://tools.example"}])
def test_nobody_can_open_it_to_a_network_without_keys(settings):
    found = load_settings(environ={})
    own = LauncherSettings(require_key=False, **settings)

    with pytest.raises(SettingsError, match="whoever reaches the launcher could use it"):
        asks_for_key(found.model_copy(update={"launcher": own}))


async def test_a_request_that_is_too_large_is_refused(desk, dagster):
    async with serving_http(desk, dagster, max_body=1000) as site:
        small = await site.post()
        large = await site.post(X="y") if small.status_code == 200 else small
        answer = await site.http.post(f"{site.url}{TOOLS}", json={"x": "y" * 2000})

    assert large.status_code == 200
    assert answer.status_code == 413


async def test_a_session_of_the_protocol_belongs_to_the_key_that_opened_it(site):
    first, second = site.key(), site.key(client="bob")
    opened = await site.post(first)

    stolen = await site.post(second, **{"Mcp-Session-Id": opened.headers["mcp-session-id"]})

    assert stolen.status_code in (403, 404)


async def test_the_older_transport_is_served_where_it_was_asked_for(desk, dagster):
    async with serving_http(desk, dagster, sse=True) as site:
        key = site.key(Role.USER)
        refused = await site.http.get(f"{site.url}/sse")
        transport = sse_client(f"{site.url}/sse", headers={"Authorization": f"Bearer {key}"})
        async with Client(transport, mode="legacy") as client:
            session = await Talk(client).do("start_smoke_test", test_type="upload")
        kept = site.around.history.session(session["session_id"])

    assert refused.status_code == 401
    assert kept.client_id == "alice"


async def test_the_older_transport_is_not_served_otherwise(site):
    answer = await site.http.get(f"{site.url}/sse", headers={"Authorization": f"Bearer {site.key()}"})

    assert answer.status_code == 404


class Unreachable(KeyVerifier):
    """Keys of a history that does not answer."""

    def __init__(self):
        pass

    async def verify_token(self, token):
        raise HistoryUnavailableError("PostgreSQL at db.internal:5432 does not answer.")


async def test_where_the_history_does_not_answer_nobody_gets_in_or_learns_where_it_is():
    async def inside(_scope, _receive, _send):
        raise AssertionError

    gate = KeyGate(inside, Unreachable(), Throttle(5), require_key=True, is_open=lambda _: False)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(gate), base_url="http://here") as http:
        answer = await http.get("/mcp", headers={"Authorization": "Bearer smk_planted-secret"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "db.internal" not in answer.text
