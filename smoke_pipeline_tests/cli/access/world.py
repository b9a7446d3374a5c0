"""A history that people of every role share, each with a key of their own."""

from dataclasses import dataclass
from datetime import timedelta

from click.testing import CliRunner, Result

from smoke_pipeline.cli.main import main
from smoke_pipeline.history.access.keys import Keys, NewKey
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Role, Status, Step
from smoke_pipeline_tests.history.samples import move, session

OWNER, OTHER = "ada", "bob"


@dataclass(frozen=True)
class World:
    """The database, and the secrets by role; everybody is the client `ada`."""

    url: str
    data: str
    secrets: dict[str, str]

    def variables(self, who: str | None = None, **more: str) -> dict[str, str | None]:
        """What the environment of a command holds."""
        key = self.secrets[who] if who else None
        return {"SMOKE_POSTGRES_URL": self.url, "SMOKE_DATA_DIR": self.data, "SMOKE_API_KEY": key, **more}

    def give(self, *words: str, who: str | None = None, **more: str) -> Result:
        """Give a command."""
        return CliRunner().invoke(main, words, env=self.variables(who, **more))

    def open(self) -> Database:
        return Database(self.url)


def made_world(url: str, data: str) -> World:
    """A world with a session of one's own, one of another's, and a completed one of another's."""
    with Database(url) as database:
        database.migrate()
        history = PostgresHistory(database)
        for session_id, owner in {"own": OWNER, "other": OTHER, "finished": OTHER}.items():
            history.create_session(session(session_id, client_id=owner))
        history.create_session(session("production", client_id=OWNER, preset="production"))
        done = history.session("finished")
        history.move(move(done, Step.DONE, Status.COMPLETED))
        secrets = {
            role.value: Keys(database).create(NewKey(name="a", client_id=OWNER, role=role), LOCAL)[1].text
            for role in Role
        }
        secrets["other"] = (
            Keys(database).create(NewKey(name="b", client_id=OTHER, role=Role.USER), LOCAL)[1].text
        )
    return World(url, data, secrets)


HOUR = timedelta(hours=1)
