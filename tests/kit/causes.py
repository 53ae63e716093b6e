"""Why every byte came: one that was of no use names the fault, the kill or the change that cost it.

A byte that Filed heard is in a document, or in an upload that no binder holds, or in no upload at
all. The first is useful. For the others somebody is to blame, by the rules of `Inquiry`; a byte
without a cause was sent again for nothing (S10).
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from agent.sandbox.heard import Heard
from agent.sandbox.received import Received, ReceivedUpload


class Cause(StrEnum):
    """What made bytes useless."""

    server = "the server refused it, or kept its answer back"
    kill = "the agent was killed"
    line = "the line broke"
    change = "its file was changed"
    person = "a person said retry, and so that Filed does not have it"


@dataclass(frozen=True)
class Life:
    """One process of the agent; `known` are the uploads that its ledger named when it was killed,
    each with the SHA-256 of its document."""

    began: float
    killed: float = math.inf
    known: Mapping[str, str] = field(default_factory=dict)


class Inquiry:
    """Who is to blame for what; `changed` tells when a file with this SHA-256 last changed,
    `retried` names the uploads of documents that had failed when a person said retry, and `spoiled`
    tells whether the line of a request broke or kept its answer back."""

    def __init__(
        self,
        requests: Sequence[Heard],
        lives: Sequence[Life],
        changed: Mapping[str, float],
        retried: Collection[str] = (),
        spoiled: Callable[[Heard], bool] = lambda request: False,
    ) -> None:
        self._lives = lives
        self._changed = changed
        self._spoiled = spoiled
        self._retried = retried
        self._known = {name: sha256 for life in lives for name, sha256 in life.known.items()}
        self._of: dict[str, list[Heard]] = defaultdict(list)
        for request in requests:
            self._of[request.upload_id].append(request)

    def of_request(self, request: Heard) -> Cause | None:
        """Why the bytes that no upload took were sent.

        Beside what ended the request: where one before it was still on its way when the agent
        asked for the offset, the answer was overtaken. Then it must have asked right before.
        """
        cause = self._ended_by(request)
        if cause is not None or request.status not in (409, 423):
            return cause
        mine = self._of[request.upload_id]
        place = next(at for at, one in enumerate(mine) if one is request)
        asked = mine[place - 1]
        if place == 0 or (asked.method, asked.status, asked.told) != ("HEAD", 200, request.start):
            return None
        earlier = [self._ended_by(one) for one in mine[:place] if one.method != "HEAD"]
        return next((one for one in reversed(earlier) if one), None)

    def of_upload(self, upload: ReceivedUpload, others: Iterable[ReceivedUpload]) -> Cause | None:
        """Why an upload that has bytes stands in no binder.

        One that the ledger named is given up only for a changed file, because it expired, or where
        its attaching stayed in doubt and a person said retry; one that it never named, only where
        the answer to its creation was lost or came too late.
        """
        mine = self._of[upload.id]
        creation = mine[0]
        if upload.state == "expired":
            return Cause.server if any("expire" in one.fault for one in mine) else None
        if upload.id in self._retried:
            return Cause.person
        if upload.id in self._known:
            touched = self._changed.get(self._known[upload.id], -math.inf)
            return Cause.change if touched > creation.begun else None
        if self._ended_by(creation) is not None:
            return self._ended_by(creation)
        life = self._life(creation)
        names = [one.id for one in others if one.filename == upload.filename]
        later = [
            request
            for name in names
            for request in self._of[name]
            if request.begun > creation.begun and self._life(request) is life
        ]
        return None if later or life.killed == math.inf else Cause.kill

    def _ended_by(self, request: Heard) -> Cause | None:
        if request.fault:
            return Cause.server
        ended = math.inf if request.ended is None else request.ended
        # also where it was answered: nobody was left to hear that
        if ended >= self._life(request).killed:
            return Cause.kill
        return Cause.line if self._spoiled(request) else None

    def _life(self, request: Heard) -> Life:
        return [life for life in self._lives if life.began <= request.begun][-1]


@dataclass(frozen=True)
class Causes:
    """All bytes that were heard: `useful` are in documents, the others were lost for a cause."""

    useful: int
    lost: Mapping[Cause, int]
    unexplained: tuple[str, ...]
    heard: int

    @classmethod
    def of(cls, received: Received, requests: Sequence[Heard], inquiry: Inquiry) -> Causes:
        """Reckon them; every byte is counted exactly once."""
        assert sum(one.heard for one in requests) == received.bytes_heard
        assert sum(one.kept for one in requests) == received.bytes_received
        filed = {document.upload_id for document in received.documents}
        lost: dict[Cause, int] = dict.fromkeys(Cause, 0)
        unexplained = []
        loose = [one for one in received.uploads if one.id not in filed and one.offset]
        for cause, count, what in [
            *((inquiry.of_upload(one, received.uploads), one.offset, str(one)) for one in loose),
            *(
                (inquiry.of_request(one), one.heard - one.kept, str(one))
                for one in requests
                if one.heard > one.kept
            ),
        ]:
            if cause is None:
                unexplained.append(f"{count} bytes: {what}")
            else:
                lost[cause] += count
        useful = sum(one.offset for one in received.uploads if one.id in filed)
        return cls(useful, lost, tuple(unexplained), received.bytes_heard)

    @property
    def raw(self) -> float:
        """Bytes heard for each byte filed."""
        return self.heard / max(1, self.useful)

    @property
    def net(self) -> float:
        """The same without what no client can avoid: bytes that the server refused or whose answer
        it kept back, as far as they were of no use, the same of a line that broke, and those that
        people cost. What the kills cost stays in, and what has no cause."""
        beyond = sum(self.lost.values()) - self.lost[Cause.kill]
        return (self.heard - beyond) / max(1, self.useful)

    def __str__(self) -> str:
        told = ", ".join(f"{cause.name} {count}" for cause, count in self.lost.items())
        return f"raw {self.raw:.4f}, net {self.net:.4f} of {self.useful} bytes; lost: {told}"


class Shelf:
    """The watched folder as it is looked at; `changed` tells when the last of the files that had a
    SHA-256 was seen changed, moved or gone."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: dict[Path, tuple[tuple[int, ...], str]] = {}
        self.changed: dict[str, float] = {}

    def look(self) -> None:
        """Look again; only what is new is read."""
        now, before = time.time(), self._seen
        paths = [Path(top, name) for top, _, names in os.walk(self._root) for name in names]
        self._seen = {path: self._look(path) for path in paths}
        for path, seen in before.items():
            if self._seen.get(path) != seen:
                self.changed[seen[1]] = now

    def _look(self, path: Path) -> tuple[tuple[int, ...], str]:
        told = path.stat()
        signature = (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
        before = self._seen.get(path)
        if before is not None and before[0] == signature:
            return before
        return signature, hashlib.sha256(path.read_bytes()).hexdigest()


def known_uploads(ledger: Path, scratch: Path, *, failed: bool = False) -> dict[str, str]:
    """The uploads that the ledger of a dead process names, or only those of documents that failed.

    A copy is opened, for opening mends.
    """
    scratch.mkdir(exist_ok=True)
    copy = scratch / ledger.name
    for ending in ("", "-wal", "-shm"):
        copy.with_name(copy.name + ending).unlink(missing_ok=True)
    for ending in ("", "-wal"):
        source = ledger.with_name(ledger.name + ending)
        if source.exists():
            shutil.copy(source, copy.with_name(copy.name + ending))
    with closing(sqlite3.connect(copy)) as reading:
        try:
            rows = reading.execute(
                "SELECT upload_id, lower(hex(sha256)) FROM documents "
                "WHERE upload_id IS NOT NULL AND (stage = 'failed' OR NOT ?)",
                (failed,),
            )
            return {str(name): str(sha256) for name, sha256 in rows}
        except sqlite3.OperationalError:  # killed before its tables were made
            return {}
