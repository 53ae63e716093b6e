"""disk -> ledger: what scans see (truth) and events tell (hints) becomes files in `settling`.

A root that is gone, replaced or suddenly empty is `unavailable`: nothing is concluded from it, and
it is looked for again with growing pauses, for ever (L5).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.engine.closed import Closed
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock, Disk, Watch
from agent.engine.recognise import must_be_same_place
from agent.engine.recording import Recorder, Seen
from agent.engine.rules import Rules, WatchedRoot
from agent.engine.scan import Scan, still_absent
from agent.engine.sweep import Sweep
from agent.errors import FileAbsent, FileTrouble, RootUnavailable
from agent.model.file import FileState, Listing
from agent.model.hints import Hints
from agent.model.patience import backoff
from agent.model.root import Root

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.25  # a scan or a sweep goes on for so long before hints are looked at again
ROOT_FIRST = 5.0
ROOT_MOST = 60.0
IDLE = 5.0
BLIND_SWEEP = 60.0


@dataclass
class _Post:
    """What is on the worker's mind about one root. Times on the monotonic clock."""

    rule: WatchedRoot
    root: Root
    looked: bool = False  # by this process
    accepted: bool = False  # a person took whatever stands there now (retry --root)
    armed: bool = False
    reliable: bool = True
    failures: int = 0
    look_again: float = 0.0
    next_sweep: float = 0.0
    next_deep: float = 0.0
    scan: Scan | None = None
    sweep: Sweep | None = None
    trees: set[bytes] = field(default_factory=set)


