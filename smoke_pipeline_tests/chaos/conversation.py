"""One session, led from its start to its end by a client that does not know what goes wrong."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smoke_pipeline.cli.reports.signals import NONCE, PATH, SIGNATURE, TIMESTAMP
from smoke_pipeline.smoke_test.signals.webhook import signature_of
from smoke_pipeline_tests.chaos.inputs import SIGNALLED, Pair, Way, as_csv
from smoke_pipeline_tests.chaos.talking import PAUSE_S, LostError, StuckError, Talker
from smoke_pipeline_tests.chaos.world import WEBHOOK_KEY, object_key
from smoke_pipeline_tests.cli.served import FINISHED, LAUNCH

RUNS = """query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs {
  results { runId status tags { key value } }
} } }"""
ORDER_TAG = "chaos/order"
SELECTOR = {
    "repositoryLocationName": "smoke_pipeline",
    "repositoryName": "__repository__",
    "jobName": "start_session",
}


@dataclass
class Conversation:
    """A session that a client wants.

    Args:
        number: Which one; a part of its name.
        way: How it comes to its sides.
        pair: What they hold.
        talker: Who speaks.
        files: Where the files of the pairs lie.
        reports: The address of the report server.
        patience_s: So long an end is waited for.
    """

    number: int
    way: Way
    pair: Pair
    talker: Talker
    files: Path
    reports: str
    patience_s: float
    session_id: str = ""
    attempts: int = 0
    state: str = ""
    """`completed` or `failed`, once it has ended."""
    started_s: float = 0
    ended_s: float = 0
    orders: list[str] = field(default_factory=list)
    """The marks of what was ordered on Dagster's page."""

    @property
    def name(self) -> str:
        """What the session is called."""
        return f"chaos {self.number:05}"

    async def lead(self) -> None:
        """Lead the session on from where it is, to an end."""
        self.attempts += 1
        self.started_s = time.monotonic()
        if self.way in SIGNALLED:
            await (self._ordered() if self.attempts == 1 else self._again())
        else:
            await self._asked()
        self.state = await self._end()
        self.ended_s = time.monotonic()

    async def _asked(self) -> None:
        """A session of the launcher's."""
        self.session_id = self.session_id or await self._started()
        step = (await self.talker.ask("get_session", session_id=self.session_id))["step"]
        sides = ("source", "target") if step == "awaiting_source" else ("target",)
        for side in sides if step in ("awaiting_source", "awaiting_etl") else ():
            if not await self._taken(side):
                return
        await self.talker.finished("compare_csv_files", session_id=self.session_id, **self._key("compare"))

    async def _started(self) -> str:
        """Start a session; one that was started unheard is found by its name."""

        async def start() -> str:
            found = await self.talker.ask("list_sessions", query=self.name)
            if found["sessions"]:
                return str(found["sessions"][0]["session_id"])
            kind = {"objects": "statement", "mariadb": "database_table", "postgres": "database_table"}
            started = await self.talker.ask_once(
                "start_smoke_test", test_type=kind.get(self.way, "upload"), test_name=self.name
            )
            return str(started["session_id"])

        return str(await self._until(start))

    async def _taken(self, side: str) -> bool:
        common = {"session_id": self.session_id, "file_role": side, **self._key(side)}
        if self.way is Way.OBJECTS:
            return await self.talker.finished(
                "download_storagegrid_file", **common, **object_key(self.pair, side)
            )
        if self.way in (Way.MARIADB, Way.POSTGRES):
            kind = {Way.MARIADB: "mysql", Way.POSTGRES: "postgres"}[self.way]
            table = f"{side}_{self.pair.number}"
            return await self.talker.finished(
                "export_database_table", **common, db_type=kind, table_name=table
            )
        given: dict[str, Any] = {"paths": [str(self.files / f"{side}_{self.pair.number}.csv")]}
        if self.way is Way.UPLOADED:
            given = {"upload_ids": [await self._until(lambda: self._uploaded(side))]}
        return await self.talker.finished("handle_uploaded_files", **common, **given)

    async def _uploaded(self, side: str) -> str:
        content = as_csv(self.pair.source if side == "source" else self.pair.target)
        link = await self.talker.ask(
            "create_upload",
            filename=f"{side}.csv",
            size_bytes=len(content),
            session_id=self.session_id,
        )
        status, text = await self.talker.post(link["put_url"], content, {}, "PUT")
        if status != 201:
            kind = json.loads(text).get("error_type", "none")
            self.talker.heard.errors[kind] += 1
            raise LostError(text)
        return str(link["upload_id"])

    async def _ordered(self) -> None:
        """A session that is ordered on Dagster's page, and hears of its ETL by a signal."""
        marker = self.files / f"{self.number}.done"
        etl = {Way.WEBHOOK: {"kind": "webhook"}, Way.MARKER: {"kind": "marker", "path": str(marker)}}
        paths = [str(self.files / f"{side}_{self.pair.number}.csv") for side in ("source", "target")]
        order = {
            "test_name": self.name,
            "source": {"path": paths[0]},
            "target": {"path": paths[1]},
            "comparison": {"key": ["id"]},
            "etl": etl[self.way],
        }
        while not self.session_id:
            self.session_id = await self._until(lambda: self._launched(order))
        if await self._waits_for_etl():
            if self.way is Way.WEBHOOK:
                nonce = uuid.uuid4().hex
                await self._until(lambda: self._signal(nonce))
            else:
                marker.write_text("done")

    async def _launched(self, order: dict[str, Any]) -> str:
        """Launch `start_session`, unless that was done unheard; the session once there is one."""
        found = await self.talker.ask("list_sessions", query=self.name)
        if found["sessions"]:
            return str(found["sessions"][0]["session_id"])
        if await self._is_under_way():
            raise LostError("it is under way")
        tags = [{"key": ORDER_TAG, "value": self.name}]
        params = {
            "selector": SELECTOR,
            "runConfigData": json.dumps({"ops": {"session": {"config": order}}}),
            "executionMetadata": {"tags": tags},
        }
        launched = (await self.talker.graphql(LAUNCH, params=params))["launchRun"]
        raise LostError(str(launched))

    async def _is_under_way(self) -> bool:
        """Whether a run of the order goes on, or has done its work."""
        filters = {"tags": [{"key": ORDER_TAG, "value": self.name}]}
        runs = (await self.talker.graphql(RUNS, filter=filters))["runsOrError"]["results"]
        return any(run["status"] not in FINISHED or run["status"] == "SUCCESS" for run in runs)

    async def _waits_for_etl(self) -> bool:
        async def look() -> bool:
            session = await self.talker.ask("get_session", session_id=self.session_id)
            if session["status"] == "active" and session["step"] == "awaiting_source":
                if not await self._is_under_way():  # killed once the session was there; a person goes on
                    await self.talker.ask(
                        "continue_session", session_id=self.session_id, **self._key("source")
                    )
                raise LostError("its source is not taken yet")
            return bool(session["step"] == "awaiting_etl" and session["status"] == "active")

        return bool(await self._until(look))

    async def _signal(self, nonce: str) -> None:
        body = json.dumps({"session_id": self.session_id}).encode()
        now = str(int(time.time()))
        signed = {TIMESTAMP: now, NONCE: nonce, SIGNATURE: signature_of(WEBHOOK_KEY, now, nonce, body)}
        status, text = await self.talker.post(self.reports + PATH, body, signed)
        if status not in (202, 409):  # 409: it came before, and the answer was lost
            raise LostError(text)

    async def _again(self) -> None:
        """Go on with a session that failed."""
        for turn in ("first", "second"):  # the source, then the rest
            found = await self.talker.ask("get_session", session_id=self.session_id)
            if found["status"] == "completed":
                return
            await self.talker.finished("continue_session", session_id=self.session_id, **self._key(turn))
            self.attempts += 1

    async def _end(self) -> str:
        async def look() -> str:
            found = await self.talker.ask("get_session", session_id=self.session_id)
            if found["status"] == "active":
                raise LostError(f"it goes on: {found}")
            return str(found["status"])

        return str(await self._until(look))

    def _key(self, word: str) -> dict[str, str]:
        return {"idempotency_key": f"{self.name} {word} {self.attempts}"}

    async def _until(self, do: Callable[[], Awaitable[Any]]) -> Any:
        """Do something again until it is known to be done."""
        end = time.monotonic() + self.patience_s
        while True:
            try:
                return await do()
            except LostError as lost:
                if time.monotonic() > end:
                    raise StuckError(f"{self.name} ({self.way}, {self.session_id}): {lost}") from lost
                await asyncio.sleep(PAUSE_S)
