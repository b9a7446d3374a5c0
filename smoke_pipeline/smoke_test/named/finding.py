"""Named tests where they are kept: a YAML file each in `tests_dir`, or saved in the history.

A test of a file goes before a saved one of the same name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.options import nearest
from smoke_pipeline.errors import InvalidOptionError, SettingsError, SmokePipelineError
from smoke_pipeline.history.access.roles import Permission, denied, require
from smoke_pipeline.history.named_tests.definitions import Definitions
from smoke_pipeline.history.named_tests.records import DefinitionRecord
from smoke_pipeline.settings.load import read_yaml
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.settings.presets import database, object_store, preset
from smoke_pipeline.smoke_test.named.definition import NAME, NamedTest, parse_definition
from smoke_pipeline.smoke_test.named.filling import order_of_test
from smoke_pipeline.smoke_test.named.places import filled_text, names_in
from smoke_pipeline.smoke_test.surroundings import Surroundings, require_database


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTest:
    """A named test, and where it is kept."""

    name: str
    test: NamedTest | None = None
    """None where its definition cannot be used."""
    file: Path | None = None
    """None for a saved one."""
    saved: DefinitionRecord | None = None
    problem: SmokePipelineError | None = None
    """Why it cannot be used."""

    @property
    def where(self) -> str:
        """Where it is kept, as a person calls it."""
        return f"version {self.saved.version}, saved" if self.saved else str(self.file)

    @property
    def owner(self) -> str:
        """Whose it is."""
        if self.saved is not None:
            return self.saved.owner
        return self.test.owner if self.test else ""


def all_tests(around: Surroundings) -> Sequence[FoundTest]:
    """Every named test by name; one that cannot be used tells why.

    Raises:
        SettingsError: The folder of tests cannot be read.
    """
    of_files = {one.name: one for one in _files(around.settings)}
    saved = {} if around.database is None else {one.name: one for one in _saved(around)}
    return [one for _, one in sorted({**saved, **of_files}.items())]


def find_test(name: str, around: Surroundings) -> FoundTest | None:
    """The test of that name, if there is one."""
    if not NAME.fullmatch(name):
        return None
    file = tests_folder(around.settings) / f"{name}.yaml"
    if file.is_file():
        return _of_file(file)
    if around.database is None:
        return None
    saved = Definitions(around.database, around.now).find(name)
    return _of_record(saved) if saved else None


def require_test(name: str, around: Surroundings) -> NamedTest:
    """The test of that name.

    Raises:
        InvalidOptionError: There is none, or its definition cannot be used.
        SettingsError: Its file cannot be read.
    """
    found = find_test(name, around)
    if found is None:
        names = [one.name for one in all_tests(around)]
        raise InvalidOptionError(
            f"There is no test {name!r}.",
            (*nearest(name, names), "List them: smoke tests list."),
            {"test": name},
        )
    if found.test is None:
        raise found.problem or InvalidOptionError(f"The test {name!r} cannot be used.")
    return found.test


def save_test(file: Path, around: Surroundings, *, version: int | None = None) -> DefinitionRecord:
    """Keep the definition of a file in the history.

    Args:
        file: The YAML file.
        around: Where, and who asks.
        version: The version that is replaced; default: the one that is there now.

    Raises:
        SettingsError: The file cannot be read.
        InvalidOptionError: It holds no definition, or a file of `tests_dir` has the name.
        PermissionDeniedError: The saved one of that name is somebody else's.
        SessionConflictError: Somebody else saved it meanwhile.
    """
    require(around.identity, Permission.START_SESSIONS, "save a test")
    test = parse_definition(_with_folder(read_yaml(file), file.absolute().parent), f"The file {file}")
    if (tests_folder(around.settings) / f"{test.name}.yaml").is_file():
        raise InvalidOptionError(
            f"The test {test.name!r} is kept in a file of `tests_dir`, which goes before a saved one.",
            ("Give it another name, or take that file away.",),
        )
    definitions = Definitions(require_database(around), around.now)
    before = definitions.find(test.name)
    if before is not None:
        _require_owner(before, around, "save")
        version = before.version if version is None else version
    return definitions.save(test.name, test.to_dict(), by=around.identity.client_id, version=version)


def delete_test(name: str, around: Surroundings) -> None:
    """Forget a saved test; its sessions and baselines stay.

    Raises:
        HistoryError: None of that name is saved.
        PermissionDeniedError: It is somebody else's.
    """
    require(around.identity, Permission.START_SESSIONS, "delete a test")
    definitions = Definitions(require_database(around), around.now)
    if (saved := definitions.find(name)) is not None:
        _require_owner(saved, around, "delete")
    definitions.delete(name)


def check_test(test: NamedTest, settings: Settings) -> None:
    """Look that what a test names is there: its preset, its databases, its object store.

    What a parameter names is looked up where all parameters have defaults.

    Raises:
        SettingsError: The settings do not know one of them.
        InvalidOptionError: The order cannot be used.
    """
    has_values = all(one.default is not None for one in test.parameters.values())
    order: Mapping[str, Any] = test.order
    if has_values:
        order = order_of_test(test, {}).model_dump(mode="json")
    name = order.get("preset")
    chosen = preset(settings, name if isinstance(name, str) and not (names_in(name)) else None)
    for side in filter(None, (order.get("source"), order.get("target"))):
        kind = side.get("kind", "path")
        if kind == "object":
            object_store(chosen)
        if kind == "table" and not names_in(str(side["database"])):
            database(chosen, filled_text(str(side["database"]), {}))


def tests_folder(settings: Settings) -> Path:
    """The folder of named tests.

    Raises:
        SettingsError: It is not there.
    """
    if settings.tests_dir is None:
        return project_file("config/tests")
    folder = settings.tests_dir.expanduser().absolute()
    if not folder.is_dir():
        raise SettingsError(
            f"There is no folder {folder} of named tests.", ("Make it, or change the setting tests_dir.",)
        )
    return folder


def _files(settings: Settings) -> Iterator[FoundTest]:
    for file in sorted(tests_folder(settings).glob("*.yaml")):
        yield _of_file(file)


def _saved(around: Surroundings) -> Iterator[FoundTest]:
    for record in Definitions(require_database(around), around.now).all():
        yield _of_record(record)


def _of_file(file: Path) -> FoundTest:
    name = file.stem
    try:
        test = parse_definition(_with_folder(read_yaml(file), file.parent), f"The file {file}")
        if test.name != name:
            raise InvalidOptionError(
                f"The file {file} holds the test {test.name!r}.", (f"Call it {test.name}.yaml.",)
            )
    except SmokePipelineError as problem:
        return FoundTest(name=name, file=file, problem=problem)
    return FoundTest(name=name, file=file, test=test)


def _of_record(record: DefinitionRecord) -> FoundTest:
    try:
        test = parse_definition(record.definition, f"The saved test {record.name!r}")
    except SmokePipelineError as problem:
        return FoundTest(name=record.name, saved=record, problem=problem)
    return FoundTest(name=record.name, saved=record, test=test)


def _with_folder(data: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The definition, its relative paths beginning in the folder of its file."""
    found = dict(data)
    for side in ("source", "target"):
        place = found.get(side)
        if not isinstance(place, Mapping) or place.get("kind", "path") != "path":
            continue
        path = place.get("path")
        if isinstance(path, str) and not path.startswith(("/", "~", "{")):
            found[side] = {**place, "path": _below(folder, path)}
    return found


def _below(folder: Path, path: str) -> str:
    """The path from the root on, its places as they are."""
    while path.startswith(("./", "../")):
        step, _, path = path.partition("/")
        folder = folder.parent if step == ".." else folder
    start = str(folder).replace("{", "{{").replace("}", "}}")
    return f"{start}/{path}"


def _require_owner(saved: DefinitionRecord, around: Surroundings, what: str) -> None:
    who = around.identity
    if saved.owner != who.client_id and not who.may(Permission.CHANGE_ALL_SESSIONS):
        raise denied(who, Permission.CHANGE_ALL_SESSIONS, f"{what} the test {saved.name!r} of {saved.owner}")