class Look:
    """Keeps the ledger's files agreeing with the watched roots."""

    name = "look"

    def __init__(
        self,
        ledger: Ledger,
        disk: Disk,
        watch: Watch,
        clock: Clock,
        rules: Rules,
        rng: random.Random,
        closed: Closed | None = None,
    ) -> None:
        self._closed = closed or Closed()
        self._ledger = ledger
        self._disk = disk
        self._watch = watch
        self._clock = clock
        self._rules = rules
        self._rng = rng
        self._posts = {rule.path: _Post(rule, ledger.root(rule.path)) for rule in rules.roots}
        self._recorder = Recorder(ledger)
        self.scans_done = 0
        self._hints = Hints()

    @property
    def settled(self) -> bool:
        """Whether every root had its first complete scan, or is unavailable, and no scan runs."""
        return all(
            (post.looked and post.root.unavailable is not None)
            or (post.next_deep > 0 and not (post.scan or post.sweep or post.trees))
            for post in self._posts.values()
        )

    def turn(self) -> float:
        """Take the hints, look after each root, carry scans on for a moment."""
        hints = self._hints = self._hints | self._watch.take()
        for path in hints.gaps:
            if path in self._posts:
                self._posts[path].armed = False  # armed again before the scan, at no great cost
        busy = False
        for post in self._posts.values():
            try:
                busy |= self._mind(post, hints)
            except (RootUnavailable, FileTrouble) as error:
                self._away(post, error.said)
        self._hints = Hints()  # followed; when a turn breaks off they are followed once more
        return 0.0 if busy else self._until_next()

    def scan_now(self) -> None:
        """Make a deep scan of every root due at once."""
        for post in self._posts.values():
            post.next_deep = post.look_again = 0.0

    def _until_next(self) -> float:
        now = self._clock.monotonic()
        times = [
            post.look_again
            if post.root.unavailable is not None
            else min(post.next_sweep, post.next_deep)
            for post in self._posts.values()
        ]
        return max(0.05, min([IDLE, *(time - now for time in times)]))

    # -- one root ------------------------------------------------------------------------------

    def _mind(self, post: _Post, hints: Hints) -> bool:
        """What is due at one root; whether more is due at once."""
        now = self._clock.monotonic()
        if post.root.unavailable is not None:
            if now < post.look_again:
                return False
            post.root = self._ledger.root(post.rule.path)  # a person may have said retry --root
        post.looked = True
        self._recognise(post)
        if not post.armed:
            post.armed = True
            # before the scan, so that there is no hole between the two
            post.reliable = post.rule.watch and self._watch.arm(post.rule.path)
            post.next_deep = 0.0
        self._follow_hints(post, hints)
        if post.scan is None:
            self._begin_what_is_due(post, now)
        return self._carry_scan(post)

    def _begin_what_is_due(self, post: _Post, now: float) -> None:
        if now >= post.next_deep:
            post.scan = self._new_scan(post, b"")
            post.sweep = None
            post.trees.clear()
            spread = self._rng.uniform(0.75, 1.25)
            post.next_deep = now + self._rules.deep_seconds * spread
            post.next_sweep = now + self._sweep_pause(post)
        elif post.trees:
            tree = min(post.trees)  # what lies above comes first, and the order is always the same
            post.trees.discard(tree)
            post.scan = self._new_scan(post, tree)
        elif post.sweep is None and now >= post.next_sweep:
            post.sweep = Sweep(
                self._disk,
                post.rule.path,
                self._ledger.folders(post.root.id),
                lambda listing: self._record(post, listing),
                self._clock,
            )

    def _sweep_pause(self, post: _Post) -> float:
        """Without reliable events the sweeps have to be eyes."""
        pause = self._rules.sweep_seconds
        return pause if post.reliable else min(pause, BLIND_SWEEP)

    def _new_scan(self, post: _Post, tree: bytes) -> Scan:
        return Scan(
            self._disk,
            post.rule.path,
            self._ledger.folders(post.root.id),
            post.rule.ignoring,
            lambda listing: self._record(post, listing),
            tree,
        )

    def _carry_scan(self, post: _Post) -> bool:
        scan = post.scan
        if scan is None:
            return self._carry_sweep(post)
        if not self._carry_on(scan):
            return True
        post.scan = None
        self._finish_scan(post, scan)
        return bool(post.trees or post.sweep)

    def _carry_sweep(self, post: _Post) -> bool:
        sweep = post.sweep
        if sweep is not None and self._carry_on(sweep):
            post.sweep = None
            post.trees |= sweep.trees
            post.next_sweep = self._clock.monotonic() + self._sweep_pause(post)
        return bool(post.trees or post.sweep)

    def _carry_on(self, work: Scan | Sweep) -> bool:
        """Go on for a slice of time; whether it is done."""
        end = self._clock.monotonic() + SLICE_SECONDS
        while not work.done and self._clock.monotonic() < end:
            work.step()
        return work.done

    def _finish_scan(self, post: _Post, scan: Scan) -> None:
        """A scan counts only if the root is still who it was when the scan ended."""
        # what the scan missed while the share was empty for a moment is there again by now
        gone = still_absent(self._disk, post.rule.path, scan.gone())
        self._must_be_there(post, empty=bool(gone) or (scan.whole and scan.entries == 0))
        self._recorder.shut_folders(post.root.id, scan.unknown, scan.has_seen)
        for folder in gone:
            self._recorder.folder_gone(post.root.id, folder, post.rule.ignoring)
        if scan.whole:
            post.accepted = False
            self._save(post, replace(post.root, scanned_at=self._clock.now()))
            self.scans_done += 1

    # -- is it there, and is it the same? ------------------------------------------------------

    def _recognise(self, post: _Post) -> None:
        identity = self._disk.identify(post.rule.path)
        if identity != post.root.identity or post.root.unavailable is not None:
            if post.root.identity is None:
                post.accepted = post.root.scanned_at is not None
            else:
                must_be_same_place(self._ledger, self._disk, post.root, identity)
            self._save(post, replace(post.root, identity=identity, unavailable=None))
            post.failures = 0

    def _away(self, post: _Post, why: str) -> None:
        post.scan = post.sweep = None
        post.trees.clear()
        if post.armed:
            post.armed = False
            self._watch.disarm(post.rule.path)
        post.failures += 1
        pause = backoff(post.failures, first=ROOT_FIRST, most=ROOT_MOST, rng=self._rng)
        post.look_again = self._clock.monotonic() + pause
        if post.root.unavailable != why:
            log.warning("a watched folder is unavailable: %s", why)
            self._save(post, replace(post.root, unavailable=why))

    def _must_be_there(self, post: _Post, *, empty: bool) -> None:
        """Before anything is concluded from what was, or was not, seen there.

        Raises RootUnavailable when the root was exchanged since it was recognised, or when nothing
        at all (`empty`) was seen and the whole root lies empty, without a person's word for it.
        """
        if self._disk.identify(post.rule.path) != post.root.identity:
            raise RootUnavailable("The folder was replaced by another one during a scan.")
        if not empty or post.accepted or not self._disk.is_empty(post.rule.path):
            return
        if self._ledger.some_known(post.root.id, 1):
            raise RootUnavailable("The folder is suddenly empty; nothing is concluded from that.")

    def _save(self, post: _Post, root: Root) -> None:
        with self._ledger.write() as writing:
            writing.save_root(root)
        post.root = root

    # -- hints ---------------------------------------------------------------------------------

    def _follow_hints(self, post: _Post, hints: Hints) -> None:
        root = post.rule.path
        for _, tree in _of(root, hints.trees):
            post.trees.add(tree)
        folders = {folder for _, folder in _of(root, hints.folders)}
        seen: list[Seen] = []
        for _, path in _of(root, hints.paths):
            folder = path.rpartition(b"/")[0]
            if self._skipped(post, folder):
                continue
            try:
                sighting = self._disk.look(root, path)
            except FileAbsent:
                if not self._passed_by(post, folder, path):
                    folders.add(folder)  # a listing tells what is gone
                continue
            except FileTrouble:
                folders.add(folder)
                continue
            if (root, path) in hints.closed:
                self._closed.note(post.root.id, path, sighting.signature)
            seen.append((folder, sighting))
        self._recorder.sightings(post.root.id, seen, post.rule.ignoring)
        for folder in sorted(folders):
            self._list_again(post, folder)

    def _passed_by(self, post: _Post, folder: bytes, path: bytes) -> bool:
        """Whether an absent path was there between two looks only, as when a save renames.

        The ledger knows neither a file nor a folder there, no folder is there now, and what holds
        it is still there: then its folder need not be listed for it.
        """
        file = self._ledger.file_at(post.root.id, path)
        if file is not None and file.state is not FileState.missing:
            return False
        if self._ledger.folder(post.root.id, path) is not None:
            return False
        try:
            self._disk.folder_mtime(post.rule.path, folder)
        except FileTrouble:
            return False
        try:
            self._disk.folder_mtime(post.rule.path, path)
        except FileAbsent:
            return True
        except FileTrouble:
            return False
        return False

    def _skipped(self, post: _Post, folder: bytes) -> bool:
        return any(post.rule.ignoring.skips_folder(part) for part in folder.split(b"/") if part)

    def _list_again(self, post: _Post, folder: bytes) -> None:
        if self._skipped(post, folder):
            return
        try:
            listing = self._disk.list_folder(post.rule.path, folder)
        except FileAbsent:
            if folder:
                parent = folder.rpartition(b"/")[0]
                post.trees.add(parent)  # the parent's scan tells what is gone below it
            return
        except FileTrouble:
            return
        self._record(post, listing)

    def _record(self, post: _Post, listing: Listing) -> None:
        self._must_be_there(post, empty=not (listing.sightings or listing.subfolders))
        self._recorder.listing(post.root.id, listing, post.rule.ignoring)


def _of(root: bytes, pairs: frozenset[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
    return sorted(pair for pair in pairs if pair[0] == root)
