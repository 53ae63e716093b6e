"""Faults that can be aimed: which request they hit, and what then happens to it."""

from __future__ import annotations

import random
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum


class Cut(Enum):
    """An ending without an answer."""

    DROP = "the connection is closed"
    RESET = "the connection is reset"
    STALL = "nothing is read or written any more"


@dataclass(frozen=True)
class Answer:
    """An ending with an answer that Filed's own code did not give."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"
    retry_after: str | None = None


@dataclass(frozen=True)
class Action:
    """What happens to a request that a fault hits.

    ``wait`` and ``late`` are real seconds: the first before anything, the second between the ending
    and the carrying out. ``after_bytes`` lets so many bytes of the body through to Filed's own code
    before a Cut. ``expire`` lets the upload that is asked for expire first. ``ending`` None means
    the true answer.
    """

    ending: Answer | Cut | None
    carry_out: bool = False
    late: float = 0
    wait: float = 0
    after_bytes: int | None = None
    expire: bool = False


@dataclass(frozen=True)
class Fault:
    """One action aimed at requests.

    ``where`` is an HTTP method on the upload origin, the name of a GraphQL operation or of any
    field it selects, ``graphql`` for every GraphQL request, or ``*`` for all; case does not matter.
    ``nth`` counts matching requests from 1, from the moment of aiming; with ``last`` it is a range.
    Without ``nth`` each one is hit, or each with probability ``rate``.
    """

    where: str
    nth: int | None
    action: Action
    last: int | None = None
    rate: float | None = None
    text: str = ""

    def __str__(self) -> str:
        return self.text or f"{self.where} {self.nth or ''}: {self.action}"


class _Aimed:
    """A fault with its own count and its own dice."""

    def __init__(self, fault: Fault, dice: random.Random) -> None:
        self.fault = fault
        self._dice = dice
        self._seen = 0

    def hits(self, names: Collection[str]) -> bool:
        """Count a request that goes by these lower-case names; whether the fault fires on it."""
        fault = self.fault
        if fault.where != "*" and fault.where.lower() not in names:
            return False
        self._seen += 1
        if fault.nth is not None:
            return fault.nth <= self._seen <= (fault.last or fault.nth)
        return fault.rate is None or self._dice.random() < fault.rate


class Battery:
    """All aimed faults; thread-safe, and repeatable for one seed and one order of requests."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret
        self._aimed: list[_Aimed] = []
        self._fired: list[str] = []
        for fault in faults:
            self.aim(fault)

    def aim(self, fault: Fault) -> None:
        """Add a fault; its count begins now."""
        with self._lock:
            dice = random.Random(self._dice.getrandbits(64))  # noqa: S311 - repeatable on purpose
            self._aimed.append(_Aimed(fault, dice))

    def clear(self) -> None:
        """Take every fault away; what has fired stays on record."""
        with self._lock:
            self._aimed.clear()

    def fire(self, names: Collection[str]) -> Fault | None:
        """The first fault that fires on a request; every matching fault counts the request."""
        with self._lock:
            hits = [aimed.fault for aimed in self._aimed if aimed.hits(names)]
            if not hits:
                return None
            self._fired.append(str(hits[0]))
            return hits[0]

    def fired(self) -> tuple[str, ...]:
        """The texts of the faults that fired, in order."""
        with self._lock:
            return tuple(self._fired)
