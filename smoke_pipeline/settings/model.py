"""The settings as frozen models; an unknown key is an error."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, SecretStr

from smoke_pipeline.settings.connections import MySql, Oracle, Postgres, StorageGrid
from smoke_pipeline.settings.masking import Listed, Masked, MaskingSettings
from smoke_pipeline.settings.sections.feedback import FeedbackSettings
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline.settings.sections.logs import LoggingSettings
from smoke_pipeline.settings.sections.notices import NoticeSettings
from smoke_pipeline.settings.sections.retention import RetentionSettings
from smoke_pipeline.settings.sections.signals import SignalSettings
from smoke_pipeline.settings.sections.storage import StorageSettings
from smoke_pipeline.settings.sections.suites import SuiteSettings
from smoke_pipeline.settings.sections.telemetry import TelemetrySettings

Written = BeforeValidator(lambda value: str(value) if isinstance(value, float) else value)
"""Keeps the decimal that was written: 99.1 is not 99.099999."""

Percent = Annotated[Decimal, Written, Field(ge=0, le=100, allow_inf_nan=False)]
"""0 to 100."""


class Model(BaseModel):
    """A value that never changes and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ComparisonSettings(Model):
    """Defaults of every comparison."""

    memory: ByteSize = Field(ByteSize(512 * 1024**2), validate_default=True)
    """How much memory the engine may plan with, beside about 200 MB for the program itself."""
    max_mismatches: int = Field(5000, ge=0)
    """Differing rows kept for the report and the history; the counts are always complete."""
    mismatches_dir: Path | None = None
    """Folder for `mismatches.parquet` where `smoke compare` gets no `--out`; a session has its own."""
    threshold: Percent = Decimal(100)
    """The match score a session must reach to pass."""
    chunk_rows: int = Field(65_536, ge=1)
    """Rows of one Arrow batch."""
    streaming_threshold: ByteSize | None = None
    """Bytes of rows that wait in memory before they go to disk; default and most: an eighth of the memory."""
    partitions: int = Field(1, ge=1, le=1000)
    """Parts in which a session compares, each a step of its own in Dagster; 1: all in one step."""
    recheck_max_keys: int = Field(10_000, ge=1)
    """Differing keys that a recheck reads again; rows of further keys are told as not rechecked."""
    max_accepted: int = Field(1_000_000, ge=1)
    """Differences that a baseline may hold; the differences of a session with more are not accepted."""
    spill_dir: Path | None = None
    """Folder for rows that do not fit into memory, and for copies of snapshots that lie in a bucket.

    Default: the system's folder for temporary files; for sessions one in the data folder.
    """


class ReportSettings(Model):
    """What the report bundle looks like."""

    excellent: Percent = Decimal(99)
    """From this match score on the rating is Excellent (green)."""
    good: Percent = Decimal(95)
    """From this match score on the rating is Good (yellow)."""
    warning: Percent = Decimal(80)
    """From this match score on the rating is Warning (orange); below, Critical (red)."""
    max_rows_in_report: int = Field(5000, ge=0)
    """Differing rows shown on the page."""
    rows_per_page: int = Field(100, ge=1)
    """Rows of the page's table shown at once."""
    formats: Annotated[tuple[str, ...], Listed, Field(min_length=1)] = ("html", "csv", "json")
    """What a bundle holds beside its manifest, by the names of the formats."""
    repair_direction: Literal["target", "source"] = "target"
    """The side that the statements of the format `repair` would make equal to the other one."""
    repair_dialect: Literal["mysql", "postgres", "oracle"] | None = None
    """The SQL of those statements; default: that of the side they are for."""
    repair_table: str | None = Field(None, min_length=1)
    """The table they are for, `name` or `schema.name`; default: that of the side they are for."""


class UploadSettings(Model):
    """What a handed-in file may be."""

    max_bytes: ByteSize = Field(ByteSize(5120 * 1024**2), validate_default=True)
    """Largest file, and largest content of an archive member."""
    max_ratio: int = Field(200, ge=1)
    """How many bytes one archived byte may become."""


