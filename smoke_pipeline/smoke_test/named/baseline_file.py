"""Accepted differences in a file of their own, for who compares without a history."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from smoke_pipeline.comparison.result import ComparisonResult, Verdict
from smoke_pipeline.errors import InvalidOptionError, ObjectNotFoundError, SnapshotDamagedError
from smoke_pipeline.history.named_tests.records import BaselineRecord
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.settings.model import Model
from smoke_pipeline.smoke_test.named.accepting import require_reason
from smoke_pipeline.smoke_test.named.fingerprints import fingerprints_at_hand, why_not_at_hand
from smoke_pipeline.smoke_test.named.judging import AtHand, held

Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BaselineFile(Model):
    """What the file holds."""

    version: Literal[1] = 1
    accepted_by: str
    accepted_at: datetime
    reason: str
    options: dict[str, Any]
    """How was compared."""
    fingerprints: dict[Fingerprint, Annotated[int, Field(ge=1)]]
    """What was accepted, and how often."""


def held_to_file(result: ComparisonResult, file: Path, at_hand: AtHand) -> ComparisonResult:
    """The result, held to the differences that a file accepts.

    Raises:
        ObjectNotFoundError: There is no such file.
        SnapshotDamagedError: It is no such file.
    """
    try:
        found = BaselineFile.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise ObjectNotFoundError(
            f"There is no file {file}.", ("Write it with: smoke compare … --accept FILE --reason TEXT",)
        ) from error
    except (OSError, ValidationError) as error:
        raise SnapshotDamagedError(
            f"The file {file} holds no accepted differences as they were written.",
            ("Write it anew with: smoke compare … --accept FILE --reason TEXT",),
        ) from error
    baseline = BaselineRecord(
        test_name=str(file),
        session_id="",
        result_id=0,
        accepted_by=found.accepted_by,
        accepted_at=found.accepted_at,
        reason=found.reason,
        rows=sum(found.fingerprints.values()),
        options=found.options,
    )
    accepted = {bytes.fromhex(text): times for text, times in found.fingerprints.items()}
    return held(result, baseline, accepted, at_hand)


def accept_into_file(
    result: ComparisonResult, file: Path, about: Mapping[str, Any], at_hand: AtHand, *, most: int
) -> int:
    """Write every difference of a result into a file of accepted ones; how many they are.

    Args:
        result: What was found.
        file: The file; one that is there is replaced.
        about: `accepted_by`, `accepted_at` and `reason`.
        at_hand: What is known beside the result.
        most: More differences are not accepted.

    Raises:
        InvalidOptionError: Not every difference is at hand, they are too many, or there is no reason.
        StorageFullError: The disk has no room left.
        AccessDeniedError: The file may not be written.
    """
    reason = require_reason(str(about["reason"]))
    missing = why_not_at_hand(result, at_hand.file, is_masking=at_hand.is_masking)
    if missing or result.verdict is Verdict.UNPROVEN:
        raise InvalidOptionError(
            f"These differences cannot be accepted. {missing or result.unproven_because}",
            ("Compare with --all-mismatches and --out.", "Leave the columns unmasked that differ."),
        )
    found: dict[str, int] = {}
    for one in fingerprints_at_hand(result, at_hand.file, in_flight=False):
        found[one.hex()] = found.get(one.hex(), 0) + 1
        if len(found) > most:
            raise InvalidOptionError(
                f"There are more than {most:,} differences, too many to accept.",
                ("Write rules or leave columns out.", "Raise comparison.max_accepted."),
            )
    written = BaselineFile(
        accepted_by=about["accepted_by"],
        accepted_at=about["accepted_at"],
        reason=reason,
        options=dict(at_hand.options),
        fingerprints=dict(sorted(found.items())),
    )
    with storage_errors(file):
        file.absolute().parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as unfinished:
            unfinished.write_text(written.model_dump_json(indent=1) + "\n", "utf-8")
    return sum(found.values())
