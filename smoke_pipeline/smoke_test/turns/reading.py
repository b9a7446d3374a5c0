"""Which servers a step or a run reads from, and how many may do so at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.turns import turns_at
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.settings.bounds import Bound, bound_at
from smoke_pipeline.smoke_test.pipeline_names import TAKE_SOURCE, TAKE_TARGET, VERIFY
from smoke_pipeline.smoke_test.places import ObjectPlace, Place, TablePlace, place_of, tables_of
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.snapshots.manifest import Side

SIDES: Mapping[str, Sequence[Side]] = {
    TAKE_SOURCE: (Side.SOURCE,),
    TAKE_TARGET: (Side.TARGET,),
    VERIFY: (Side.TARGET,),
    "smoke_test": tuple(Side),
}
"""What the jobs of a session read; a comparison reads only for a recheck."""


@contextmanager
def in_turn(places: Sequence[Place], around: Surroundings, on_progress: OnProgress | None) -> Iterator[None]:
    """Read from the places within the block, as soon as it is one's turn at the servers they lie on.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    bounds = [bound for place in places if (bound := bound_of(place)) is not None]

    def tell(bound: Bound) -> None:
        if on_progress is not None:
            on_progress(Progress(stage=f"Waiting for a turn at {bound.name}"))

    with turns_at(bounds, around.database, on_wait=tell) if around.database else nullcontext():
        yield


def bound_of(place: Place) -> Bound | None:
    """How many may read at once where a place lies; None for a file of this machine."""
    match place:
        case ObjectPlace(store=store):
            return bound_at("storagegrid", store)
        case TablePlace(database=database, side=side):
            return bound_at(side.database, database)
    return None


def reading_tags(session_id: str, job: str, around: Surroundings) -> dict[str, str]:
    """The tags of a run by which the queue knows what it reads from; none where its step will say why not."""
    try:
        session = around.history.session(session_id)
        spec, where = spec_of(session), around.whereabouts(session.preset)
        places = [place_of(spec, side, where) for side in SIDES.get(job, ())]
        if spec.comparison.recheck is not None:
            places += tables_of({side: place_of(spec, side, where) for side in Side}).values()
    except SmokePipelineError:
        return {}
    bounds = [bound for place in places if (bound := bound_of(place)) is not None]
    return {bound.tag: bound.name for bound in bounds}
