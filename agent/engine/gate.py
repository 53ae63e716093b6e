"""Whether Filed may be asked just now: paused, offline, asked for patience, signed out, no room.

These belong to the engine, never to a document: a document behind a closed gate simply waits.
"""

from __future__ import annotations

import random
import threading

from agent.engine.ledger_port import Ledger
from agent.engine.ports import Binders, Clock
from agent.engine.room import Room
from agent.errors import (
    AgentError,
    FiledTrouble,
    FiledUnreachable,
    ProtocolBroken,
    RateLimited,
    SignInNeeded,
    WrongEndpoint,
)
from agent.model.patience import backoff

SIGN_IN_FIRST = 15.0  # seconds; a new key may be stored while we wait
SIGN_IN_MOST = 600.0
OFFLINE_FIRST = 1.0
OFFLINE_MOST = 60.0
PAUSE_LOOK = 1.0
MOST_UPSETS = 3  # uploads in a row that met a 5xx or no sense; then nobody tries for a while


class Gate:
    """One for all workers; thread-safe."""

    def __init__(self, ledger: Ledger, binders: Binders, clock: Clock, rng: random.Random) -> None:
        self._ledger = ledger
        self._binders = binders
        self._clock = clock
        self._rng = rng
        self._lock = threading.Lock()
        self._until = 0.0
        self._failures = 0
        self._upsets = 0
        self._pinned = False
        self._met_asking = False  # whether the trouble was met by a mere question
        self._in_vain: AgentError | None = None  # what the question for the workspace met last
        self.room = Room(ledger, clock)
        self.trouble: AgentError | None = None
        self.contacted_at: float | None = None  # wall clock of Filed's last good answer
        self.user_id = ""  # ours at Filed, once the workspace is pinned

    def closed_for(self) -> float:
        """Seconds until Filed may be asked; 0 when now. Looks at the ledger's pause as well."""
        paused = self._ledger.paused_until()
        if paused is not None and paused > self._clock.now():
            return min(PAUSE_LOOK, paused - self._clock.now())
        if wait := self.room.closed_for():
            return wait
        with self._lock:
            return max(0.0, self._until - self._clock.monotonic())

    def ensure_workspace(self) -> None:
        """Before the first change: the key's workspace must be the ledger's (pinned once).

        Raises whatever Binders.workspace raises, and WrongWorkspace.
        """
        if not self._pinned:
            self.ask_workspace()

    def ask_workspace(self) -> None:
        """Ask whose the key is, and hold it to the ledger's workspace. Raises as above."""
        try:
            workspace = self._binders.workspace()
            self._ledger.pin_workspace(workspace)
        except AgentError as error:
            self._in_vain = error
            raise
        self.user_id = workspace.user_id
        self._pinned = True

    def failed(self, error: AgentError, *, changed: bool = True) -> bool:
        """Close after an error that concerns all of Filed; False when it concerns one document.

        What a mere question met (`changed` False) is over with the next answer to one.
        """
        with self._lock:
            if isinstance(error, RateLimited):
                pause = error.retry_after + self._rng.uniform(0.0, 1.0)
            elif isinstance(error, SignInNeeded | WrongEndpoint):  # a person has to act
                pause = self._next(SIGN_IN_FIRST, SIGN_IN_MOST)
                self._pinned = False
            elif isinstance(error, FiledUnreachable):
                pause = self._next(OFFLINE_FIRST, OFFLINE_MOST)
            else:
                return False
            self.trouble = error
            self._met_asking = not changed or error is self._in_vain
            self._until = max(self._until, self._clock.monotonic() + pause)
            return True

    def fine(self, *, changed: bool = True) -> None:
        """Filed answered: the trouble is over. An answer to a mere question (`changed` False) does
        not show that the key may change anything, nor that uploads are taken again."""
        with self._lock:
            self.contacted_at = self._clock.now()
            stays = isinstance(self.trouble, SignInNeeded | FiledTrouble) and not self._met_asking
            if changed or not stays:
                self.trouble = None
                self._failures = 0
            if changed:
                self._upsets = 0

    def upset(self, error: FiledTrouble | ProtocolBroken) -> None:
        """One upload met trouble at Filed. After some in a row it is Filed's, not the upload's.

        ProtocolBroken only slows everybody down: each document ends by itself, in a person's hands,
        and no later answer would end the trouble.
        """
        with self._lock:
            self._upsets += 1
            if self._upsets >= MOST_UPSETS:
                pause = self._next(OFFLINE_FIRST, OFFLINE_MOST)
                if isinstance(error, FiledTrouble):
                    self.trouble = error
                    self._met_asking = False
                self._until = max(self._until, self._clock.monotonic() + pause)

    def _next(self, first: float, most: float) -> float:
        """The next pause. Several workers meet the same outage: it counts once for each opening."""
        if not self._failures or self._clock.monotonic() >= self._until:
            self._failures += 1
        return backoff(self._failures, first=first, most=most, rng=self._rng)
