"""`smoke doctor`: what works on this machine, and what is missing."""

import importlib.metadata
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import click

from smoke_pipeline.cli.services.health import answers, health, require_free_port
from smoke_pipeline.cli.services.home import dagster_home
from smoke_pipeline.cli.sessions.answer import format_option
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder, project_file

OLDEST_PYTHON = (3, 11)
ROOM_BYTES = 1024**3
"""Less free room than this is worth a word."""
SHIPPED = ("config/settings.yaml", "templates", "workspace.yaml", "dagster.yaml", "examples")


class State(StrEnum):
    """How a finding stands."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    advice: tuple[str, ...] = ()


@click.command()
@click.option("--deep", is_flag=True, help="Also look whether any row, file, folder or run hangs on nothing.")
@format_option
@click.pass_context
def doctor(ctx: click.Context, /, deep: bool, form: str) -> None:
    """Say what works here and what is missing; the exit status is 1 where something needed is missing."""
    findings = [*examine(), *(examine_deeply() if deep else ())]
    if form == "json":
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _print(findings)
    ctx.exit(1 if any(finding.state is State.MISSING for finding in findings) else 0)


def examine() -> Iterator[Finding]:
    """Look at everything, each once; what depends on the settings is left out where they cannot be read."""
    yield of_python(sys.version_info[:3])
    yield _looked_at("installation", _installation)
    try:
        settings = load_settings()
    except SmokePipelineError as error:
        yield _missing("settings and credentials", error)
        return
    yield Finding(
        name="settings and credentials",
        state=State.OK,
        detail=f"presets {', '.join(sorted(settings.presets))}; every variable they name is set",
    )
    yield _looked_at("data folder", lambda: of_folder(data_folder(settings)))
    if settings.storage.snapshots is not None:
        yield _looked_at("snapshots", lambda: of_bucket(settings))
    yield from _servers(settings)
    yield of_page_port(settings)
    yield of_report_port(settings)
    yield from _extras()


def examine_deeply() -> Iterator[Finding]:
    """What hangs on nothing, or one word that all hangs together."""
    from smoke_pipeline.cli.keeping.opening import open_both
    from smoke_pipeline.smoke_test.keeping.whole import look

    name = "sessions hang together"
    try:
        with open_both() as both:
            found = list(look(both.around, both.database, both.orchestrator))
    except SmokePipelineError as error:
        yield _missing(name, error)
        return
    for torn in found:
        detail = f"{torn.what} {torn.name}: {torn.detail}"
        yield Finding(name="torn", state=State.MISSING, detail=detail, advice=(torn.advice,))
    if not found:
        detail = "every row, file, folder, partition and run belongs to a session that is whole"
        yield Finding(name=name, state=State.OK, detail=detail)


def of_python(version: Sequence[int]) -> Finding:
    """Whether Python is new enough."""
    shown, enough = ".".join(map(str, version)), tuple(version[:2]) >= OLDEST_PYTHON
    advice = () if enough else ("Install Python 3.11 or newer.",)
    return Finding(name="Python", state=State.OK if enough else State.MISSING, detail=shown, advice=advice)


def of_folder(folder: Path) -> Finding:
    """Whether the folder can be written, and has room."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(
            name="data folder",
            state=State.MISSING,
            detail=f"{folder} cannot be written: {error.strerror}",
            advice=("Name another one with SMOKE_DATA_DIR.",),
        )
    little = free < ROOM_BYTES
    return Finding(
        name="data folder",
        state=State.NOTE if little else State.OK,
        detail=f"{folder}, {free / 1e9:.1f} GB free",
        advice=("Make room before you take large snapshots.",) if little else (),
    )


def of_bucket(settings: Settings) -> Finding:
    """Whether snapshots can be kept in the bucket that the settings name.

    Raises:
        ReadError: The store does not answer, or does not let us.
        SettingsError: The settings of the store cannot be used.
    """
    from smoke_pipeline.snapshots.bucket import BucketStorage, snapshot_storage

    storage = snapshot_storage(settings, data_folder(settings))
    if isinstance(storage, BucketStorage):
        storage.try_out()
    detail = f"{settings.storage.snapshots} can be written, read, listed and cleaned"
    return Finding(name="snapshots", state=State.OK, detail=detail)


