"""The two sides: where the data before and after the ETL lies. Each is looked at now, and frozen by a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult
from pydantic import BaseModel, Field, create_model

from smoke_pipeline.errors import InvalidOptionError, SmokePipelineError
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.launcher.answers import JobAnswer
from smoke_pipeline.launcher.asking import can_ask
from smoke_pipeline.launcher.desk import Desk, desk_of
from smoke_pipeline.launcher.tools.arguments import FileRole, IdempotencyKey, SessionId
from smoke_pipeline.launcher.tools.progress import job_answer
from smoke_pipeline.launcher.tools.registry import STARTS, Tool
from smoke_pipeline.readers.storagegrid.keys import parameters_of
from smoke_pipeline.settings.connections import Database
from smoke_pipeline.settings.presets import object_store, preset
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.changing import name_side
from smoke_pipeline.smoke_test.pipeline_names import TAKE_SOURCE, TAKE_TARGET
from smoke_pipeline.smoke_test.spec import read_side
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.snapshots.manifest import Side

JOB_OF = {Side.SOURCE: TAKE_SOURCE, Side.TARGET: TAKE_TARGET}

Kind = Literal["oracle", "mysql", "postgres"]
Parameter = Annotated[str | None, Field(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is known of an object's key, or why it cannot be known."""

    document: str = ""
    """Empty where the object is the other side's."""
    missing: tuple[str, ...] = ()
    error: SmokePipelineError | None = None


async def wanted(
    ctx: Context,
    session_id: str,
    file_role: str,
    document: str | None,
    contract_number: str | None,
    payment_date: str | None,
    transform_subtype: str | None,
    parameters: dict[str, str] | None,
) -> Wanted | Elicit[BaseModel]:
    """What the object's key is made of; the user is asked for what is missing, where that can be."""
    given = _given(parameters, contract_number, payment_date, transform_subtype)
    desk = desk_of(ctx)
    try:
        found = await desk.ask(lambda here: _wanted(here, session_id, Side(file_role), document, given))
        return found if not found.missing else _asked(ctx, found, file_role)
    except SmokePipelineError as error:  # what a resolver raises would reach nobody
        return Wanted(error=error)


class SideTools:
    """Tools about where the data lies."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tools(self) -> list[Tool]:
        """As they are offered."""
        needs = (Permission.START_SESSIONS,)
        return [
            Tool(
                function=self.download_storagegrid_file,
                title="Freeze an object of StorageGrid",
                hints=STARTS,
                permissions=needs,
            ),
            Tool(
                function=self.export_database_table, title="Freeze a table", hints=STARTS, permissions=needs
            ),
        ]

    async def download_storagegrid_file(
        self,
        session_id: SessionId,
        file_role: FileRole,
        found: Annotated[ElicitationResult[Any], Resolve(wanted)],
        contract_number: Parameter = None,
        payment_date: Annotated[str | None, Field(description="YYYY-MM-DD.", max_length=10)] = None,
        transform_subtype: Parameter = None,
        document: Annotated[
            str | None,
            Field(description="Kind of object; default: the test type."),
        ] = None,
        parameters: Annotated[
            dict[str, str] | None, Field(description="What else the key is made of, such as currency.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Annotated[CallToolResult, JobAnswer]:
        """Freeze an object of StorageGrid as one side. Without parameters the target is the source's object.

        Answers at once with a job; call get_progress until it has ended.
        """
        given = _given(parameters, contract_number, payment_date, transform_subtype) | _answered(found)
        side = Side(file_role)
        key = await self._desk.ask(lambda here: _wanted(here, session_id, side, document, given))
        values = {"kind": "object", "document": key.document, "parameters": given}
        return await _named_and_taken(
            self._desk, session_id, side, values if key.document else None, idempotency_key
        )

    async def export_database_table(
        self,
        session_id: SessionId,
        file_role: FileRole,
        db_type: Annotated[Kind, Field(description="Kind of database.")],
        table_name: Annotated[str, Field(description="TABLE or SCHEMA.TABLE.", max_length=300)],
        preset: Annotated[
            str | None,
            Field(description="Name of the database; default: the preset's only one."),
        ] = None,
        where_clause: Annotated[
            str | None,
            Field(description="A condition on the table's columns.", max_length=4000),
        ] = None,
        columns: Annotated[list[str] | None, Field(description="Default: all.", max_length=1000)] = None,
        confirm_large: Annotated[
            bool, Field(description="True once the user agreed to read a large table.")
        ] = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Annotated[CallToolResult, JobAnswer]:
        """Freeze a table as one side, read-only, in one consistent snapshot.

        Answers at once with a job; call get_progress until it has ended.
        """
        session = await self._desk.ask(lambda here: session_to_change(session_id, here))
        values = {
            "kind": "table",
            "database": await self._desk.ask(lambda here: _database(here, session, db_type, preset)),
            "table": table_name,
            "where_clause": where_clause,
            "columns": tuple(columns or ()),
            "confirm_large": confirm_large,
        }
        return await _named_and_taken(self._desk, session_id, Side(file_role), values, idempotency_key)


async def taken(desk: Desk, session_id: str, side: Side, idempotency_key: str | None) -> CallToolResult:
    """Launch the run that freezes a side."""
    return await job_answer(desk, await desk.launched(JOB_OF[side], session_id, idempotency_key))


async def _named_and_taken(
    desk: Desk, session_id: str, side: Side, values: Mapping[str, Any] | None, idempotency_key: str | None
) -> CallToolResult:
    """Name the side, unless it is the other one's place, and freeze it."""
    if values is not None:
        await desk.ask(lambda here: name_side(session_id, side, read_side(values), here))
    return await taken(desk, session_id, side, idempotency_key)


