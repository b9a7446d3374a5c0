"""A result held to the differences that were accepted for its test."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.result import ComparisonResult, HeldToBaseline
from smoke_pipeline.comparison.spec import MISMATCHES_FILE, ComparisonSpec
from smoke_pipeline.history.named_tests.baselines import Baselines
from smoke_pipeline.history.named_tests.records import BaselineRecord
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.named.fingerprints import fingerprints_at_hand, held_to, why_not_at_hand
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of

_NAMES = {"compared": "columns compared", "renames": "renames", "empty_is_null": "columns without NULL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """What is known of a comparison beside its result."""

    file: Path
    """Where every difference is written, if it was asked for."""
    options: Mapping[str, Any]
    """How was compared."""
    is_masking: bool = False
    """Whether something is masked here."""


def held_to_baseline(
    result: ComparisonResult, session: SessionRecord, around: Surroundings
) -> ComparisonResult:
    """The result, held to the baseline of the session's test where it has one.

    Raises:
        HistoryError: The baseline cannot be read.
    """
    spec = spec_of(session)
    if around.database is None or spec.baseline == "ignore":
        return result
    baselines = Baselines(around.database, around.now)
    baseline = baselines.active_for(session.test_name, session.client_id)
    if baseline is None:
        return result
    at_hand = AtHand(
        file=around.folder(session) / MISMATCHES_FILE,
        options=options_of(result, spec.comparison, around.settings, session.preset),
        is_masking=around.masker(session) is not None,
    )
    return held(result, baseline, baselines.fingerprints(baseline.baseline_id), at_hand)


def held(
    result: ComparisonResult, baseline: BaselineRecord, accepted: Mapping[bytes, int], at_hand: AtHand
) -> ComparisonResult:
    """The result with what its baseline says of it.

    Args:
        result: What was found.
        baseline: Who accepted differences, when and why.
        accepted: The fingerprints of what was accepted, and how often.
        at_hand: What is known beside the result.
    """
    options = at_hand.options
    told = HeldToBaseline(
        accepted_by=baseline.accepted_by,
        accepted_at=f"{baseline.accepted_at:%Y-%m-%d}",
        reason=baseline.reason,
    )
    if other := sorted(name for name in {*options, *baseline.options} if _differs(name, options, baseline)):
        words = ", ".join(_NAMES.get(name, name.replace("_", " ")) for name in other)
        because = f"The baseline was accepted of another comparison; what is not the same: {words}."
        return replace(result, baseline=replace(told, not_held_because=because))
    if why_not := why_not_at_hand(result, at_hand.file, is_masking=at_hand.is_masking):
        unknown = f"It cannot be known which differences were accepted. {why_not}"
        told = replace(told, not_held_because=unknown)
        return replace(result, baseline=told, unproven_because=result.unproven_because or unknown)
    found = held_to(fingerprints_at_hand(result, at_hand.file), accepted)
    told = replace(told, accepted=found.accepted, new=found.new, gone=found.gone)
    return replace(result, baseline=told)


def options_of(
    result: ComparisonResult, spec: ComparisonSpec, settings: Settings, preset_name: str
) -> dict[str, Any]:
    """How was compared, as far as it says what a difference is; a baseline holds for the same alone."""
    columns = result.columns
    sides, written = (result.source, result.target), spec.model_dump(mode="json")
    found = {
        "preset": preset_name,
        "key": list(result.key),
        "compared": sorted(columns.compared),
        "only_source": sorted(columns.only_source),
        "only_target": sorted(columns.only_target),
        "ignored": sorted(columns.ignored),
        "renames": dict(sorted(columns.renamed.items())),
        "empty_is_null": sorted(columns.empty_is_null),
        **{f"types_of_{one.side}": {column.name: column.type for column in one.columns} for one in sides},
        "ruleset": settings.rulesets.get(spec.ruleset) if spec.ruleset else None,
        **{name: written[name] for name in ("rules", "csv_empty", "case_sensitive", "trim_whitespace")},
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return plain


def _differs(name: str, options: Mapping[str, Any], baseline: BaselineRecord) -> bool:
    missing = object()
    return bool(options.get(name, missing) != baseline.options.get(name, missing))
