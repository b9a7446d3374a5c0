"""The run config of `start_session`: a session's whole order, with words for a person at the launchpad.

The fields are those of `smoke_test.spec.SessionSpec`, which checks what is written here.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

if TYPE_CHECKING:
    from smoke_pipeline.smoke_test.spec import SessionSpec


class Kind(Enum):
    """Where a side lies; Dagster offers the names."""

    path = "path"
    upload = "upload"
    object = "object"
    table = "table"


class SessionKind(Enum):
    """What is tested; the session's id begins with it."""

    statement = "statement"
    invoice = "invoice"
    gl = "gl"
    database_table = "database_table"
    upload = "upload"


class Then(Enum):
    """What is done once the session is there."""

    nothing = "nothing"
    take_source = "take_source"
    smoke_test = "smoke_test"


class WithoutKey(Enum):
    """How rows are aligned where no key is named."""

    auto = "auto"
    whole_rows = "whole_rows"


class Columns(Enum):
    """What happens to a column that only one side has."""

    all = "all"
    common = "common"


class Ragged(Enum):
    """What becomes of a CSV's row with more or fewer fields than the header."""

    error = "error"
    pad = "pad"
    skip = "skip"


class Baseline(Enum):
    """Whether accepted differences count."""

    use = "use"
    ignore = "ignore"


class CsvEmpty(Enum):
    """What an empty cell of a CSV is."""

    null = "null"
    exact = "exact"


class EtlKind(Enum):
    """What tells that the ETL has run."""

    manual = "manual"
    webhook = "webhook"
    object = "object"
    watermark = "watermark"
    marker = "marker"
    job = "job"


class EtlOrder(dg.Config):
    """What tells that the ETL has run."""

    kind: EtlKind = Field(
        default=EtlKind.manual,
        description="`manual`: a person. `webhook`: `POST /signals/etl-completed`. `object`: an object that "
        "was written anew. `watermark`: the row of a query. `marker`: a file. `job`: a job of Dagster.",
    )
    bucket: str | None = Field(default=None, description="object: as a side has it. Empty: the target's.")
    key: str | None = Field(default=None, description="object: its key as it is.")
    document: str | None = Field(default=None, description="object: its kind, instead of a key.")
    parameters: dict[str, str] = Field(default={}, description="object: what its key is made of.")
    database: str | None = Field(default=None, description="watermark: such as `mysql.warehouse`.")
    query: str | None = Field(default=None, description="watermark: one SELECT that gives one row.")
    path: str | None = Field(default=None, description="marker: a file of the daemon's machine.")
    job: str | None = Field(default=None, description="job: its name.")
    location: str | None = Field(default=None, description="job: its code location. Empty: any.")


class SideOrder(dg.Config):
    """One side of the session."""

    kind: Kind = Field(
        default=Kind.path,
        description="`path`: a file where it lies. `upload`: a file in the upload folder. "
        "`object`: an object of the preset's StorageGrid. `table`: a table of one of its databases.",
    )
    path: str = Field(
        default="",
        description="path, upload: a CSV, gzipped CSV, ZIP with one CSV, or Parquet. From the root on, or "
        "below the upload folder.",
    )
    bucket: str | None = Field(default=None, description="object: name of the bucket in the settings.")
    key: str | None = Field(default=None, description="object: its key as it is.")
    document: str | None = Field(
        default=None, description="object: its kind, such as `statement`, instead of a key."
    )
    parameters: dict[str, str] = Field(
        default={}, description="object: what the key of its kind is made of, such as `contract_number`."
    )
    database: str = Field(default="", description="table: its database, such as `mysql.warehouse`.")
    table: str | None = Field(default=None, description="table: its name, or `schema.table`.")
    query: str | None = Field(default=None, description="table: one SELECT instead of a table.")
    columns: list[str] = Field(default=[], description="table: columns to read. Empty: all.")
    where_clause: str | None = Field(default=None, description="table: a condition on its columns.")
    casts: dict[str, str] = Field(default={}, description="table: column: what is read in its place.")
    max_rows: int | None = Field(default=None, description="table: more rows are an error.")
    confirm_large: bool = Field(default=False, description="table: On: read it although it is very large.")


