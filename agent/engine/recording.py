"""Makes the ledger's rows agree with what was seen, folder by folder, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from agent.engine.findings import NEVER
from agent.engine.ledger_port import Ledger, Writing
from agent.errors import FileDenied, FileTrouble
from agent.model.file import File, FileState, Kind, Listing, Sighting, Signature
from agent.model.ignoring import Ignoring
from agent.model.reasons import Reason
from agent.model.root import FolderRow
from agent.model.sighting import Change, compare, first_seen, seen_again
from agent.model.stale import StaleRow

STALE_TRIES = 5
BATCH = 200  # sightings in one transaction: a burst is quick, and the first of it is known soon

Seen = tuple[bytes, Sighting]  # a folder, and what was seen in it


class Recorder:
    """Writes listings and single sightings down."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def listing(self, root_id: int, listing: Listing, ignoring: Ignoring) -> None:
        """A complete listing. Raises StaleRow when rows keep moving meanwhile."""
        _until_fresh(lambda: self._listing_once(root_id, listing, ignoring))

    def _listing_once(self, root_id: int, listing: Listing, ignoring: Ignoring) -> None:
        rows = self._ledger.files_in(root_id, listing.folder)
        changes = compare(root_id, listing, rows, ignoring)
        old = self._ledger.folder(root_id, listing.folder)
        learned = old.quiet_seconds if old else None
        row = FolderRow(listing.folder, listing.mtime_ns, listing.digest, learned)
        with self._ledger.write(light=True) as writing:
            writing.save_folder(root_id, row)
            _write(writing, changes)

    def sightings(self, root_id: int, seen: Sequence[Seen], ignoring: Ignoring) -> None:
        """Files that were seen without their folders being listed, BATCH in one transaction.

        Raises StaleRow as listing() does.
        """
        for start in range(0, len(seen), BATCH):
            some = seen[start : start + BATCH]
            _until_fresh(partial(self._sightings_once, root_id, some, ignoring))

    def _sightings_once(self, root_id: int, seen: Sequence[Seen], ignoring: Ignoring) -> None:
        changes: list[Change] = []
        for folder, sighting in seen:
            path = folder + b"/" + sighting.name if folder else sighting.name
            row = self._ledger.file_at(root_id, path)
            change = (
                first_seen(root_id, folder, sighting, ignoring)
                if row is None
                else seen_again(row, sighting, ignoring)
            )
            if change is not None:
                changes.append(change)
        if not changes:
            return
        with self._ledger.write(light=True) as writing:
            for folder in sorted({change.after.folder for change in changes}):
                if self._ledger.folder(root_id, folder) is None:
                    # a blank digest makes the next scan list the folder
                    writing.save_folder(root_id, FolderRow(folder, 0, b""))
            _write(writing, changes)

    def shut_folders(
        self, root_id: int, shut: Mapping[bytes, FileTrouble], has_seen: Callable[[bytes], bool]
    ) -> None:
        """Folders that could not be listed stand in the list of what waits, until they can (L1)."""
        known = {file.path: file for file in self._ledger.shut_folders(root_id)}
        for path, trouble in shut.items():
            if path and path not in known:
                _until_fresh(partial(self._shut, root_id, path, trouble))
        for path, file in known.items():
            if has_seen(path):
                with self._ledger.write(light=True) as writing:
                    writing.move_file(file, file.to(FileState.missing), "can be listed again")

    def _shut(self, root_id: int, path: bytes, trouble: FileTrouble) -> None:
        parent, _, name = path.rpartition(b"/")
        denied = isinstance(trouble, FileDenied)
        reason = Reason.denied if denied else Reason.disk_error
        row = self._ledger.file_at(root_id, path)
        with self._ledger.write(light=True) as writing:
            if self._ledger.folder(root_id, parent) is None:
                writing.save_folder(root_id, FolderRow(parent, 0, b""))
            if row is None:
                nothing = Signature(0, 0, 0, 0, 0)
                shut = File(0, root_id, parent, name, FileState.held, nothing, Kind.folder, reason)
                writing.add_file(replace(shut, due_at=NEVER), trouble.said)
            else:
                if row.state is not FileState.missing:
                    missing = row.to(FileState.missing)
                    row = writing.move_file(row, missing, "a folder took its place")
                held = row.to(FileState.held, reason=reason, kind=Kind.folder, due_at=NEVER)
                writing.move_file(row, held, trouble.said)

    def folder_gone(self, root_id: int, folder: bytes, ignoring: Ignoring) -> None:
        """A complete scan did not see this folder any more. Raises StaleRow as listing() does."""
        _until_fresh(lambda: self._folder_gone_once(root_id, folder, ignoring))

    def _folder_gone_once(self, root_id: int, folder: bytes, ignoring: Ignoring) -> None:
        empty = Listing(folder, 0, b"", (), ())
        rows = self._ledger.files_in(root_id, folder)
        with self._ledger.write(light=True) as writing:
            _write(writing, compare(root_id, empty, rows, ignoring))
            writing.forget_folder(root_id, folder)


def _until_fresh(attempt: Callable[[], None]) -> None:
    """Try until no other worker moved a row between the reading and the writing."""
    for _ in range(STALE_TRIES):
        try:
            attempt()
        except StaleRow:
            continue
        return
    raise StaleRow


def _write(writing: Writing, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.before is None:
            writing.add_file(change.after, change.why)
        else:
            writing.move_file(change.before, change.after, change.why)
