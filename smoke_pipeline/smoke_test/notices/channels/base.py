"""What a channel can do."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, ClassVar

import httpx2

from smoke_pipeline.errors import NoticeFailedError
from smoke_pipeline.smoke_test.notices.notice import Notice
from smoke_pipeline.smoke_test.notices.text import Words

TIMEOUT_S = 10.0


class Channel(ABC):
    """One way to tell people."""

    name: ClassVar[str]

    def takes(self, notice: Notice, on: Collection[str]) -> bool:
        """Whether it is told by this channel, where people are told these things."""
        return notice.why.value in on

    @abstractmethod
    def send(self, notice: Notice, words: Words) -> None:
        """Tell it.

        Raises:
            NoticeFailedError: It was not taken; it may be later.
        """


def post(name: str, url: str, *, headers: dict[str, str] | None = None, **content: Any) -> None:
    """Post once, and follow nothing; neither the address nor an answer gets into an error.

    Raises:
        NoticeFailedError: It was not taken.
    """
    try:
        answer = httpx2.post(url, headers=headers, timeout=TIMEOUT_S, follow_redirects=False, **content)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NoticeFailedError(
            f"{name} does not answer ({type(error).__name__}).",
            ("Check its address in the settings `notices`.",),
        ) from None
    if not answer.is_success:
        raise NoticeFailedError(
            f"{name} did not take the notice: status {answer.status_code}.",
            ("Check its address and its rights in the settings `notices`.",),
        )
