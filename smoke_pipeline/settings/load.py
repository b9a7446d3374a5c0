"""From the settings file, `.env` and the environment to `Settings`; the only reader of `os.environ`.

What stands later wins: the defaults, the shipped `config/settings.yaml`, the file that was named, `SMOKE_…`
variables, what the caller overrides. No error repeats a value, because a value may be a secret.
"""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

import dotenv
import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.settings.presets import preset
from smoke_pipeline.settings.variables import references
from smoke_pipeline.settings.variables.secret_files import secret_names, with_secret_files

PREFIX = "SMOKE_"
FILE_VARIABLE = "SMOKE_SETTINGS"
"""Names the settings file."""
LIVE_PREFIX = "SMOKE_LIVE_"
"""Variables of the opt-in live tests; they are no settings."""

SECRETS = secret_names(Settings)
"""The last words of settings that may also come from a file, by a variable that ends in `_FILE`."""

_Keys = references.Path
_Places = dict[_Keys, str]


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """The settings as they hold now.

    Args:
        path: The settings file; without it `SMOKE_SETTINGS`, else the shipped file alone.
        environ: The variables; without it those of the process over those of `.env`.
        overrides: Nested settings that win over everything.

    Raises:
        SettingsError: A file cannot be read, a key is unknown, or a value is not allowed.
        VariableNotSetError: The file refers to a variable that is not set.
        UnknownPresetError: `default_preset` names no preset.
    """
    given = environment() if environ is None else environ
    data: dict[str, object] = {}
    places: _Places = {}
    referred: set[str] = set()
    for file in _files(path, given):
        found, lines = _read(file)
        referred |= references.names_in(found)
        described = {keys: f"line {line} of {file}" for keys, line in lines.items()}
        places |= described
        _merge(data, references.substitute(found, given, _place_in(described, str(file))))
    _merge_variables(data, places, with_secret_files(_unreferred(given, referred), PREFIX, SECRETS))
    _merge(data, dict(overrides or {}), places, "what the caller set")
    settings = _validate(data, places)
    preset(settings, settings.default_preset)
    return settings


def read_yaml(file: Path) -> Mapping[str, object]:
    """What a YAML file of `key: value` holds.

    Raises:
        SettingsError: It cannot be read, or is no such file.
    """
    return _read(file)[0]


