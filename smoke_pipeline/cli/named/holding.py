"""`smoke compare --accept FILE` and `--baseline FILE`: accepted differences without a history."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.spec import MISMATCHES_FILE, ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.model import Settings

if TYPE_CHECKING:
    from smoke_pipeline.smoke_test.named.judging import AtHand

FLAGS = (
    click.option(
        "--baseline", type=click.Path(path_type=Path), help="File of accepted differences; others fail."
    ),
    click.option("--accept", type=click.Path(path_type=Path), help="Accept the differences, into this file."),
    click.option("--reason", help="With --accept: why they are right."),
)


def baseline_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of accepted differences."""
    for flag in reversed(FLAGS):
        command = flag(command)
    return command


def require_reason_with_accept(given: Mapping[str, Any]) -> None:
    """Refuse one of `--accept` and `--reason` without the other, before anything is compared.

    Raises:
        InvalidOptionError: One is missing.
    """
    if bool(given["accept"]) != bool(given["reason"]):
        raise InvalidOptionError(
            "--accept and --reason belong together.", ("Say why the differences are right: --reason TEXT.",)
        )


def held_here(
    result: ComparisonResult,
    spec: ComparisonSpec,
    settings: Settings,
    given: Mapping[str, Any],
    *,
    is_masking: bool,
) -> ComparisonResult:
    """The result held to the file of `--baseline`; its differences are put into the file of `--accept`.

    Args:
        result: What was found, masked.
        spec: How was compared.
        settings: The settings.
        given: The flags.
        is_masking: Whether something is masked.

    Raises:
        SmokePipelineError: A file cannot be used, or the differences cannot be accepted.
    """
    if not (given["baseline"] or given["accept"]):
        return result
    from smoke_pipeline.smoke_test.named.baseline_file import accept_into_file, held_to_file

    at_hand = _at_hand(result, spec, settings, given["preset"], is_masking=is_masking)
    held = held_to_file(result, given["baseline"], at_hand) if given["baseline"] else result
    if given["accept"]:
        from smoke_pipeline.history.access.acting import acting

        about = {
            "accepted_by": acting().client_id,
            "accepted_at": datetime.now(UTC),
            "reason": given["reason"],
        }
        most = settings.comparison.max_accepted
        count = accept_into_file(result, given["accept"], about, at_hand, most=most)
        click.echo(f"Accepted {count:,} differences into {given['accept']}.", err=True)
    return held


def _at_hand(
    result: ComparisonResult,
    spec: ComparisonSpec,
    settings: Settings,
    preset_name: str | None,
    *,
    is_masking: bool,
) -> "AtHand":
    from smoke_pipeline.smoke_test.named.judging import AtHand, options_of

    folder = settings.comparison.mismatches_dir if spec.all_mismatches else None
    return AtHand(
        file=(folder or Path()) / (MISMATCHES_FILE if folder else "."),
        options=options_of(result, spec, settings, preset_name or settings.default_preset),
        is_masking=is_masking,
    )
