"""The addresses under which people reach what is served."""

from smoke_pipeline.settings.model import ReportServerSettings


def http_address(host: str, port: int) -> str:
    """What a browser on this machine opens for a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def report_address(server: ReportServerSettings, session_id: str, member: str = "report.html") -> str:
    """The page of a session's report, or another file of it that is served."""
    base = server.url or http_address(server.host, server.port)
    return f"{base.rstrip('/')}/reports/{session_id}/{member}"
