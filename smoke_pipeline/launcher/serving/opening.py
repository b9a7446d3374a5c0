"""What is opened before anything is served, and closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from smoke_pipeline.errors import PermissionDeniedError
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.history.access.roles import Identity
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.dagster.graphql import GraphqlDagster
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.identity import AT_THIS_MACHINE, ORIGIN
from smoke_pipeline.launcher.jobs import Jobs
from smoke_pipeline.launcher.serving.app import Opened
from smoke_pipeline.launcher.transfers.inbox import Inbox
from smoke_pipeline.launcher.transfers.links import SignedLinks
from smoke_pipeline.launcher.transfers.signing import signer_of
from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.traces.sending import trace_to
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings


@contextmanager
def opened(settings: Settings, client: httpx2.AsyncClient, *, is_http: bool) -> Iterator[Opened]:
    """The desk, its history open.

    Args:
        settings: As they hold now; PostgreSQL runs already.
        client: Who carries the questions to Dagster.
        is_http: Whether clients come over the network, each with a key of their own.

    Raises:
        SettingsError: The settings cannot be used.
        PermissionDeniedError: A key is asked for, or the key of the settings is refused.
        RateLimitError: The key of the settings was used too often.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    trace_to(settings.telemetry)
    page = settings.launcher.dagster_url or http_address(settings.dagster.host, settings.dagster.port)
    with open_surroundings(settings, otherwise=AT_THIS_MACHINE) as around:
        assert around.database is not None  # noqa: S101 - just opened
        dagster = GraphqlDagster(page, client)
        signer = signer_of(settings, around.data_folder)
        Inbox(around).sweep(60 * settings.launcher.upload_link_minutes)
        yield Opened(
            desk=Desk(
                around=around,
                jobs=Jobs(around, Runs(around.database), dagster),
                links=SignedLinks(signer, settings.launcher) if is_http else None,
                local=AT_THIS_MACHINE if is_http else _local(around),
            ),
            dagster=dagster,
            signer=signer,
        )


def _local(around: Surroundings) -> Identity:
    """Who the client is that started the launcher: the key's owner, or the person at this machine."""
    key = around.settings.api_key
    assert around.database is not None  # noqa: S101 - asked by the only caller
    if key is not None:
        return Keys(around.database).authenticate(key.get_secret_value(), ORIGIN)
    if around.settings.access.require_key:
        hint = "Set the variable SMOKE_API_KEY where the client starts the launcher."
        raise PermissionDeniedError(
            "This installation asks for an API key, and none was given.",
            suggestions=(hint,),
            context={"your_role": None, "required_roles": [], "hint": hint},
        )
    return AT_THIS_MACHINE