Owner = Annotated[str, Field(pattern=r"^(team:\w[\w-]{0,62}|[\w.+-]+@[\w-]+(\.[\w-]+)+)$")]


class DagsterSettings(Model):
    """Where the web page of Dagster is served."""

    host: str = "127.0.0.1"
    """Address to listen on; Dagster has no users of its own, so think before you open it to a network."""
    port: int = Field(3000, ge=1, le=65535)
    """Port to listen on."""
    read_only: bool = False
    """Whether the page only shows: no run can be launched or cancelled on it."""
    code_server: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*:[1-9]\d{0,4}$")] | None = None
    """Host and port at which the code server listens and is asked; default: a socket of this machine.

    Whoever reaches it can start runs, as on Dagster's page; so name an address of a closed network.
    """
    owners: Annotated[tuple[Owner, ...], Listed] = ()
    """Who is asked about the pipeline, as its assets show it: mail addresses, or `team:` and a name."""


class ReportServerSettings(Model):
    """Where the pages of the reports are served, for links on Dagster's page to lead to."""

    host: str = "127.0.0.1"
    """Address to listen on; whoever reaches it can read every report."""
    port: int = Field(3001, ge=1, le=65535)
    """Port to listen on."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    """Address under which people reach it, such as that of a proxy; default: host and port."""


class AccessSettings(Model):
    """Who may use this installation."""

    require_key: bool = False
    """Whether the commands refuse to act without `SMOKE_API_KEY`; without it the person here is admin."""
    key_days: int = Field(365, ge=1)
    """Days after which a new key expires, unless another time is asked for."""


class Preset(Model):
    """A named set of connections and limits."""

    description: str = ""
    """For people."""
    production: bool = False
    """Whether reading by this preset needs the permission `read_production`."""
    threshold: Percent | None = None
    """Replaces `comparison.threshold` for sessions of this preset."""
    memory: ByteSize | None = None
    """Replaces `comparison.memory` for sessions of this preset."""
    storagegrid: StorageGrid | None = None
    """The object store of the preset."""
    mysql: dict[str, MySql] = {}
    """MySQL and MariaDB servers; a side names one as `mysql.<name>`."""
    postgres: dict[str, Postgres] = {}
    """PostgreSQL servers; a side names one as `postgres.<name>`."""
    oracle: dict[str, Oracle] = {}
    """Oracle databases; a side names one as `oracle.<name>`."""
    masking: Masked = Masked()
    """What is masked for sessions of this preset, beside what is masked anyway."""


class Settings(Model):
    """Everything that can be set."""

    data_dir: Path | None = None
    """Folder of sessions, snapshots and reports; default: the user's data folder."""
    postgres_url: SecretStr | None = None
    """`postgresql://…` of a shared server; without it the embedded server is used."""
    api_key: SecretStr | None = None
    """The key of who gives the commands; set it by the variable `SMOKE_API_KEY`, never in a file."""
    default_preset: str = "development"
    """The preset of a session that names none."""
    tests_dir: Path | None = None
    """Folder of named tests, a YAML file each; default: the shipped `config/tests`."""
    comparison: ComparisonSettings = ComparisonSettings()
    report: ReportSettings = ReportSettings()
    masking: MaskingSettings = MaskingSettings()
    uploads: UploadSettings = UploadSettings()
    retention: RetentionSettings = RetentionSettings()
    storage: StorageSettings = StorageSettings()
    dagster: DagsterSettings = DagsterSettings()
    report_server: ReportServerSettings = ReportServerSettings()
    launcher: LauncherSettings = LauncherSettings()
    access: AccessSettings = AccessSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    logging: LoggingSettings = LoggingSettings()
    signals: SignalSettings = SignalSettings()
    notices: NoticeSettings = NoticeSettings()
    suites: SuiteSettings = SuiteSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    presets: dict[str, Preset] = {"development": Preset()}
    rulesets: dict[str, dict[str, dict[str, object]]] = {}
    """Rule set name -> column name or `*` -> rules, as `comparison.rules` reads them."""
