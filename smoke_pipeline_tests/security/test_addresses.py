"""No order names an address: where anything is reached, the settings say."""

import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main
from smoke_pipeline.errors import OptionError
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.spec import SessionSpec, read_order

ADDRESSES = re.compile(r"(^|_)(url|uri|endpoint|host|hostname|port|dsn|password|secret|user|proxy)(_|$)")


def names_in(schema):
    """The name of every property of a JSON schema."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value
            yield from names_in(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from names_in(one)


def test_an_order_has_no_field_for_an_address_or_a_credential():
    assert [name for name in names_in(SessionSpec.model_json_schema()) if ADDRESSES.search(name)] == []


def test_the_same_look_finds_the_addresses_of_the_settings():
    found = {name for name in names_in(Settings.model_json_schema()) if ADDRESSES.search(name)}

    assert {"endpoint_url", "host", "port", "password", "dsn", "postgres_url"} <= found


@pytest.mark.parametrize("name", ["endpoint_url", "host", "user", "password"])
def test_an_address_in_an_order_is_refused(name):
    with pytest.raises(OptionError, match=name):
        read_order({"source": {"path": "/in/a.csv", name: "http://169.254.169.254/"}})


@pytest.fixture
def asked():
    """A server of this machine, and what it was asked."""
    paths = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815 - the name that the library asks for

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("place", ["{}/a.csv", "file:{}/a.csv", "s3:{}/a.csv"])
def test_an_address_as_a_side_is_no_file_and_nobody_is_asked(asked, tmp_path, place):
    address, paths = asked
    (tmp_path / "b.csv").write_text("id\n1\n", "utf-8")

    ran = CliRunner().invoke(main, ["compare", place.format(address), str(tmp_path / "b.csv")])

    assert ran.exit_code == 2, ran.output
    assert paths == []
