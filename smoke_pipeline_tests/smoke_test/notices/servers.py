"""Servers that take notices: HTTP, and mail with and without TLS; what came is kept for the test to read."""

import json
import socketserver
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Taken(list):
    """What came, and what is answered."""

    status = 200


@contextmanager
def http_server():
    """Where it listens, and what came: path, headers, JSON."""
    taken = Taken()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, dict(self.headers), body, json.loads(body)))
            self.send_response(taken.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", taken


class Mailbox(socketserver.ThreadingTCPServer):
    """A server that speaks SMTP."""

    daemon_threads = True

    def __init__(self, context, *, is_tls):
        super().__init__(("127.0.0.1", 0), Talk)
        self.context, self.is_tls, self.taken = context, is_tls, Taken()

    def handle_error(self, request, client_address):
        pass


class Talk(socketserver.BaseRequestHandler):
    """One conversation."""

    server: Mailbox

    def handle(self):
        self.login, self.to, self.is_safe = None, [], False
        self.lines = self.request.makefile("rb")
        if self.server.is_tls:
            self.wrap()
        self.say("220 here")
        for line in iter(self.next_line, b""):
            word = line.decode().strip().partition(" ")[0].upper()
            getattr(self, f"on_{word.lower()}", self.on_other)(line.decode().strip())
            if word == "QUIT":
                return

    def next_line(self):
        """Of what is read now, since TLS may have begun in between."""
        return self.lines.readline()

    def finish(self):
        self.lines.close()
        self.request.close()

    def wrap(self):
        self.lines.close()
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.lines, self.is_safe = self.request.makefile("rb"), True

    def say(self, text):
        self.request.sendall(f"{text}\r\n".encode())

    def on_ehlo(self, line):
        can_begin = self.server.context and not self.is_safe
        self.say(f"250-here\r\n250-{'STARTTLS' if can_begin else 'AUTH PLAIN'}\r\n250 8BITMIME")

    def on_starttls(self, line):
        self.say("220 go on")
        self.wrap()

    def on_auth(self, line):
        self.login = line.split(" ")[-1]
        self.say("235 welcome")

    def on_rcpt(self, line):
        self.to.append(line.partition("<")[2].partition(">")[0])
        self.say("250 ok")

    def on_data(self, line):
        self.say("354 go on")
        text = b"".join(iter(self.lines.readline, b".\r\n")).decode()
        told = {"login": self.login, "to": self.to, "text": text, "is_safe": self.is_safe}
        self.server.taken.append(told)
        self.say("250 taken" if self.server.taken.status == 200 else "451 later")

    def on_quit(self, line):
        self.say("221 bye")

    def on_other(self, line):
        self.say("250 ok")


@contextmanager
def mail_server(certificate=None, *, is_tls=False):
    """The port of a server that speaks SMTP, and what came: who logged in, to whom, text.

    `certificate` is a file with key and certificate: STARTTLS is offered, or TLS from the first byte on.
    """
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = Mailbox(context, is_tls=is_tls)
    with serving(server) as port:
        yield port, server.taken


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_in(folder):
    """A file with a key and a certificate of 127.0.0.1 that signs itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both, certificate
