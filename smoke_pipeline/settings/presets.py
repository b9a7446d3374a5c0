"""Presets, their connections, and rule sets by their names."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from smoke_pipeline.errors import SettingsError, UnknownPresetError
from smoke_pipeline.settings.connections import Database, StorageGrid
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


def object_store(chosen: Preset) -> StorageGrid:
    """The preset's object store.

    Raises:
        SettingsError: It has none.
    """
    if chosen.storagegrid is None:
        raise SettingsError(
            "The preset names no StorageGrid.",
            ("Set `storagegrid` of the preset in the settings.", "Choose another preset."),
        )
    return chosen.storagegrid


def database(chosen: Preset, name: str) -> Database:
    """The preset's database of a name such as `mysql.warehouse`.

    Raises:
        UnknownPresetError: There is none of that name; the nearest one is suggested.
    """
    kinds: dict[str, Mapping[str, Database]] = {
        "mysql": chosen.mysql,
        "postgres": chosen.postgres,
        "oracle": chosen.oracle,
    }
    known = {f"{kind}.{key}": found for kind, named in kinds.items() for key, found in named.items()}
    if name not in known:
        raise _unknown("database", name, known)
    return known[name]


def _unknown(kind: str, name: str, known: Collection[str]) -> UnknownPresetError:
    near = get_close_matches(name, known, n=1)
    listed = f"There are: {', '.join(sorted(known))}." if known else f"The settings hold no {kind}."
    return UnknownPresetError(
        f"There is no {kind} {name!r}.",
        (f"Did you mean {near[0]!r}?", listed) if near else (listed,),
        {"name": name},
    )
