"""`GET /suites/<id>/`: the summary of a suite, which leads to the reports of its tests."""

import re
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from smoke_pipeline.smoke_test.suites.summary import PAGE, summary_folder
from smoke_pipeline.smoke_test.surroundings import Surroundings

SUITE_ID = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)


def suite_routes(around: Surroundings) -> Sequence[Route]:
    """The address of the summaries."""

    def summary(request: Request) -> Response:
        suite_id = request.path_params["suite_id"]
        page = summary_folder(suite_id, around) / PAGE if SUITE_ID.fullmatch(suite_id) else None
        if page is None or not page.is_file():
            raise HTTPException(404)
        return HTMLResponse(page.read_bytes())

    return (Route("/suites/{suite_id}/", summary),)
