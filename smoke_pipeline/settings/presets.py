"""Presets and rule sets by their names."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from smoke_pipeline.errors import UnknownPresetError
from smoke_pipeline.settings.model import Preset, Settings


def preset(settings: Settings, name: str | None = None) -> Preset:
    """The preset of that name; the default one without a name.

    Raises:
        UnknownPresetError: There is none of that name; the nearest one is suggested.
    """
    wanted = settings.default_preset if name is None else name
    if wanted not in settings.presets:
        raise _unknown("preset", wanted, settings.presets)
    return settings.presets[wanted]


def ruleset(settings: Settings, name: str) -> Mapping[str, Mapping[str, object]]:
    """The rule set of that name: column name or `*` to rules.

    Raises:
        UnknownPresetError: There is none of that name; the nearest one is suggested.
    """
    if name not in settings.rulesets:
        raise _unknown("rule set", name, settings.rulesets)
    return settings.rulesets[name]


def _unknown(kind: str, name: str, known: Collection[str]) -> UnknownPresetError:
    near = get_close_matches(name, known, n=1)
    listed = f"There are: {', '.join(sorted(known))}." if known else f"The settings hold no {kind}."
    return UnknownPresetError(
        f"There is no {kind} {name!r}.",
        (f"Did you mean {near[0]!r}?", listed) if near else (listed,),
        {"name": name},
    )
