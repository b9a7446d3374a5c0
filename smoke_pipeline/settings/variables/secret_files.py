"""`SMOKE_…_FILE=path`: a secret that lies in a file, as containers and service managers hand them over.

Only settings that are secrets may come this way; the variable without `_FILE` is the setting's own.
`SMOKE_SECRETS_DIR=folder` is short for many: each file in it is named as the setting, `signals__webhook_key`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr

from smoke_pipeline.errors import SettingsError

SUFFIX = "_FILE"
FOLDER = "SECRETS_DIR"
PERSONAL = "api_key"
"""Proves who a person is, so that no folder hands it to everything that is served."""
LARGEST_BYTES = 64 * 1024


def secret_names(model: type[BaseModel]) -> frozenset[str]:
    """The last words of the secret settings of `model` and of the models below it, in capitals."""
    return frozenset(name.upper() for name in _secrets_below(model))


def with_secret_files(environ: Mapping[str, str], prefix: str, names: frozenset[str]) -> dict[str, str]:
    """The variables, with each that names a file of a secret replaced by the secret itself.

    Args:
        environ: The variables.
        prefix: What the variables of settings begin with.
        names: The last words of secret settings, in capitals.

    Raises:
        SettingsError: A file cannot be read or holds no secret, or a secret is set twice.
    """
    environ = _with_folder(environ, prefix, names)
    found = dict(environ)
    for variable, path in environ.items():
        setting = variable.removesuffix(SUFFIX)
        last = setting.removeprefix(prefix).rpartition("__")[2].upper()
        if not (variable.startswith(prefix) and variable.endswith(SUFFIX) and last in names):
            continue
        del found[variable]
        if not path:
            continue
        if environ.get(setting):
            raise SettingsError(
                f"The variables {setting} and {variable} are both set.", ("Keep one of them.",)
            )
        found[setting] = _secret(variable, Path(path))
    return found


def _with_folder(environ: Mapping[str, str], prefix: str, names: frozenset[str]) -> Mapping[str, str]:
    """The variables, with one more for each file of the folder; a variable that is set already wins."""
    folder = environ.get(f"{prefix}{FOLDER}")
    given = {name: value for name, value in environ.items() if name != f"{prefix}{FOLDER}"}
    if not folder:
        return given
    try:
        files = [file for file in sorted(Path(folder).iterdir()) if file.is_file() and file.name[0] != "."]
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} (the variable {prefix}{FOLDER}) cannot be read: {error.strerror}.",
            ("Check the path and who may read it.",),
        ) from error
    for file in files:
        if file.name == PERSONAL or file.name.rpartition("__")[2].upper() not in names:
            raise SettingsError(
                f"The file {file} is named as no secret setting that is for everybody.",
                ("Name it as the setting, with __ between levels: signals__webhook_key.",),
            )
        setting = f"{prefix}{file.name.upper()}"
        if not given.get(setting) and not given.get(f"{setting}{SUFFIX}"):
            given[f"{setting}{SUFFIX}"] = str(file)
    return given


def _secret(variable: str, file: Path) -> str:
    """What the file holds, without the line end that editors leave."""
    place = f"The file {file} (the variable {variable})"
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be read: {error.strerror}.", ("Check the path and who may read it.",)
        ) from error
    if len(content) > LARGEST_BYTES:
        raise SettingsError(f"{place} is too large for a secret.", ("Name the file of the secret alone.",))
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        # Not chained: the codec's error carries the bytes.
        text = ""
    if not text or "\0" in text:
        raise SettingsError(f"{place} holds no secret.", ("It must hold the secret alone, as UTF-8 text.",))
    return text


def _secrets_below(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for one in _parts(field.annotation):
            if one is SecretStr:
                yield name
            elif isinstance(one, type) and issubclass(one, BaseModel):
                yield from _secrets_below(one)


def _parts(annotation: object) -> Iterator[object]:
    """An annotation and what it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