def _given(parameters: Mapping[str, str] | None, *named: str | None) -> dict[str, str]:
    """What the call says of the key."""
    names = ("contract_number", "payment_date", "transform_subtype")
    every = {**dict(zip(names, named, strict=True)), **(parameters or {})}
    return {name: value for name, value in every.items() if value}


def _wanted(
    here: Surroundings, session_id: str, side: Side, document: str | None, given: Mapping[str, str]
) -> Wanted:
    """Which object is meant, and what is not known of its key."""
    session = session_to_change(session_id, here)
    if side is Side.TARGET and not given and document is None and spec_of(session).source is not None:
        return Wanted()
    kind = document or session.test_type
    documents = object_store(preset(here.settings, session.preset)).documents
    needed = parameters_of(documents[kind]) if kind in documents else ()
    return Wanted(document=kind, missing=tuple(name for name in needed if not given.get(name)))


def _asked(ctx: Context, found: Wanted, role: str) -> Elicit[BaseModel]:
    """The question for the user.

    Raises:
        InvalidOptionError: The client cannot ask.
    """
    missing = ", ".join(found.missing)
    if not can_ask(ctx):
        raise InvalidOptionError(
            f"The object of the {role} is not known without {missing}.",
            (f"Ask the user for {missing}, then call again with all of them.",),
            {"missing_parameters": list(found.missing)},
        )
    fields: dict[str, Any] = {name: (str, Field(title=name.replace("_", " "))) for name in found.missing}
    return Elicit(f"Which {found.document} is the {role}?", create_model(f"{found.document}_key", **fields))


def _answered(found: ElicitationResult[Any]) -> dict[str, str]:
    """What the user said, if they were asked."""
    if not isinstance(found, AcceptedElicitation):
        raise InvalidOptionError(
            "The user did not say which object is meant.", ("Ask them what they want to do instead.",)
        )
    if isinstance(found.data, Wanted):
        if found.data.error is not None:
            raise found.data.error
        return {}
    said: dict[str, str] = found.data.model_dump()
    return said


def _database(here: Surroundings, session: SessionRecord, kind: str, name: str | None) -> str:
    """The database of the session's preset, by its kind and name."""
    chosen = preset(here.settings, session.preset)
    databases: Mapping[str, Mapping[str, Database]] = {
        "oracle": chosen.oracle,
        "mysql": chosen.mysql,
        "postgres": chosen.postgres,
    }
    named = sorted(databases[kind])
    if name is not None:
        return name if name.startswith(f"{kind}.") else f"{kind}.{name}"
    if len(named) != 1:
        raise InvalidOptionError(
            f"The preset {session.preset!r} has {len(named)} databases of the kind {kind}.",
            (f"Say which one: preset={' or preset='.join(named)}." if named else "Look at list_presets.",),
        )
    return f"{kind}.{named[0]}"
