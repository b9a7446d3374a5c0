"""Where feedback about this program goes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class FeedbackSettings(BaseModel):
    """A repository of GitHub whose issues feedback becomes; without both it is not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    """`owner/name`."""
    token: SecretStr | None = None
    """May write issues of it; set it by the variable `SMOKE_FEEDBACK__TOKEN`, never in a file."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = "https://api.github.com"
    """Address of GitHub's REST interface; that of a server of one's own ends in `/api/v3`."""

    @property
    def is_on(self) -> bool:
        """Whether feedback can be sent."""
        return self.repository is not None and self.token is not None
