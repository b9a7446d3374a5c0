"""Every error this package raises on purpose.

    SmokePipelineError
      SettingsError         UnknownPresetError  VariableNotSetError
      OptionError           UnknownColumnError  UnknownRuleError  InvalidOptionError
      ReadError             ObjectNotFoundError  AccessDeniedError  ObjectChangedError  UnavailableError
                            QueryRefusedError  QueryFailedError  QueryTimeoutError  UnsupportedColumnTypeError
      UploadError           ArchiveChoiceError  NoCsvInArchiveError  UnsafeArchiveError
                            UnsupportedFileTypeError  FileTooLargeError  CsvFormatError
      SnapshotError         SnapshotMissingError  SnapshotDamagedError  StorageFullError  DuplicateColumnError
      ComparisonError       KeyColumnMissingError  ColumnsDifferError  MemoryBudgetError
                            DependencyMissingError  EngineFailedError
      HistoryError          HistoryUnavailableError
      SessionError          SessionNotFoundError  SessionExpiredError  SessionConflictError  SessionStateError
      LaunchError           RunNotFoundError  RunStoppedError  DagsterUnavailableError
      PermissionDeniedError
      RateLimitError
      NoticeFailedError

Each carries one sentence, what to do about it, and whether a retry may help. A library's own errors are
translated in the one module that imports it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SmokePipelineError(Exception):
    """Something a user can understand went wrong.

    Args:
        message: One sentence, without secrets.
        suggestions: What the user may do, most useful first.
        context: Small facts for a program: a session, a path, a column.
    """

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later with nothing changed by the user."""

    def __init__(
        self, message: str, suggestions: Sequence[str] = (), context: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions = tuple(suggestions)
        self.context = dict(context or {})

    def to_dict(self) -> dict[str, Any]:
        """The error as a program or a language model reads it."""
        return {
            "status": "error",
            "error_type": type(self).__name__,
            "error_message": self.message,
            "suggestions": list(self.suggestions),
            "context": self.context,
        }


class SettingsError(SmokePipelineError):
    """The settings cannot be used as they are."""


class UnknownPresetError(SettingsError):
    """No preset or ruleset has that name."""


class VariableNotSetError(SettingsError):
    """The settings name an environment variable that is not set."""


class OptionError(SmokePipelineError):
    """An option of a comparison or a session cannot be used."""


class UnknownColumnError(OptionError):
    """An option names a column that neither side has."""


class UnknownRuleError(OptionError):
    """An option names a rule that does not exist."""


class InvalidOptionError(OptionError):
    """An option is out of range, malformed, or contradicts another."""


class ReadError(SmokePipelineError):
    """Rows could not be read from where they are."""


class ObjectNotFoundError(ReadError):
    """There is nothing at that place."""


class AccessDeniedError(ReadError):
    """The place exists, and we may not read it."""


class UnavailableError(ReadError):
    """The place does not answer now."""

    retryable = True


class ObjectChangedError(ReadError):
    """What was being read changed while it was read."""

    retryable = True


class QueryRefusedError(ReadError):
    """A filter or a query asks for more than a reader may do, or for more rows than were confirmed."""


class QueryFailedError(ReadError):
    """The database does not accept what it was asked."""


class QueryTimeoutError(ReadError):
    """The database took longer than the settings allow."""

    retryable = True


class UnsupportedColumnTypeError(ReadError):
    """A column has a type whose values cannot be compared exactly."""


class UploadError(SmokePipelineError):
    """A file that a person handed in cannot be used."""


class ArchiveChoiceError(UploadError):
    """A ZIP holds several CSV files and none was chosen."""


class NoCsvInArchiveError(UploadError):
    """A ZIP holds no CSV file."""


class UnsafeArchiveError(UploadError):
    """An archive is damaged, encrypted, or built to do harm."""


class UnsupportedFileTypeError(UploadError):
    """The content is not of a type that can be read."""


class FileTooLargeError(UploadError):
    """A file is larger than the settings allow."""


class CsvFormatError(UploadError):
    """The text is not a table: a ragged row, an open quote, an unreadable encoding."""


class SnapshotError(SmokePipelineError):
    """One side of a session could not be frozen or read back."""


class SnapshotMissingError(SnapshotError):
    """That side of the session was never taken."""


class SnapshotDamagedError(SnapshotError):
    """A snapshot is not what its manifest says."""


class StorageFullError(SnapshotError):
    """The disk has no room left."""


class DuplicateColumnError(SnapshotError):
    """A side has two columns of one name."""


class ComparisonError(SmokePipelineError):
    """Two snapshots cannot be compared."""


class KeyColumnMissingError(ComparisonError):
    """A key column is missing from one side."""


class ColumnsDifferError(ComparisonError):
    """The sides do not have the same columns."""


class MemoryBudgetError(ComparisonError):
    """The memory budget is too small to work with."""


class DependencyMissingError(ComparisonError):
    """An engine needs a program or a library that is not installed."""


class EngineFailedError(ComparisonError):
    """An engine outside of this program stopped."""

    retryable = True


class HistoryError(SmokePipelineError):
    """The history could not be read or written."""


class HistoryUnavailableError(HistoryError):
    """PostgreSQL does not answer."""

    retryable = True


class SessionError(SmokePipelineError):
    """A session cannot do what was asked."""


class SessionNotFoundError(SessionError):
    """No session has that id."""


class SessionExpiredError(SessionError):
    """The session waited too long and was closed."""


class SessionConflictError(SessionError):
    """Somebody else moved the session at the same moment."""


class SessionStateError(SessionError):
    """The session is not in a state that allows this."""


class LaunchError(SmokePipelineError):
    """A run could not be launched."""


class RunNotFoundError(LaunchError):
    """Nobody knows such a run."""


class DagsterUnavailableError(LaunchError):
    """Dagster's webserver does not answer."""

    retryable = True


class RunStoppedError(LaunchError):
    """A run ended, or was never launched, before the step of its session was done."""


class PermissionDeniedError(SmokePipelineError):
    """Who asks may not do that; `context` holds `your_role`, `required_roles` and `hint`."""

    @property
    def your_role(self) -> str | None:
        """The role of who asked; None where nobody is known by that key."""
        role: str | None = self.context.get("your_role")
        return role

    @property
    def required_roles(self) -> tuple[str, ...]:
        """The roles that may."""
        return tuple(self.context.get("required_roles", ()))

    @property
    def hint(self) -> str:
        """What to do about it."""
        return str(self.context.get("hint", ""))

    def to_dict(self) -> dict[str, Any]:
        """The error as a program reads it, with the roles beside the sentence."""
        return {
            **super().to_dict(),
            "your_role": self.your_role,
            "required_roles": list(self.required_roles),
            "hint": self.hint,
        }


class NoticeFailedError(SmokePipelineError):
    """Nobody could be told how a test ended."""

    retryable = True


class RateLimitError(SmokePipelineError):
    """A key was used more often than it may be; `context` holds `retry_after_s`."""

    retryable = True

    @property
    def retry_after_s(self) -> int:
        """Seconds after which the key may be used again."""
        return int(self.context.get("retry_after_s", 0))

    def to_dict(self) -> dict[str, Any]:
        """The error as a program reads it, with the wait beside the sentence."""
        return {**super().to_dict(), "retry_after_s": self.retry_after_s}