def environment(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of `.env` in `folder` (default: the working directory), under those of the process."""
    file = (folder or Path.cwd()) / ".env"
    try:
        written = dotenv.dotenv_values(file, interpolate=False) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {file} cannot be read.", ("Check that it is UTF-8 text.",)) from error
    return {key: value for key, value in written.items() if value is not None} | dict(
        os.environ if environ is None else environ
    )


def put_variables(variables: Mapping[str, str]) -> None:
    """Let variables hold for this process and for what it starts, over those that it was given."""
    os.environ.update(variables)


def _files(path: Path | None, environ: Mapping[str, str]) -> list[Path]:
    shipped = project_file("config/settings.yaml")
    named = path or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    if named is None:
        return [shipped]
    return [shipped, named.expanduser()]


def _read(file: Path) -> tuple[dict[str, object], dict[_Keys, int]]:
    """The parsed file, and the line of every key."""
    try:
        text = file.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[_Keys, int] = {}
        if root is not None:
            _note_lines(root, file, lines)
        data = yaml.safe_load(text)
    except FileNotFoundError as error:
        raise SettingsError(
            f"There is no file {file}.", (f"Check the path, or {FILE_VARIABLE} if it names it.",)
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {file} cannot be read.", ("It must be UTF-8 text.",)) from error
    except yaml.YAMLError as error:
        # Not chained: the parser quotes the lines around the fault, and they may hold a secret.
        raise SettingsError(
            f"{_where(error, file)} is not YAML.", ("Check the indentation and the quotes.",)
        ) from None
    except ValueError:  # not chained for the same reason
        raise SettingsError(
            f"The file {file} holds a day or a number that there is none of.",
            ("Check days such as 2026-02-30, or write them in quotes.",),
        ) from None
    if data is None:
        return {}, {}
    if not isinstance(data, dict):
        raise SettingsError(f"The file {file} does not hold `key: value`.")
    return data, lines


def _where(error: yaml.YAMLError, file: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"Line {mark.line + 1} of {file}" if mark else f"The file {file}"


def _note_lines(node: yaml.Node, file: Path, lines: dict[_Keys, int], at: _Keys = (), depth: int = 0) -> None:
    """Write down where each key stands, and refuse what YAML would silently drop."""
    if depth > 20:
        raise SettingsError(f"The file {file} is nested too deeply.")
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            lines[*at, str(i)] = item.start_mark.line + 1
            _note_lines(item, file, lines, (*at, str(i)), depth + 1)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            raise SettingsError(f"Line {key.start_mark.line + 1} of {file} sets {name!r} a second time.")
        seen.add(name)
        lines[*at, name] = key.start_mark.line + 1
        _note_lines(value, file, lines, (*at, name), depth + 1)


def _merge(
    into: dict[str, object], data: object, places: _Places | None = None, place: str = "", at: _Keys = ()
) -> None:
    """Lay `data` over `into`, mapping by mapping, and note where each value came from."""
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        below = into.get(key)
        if places is not None:
            places[*at, str(key)] = place
        if isinstance(below, dict) and isinstance(value, Mapping):
            _merge(below, value, places, place, (*at, str(key)))
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _unreferred(environ: Mapping[str, str], referred: set[str]) -> dict[str, str]:
    """The variables that no file refers to; such a one may hold a path of its own."""
    return {name: value for name, value in environ.items() if name not in referred}


def _merge_variables(data: dict[str, object], places: _Places, environ: Mapping[str, str]) -> None:
    """Lay `SMOKE_A__B=value` over `data` as `a.b`; an empty variable counts as not set."""
    for name in sorted(environ):
        is_setting = name.startswith(PREFIX) and name != FILE_VARIABLE and not name.startswith(LIVE_PREFIX)
        if not is_setting or not environ[name]:
            continue
        node: dict[str, object] = data
        keys: _Keys = ()
        *parents, last = name.removeprefix(PREFIX).split("__")
        for part in parents:
            key = _key_like(part, node)
            keys = (*keys, key)
            below = node.setdefault(key, {})
            if not isinstance(below, dict):
                raise SettingsError(f"The variable {name} goes deeper than the setting {'.'.join(keys)!r}.")
            node = below
        key = _key_like(last, node)
        node[key] = environ[name]
        places[*keys, key] = f"the variable {name}"


def _key_like(part: str, node: Mapping[str, object]) -> str:
    """The key of `node` that `part` means; variables are written in capitals."""
    return next((key for key in node if str(key).casefold() == part.casefold()), part.lower())


def _place_in(places: _Places, file: str) -> Callable[[_Keys], str]:
    def place(keys: _Keys) -> str:
        found = _closest(places, keys) or file
        return f"The setting {'.'.join(keys)!r} ({found})"

    return place


def _closest(places: _Places, keys: _Keys) -> str:
    """Where `keys` stand, or what they stand in."""
    return next((places[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in places), "")


def _validate(data: Mapping[str, object], places: _Places) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
    # Raised outside the handler: pydantic's own text repeats the values, and one may be a secret.
    raise _explained(details[0], places, len(details) - 1)


def _explained(detail: ErrorDetails, places: _Places, others: int) -> SettingsError:
    keys = tuple(str(part) for part in detail["loc"] if part != "[key]")
    place = _closest(places, keys) or "the settings"
    setting = ".".join(keys)
    more = (
        f" ({others} more settings are wrong.)"
        if others > 1
        else " (Another one is wrong.)"
        if others
        else ""
    )
    context = {"setting": setting, "place": place}
    if detail["type"] != "extra_forbidden":
        return SettingsError(
            f"The setting {setting!r} ({place}) is not allowed: {_lower(detail['msg'])}.{more}", (), context
        )
    known = _known_keys(keys[:-1])
    near = get_close_matches(keys[-1], known, n=1)
    suggestions = (f"Did you mean {near[0]!r}?",) if near else (f"Known here: {', '.join(sorted(known))}.",)
    return SettingsError(f"There is no setting {setting!r} ({place}).{more}", suggestions, context)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _known_keys(keys: _Keys) -> list[str]:
    """The settings that exist below `keys`; a name the user chose, such as a preset's, is stepped over."""
    model: type[BaseModel] = Settings
    for key in keys:
        field = model.model_fields.get(key)
        if field is None:
            continue
        types = (field.annotation, *getattr(field.annotation, "__args__", ()))
        model = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), model)
    return list(model.model_fields)
