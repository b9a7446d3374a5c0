"""Who is told how tests ended, and by what."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from smoke_pipeline.settings.masking import Listed

Address = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
Reason = Literal["failed", "recovered", "expired", "suite"]


class Section(BaseModel):
    """A part of these settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SlackNotices(Section):
    """A channel of Slack."""

    webhook_url: SecretStr | None = None
    """The incoming webhook; it is a secret as a whole."""


class MailNotices(Section):
    """People, by mail."""

    host: str | None = None
    """The server that takes the mail."""
    port: int = Field(587, ge=1, le=65535)
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` sends everything in the clear, and never a password."""
    user: str | None = None
    """Who sends; without it nobody logs in."""
    password: SecretStr | None = None
    """Their password."""
    ca_bundle: Path | None = None
    """Certificates that the server's own is checked against; default: those of the system."""
    sender: str = "smoke-pipeline@localhost"
    """The address that the mail comes from."""
    recipients: Annotated[tuple[str, ...], Listed] = ()
    """The addresses that it goes to."""


class WebhookNotices(Section):
    """A program that takes JSON."""

    url: Address | None = None
    """Where it is posted."""
    key: SecretStr | None = Field(None, min_length=16)
    """Signs what is posted, as the ETL's signals are signed."""


class GitHubNotices(Section):
    """The status of a commit, for sessions whose order names one."""

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    """Such as `acme/warehouse`."""
    token: SecretStr | None = None
    """May write commit statuses, and nothing else."""
    api_url: Address = "https://api.github.com"
    """The API; another one for GitHub Enterprise."""
    context: str = "smoke test"
    """What the status begins with; the test's name follows."""


class NoticeSettings(Section):
    """Notices; nobody is told anything without an address below."""

    on: Annotated[tuple[Reason, ...], Listed] = ("failed", "recovered", "expired", "suite")
    """What people are told."""
    templates_dir: Path | None = None
    """A folder whose `failed.txt`, `recovered.txt`, … replace the shipped texts."""
    attempts: int = Field(20, ge=1)
    """How often a notice is tried, every ten seconds, before it is given up."""
    slack: SlackNotices = SlackNotices()
    mail: MailNotices = MailNotices()
    webhook: WebhookNotices = WebhookNotices()
    github: GitHubNotices = GitHubNotices()
