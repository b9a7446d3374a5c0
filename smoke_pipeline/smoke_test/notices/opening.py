"""The channels that the settings name."""

from collections.abc import Sequence

from smoke_pipeline.settings.sections.notices import NoticeSettings
from smoke_pipeline.smoke_test.notices.channels.base import Channel


def channels_of(settings: NoticeSettings) -> Sequence[Channel]:
    """Every channel that has an address; none where nobody is to be told."""
    from smoke_pipeline.smoke_test.notices.channels.http import GitHub, Slack, Webhook  # noqa: PLC0415 - slow
    from smoke_pipeline.smoke_test.notices.channels.mail import Mail  # noqa: PLC0415 - slow

    slack, webhook, key = settings.slack.webhook_url, settings.webhook.url, settings.webhook.key
    found: list[Channel] = []
    if slack is not None:
        found.append(Slack(slack.get_secret_value()))
    if settings.mail.host is not None and settings.mail.recipients:
        found.append(Mail(settings.mail))
    if webhook is not None:
        found.append(Webhook(webhook, key.get_secret_value() if key else None))
    if settings.github.repository is not None:
        found.append(GitHub(settings.github))
    return found
