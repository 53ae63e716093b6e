"""Everything that both origins share: the switches, the faults and all that was received."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from agent.sandbox.faults import Battery, Fault
from agent.sandbox.heard import Hearing
from agent.sandbox.records import Records
from agent.sandbox.store import UploadStore
from agent.sandbox.switches import Switches
from agent.sandbox.tokens import Account, TokenMint


class World:
    """The state behind both origins; it outlives a stop and start of the servers.

    ``lock`` guards the records and counters: two event loops and the caller's threads meet here.
    """

    def __init__(
        self,
        folder: Path,
        switches: Switches,
        faults: Iterable[Fault],
        seed: int,
        accounts: tuple[Account, ...],
        clock: Callable[[], float],
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.switches = switches
        self.lock = threading.RLock()
        self.battery = Battery(faults, seed)
        self.mint = TokenMint(accounts, clock)
        self.store = UploadStore(folder, clock, self.lock)
        self.records = Records(clock)
        self.hearing = Hearing(clock)
        self.limited = 0
        self._requests: Counter[str] = Counter()
        self._second = 0
        self._in_second: Counter[str] = Counter()

    def count(self, name: str) -> None:
        """Note one request by its HTTP method or operation name."""
        with self.lock:
            self._requests[name] += 1

    def requests(self) -> dict[str, int]:
        """How many requests came, by HTTP method (uploads) and operation name (GraphQL)."""
        with self.lock:
            return dict(self._requests)

    def over_limit(self, origin: str) -> bool:
        """Count a request of this second; whether it is one too many for its origin."""
        limit = self.switches.rate_limit
        if limit is None:
            return False
        with self.lock:
            second = int(self.clock())
            if second != self._second:
                self._second = second
                self._in_second.clear()
            self._in_second[origin] += 1
            over = self._in_second[origin] > limit
            self.limited += over
            return over
