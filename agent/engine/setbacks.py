"""When an upload does not go on: what its document waits for, begins anew for, or ends by."""

from __future__ import annotations

import random

from agent.engine.claims import Claims
from agent.engine.holding import Holders
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock
from agent.errors import (
    AgentError,
    FileAbsent,
    FileChanged,
    FiledRefused,
    FileTrouble,
    NotRegular,
    ProtocolBroken,
    SecondName,
    UploadLocked,
)
from agent.model.document import Document, Stage
from agent.model.patience import backoff

MOST_ANEW = 5  # times an upload goes wrong from the beginning before a person must look
PARKED_REMEDY = "Ask Filed whether uploads work there, then retry the document."
MOST_BROKEN = 3  # tries after an answer that tus does not have (R2)
READ_TRIES = 3  # failures to read after which the file is looked at again from the beginning
LOCKED_FIRST, LOCKED_MOST = 1.0, 30.0
TROUBLE_FIRST, TROUBLE_MOST = 2.0, 300.0


class Setbacks:
    """Writes down what follows from an upload's trouble; each worker has its own."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        rng: random.Random,
        claims: Claims,
        holders: Holders,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._claims = claims
        self._holders = holders

    def wait(self, document: Document, error: AgentError) -> None:
        """Once more later, where it stands."""
        document = self._ledger.document(document.id)
        first, most = (
            (LOCKED_FIRST, LOCKED_MOST)
            if isinstance(error, UploadLocked)
            else (TROUBLE_FIRST, TROUBLE_MOST)
        )
        pause = backoff(document.attempts + 1, first=first, most=most, rng=self._rng)
        self._write_waiting(document, pause, error)

    def again(self, document: Document, error: AgentError) -> None:
        """The upload is gone, or contradicts ours even when asked again: anew, later each time."""
        document = self._ledger.document(document.id)
        pause = backoff(document.attempts + 1, first=1.0, most=TROUBLE_MOST, rng=self._rng)
        if self._claims.once_more(document) > MOST_ANEW:
            self._park(document, error)
        elif document.stage is Stage.uploading:
            self.start_anew(document, error.said, pause if document.attempts else 0.0)
        else:
            self._write_waiting(document, pause, error)

    def not_understood(self, document: Document, error: ProtocolBroken) -> None:
        """What came is no answer of tus: the same again a few times, then a person (L6)."""
        document = self._ledger.document(document.id)
        if self._claims.once_more(document) > MOST_BROKEN:
            self._park(document, error)
        else:
            self.wait(document, error)

    def trouble_reading(self, document: Document, trouble: FileTrouble) -> None:
        """What cannot be read just now costs no byte that Filed has; what changed starts anew."""
        document = self._ledger.document(document.id)
        changed = isinstance(trouble, FileChanged | FileAbsent | NotRegular | SecondName)
        if changed or document.attempts >= READ_TRIES:
            self._holders.doubt(document, trouble)
        else:
            self.wait(document, trouble)

    def _write_waiting(self, document: Document, pause: float, error: AgentError) -> None:
        waiting = document.waiting(self._clock.steady() + pause, problem=error.said)
        with self._ledger.write() as writing:
            writing.move_document(document, waiting, error.said)

    def start_anew(self, document: Document, why: str, pause: float = 0.0) -> None:
        """From the first byte, with a new upload, in `pause` seconds."""
        due = self._clock.steady() + pause
        with self._ledger.write() as writing:
            anew = document.to(Stage.ready, attempts=document.attempts + 1, due_at=due)
            writing.move_document(document, anew, f"upload started anew: {why}")

    def _park(self, document: Document, error: AgentError) -> None:
        """It was begun so often in vain that only a person can know more (R3)."""
        self._claims.forget(document)
        failed = document.to(Stage.failed, problem=error.said, remedy=PARKED_REMEDY)
        with self._ledger.write() as writing:
            writing.move_document(document, failed, f"given up: {error.said}")

    def fail(self, document: Document, refusal: FiledRefused) -> None:
        """Filed's definite no: a person must look."""
        document = self._ledger.document(document.id)
        failed = document.to(Stage.failed, problem=refusal.said, remedy=type(refusal).advice)
        with self._ledger.write() as writing:
            writing.move_document(document, failed, refusal.said)