def of_page_port(settings: Settings) -> Finding:
    """Whether Dagster's page can be served, or is."""
    host, port = settings.dagster.host, settings.dagster.port
    page = http_address(host, port)
    return _of_port(
        "port of Dagster's page", host, port, option="--port", serves=lambda: health(page).is_loaded
    )


def of_report_port(settings: Settings) -> Finding:
    """Whether the reports can be served, or are."""
    host, port = settings.report_server.host, settings.report_server.port
    page = http_address(host, port)
    return _of_port("port of the reports", host, port, option="--report-port", serves=lambda: answers(page))


def _of_port(name: str, host: str, port: int, *, option: str, serves: Callable[[], bool]) -> Finding:
    try:
        require_free_port(host, port, option)
    except SmokePipelineError as error:
        if serves():
            return Finding(name=name, state=State.OK, detail=f"served at {http_address(host, port)}")
        return Finding(name=name, state=State.NOTE, detail=error.message, advice=error.suggestions)
    return Finding(name=name, state=State.OK, detail=f"{host}:{port} is free")


def of_dagster_tables(found: str, wanted: str) -> Finding:
    """Whether Dagster's tables are those that its installed version works with."""
    name, version = "Dagster's tables", importlib.metadata.version("dagster")
    if found == wanted:
        return Finding(name=name, state=State.OK, detail=f"revision {found}, that of Dagster {version}")
    detail = f"revision {found}; Dagster {version} works with {wanted}"
    return Finding(name=name, state=State.MISSING, detail=detail, advice=("Run: smoke db upgrade",))


def _installation() -> Finding:
    for name in SHIPPED:
        project_file(name)
    version = importlib.metadata.version("smoke-pipeline")
    return Finding(name="installation", state=State.OK, detail=f"smoke-pipeline {version}")


def _servers(settings: Settings) -> Iterator[Finding]:
    """The server of the history, and what Dagster has in it."""
    from smoke_pipeline.cli.runs import dagster_tables, open_instance
    from smoke_pipeline.history.database import open_database
    from smoke_pipeline.history.server.urls import described

    try:
        with postgres(settings) as url:
            open_database(settings).close()
            where = "embedded server" if settings.postgres_url is None else f"shared server {described(url)}"
            yield Finding(
                name="PostgreSQL", state=State.OK, detail=f"{where} answers, the history is up to date"
            )
            with open_instance(dagster_home(settings), url) as instance:
                yield of_dagster_tables(*dagster_tables(instance))
    except SmokePipelineError as error:
        yield _missing("PostgreSQL", error)


def _extras() -> Iterator[Finding]:
    """What may be installed beside, and whether it is."""
    metadata = importlib.metadata.metadata("smoke-pipeline")
    requirements = importlib.metadata.requires("smoke-pipeline") or []
    for extra in metadata.get_all("Provides-Extra") or []:
        wanted = [_distribution(one) for one in requirements if _belongs_to(one, extra)]
        absent = [name for name in wanted if not _is_installed(name)]
        yield Finding(
            name=f"extra {extra}",
            state=State.NOTE if absent else State.OK,
            detail=f"not installed: {', '.join(absent)}" if absent else "installed",
            advice=(f"Wanted only for its purpose: pip install 'smoke-pipeline[{extra}]'",) if absent else (),
        )


def _belongs_to(requirement: str, extra: str) -> bool:
    return f"extra == '{extra}'" in requirement.replace('"', "'")


def _distribution(requirement: str) -> str:
    """The name in front of its version and extras."""
    name = requirement.split(";", maxsplit=1)[0].strip()
    return next((name[:i] for i, sign in enumerate(name) if not (sign.isalnum() or sign in "-_.")), name)


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _looked_at(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except SmokePipelineError as error:
        return _missing(name, error)


def _missing(name: str, error: SmokePipelineError) -> Finding:
    return Finding(name=name, state=State.MISSING, detail=error.message, advice=error.suggestions)


def _print(findings: Sequence[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{finding.state:<7}  {finding.name.ljust(width)}  {finding.detail}")
        for advice in finding.advice:
            click.echo(f"{'':<7}  {'':<{width}}  - {advice}")
