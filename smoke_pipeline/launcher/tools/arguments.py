"""Arguments that several tools share, with the words that a model reads."""

from typing import Annotated, Literal

from pydantic import Field

SessionId = Annotated[str, Field(description="From start_smoke_test or list_sessions.", max_length=100)]
JobId = Annotated[str, Field(description="From the tool that started the run.", max_length=100)]
FileRole = Annotated[
    Literal["source", "target"], Field(description="source: before the ETL. target: after it.")
]
IdempotencyKey = Annotated[
    str | None,
    Field(description="The same key again is the same request.", max_length=100),
]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str | None, Field(description="next_cursor of the page before.", max_length=300)]
