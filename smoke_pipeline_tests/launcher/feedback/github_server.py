"""A server that speaks as much of GitHub's REST interface as feedback asks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghp_planted0123456789abcdef"
REPOSITORY = "somebody/smoke"


class GitHubServer(ThreadingHTTPServer):
    """The server, what it was asked, and how it answers next."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issues: list[dict[str, Any]] = []
        self.comments: list[tuple[int, str]] = []
        self.queries: list[str] = []
        self.refusal: tuple[int, dict[str, str], dict[str, Any]] | None = None
        """Status, headers and body of every answer from now on."""
        self.hangs_up = False
        """Whether it takes a request and says nothing."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of the server's."""


class _Handler(BaseHTTPRequestHandler):
    server: GitHubServer

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self._is_stopped() or url.path != "/search/issues":
            return
        (query,) = parse_qs(url.query)["q"]
        self.server.queries.append(query)
        words = [word.lower() for word in query.split() if ":" not in word]
        found = [one for one in self.server.issues if any(word in one["title"].lower() for word in words)]
        self._answer(200, {"total_count": len(found), "items": found})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._is_stopped():
            return
        start = f"/repos/{REPOSITORY}/issues"
        if self.path == start:
            number = len(self.server.issues) + 1
            url = f"https://github.example/{REPOSITORY}/issues/{number}"
            self.server.issues.append({**sent, "number": number, "state": "open", "html_url": url})
            self._answer(201, self.server.issues[-1])
        elif self.path.startswith(start):
            number = int(self.path.removeprefix(f"{start}/").removesuffix("/comments"))
            self.server.comments.append((number, sent["body"]))
            self._answer(201, {"html_url": f"https://github.example/{REPOSITORY}/issues/{number}#c1"})
        else:
            self._answer(404, {"message": "Not Found"})

    def _is_stopped(self) -> bool:
        if self.server.hangs_up:
            self.close_connection = True
            self.connection.shutdown(2)
        elif self.server.refusal is not None:
            status, headers, body = self.server.refusal
            self._answer(status, body, headers)
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"message": "Bad credentials"})
        else:
            return False
        return True

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving_github() -> Iterator[GitHubServer]:
    """The server, for a while."""
    server = GitHubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