class TargetOrder(SideOrder):
    """The other side of the session; with nothing but a kind, it is the source's place."""


class ReadingOrder(dg.Config):
    """How a CSV side is read, where detection is not wanted."""

    encoding: str | None = Field(default=None, description="Such as `utf-8`, `utf-16`, `windows-1252`.")
    delimiter: str | None = Field(default=None, description="One to eight characters.")
    quote: str | None = Field(default=None, description="One character; the empty text: nothing is quoted.")
    escape: str | None = Field(default=None, description="The character that escapes a quote.")
    member: str | None = Field(default=None, description="The file to read in a ZIP that holds several.")
    header: str = Field(default="detected", description="`detected`, `yes`, `no`, or the number of its line.")
    skip_lines: int | None = Field(default=None, description="Lines before the table. Empty: found out.")
    footer: int | None = Field(default=None, description="Lines after the table. Empty: found out.")
    ragged: Ragged = Field(
        default=Ragged.error,
        description="Rows with more or fewer fields than the header. `error`: refused. `pad`: made to fit. "
        "`skip`: left out, and the verdict is unproven.",
    )
    skip_space: bool | None = Field(
        default=None, description="On: spaces after a delimiter do not count. Empty: found out."
    )


class ComparisonOrder(dg.Config):
    """How the two sides are compared."""

    key: list[str] = Field(default=[], description="Columns that identify a row. Empty: see `without_key`.")
    without_key: WithoutKey = Field(
        default=WithoutKey.auto,
        description="`auto`: find a key that fits both sides. `whole_rows`: compare whole rows.",
    )
    threshold: float | None = Field(
        default=None,
        description="Match score to reach, 0 to 100. Empty: that of the preset.",
    )
    ignore_columns: list[str] = Field(default=[], description="Columns of either side that do not count.")
    ignore_source: list[str] = Field(default=[], description="Columns of the source that do not count.")
    ignore_target: list[str] = Field(default=[], description="Columns of the target that do not count.")
    renames: dict[str, str] = Field(default={}, description="Target name: source name.")
    rules: dict[str, Any] = Field(
        default={},
        description="Column name, or `*` for all others: what is forgiven, "
        "such as `{amount: {numeric: true, abs_tol: '0.01'}}`.",
    )
    ruleset: str | None = Field(default=None, description="A named set of rules of the settings.")
    columns: Columns = Field(
        default=Columns.all,
        description="`all`: columns on one side alone are an error. `common`: they do not count.",
    )
    csv_empty: CsvEmpty = Field(
        default=CsvEmpty.null,
        description="`null`: an empty cell of a CSV is NULL. `exact`: only an unquoted one is.",
    )
    case_sensitive: bool = Field(
        default=True,
        description="Off: upper and lower case are one, in every column.",
    )
    trim_whitespace: bool = Field(default=False, description="On: white space at both ends does not count.")
    memory: str | None = Field(
        default=None,
        description="Memory to plan with, such as `512MB`. Empty: the preset's.",
    )
    max_mismatches: int | None = Field(
        default=None,
        description="Differing rows kept for the report; the counts are always complete.",
    )
    all_mismatches: bool = Field(
        default=False,
        description="On: every difference, kept or not, is written to `mismatches.parquet` "
        "in the session's folder.",
    )
    sort_by: list[str] = Field(
        default=[],
        description="Columns that put the kept differing rows in order. Empty: the key.",
    )
    chunk_size: int | None = Field(
        default=None,
        description="Rows read and compared together; never changes the answer. Empty: that of the settings.",
    )
    streaming_threshold: str | None = Field(
        default=None,
        description="Size, such as `20MB`, beyond which rows that met no identical one go to disk. "
        "Empty: that of the settings.",
    )
    recheck: str | None = Field(
        default=None,
        description="A duration, such as `60s` or `5m`: differing keys of tables are read again after it, "
        "and rows that agree then are told as in flight. Empty: nothing is read again.",
    )
    source: ReadingOrder = Field(default=ReadingOrder(), description="How the source is read.")
    target: ReadingOrder = Field(default=ReadingOrder(), description="How the target is read.")


