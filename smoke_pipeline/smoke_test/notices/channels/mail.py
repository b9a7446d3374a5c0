"""People, by mail."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import ClassVar

from smoke_pipeline.errors import NoticeFailedError
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.sections.notices import MailNotices
from smoke_pipeline.smoke_test.notices.channels.base import TIMEOUT_S, Channel
from smoke_pipeline.smoke_test.notices.notice import Notice
from smoke_pipeline.smoke_test.notices.text import Words


class Mail(Channel):
    """A mail to everybody in the settings; its id is that of the notice, so that it is shown once."""

    name: ClassVar[str] = "Mail"

    def __init__(self, settings: MailNotices) -> None:
        self._settings = settings

    def send(self, notice: Notice, words: Words) -> None:
        """Hand it to the server."""
        try:
            with self._connected() as server:
                server.send_message(self._message(notice, words))
        except (smtplib.SMTPException, OSError) as error:
            raise NoticeFailedError(
                f"The mail server did not take the notice ({type(error).__name__}).",
                ("Check `notices.mail` in the settings.",),
            ) from None

    def _message(self, notice: Notice, words: Words) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = on_one_line(words.subject)
        message["From"] = self._settings.sender
        message["To"] = ", ".join(self._settings.recipients)
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9_.-]', '.', notice.key)}@smoke-pipeline>"
        message.set_content(words.body + "\n")
        return message

    def _connected(self) -> smtplib.SMTP:
        """The server, encrypted and logged in as the settings say."""
        mail = self._settings
        context = ssl.create_default_context(cafile=str(mail.ca_bundle) if mail.ca_bundle else None)
        host = str(mail.host)
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, mail.port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, mail.port, timeout=TIMEOUT_S)
        try:
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.user is not None and mail.password is not None and mail.security != "none":
                server.login(mail.user, mail.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server
