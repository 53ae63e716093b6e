"""files `settling` -> `known`: quiet, complete, mapped to a client, hashed; or held.

A guess that a file is finished may be wrong: the commit gate before the attach (engine.attach)
makes that cost bandwidth, never a broken document.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from agent.engine.closed import Closed
from agent.engine.findings import Findings, Finished
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock, Disk, Source
from agent.engine.recognise import must_be_same, must_be_there
from agent.engine.rules import Rules, WatchedRoot
from agent.engine.sending import must_be, prefix_digest
from agent.engine.shares import Shares
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
    SecondName,
)
from agent.model.completeness import HEAD_BYTES, TAIL_BYTES, looks_complete
from agent.model.file import File, FileState, Kind, Sighting, Signature
from agent.model.quiet import learn
from agent.model.reasons import Reason

log = logging.getLogger(__name__)

FETCH = 500  # files taken up in one turn
BATCH_SECONDS = 0.2  # finished files wait at most so long for their common transaction
BUSY_PAUSES = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
AWAY_PAUSE = 15.0
SLOW_PAUSE = 1.0  # seconds for which the files of a slow root let others go first
IDLE = 30.0

_REASONS: dict[type[FileTrouble], Reason] = {
    FileBusy: Reason.in_use,
    FileDenied: Reason.denied,
    OnlineOnly: Reason.online_only,
    NotRegular: Reason.not_regular,
    SecondName: Reason.second_name,
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


class Settle:
    """Waits until files are at rest and turns them into documents."""

    name = "settle"

    def __init__(
        self,
        ledger: Ledger,
        disk: Disk,
        clock: Clock,
        rules: Rules,
        closed: Closed | None = None,
    ) -> None:
        self._closed = closed or Closed()
        self._ledger = ledger
        self._disk = disk
        self._clock = clock
        self._rules = rules
        self._roots: dict[int, WatchedRoot] = {
            ledger.root(rule.path).id: rule for rule in rules.roots
        }
        self._stamps: dict[int, _Stamp] = {}
        self._waited_out: set[int] = set()  # held as incomplete, for the whole time, by us
        self._findings = Findings(ledger, clock)

    def turn(self) -> float:
        """Look at every file that is due; write what was found in few transactions."""
        now = self._clock.steady()
        files = self._ledger.settling(now, FETCH)
        flush_at = now + BATCH_SECONDS
        shares = Shares(self._clock, len(self._roots))
        passed: set[int] = set()
        for file in files:
            if shares.used_up(file.root_id) and file.state is FileState.settling:
                self._findings.postpone(file, now + SLOW_PAUSE)
                passed.add(file.id)
                continue
            with shares.of(file.root_id):
                self._take_up(file)
            if self._clock.steady() >= flush_at:
                self._findings.flush()
                flush_at = self._clock.steady() + BATCH_SECONDS
        self._findings.flush()
        if len(files) == FETCH:
            return 0.0
        for file_id in [key for key, stamp in self._stamps.items() if stamp.ready_at <= now]:
            if file_id in passed:
                continue
            self._stamps.pop(file_id)  # it was not due any more: somebody else moved the file
        return self._until_next()

    def _until_next(self) -> float:
        now = self._clock.steady()
        due = self._ledger.next_look(after=now)
        return IDLE if due is None else min(IDLE, max(0.05, due - now))

    def _take_up(self, file: File) -> None:
        rule = self._roots.get(file.root_id)
        if file.kind is Kind.folder and file.state is FileState.settling:
            self._findings.missing(file)  # a person asked for it again: the next scan tells
            return
        # a root that the configuration no longer names, a folder that only a scan can judge
        if rule is None or file.kind is Kind.folder:
            self._findings.leave(file)
            return
        try:
            self._settle_or_miss(rule, file)
        except RootUnavailable:
            self._stamps.pop(file.id, None)
            self._findings.postpone(file, self._clock.steady() + AWAY_PAUSE)
        except FileChanged:
            self._stamps.pop(file.id, None)
            self._findings.postpone(file, 0.0)
        except LedgerTrouble:
            raise
        except FileTrouble as trouble:
            self._hold(file, _REASONS.get(type(trouble), Reason.disk_error), self._busy_pause(file))
        except Exception:
            log.exception("one file could not be settled")
            self._hold(file, Reason.unexpected, self._busy_pause(file))

    # -- one file ------------------------------------------------------------------------------

    def _settle_or_miss(self, rule: WatchedRoot, file: File) -> None:
        try:
            self._settle(rule, file)
        except FileAbsent:
            must_be_there(self._ledger, self._disk, rule.path)
            self._forget(file)
            self._findings.missing(file)

    def _settle(self, rule: WatchedRoot, file: File) -> None:
        sighting = self._disk.look(rule.path, file.path)
        must_be_same(self._ledger, self._disk, rule.path)  # what another disk shows is not written
        if sighting.kind is not Kind.regular:
            due = self._busy_pause(file) if sighting.kind is Kind.online_only else None
            self._hold(file, _KINDS[sighting.kind], due, sighting)
        elif not self._is_quiet(rule, file, sighting):
            return
        elif sighting.signature.size == 0:
            self._hold(file, Reason.empty, self._busy_pause(file), sighting)
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
            ready_at = now + self._needed(rule, file, sighting.signature)
            self._stamps[file.id] = _Stamp(sighting.signature, now, ready_at)
            self._findings.postpone(file, (now + ready_at) / 2, sighting)
            return False
        stamp.rested = now - stamp.since
        if now < stamp.ready_at:
            self._findings.postpone(file, stamp.ready_at, sighting)
            return False
        return True

    def _needed(self, rule: WatchedRoot, file: File, signature: Signature) -> float:
        row = self._ledger.folder(file.root_id, file.folder)
        return self._rules.quiet.needed(
            file.name,
            on_network=rule.network,
            learned=row.quiet_seconds if row else None,
            closed_hint=self._closed.is_closed(file, signature),
        )

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
            must_be(source, sighting.signature)
            complete = self._looks_complete(file, source, sighting.signature.size)
            if not complete and file.id not in self._waited_out:
                due = self._clock.steady() + self._rules.incomplete_seconds
                self._hold(file, Reason.incomplete, due, sighting)
                self._waited_out.add(file.id)
                return
            sha256 = prefix_digest(source, 0, sighting.signature.size).hexdigest()
            must_be(source, sighting.signature)
        must_be_same(self._ledger, self._disk, rule.path)  # nor are its bytes ours
        why = "at rest" if complete else "at rest, possibly incomplete: its end mark is missing"
        self._forget(file)
        self._findings.finished(Finished(file, sighting.signature, place, sha256, why))

    def _looks_complete(self, file: File, source: Source, size: int) -> bool:
        head = source.read(0, HEAD_BYTES)
        tail = source.read(max(0, size - TAIL_BYTES), TAIL_BYTES)
        return looks_complete(file.name, head, tail, size)

    def _busy_pause(self, file: File) -> float:
        return self._clock.steady() + BUSY_PAUSES[min(file.attempts, len(BUSY_PAUSES) - 1)]

    def _hold(
        self, file: File, reason: Reason, due_at: float | None, sighting: Sighting | None = None
    ) -> None:
        self._forget(file)
        self._findings.hold(file, reason, due_at, sighting)

    def _forget(self, file: File) -> None:
        self._stamps.pop(file.id, None)
        self._closed.forget(file)
        self._waited_out.discard(file.id)
