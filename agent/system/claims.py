"""One agent for a watched root, whatever its home (S9): a lock for each root, outside of it.

Nothing may be written into the watched folders, so the locks stand in this account's runtime
folder, under names made from the roots' paths. Two accounts, or two machines on one share, do not
see each other's.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from agent.errors import AnotherAgent, ConfigProblem
from agent.system.lock import Lock
from agent.system.owner import foreign_owner


class Locks:
    """What one agent has locked: its ledger, and every root that it watches.

    They outlive a change of the configuration: the next Agent of this process takes them over, so
    that no other agent can come in between.
    """

    def __init__(self, ledger: Path, folder: Path | None = None) -> None:
        """Lock the ledger (its lock file is `ledger`). Raises AnotherAgent."""
        self._folder = folder
        self._ledger = Lock.take(ledger)
        self._roots: dict[bytes, Lock] = {}

    def add(self, roots: Iterable[bytes]) -> None:
        """Lock the roots that are not locked yet; all or none of them.

        Raises AnotherAgent and ConfigProblem as claim_roots does.
        """
        fresh = [root for root in dict.fromkeys(roots) if root not in self._roots]
        self._roots |= zip(fresh, claim_roots(fresh, self._folder), strict=True)

    def keep(self, roots: Iterable[bytes]) -> None:
        """Let go of every other root."""
        for root in self._roots.keys() - set(roots):
            self._roots.pop(root).close()

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        self.keep(())
        self._ledger.close()


def runtime_folder(env: Mapping[str, str]) -> Path:
    """Where this account's locks stand: its runtime folder, or one of its own for temporary files.

    A service and root mostly have no runtime folder; platformdirs would warn and choose likewise.
    """
    runtime = env.get("XDG_RUNTIME_DIR", "")
    if runtime:
        return Path(runtime) / "filed-agent"
    return Path(tempfile.gettempdir()) / f"filed-agent-{getpass.getuser()}"


def claim_roots(roots: Iterable[bytes], folder: Path | None = None) -> list[Lock]:
    """Lock every root; raises AnotherAgent when one is watched already, and then holds none.

    `folder` replaces the account's runtime folder. Raises ConfigProblem when that folder belongs
    to another account.
    """
    folder = folder or runtime_folder(os.environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = foreign_owner(folder)
    if owner is not None:
        raise ConfigProblem(f"{folder} belongs to {owner}; remove it or ask your IT.")
    locks: list[Lock] = []
    try:
        for root in roots:
            name = hashlib.sha256(root).hexdigest()[:32]
            locks.append(Lock.take(folder / f"{name}.lock"))
    except AnotherAgent as error:
        for lock in locks:
            lock.close()
        raise AnotherAgent(f"A watched folder is another agent's. {error.said}") from error
    return locks
