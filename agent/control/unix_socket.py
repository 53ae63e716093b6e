"""The door's Unix socket: where it belongs, and how it comes there without a moment open to all."""

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
from agent.errors import ConfigProblem
from agent.system.owner import foreign_owner

MOST_PATH = 103  # bytes of a socket's path: macOS has 104 with the closing zero, Linux 108
NEW = ".c-"  # how the folder begins in which a socket is made; eight characters follow

log = logging.getLogger(__name__)


class UnixSocket:
    """A listening socket at a path, and the way to take it out of its folder again."""

    def __init__(self, path: Path, listening: socket.socket) -> None:
        self.path = path
        self.socket = listening
        self._identity = _identity(path)

    def close(self) -> None:
        """Listen no more; the path goes where it still is ours."""
        if _identity(self.path) == self._identity:
            with suppress(OSError):
                self.path.unlink()
        self.socket.close()


def socket_path(usual: Path, named: str, env: Mapping[str, str]) -> Path:
    """Where the Unix socket belongs: where the configuration says, in systemd's runtime folder,
    at its `usual` place, or in a private folder for temporary files where that path is too long."""
    if named:
        return Path(named)
    runtime = env.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    wanted = Path(runtime) / usual.name if runtime else usual
    if len(os.fsencode(wanted.parent / f"{NEW}12345678" / "s")) <= MOST_PATH:
        return wanted
    return _own_temporary() / f"{secrets.token_hex(4)}.sock"


def open_unix(usual: Path, named: str, group: str, env: Mapping[str, str]) -> UnixSocket | None:
    """The Unix socket, in the place of what a dead agent left there; call it with the lock held.

    Only this account may open it, and the `group` where one is named. None where the system has
    no such sockets, or where it cannot be made, which the log tells.
    """
    if sys.platform == "win32":
        return None
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        path = socket_path(usual, named, env)
        try:
            _prepare(path.parent)
            check_free(path)
            return UnixSocket(path, _listening(path, group))
        except (OSError, ConfigProblem) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            log.warning("The control socket cannot be made, so only the port is open: %s", why)
            return None


def _own_temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"filed-agent-door-{own_uid()}"


def _prepare(folder: Path) -> None:
    """The folder of our own for temporary files, if that is where the socket goes."""
    if folder != _own_temporary():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    shared = not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077
    if shared or foreign_owner(folder) is not None:
        raise ConfigProblem(f"{folder} is not this account's alone; remove it.")


if sys.platform != "win32":
    import grp

    def check_free(path: Path) -> None:
        """Raise ConfigProblem where something else than a dead agent's socket is in the way."""
        try:
            found = path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found.st_mode):
            raise ConfigProblem(f"{path} is no socket; name another path.")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            answer = probe.connect_ex(os.fspath(path))
        if answer not in (errno.ECONNREFUSED, errno.ENOENT):
            raise ConfigProblem(f"{path} is another program's; name another path.")

    def _listening(path: Path, group: str) -> socket.socket:
        """Made in a folder that is closed to others, then put where it belongs.

        A narrow umask would do as well, but it counts for every thread of the process.
        """
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

    def _group_id(group: str) -> int:
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
