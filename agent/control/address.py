"""Where an agent's control door is, as `control.json` in its home tells the same account.

Standard library only: whoever looks for the door is to start fast.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

API = 1  # the version of the door's paths and shapes
LOOPBACK = "127.0.0.1"
MOST_BYTES = 4096


def proof(token: str, nonce: str) -> str:
    """What only those can say who know the token."""
    return hmac.new(token.encode(), nonce.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Address:
    """A door: its Unix socket (None where the system has none), its port at the loopback address,
    and the token that opens the port to whoever may read this."""

    pid: int
    socket: str | None
    port: int
    token: str

    def __repr__(self) -> str:
        """Without the token: this may end in a log."""
        return f"Address(pid={self.pid}, socket={self.socket!r}, port={self.port})"

    @classmethod
    def read(cls, path: Path) -> Address | None:
        """What the file says; None where there is none, it is not to be read, or says no door."""
        try:
            with path.open("rb") as stream:
                told = json.loads(stream.read(MOST_BYTES))
            if told["api"] != API:
                return None
            socket = told["socket"]
            port = int(told["port"])
            address = cls(
                int(told["pid"]), None if socket is None else str(socket), port, str(told["token"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return address if 0 < address.port < 65536 else None

    def publish(self, path: Path) -> None:
        """Write the file, whole or not at all, for this account alone. Raises OSError."""
        new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(new, flags, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump({"api": API, **asdict(self)}, stream)
            new.replace(path)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise

    def withdraw(self, path: Path) -> None:
        """Remove the file where it still tells of this door."""
        if Address.read(path) == self:
            with suppress(OSError):
                path.unlink()
