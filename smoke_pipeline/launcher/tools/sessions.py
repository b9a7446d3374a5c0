"""Sessions: start one, look at them, and go on after the ETL."""

from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.answers.filters import SessionFilter
from smoke_pipeline.history.answers.records import SessionLine
from smoke_pipeline.history.answers.sessions import sessions_page
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.launcher.answers import JobAnswer, PresetsAnswer, SessionAnswer, SessionsAnswer
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.tools.arguments import Cursor, IdempotencyKey, Limit, SessionId
from smoke_pipeline.launcher.tools.progress import job_answer
from smoke_pipeline.launcher.tools.registry import READS, STARTS, Tool, answered
from smoke_pipeline.launcher.words import next_steps, result_words
from smoke_pipeline.report.summary import shown_score
from smoke_pipeline.smoke_test.access.permissions import seen_by, session_to_change
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of
from smoke_pipeline.smoke_test.pipeline_names import TAKE_SOURCE, VERIFY
from smoke_pipeline.smoke_test.places import place_at, place_of
from smoke_pipeline.smoke_test.spec import SessionSpec, SessionType
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import Surroundings, require_database, spec_of
from smoke_pipeline.snapshots.manifest import Side


class SessionTools:
    """Tools about sessions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tools(self) -> list[Tool]:
        """As they are offered."""
        starts, sees = (Permission.START_SESSIONS,), (Permission.SEE_OWN_SESSIONS,)
        return [
            Tool(
                function=self.start_smoke_test, title="Start a smoke test", hints=STARTS, permissions=starts
            ),
            Tool(
                function=self.continue_session, title="Go on after the ETL", hints=STARTS, permissions=starts
            ),
            Tool(function=self.list_sessions, title="List sessions", hints=READS, permissions=sees),
            Tool(function=self.get_session, title="Look at a session", hints=READS, permissions=sees),
            Tool(function=self.list_presets, title="List presets", hints=READS, permissions=sees),
        ]

    async def start_smoke_test(
        self,
        test_type: Annotated[SessionType, Field(description="What is tested.")],
        preset: Annotated[str | None, Field(description="From list_presets.")] = None,
        test_name: Annotated[
            str, Field(description="Sessions of one name are one test over time.", max_length=200)
        ] = "",
    ) -> Annotated[CallToolResult, SessionAnswer]:
        """Open a session: it compares one source with one target. Then fetch the source."""

        def start(here: Surroundings) -> Outcome:
            spec = SessionSpec(test_type=test_type, test_name=test_name, preset=preset, source=None)
            return outcome_of(start_session(spec, here).session_id, here)

        outcome = await self._desk.ask(start)
        answer = await self._desk.ask(lambda here: session_answer(outcome, here))
        return answered(answer, f"Session {answer.session_id} is open (preset {answer.preset}).")

    async def list_sessions(
        self,
        status: Literal["active", "completed", "failed", "cancelled", "expired", "archived"] | None = None,
        query: Annotated[str | None, Field(description="Part of an id or name.", max_length=100)] = None,
        limit: Limit = 10,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, SessionsAnswer]:
        """Sessions, the newest first; only those that you may see."""
        answer = await self._desk.ask(lambda here: _page(here, status, query, limit, cursor))
        lines = [
            "  ".join(filter(None, (one["session_id"], one["status"], one["verdict"], one["match_score"])))
            for one in answer.sessions
        ]
        return answered(answer, "\n".join(lines) or "There is no such session.")

    async def get_session(self, session_id: SessionId) -> Annotated[CallToolResult, SessionAnswer]:
        """One session: where it stands, what was found, and what can be done next."""
        answer = await self._desk.ask(lambda here: session_answer(outcome_of(session_id, here), here))
        found = f" {answer.summary_text}" if answer.summary_text else ""
        return answered(answer, f"Session {session_id}: {answer.status} ({answer.step}).{found}")

    async def continue_session(
        self, session_id: SessionId, idempotency_key: IdempotencyKey = None
    ) -> Annotated[CallToolResult, JobAnswer]:
        """Go on once the user said that the ETL has run: freeze the target, compare, build the report.

        Answers at once with a job; call get_progress until it has ended.
        """
        session = await self._desk.ask(lambda here: session_to_change(session_id, here))
        await self._desk.ask(
            lambda here: place_of(spec_of(session), Side.SOURCE, here.whereabouts(session.preset))
        )
        who = self._desk.here().identity.client_id
        before = await self._desk.jobs.requested_before(who, idempotency_key)
        now = TAKE_SOURCE if session.step is Step.AWAITING_SOURCE else VERIFY
        job_name = before.job_name if before else now
        return await job_answer(self._desk, await self._desk.launched(job_name, session_id, idempotency_key))

    async def list_presets(self) -> Annotated[CallToolResult, PresetsAnswer]:
        """The presets: named sets of connections that a session reads by."""
        answer = presets_of(self._desk.here())
        return answered(answer, "\n".join(_in_words(one) for one in answer.presets))


def session_answer(outcome: Outcome, here: Surroundings) -> SessionAnswer:
    """A session as the tools tell it."""
    session = outcome.session
    origins = {side: _origin(session, side, here) for side in Side}
    return SessionAnswer(
        session_id=session.session_id,
        test_type=session.test_type,
        test_name=session.test_name,
        preset=session.preset,
        status=session.status.value,
        step=session.step.value,
        source=origins[Side.SOURCE],
        target=origins[Side.TARGET],
        verdict=outcome.verdict.value if outcome.verdict else None,
        match_score=outcome.shown_score or None,
        summary_text=result_words(outcome) if outcome.verdict else _failure(session),
        test_folder=session.test_folder,
        next_steps=next_steps(session),
    )


def _origin(session: SessionRecord, side: Side, here: Surroundings) -> str | None:
    """Where a side was read, or will be; None where nobody has said so."""
    taken, spec = here.history.snapshot(session.session_id, side), spec_of(session)
    if taken is not None:
        return taken.manifest.origin
    named = spec.source if side is Side.SOURCE else spec.target
    return place_at(named, here.whereabouts(session.preset)).origin if named else None


def _failure(session: SessionRecord) -> str | None:
    return str(session.failure["error_message"]) if session.failure else None


def _page(
    here: Surroundings, status: str | None, query: str | None, limit: int, cursor: str | None
) -> SessionsAnswer:
    """One page of what the caller may see."""
    asked = SessionFilter(
        status=Status(status) if status else None, words=query or None, seen=seen_by(here.identity)
    )
    page = sessions_page(require_database(here), asked, limit=limit, cursor=cursor)
    return SessionsAnswer(sessions=[_line(one) for one in page.items], next_cursor=page.next_cursor)


def _line(session: SessionLine) -> dict[str, str | None]:
    return {
        "session_id": session.session_id,
        "test_name": session.test_name,
        "status": session.status.value,
        "step": session.step.value,
        "verdict": session.found.verdict if session.found else None,
        "match_score": shown_score(session.found.counts) if session.found else None,
        "created_at": session.created_at.isoformat(timespec="seconds"),
    }


def presets_of(here: Surroundings) -> PresetsAnswer:
    """What each preset can read; never how it is reached."""
    presets: list[dict[str, object]] = []
    for name, preset in sorted(here.settings.presets.items()):
        presets.append(
            {
                "name": name,
                "description": preset.description,
                "production": preset.production,
                "documents": sorted(preset.storagegrid.documents) if preset.storagegrid else [],
                "databases": [
                    *(f"mysql.{one}" for one in sorted(preset.mysql)),
                    *(f"oracle.{one}" for one in sorted(preset.oracle)),
                    *(f"postgres.{one}" for one in sorted(preset.postgres)),
                ],
            }
        )
    return PresetsAnswer(presets=presets, default_preset=here.settings.default_preset)


def _in_words(preset: dict[str, object]) -> str:
    places = [*_texts(preset["documents"]), *_texts(preset["databases"])]
    return f"{preset['name']}: {', '.join(places) or 'files only'}. {preset['description']}"


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