class SessionOrder(dg.Config):
    """A new smoke test."""

    test_type: SessionKind = Field(
        default=SessionKind.upload,
        description="What is tested; the session's id begins with it.",
    )
    test_name: str = Field(
        default="", description="Sessions of one name are one test over time. Empty: the source's file name."
    )
    preset: str | None = Field(default=None, description="A preset of the settings. Empty: the default one.")
    source: SideOrder = Field(default=SideOrder(), description="The data before the ETL.")
    target: TargetOrder = Field(
        default=TargetOrder(),
        description="The data after the ETL. Without a path: the source's place, looked at again then.",
    )
    comparison: ComparisonOrder = Field(
        default=ComparisonOrder(),
        description="How the two sides are compared.",
    )
    allow_unchanged: bool = Field(
        default=False,
        description="On: accept a target of the same place that did not change since the source was taken.",
    )
    commit: str | None = Field(
        default=None, description="The commit whose status on GitHub tells the verdict; 40 digits."
    )
    etl: EtlOrder = Field(default=EtlOrder(), description="What tells that the ETL has run.")
    formats: list[str] = Field(
        default=[],
        description="What the report holds: `html`, `csv`, `json`, `md`, `junit`, `parquet`, `repair`. "
        "Empty: as the settings say.",
    )
    baseline: Baseline = Field(
        default=Baseline.use,
        description="`use`: differences accepted for the test pass, others fail. `ignore`: no heed of them.",
    )
    named_test: str = Field(
        default="",
        description="A named test, whose definition says all but `parameters` and `then`. Empty: what is "
        "written here.",
    )
    parameters: dict[str, str] = Field(
        default={}, description="With `named_test`: what its places are filled with."
    )
    then: Then = Field(
        default=Then.take_source,
        description="What a second run does next. `take_source`: freeze the source, and wait for the ETL; "
        "then launch `verify` for the session. `smoke_test`: both sides at once, where they are two places. "
        "`nothing`: you materialize the session's assets yourself.",
    )

    def values(self) -> Mapping[str, Any]:
        """The order as `SessionSpec` reads it."""
        plain: dict[str, Any] = _plain(self.model_dump())
        del plain["then"], plain["named_test"]
        plain["formats"] = plain["formats"] or None
        for part in ("source", "target", "etl"):
            plain[part] = _of_its_kind(plain[part])
        if plain["target"].keys() == {"kind"}:
            del plain["target"]
        comparison = plain["comparison"]
        without_key = comparison.pop("without_key")
        if not comparison["key"]:
            comparison["key"] = "auto" if without_key == WithoutKey.auto.value else None
        if comparison["threshold"] is not None:
            comparison["threshold"] = repr(comparison["threshold"]).removesuffix(".0")
        return plain


def written_out(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run config of an order with every default that is not empty beside what it says."""
    plain: Mapping[str, Any] = SessionOrder.model_validate(order).model_dump(mode="json", exclude_none=True)
    return plain


def order_of(spec: "SessionSpec", then: Then) -> SessionOrder:
    """The run config that asks for exactly this session."""
    values = spec.model_dump(mode="json")
    comparison = values["comparison"]
    key, threshold, recheck = (comparison[name] for name in ("key", "threshold", "recheck"))
    sizes = {name: comparison[name] for name in ("memory", "streaming_threshold")}
    comparison |= {
        "key": key if isinstance(key, list) else [],
        "without_key": (WithoutKey.auto if key == "auto" else WithoutKey.whole_rows).value,
        "threshold": None if threshold is None else float(threshold),
        "recheck": None if recheck is None else f"{Decimal(repr(recheck)):f}s",
    } | {name: None if size is None else str(size) for name, size in sizes.items()}
    target, formats = values["target"] or {}, values["formats"] or []
    values["etl"].pop("since", None)
    return SessionOrder.model_validate(values | {"target": target, "formats": formats, "then": then.value})


def _of_its_kind(side: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in of a side; the launchpad shows the fields of every kind."""
    return {name: value for name, value in side.items() if value not in (None, "", [], {}, False)}


def _plain(value: Any) -> Any:
    """Enum members as their values."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return value.value if isinstance(value, Enum) else value
