"""Each channel against a server that speaks its protocol."""

import base64

import pytest

from smoke_pipeline.errors import NoticeFailedError, SettingsError
from smoke_pipeline.settings.sections.notices import GitHubNotices, MailNotices, NoticeSettings
from smoke_pipeline.smoke_test.notices.channels.http import GitHub, Slack, Webhook
from smoke_pipeline.smoke_test.notices.channels.mail import Mail
from smoke_pipeline.smoke_test.notices.notice import Notice, Why
from smoke_pipeline.smoke_test.notices.opening import channels_of
from smoke_pipeline.smoke_test.notices.text import words_of
from smoke_pipeline.smoke_test.signals.webhook import signature_of
from smoke_pipeline_tests.smoke_test.notices.servers import certificate_in, http_server, mail_server

FACTS = {
    "test": "daily <b>&",
    "session": "stmt_1",
    "preset": "development",
    "verdict": "failed",
    "sentence": "1 row differs.",
    "report": "http://reports/stmt_1",
    "status": "completed",
}
NOTICE = Notice(key="stmt_1:7", why=Why.FAILED, passed=False, facts=FACTS, commit="a" * 40)
WORDS = words_of(NOTICE, None)
SECRET = "a-secret-of-many-letters"


@pytest.fixture
def http():
    with http_server() as found:
        yield found


def test_slack_hears_a_text_in_which_no_name_is_a_mention(http):
    url, taken = http

    Slack(f"{url}/{SECRET}").send(NOTICE, WORDS)

    ((path, _, _, told),) = taken
    assert path == f"/{SECRET}"
    assert told["text"].startswith("*daily &lt;b&gt;&amp;: failed*\n1 row differs.")


def test_a_webhook_is_signed_and_says_which_notice_it_is(http):
    url, taken = http

    Webhook(url, SECRET, clock=lambda: 1000.0).send(NOTICE, WORDS)

    ((_, headers, body, told),) = taken
    assert (told["id"], told["why"], told["passed"], told["verdict"]) == (
        "stmt_1:7",
        "failed",
        False,
        "failed",
    )
    assert headers["X-Smoke-Signature"] == signature_of(SECRET, "1000", "stmt_1:7", body)


@pytest.mark.parametrize(
    ("why", "passed", "state"),
    [(Why.FAILED, False, "failure"), (Why.PASSED, True, "success"), (Why.EXPIRED, False, "error")],
)
def test_a_commit_gets_its_status(http, why, passed, state):
    url, taken = http
    settings = GitHubNotices(repository="acme/warehouse", token=SECRET, api_url=url)

    GitHub(settings).send(Notice(key="k", why=why, passed=passed, facts=FACTS, commit="a" * 40), WORDS)

    ((path, headers, _, told),) = taken
    assert path == f"/repos/acme/warehouse/statuses/{'a' * 40}"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert (told["state"], told["target_url"]) == (state, "http://reports/stmt_1")
    assert told["context"] == "smoke test: daily <b>&"


def test_what_passed_is_told_to_commits_alone():
    passed = Notice(key="k", why=Why.PASSED, passed=True, facts=FACTS, commit="a" * 40)
    github = GitHub(GitHubNotices(repository="acme/warehouse"))
    on = NoticeSettings().on

    assert github.takes(passed, on)
    assert not github.takes(Notice(key="k", why=Why.FAILED, passed=False), on)
    assert not Slack("x").takes(passed, on)
    assert not Slack("x").takes(NOTICE, ("suite",))


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_an_error_without_the_address(http, status):
    url, taken = http
    taken.status = status

    with pytest.raises(NoticeFailedError, match=f"status {status}") as caught:
        Slack(f"{url}/{SECRET}").send(NOTICE, WORDS)

    assert len(taken) == 1
    assert SECRET not in str(caught.value.to_dict())


def test_a_server_that_is_not_there_is_an_error_without_the_address():
    with pytest.raises(NoticeFailedError, match="does not answer") as caught:
        Slack(f"http://127.0.0.1:1/{SECRET}").send(NOTICE, WORDS)

    assert SECRET not in str(caught.value.to_dict())
    assert caught.value.__cause__ is None


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return certificate_in(tmp_path_factory.mktemp("certificate"))


def mail_to(port, **settings):
    return Mail(
        MailNotices(host="127.0.0.1", port=port, recipients=("a@example.com", "b@example.com"), **settings)
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_and_its_sender_logs_in(certificate, security):
    both, authority = certificate
    with mail_server(both, is_tls=security == "tls") as (port, taken):
        mail_to(port, security=security, ca_bundle=authority, user="anna", password=SECRET).send(
            NOTICE, WORDS
        )

    (told,) = taken
    assert told["is_safe"]
    assert base64.b64decode(told["login"]).decode() == f"\0anna\0{SECRET}"
    assert told["to"] == ["a@example.com", "b@example.com"]
    assert "Subject: daily <b>&: failed" in told["text"]
    assert "Message-ID: <stmt_1.7@smoke-pipeline>" in told["text"]
    assert "1 row differs." in told["text"]


def test_without_encryption_no_password_is_sent():
    with mail_server() as (port, taken):
        mail_to(port, security="none", user="anna", password=SECRET).send(NOTICE, WORDS)

    assert [told["login"] for told in taken] == [None]


def test_a_certificate_that_nobody_knows_is_refused(certificate):
    with (
        mail_server(certificate[0]) as (port, taken),
        pytest.raises(NoticeFailedError, match="SSLCertVerificationError"),
    ):
        mail_to(port).send(NOTICE, WORDS)

    assert taken == []


def test_a_server_without_encryption_is_refused_where_it_is_wanted():
    with mail_server() as (port, taken), pytest.raises(NoticeFailedError):
        mail_to(port).send(NOTICE, WORDS)

    assert taken == []


def test_a_mail_that_is_not_taken_is_an_error():
    with mail_server() as (port, taken):
        taken.status = 451
        with pytest.raises(NoticeFailedError, match="SMTPDataError"):
            mail_to(port, security="none").send(NOTICE, WORDS)


def test_nobody_is_told_without_an_address():
    assert channels_of(NoticeSettings()) == []
    settings = NoticeSettings.model_validate(
        {
            "slack": {"webhook_url": "http://x/y"},
            "mail": {"host": "h", "recipients": "a@example.com"},
            "webhook": {"url": "http://x"},
            "github": {"repository": "a/b"},
        }
    )
    assert [channel.name for channel in channels_of(settings)] == ["Slack", "Mail", "The webhook", "GitHub"]


def test_a_template_of_ones_own_replaces_the_shipped_one(tmp_path):
    (tmp_path / "failed.txt").write_text("$test!\n$session and $report")

    words = words_of(NOTICE, tmp_path)

    assert (words.subject, words.body) == ("daily <b>&!", "stmt_1 and http://reports/stmt_1")


@pytest.mark.parametrize("text", ["$value", "costs 5$", "\udcff"])
def test_a_template_that_cannot_be_used_is_told(tmp_path, text):
    (tmp_path / "failed.txt").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(SettingsError, match="template"):
        words_of(NOTICE, tmp_path)


@pytest.mark.parametrize("why", list(Why))
def test_there_are_words_for_every_reason(why):
    assert words_of(Notice(key="k", why=why, passed=True, facts=FACTS), None).subject
