"""A private MariaDB: its own folder and port, gone with the tests."""

import datetime as dt
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smoke_pipeline.settings.connections import MySql

LENT_USER = "nobody"
"""Who runs the server where root asks, for it does not run as root."""
START_TIMEOUT_S = 60
FILES_OF_SYSTEM_TABLES = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
)
FIRST_WORDS = """\
CREATE DATABASE smoke CHARACTER SET utf8mb4;
CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'gehe1m€';
GRANT SELECT ON smoke.* TO 'reader'@'127.0.0.1';
CREATE USER 'owner'@'127.0.0.1' IDENTIFIED BY 'owner';
GRANT ALL ON *.* TO 'owner'@'127.0.0.1' WITH GRANT OPTION;
"""
"""One statement a line, as the server wants it."""


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found is not None, name
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def mariadb(folder: Path, **options: str) -> Iterator[MySql]:
    """A server that runs inside `with`; options are those of `mariadbd`."""
    data, words = folder / "data", folder / "first.sql"
    data.mkdir(parents=True)
    words.write_text(FIRST_WORDS, encoding="utf-8")
    account = lent_account(folder)
    place = ["--no-defaults", f"--datadir={data}", "--skip-name-resolve"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    install = [program("mariadbd"), *place, "--bootstrap", "--log-warnings=0"]
    done = subprocess.run(
        install,
        input=system_tables(),
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        **account,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    port = free_port()
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    own = [f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1", f"--init-file={words}"]
    own += [f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
    own += ["--innodb-flush-method=nosync", "--sync-frm=0", "--innodb-use-native-aio=0"]
    with (folder / "log").open("wb") as log:
        command = [program("mariadbd"), *place, *own, *given]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, **account)
        try:
            wait_for(server, port, folder / "log")
            yield MySql(host="127.0.0.1", port=port, user="reader", password="gehe1m€", database="smoke")
        finally:
            server.terminate()
            server.wait(START_TIMEOUT_S)


def system_tables() -> bytes:
    """What makes an empty folder a server's, as `mariadb-install-db` would with more programs."""
    shares = (Path("/usr/share/mariadb"), Path("/usr/share/mysql"), Path("/usr/local/share/mysql"))
    share = next(one for one in shares if (one / FILES_OF_SYSTEM_TABLES[0]).exists())
    before = b"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
    return before + b"\n".join((share / name).read_bytes() for name in FILES_OF_SYSTEM_TABLES)


def lent_account(folder: Path) -> Mapping[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(LENT_USER)
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            as_owner(port).close()
        except pymysql.err.OperationalError:
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)
        else:
            return


def as_owner(port: int) -> pymysql.Connection:
    """A connection that may write."""
    return pymysql.connect(
        host="127.0.0.1", port=port, user="owner", password="owner", database="smoke", autocommit=True
    )


def certificate(name: Path) -> Path:
    """A certificate of this machine, `<name>.pem`, with its key, `<name>.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name.name)])
    now = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    name.with_suffix(".pem").write_bytes(signed.public_bytes(pem))
    name.with_suffix(".key").write_bytes(key.private_bytes(pem, *plain))
    name.with_suffix(".key").chmod(0o644)
    return name
