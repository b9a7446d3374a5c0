"""Serve the reports until SIGINT; `smoke up` starts this beside Dagster."""

import uvicorn

from smoke_pipeline.cli.reports.app import build_app
from smoke_pipeline.cli.services.logs import log_as
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.surroundings import open_surroundings


def main() -> None:
    """Serve where the settings say."""
    settings = load_settings()
    log_as("reports", settings)
    server = settings.report_server
    with open_surroundings(settings) as around:
        uvicorn.run(
            build_app(around),
            host=server.host,
            port=server.port,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
        )


if __name__ == "__main__":
    main()
