"""How an error of ours gets from a worker to the driver, for Spark carries only its text."""

import json
import re
from base64 import b64decode, b64encode
from functools import wraps

from smoke_pipeline import errors
from smoke_pipeline.comparison.spark.work import Batches, Worker
from smoke_pipeline.errors import SmokePipelineError

_MARKED = re.compile(r"<<smoke:([A-Za-z0-9+/=]+):smoke>>")


def carrying_errors(worker: Worker) -> Worker:
    """The worker, whose errors of ours can be read from the text that Spark makes of them."""

    @wraps(worker)
    def carrying(batches: Batches) -> Batches:
        try:
            yield from worker(batches)
        except SmokePipelineError as error:
            packed = b64encode(json.dumps(error.to_dict(), default=str).encode()).decode()
            raise RuntimeError(f"{error.message} <<smoke:{packed}:smoke>>") from error

    return carrying


def unpacked_error(text: str) -> SmokePipelineError | None:
    """The error of ours in the text of one of Spark's, if there is one."""
    found = _MARKED.search(text)
    if found is None:
        return None
    told = json.loads(b64decode(found[1]))
    kind = getattr(errors, told["error_type"])
    error = kind(told["error_message"], told["suggestions"], told["context"])
    return error if isinstance(error, SmokePipelineError) else None
