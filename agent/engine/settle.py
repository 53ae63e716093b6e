"""files `settling` -> `known`: quiet, complete, mapped to a client, hashed; or held.

A guess that a file is finished may be wrong: the commit gate before the attach (engine.attach)
makes that cost bandwidth, never a broken document.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

from agent.engine.ledger_port import Ledger, Writing
from agent.engine.ports import Clock, Disk, Source
from agent.engine.rules import Rules, WatchedRoot
from agent.errors import (
    DiskError,
    FileAbsent,
    FileBusy,
    FileChanged,
    FileDenied,
    FileTrouble,
    LedgerTrouble,
    NotRegular,
    OnlineOnly,
    RootUnavailable,
)
from agent.model.client import ClientState, Place
from agent.model.completeness import HEAD_BYTES, TAIL_BYTES, looks_complete
from agent.model.file import File, FileState, Kind, Sighting, Signature
from agent.model.naming import display_name
from agent.model.quiet import learn
from agent.model.reasons import Reason
from agent.model.stale import StaleRow

log = logging.getLogger(__name__)

BLOCK = 1 << 20  # bytes read at once while hashing
FETCH = 500  # files taken up in one turn
BATCH_SECONDS = 0.2  # finished files wait at most so long for their common transaction
BUSY_PAUSES = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
FOLDERS_FIRST = 60.0
AWAY_PAUSE = 15.0
IDLE = 30.0
NEVER = 1e15  # a due time that does not come: seconds, some 30 million years

_REASONS: dict[type[FileTrouble], Reason] = {
    FileBusy: Reason.in_use,
    FileDenied: Reason.denied,
    OnlineOnly: Reason.online_only,
    NotRegular: Reason.not_regular,
    DiskError: Reason.disk_error,
}
_KINDS = {
    Kind.link: Reason.link,
    Kind.other: Reason.not_regular,
    Kind.online_only: Reason.online_only,
}


@dataclass
class _Stamp:
    """The signature last seen of a file, and since when, on the steady clock."""

    signature: Signature
    since: float
    ready_at: float
    rested: float = 0.0  # seconds for which we saw it stand still


@dataclass(frozen=True)
class _Finished:
    """A file that is at rest, with everything its document needs."""

    file: File
    signature: Signature
    place: Place
    sha256: str
    why: str


class Settle:
    """Waits until files are at rest and turns them into documents."""

    name = "settle"

    def __init__(self, ledger: Ledger, disk: Disk, clock: Clock, rules: Rules) -> None:
        self._ledger = ledger
        self._disk = disk
        self._clock = clock
        self._rules = rules
        self._roots: dict[int, WatchedRoot] = {
            ledger.root(rule.path).id: rule for rule in rules.roots
        }
        self._stamps: dict[int, _Stamp] = {}
        self._waited_out: set[int] = set()  # held as incomplete, for the whole time, by us
        self._finished: list[_Finished] = []
        self._later: list[tuple[File, File]] = []

    def turn(self) -> float:
        """Look at every file that is due; write what was found in few transactions."""
        now = self._clock.steady()
        files = self._ledger.settling(now, FETCH)
        flush_at = now + BATCH_SECONDS
        for file in files:
            self._take_up(file)
            if self._clock.steady() >= flush_at:
                self._flush()
                flush_at = self._clock.steady() + BATCH_SECONDS
        self._flush()
        if len(files) == FETCH:
            return 0.0
        for file_id in [key for key, stamp in self._stamps.items() if stamp.ready_at <= now]:
            self._stamps.pop(file_id)  # it was not due any more: somebody else moved the file
        return self._until_next()

    def _until_next(self) -> float:
        now = self._clock.steady()
        due = self._ledger.next_look(after=now)
        return IDLE if due is None else min(IDLE, max(0.05, due - now))

    def _take_up(self, file: File) -> None:
        rule = self._roots.get(file.root_id)
        if rule is None:  # a root that the configuration no longer names: not ours to look at
            self._postpone(file, self._clock.steady() + IDLE)
            return
        try:
            self._settle(rule, file)
        except FileAbsent:
            self._forget(file)
            with self._ledger.write() as writing:
                missing = file.to(FileState.missing, due_at=0.0)
                writing.move_file(file, missing, "not there any more")
                writing.doubt_folder(file.root_id, file.folder)
        except RootUnavailable:
            self._stamps.pop(file.id, None)
            self._postpone(file, self._clock.steady() + AWAY_PAUSE)
        except FileChanged:
            self._stamps.pop(file.id, None)
            self._postpone(file, 0.0)
        except (StaleRow, LedgerTrouble):
            raise
        except FileTrouble as trouble:
            self._hold(file, _REASONS.get(type(trouble), Reason.disk_error), self._busy_pause(file))
        except Exception:
            log.exception("one file could not be settled")
            self._hold(file, Reason.unexpected, self._busy_pause(file))

    # -- one file ------------------------------------------------------------------------------

    def _settle(self, rule: WatchedRoot, file: File) -> None:
        sighting = self._disk.look(rule.path, file.path)
        if sighting.kind is not Kind.regular:
            self._hold(file, _KINDS[sighting.kind], None, sighting)
        elif not self._is_quiet(rule, file, sighting):
            return
        elif sighting.signature.size == 0:
            self._hold(file, Reason.empty, None, sighting)
        elif self._disk.in_use(rule.path, file.path):
            self._hold(file, Reason.in_use, self._busy_pause(file), sighting)
        else:
            self._finish(rule, file, sighting)

    def _is_quiet(self, rule: WatchedRoot, file: File, sighting: Sighting) -> bool:
        """Whether the signature stood still long enough, by our own clock."""
        if file.state is FileState.held and file.signature == sighting.signature:
            return True  # it stood still all the while it was held
        now = self._clock.steady()
        stamp = self._stamps.get(file.id)
        if stamp is None or stamp.signature != sighting.signature:
            if stamp is not None:
                self._learn(file, stamp.rested)
            self._waited_out.discard(file.id)
            ready_at = now + self._needed(rule, file)
            self._stamps[file.id] = _Stamp(sighting.signature, now, ready_at)
            self._postpone(file, (now + ready_at) / 2, sighting)
            return False
        stamp.rested = now - stamp.since
        if now < stamp.ready_at:
            self._postpone(file, stamp.ready_at, sighting)
            return False
        return True

    def _needed(self, rule: WatchedRoot, file: File) -> float:
        row = self._ledger.folder(file.root_id, file.folder)
        learned = row.quiet_seconds if row else None
        return self._rules.quiet.needed(on_network=rule.network, learned=learned)

    def _learn(self, file: File, gap: float) -> None:
        """A writer that rests and goes on (a scanner between pages) slows its folder.

        `gap` is the rest that we saw with two equal looks: a slow copy, which never rests, teaches
        nothing, however far apart the looks are.
        """
        row = self._ledger.folder(file.root_id, file.folder)
        old = (row.quiet_seconds if row else None) or self._rules.quiet.needed()
        new = learn(old, gap)
        if new > old:
            with self._ledger.write() as writing:
                writing.learn_quiet(file.root_id, file.folder, new)

    def _finish(self, rule: WatchedRoot, file: File, sighting: Sighting) -> None:
        place = rule.layout.read(
            file.folder,
            tax_year=rule.tax_year,
            return_type=rule.return_type,
            external_id=rule.external_id,
        )
        if isinstance(place, Reason):
            self._hold(file, place, None, sighting)
            return
        with self._disk.open(rule.path, file.path) as source:
            if source.signature() != sighting.signature:
                raise FileChanged
            complete = self._looks_complete(file, source, sighting.signature.size)
            if not complete and file.id not in self._waited_out:
                due = self._clock.steady() + self._rules.incomplete_seconds
                self._hold(file, Reason.incomplete, due, sighting)
                self._waited_out.add(file.id)
                return
            sha256 = _digest(source, sighting.signature)
        why = "at rest" if complete else "at rest, possibly incomplete: its end mark is missing"
        self._finished.append(_Finished(file, sighting.signature, place, sha256, why))

    def _looks_complete(self, file: File, source: Source, size: int) -> bool:
        head = source.read(0, HEAD_BYTES)
        tail = source.read(max(0, size - TAIL_BYTES), TAIL_BYTES)
        return looks_complete(file.name, head, tail, size)

    # -- what is written -----------------------------------------------------------------------

    def _busy_pause(self, file: File) -> float:
        return self._clock.steady() + BUSY_PAUSES[min(file.attempts, len(BUSY_PAUSES) - 1)]

    def _hold(
        self, file: File, reason: Reason, due_at: float | None, sighting: Sighting | None = None
    ) -> None:
        """Hold with a reason; without a due time only a change, or a person, brings it back."""
        self._forget(file)
        facts = {"signature": sighting.signature, "kind": sighting.kind} if sighting else {}
        after = file.to(
            FileState.held,
            reason=reason,
            due_at=NEVER if due_at is None else due_at,
            attempts=file.attempts + 1,
            **facts,
        )
        if file.state is FileState.held and file.reason == reason:
            self._later.append((file, after))  # nothing new to tell
        else:
            self._move(file, after, reason)

    def _postpone(self, file: File, due_at: float, sighting: Sighting | None = None) -> None:
        facts = {"signature": sighting.signature} if sighting else {}
        if file.state is FileState.held:
            self._move(file, file.to(FileState.settling, due_at=due_at, **facts), "looked at again")
        else:
            self._later.append((file, file.to(FileState.settling, due_at=due_at, **facts)))

    def _move(self, before: File, after: File, why: str) -> None:
        with self._ledger.write() as writing:
            writing.move_file(before, after, why)

    def _forget(self, file: File) -> None:
        self._stamps.pop(file.id, None)
        self._waited_out.discard(file.id)

    def _flush(self) -> None:
        """Write all that was found; when a row moved on meanwhile, each by itself."""
        later, self._later = self._later, []
        finished, self._finished = self._finished, []
        if not later and not finished:
            return
        try:
            with self._ledger.write() as writing:
                for before, after in later:
                    writing.postpone_file(before, after)
                for one in finished:
                    self._know(writing, one)
        except StaleRow:
            self._flush_singly(later, finished)
        for one in finished:
            self._forget(one.file)

    def _flush_singly(self, later: list[tuple[File, File]], finished: list[_Finished]) -> None:
        for before, after in later:
            try:
                with self._ledger.write() as writing:
                    writing.postpone_file(before, after)
            except StaleRow:
                continue  # whoever moved it has put it where it belongs
        for one in finished:
            try:
                with self._ledger.write() as writing:
                    self._know(writing, one)
            except StaleRow:
                continue

    def _know(self, writing: Writing, one: _Finished) -> None:
        """The file is known as its document: file, client and document in one transaction."""
        file = one.file
        if file.state is FileState.held:
            file = writing.move_file(
                file, file.to(FileState.settling, due_at=0.0), "looked at again"
            )
        client = writing.place_client(file.root_id, one.place)
        if client.state is ClientState.held and client.reason == Reason.two_folders:
            pause = FOLDERS_FIRST * 2 ** min(file.attempts, 6)  # each look hashes it again
            held = file.to(
                FileState.held,
                reason=Reason.two_folders,
                due_at=self._clock.steady() + pause,
                signature=one.signature,
                attempts=file.attempts + 1,
            )
            writing.move_file(file, held, client.said or Reason.two_folders)
            return
        document = writing.hold_document(
            client.id, one.sha256, one.signature.size, display_name(file.name), file.document_id
        )
        known = file.to(
            FileState.known,
            document_id=document.id,
            client_id=client.id,
            signature=one.signature,
            due_at=0.0,
            attempts=0,
        )
        writing.move_file(file, known, one.why)


def _digest(source: Source, signature: Signature) -> str:
    """SHA-256 of the whole file; raises FileChanged unless it stood still while it was read."""
    digest = hashlib.sha256()
    offset = 0
    while offset < signature.size:
        block = source.read(offset, min(BLOCK, signature.size - offset))
        if not block:
            raise FileChanged
        digest.update(block)
        offset += len(block)
    if source.signature() != signature:
        raise FileChanged
    return digest.hexdigest()
