"""The door's sockets: a port at the loopback address, and a Unix socket where there are such."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import socket
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agent.control.accounts import own_uid
from agent.control.address import LOOPBACK
from agent.errors import ConfigProblem
from agent.system.owner import foreign_owner

MOST_PATH = 103  # bytes: what fits into sun_path on macOS, one less than on Linux minus the 0
NEW = ".c-"  # how the folder begins in which a socket is made; with eight more characters

log = logging.getLogger(__name__)


def open_port() -> socket.socket:
    """A listening port of the system's choice, for this machine alone. Raises OSError."""
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer of two
    # writes would wait 40 ms for the client's delayed acknowledgement
    port = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":  # or another program could listen at the same port
            port.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        port.bind((LOOPBACK, 0))
        port.listen(64)
    except OSError:
        port.close()
        raise
    return port


def socket_path(usual: Path, named: str, env: Mapping[str, str]) -> Path:
    """Where the Unix socket belongs: where the configuration says, in systemd's runtime folder,
    at its `usual` place, or in a private folder for temporary files where that path is too long."""
    if named:
        return Path(named)
    runtime = env.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    wanted = Path(runtime) / usual.name if runtime else usual
    if _fits(wanted):
        return wanted
    return _own_temporary() / f"{secrets.token_hex(4)}.sock"


def _own_temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"filed-agent-door-{own_uid()}"


def _fits(path: Path) -> bool:
    return len(os.fsencode(path.parent / f"{NEW}12345678" / "s")) <= MOST_PATH and (
        len(os.fsencode(path)) <= MOST_PATH
    )


class UnixSocket:
    """A listening Unix socket at a path; nobody but those meant can open it at any moment."""

    def __init__(self, path: Path, group: str = "") -> None:
        """Listen at `path`, taking the place of what a dead agent left there.

        Only this account may open it, and the `group` where one is named. Call it with the agent's
        lock held. Raises OSError; ConfigProblem for a group that is not there, for a path that
        another agent or anything but a socket occupies.
        """
        self.path = path
        self.socket = _listening(path, group)
        self._identity = _identity(path)

    def remove(self) -> None:
        """Take it out of its folder, where it still is ours."""
        if _identity(self.path) == self._identity:
            with suppress(OSError):
                self.path.unlink()


def open_unix(usual: Path, named: str, group: str, env: Mapping[str, str]) -> UnixSocket | None:
    """The Unix socket; None where the system has none, or it cannot be made (told in the log)."""
    if sys.platform == "win32":
        return None
    path = socket_path(usual, named, env)
    try:
        _prepare(path.parent)
        return UnixSocket(path, group)
    except (OSError, ConfigProblem) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        log.warning("The control socket cannot be made, so only the page's port is open: %s", why)
        return None


def _prepare(folder: Path) -> None:
    """The folder of our own for temporary files, if that is where the socket goes."""
    if folder != _own_temporary():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = foreign_owner(folder)
    if owner is not None or stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        raise ConfigProblem(f"{folder} belongs to {owner or 'others as well'}; remove it.")


def _listening(path: Path, group: str) -> socket.socket:
    """Made in a folder of its own that is closed to others, then put where it belongs."""
    _check_free(path)
    new = path.parent / f"{NEW}{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(os.fspath(new / "s"))
        if group:
            os.chown(new / "s", -1, _group_id(group))
        (new / "s").chmod(0o660 if group else 0o600)
        made.listen(64)
        (new / "s").replace(path)
    except BaseException:
        made.close()
        with suppress(OSError):
            (new / "s").unlink()
        raise
    finally:
        with suppress(OSError):
            new.rmdir()
    return made


def _check_free(path: Path) -> None:
    """Raise ConfigProblem where something else than a dead agent's socket stands in the way."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ConfigProblem(f"{path} is no socket; name another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        refused = probe.connect_ex(os.fspath(path))
    if refused not in (errno.ECONNREFUSED, errno.ENOENT):
        raise ConfigProblem(f"{path} is another program's; name another path.")


def _group_id(group: str) -> int:
    if sys.platform == "win32":
        raise ConfigProblem("There are no such groups on Windows.")
    else:  # noqa: RET506  # mypy needs both branches to leave one out on each platform
        import grp

        try:
            return grp.getgrnam(group).gr_gid
        except KeyError:
            raise ConfigProblem(f"There is no group {group!r} on this machine.") from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
