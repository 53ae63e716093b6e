"""Everything that the agent does to the files of its home, taken down in one order.

While a Recording is open, `os` and `sqlite3.connect` of this process are exchanged: what happens
below the home is done for real and noted as well (tests.kit.torn). One thread only.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.torn import Event, Platter
from tests.kit.torn_sqlite import Commits, TornConnection, TornFiles


class Recording:
    """The events of one life; `platter` is the disk on which it began."""

    def __init__(self, home: Path, platter: Platter) -> None:
        self.home = home
        self.events: list[Event] = []
        self._numbers = platter.now()
        self._platter = platter.copy()  # its numbers go on
        self._open: dict[int, tuple[int, bool]] = {}  # descriptor: file, appending
        self._folders: dict[int, str] = {}

    def tell(self, event: Event) -> None:
        """One more event."""
        self.events.append(event)

    def say(self, word: object) -> None:
        """A word of the life itself."""
        self.tell(Event("said", word=word))

    def file(self, path: str) -> int | None:
        """The number of the file at `path`, made now where it is not there; None: elsewhere."""
        name = self._name(path)
        if name is None:
            return None
        if name not in self._numbers:
            self._numbers[name] = self._platter.new_number()
            self.tell(Event("made", self._numbers[name], name))
        return self._numbers[name]

    def removed(self, path: str | Path) -> None:
        """The name is gone."""
        name = self._name(path)
        if name is not None and self._numbers.pop(name, None) is not None:
            self.tell(Event("removed", name=name))

    def folder_synced(self, path: str) -> None:
        """The names in a folder are durable."""
        name = self._name(path)
        if name is not None:
            self.tell(Event("folder", name=name))

    def _name(self, path: object) -> str | None:
        if not isinstance(path, str | Path):
            return None
        try:
            return Path(path).relative_to(self.home).as_posix()
        except ValueError:
            return None

    # -- what stands in for os ---------------------------------------------------------------------

    def opened(self, descriptor: int, path: object, flags: int) -> None:
        """A descriptor for a file or a folder below the home."""
        name = self._name(path)
        if name is None:
            return
        if os.path.isdir(str(path)):
            self._folders[descriptor] = name
        else:
            number = self.file(str(path))
            assert number is not None
            self._open[descriptor] = (number, bool(flags & os.O_APPEND))

    def writing(self, descriptor: int, data: bytes) -> None:
        """Bytes go where the descriptor stands."""
        if descriptor in self._open:
            number, appending = self._open[descriptor]
            end = os.fstat(descriptor).st_size
            at = end if appending else os.lseek(descriptor, 0, os.SEEK_CUR)
            self.tell(Event("write", number, offset=at, data=bytes(data)))

    def cut(self, file: object, size: int) -> None:
        """A file, by descriptor or by name, is made shorter."""
        if isinstance(file, int):
            number = self._open[file][0] if file in self._open else None
        else:
            name = self._name(file)
            number = None if name is None else self._numbers.get(name)
        if number is not None:
            self.tell(Event("truncate", number, offset=size))

    def synced(self, descriptor: int) -> None:
        """A file or a folder is durable."""
        if descriptor in self._open:
            self.tell(Event("sync", self._open[descriptor][0]))
        elif descriptor in self._folders:
            self.tell(Event("folder", name=self._folders[descriptor]))

    def moved(self, before: object, after: object) -> None:
        """A file has another name."""
        name, target = self._name(before), self._name(after)
        if name is not None and target is not None and name in self._numbers:
            number = self._numbers[target] = self._numbers.pop(name)
            self.tell(Event("moved", number, name, target))

    def closed(self, descriptor: int) -> None:
        """The descriptor may be another file's from now on."""
        self._open.pop(descriptor, None)
        self._folders.pop(descriptor, None)


@contextlib.contextmanager
def recorded(home: Path, platter: Platter, commits: Commits) -> Iterator[Recording]:
    """Take down what happens below `home`, which holds what `platter` shows, until the end."""
    recording = Recording(home, platter)
    files = TornFiles(recording)
    try:
        with pytest.MonkeyPatch.context() as patch:
            _exchange(patch, recording, commits)
            yield recording
    finally:
        files.unregister()


def _exchange(patch: pytest.MonkeyPatch, recording: Recording, commits: Commits) -> None:
    """Put the recording doors in the place of the real ones."""
    connect, make = sqlite3.connect, os.open

    def torn_connect(target: Any, **how: Any) -> Any:
        """Who only looks writes nothing; copies are not part of this."""
        return connect(target, **how) if how.get("uri") else TornConnection(target, commits)

    def torn_open(path: Any, flags: int, *rest: Any, **how: Any) -> int:
        descriptor = make(path, flags, *rest, **how)
        recording.opened(descriptor, path, flags)
        return descriptor

    patch.setattr(sqlite3, "connect", torn_connect)
    patch.setattr(os, "open", torn_open)
    _before(patch, "write", recording.writing)
    _before(patch, "close", recording.closed)
    for name in ("ftruncate", "truncate"):
        _after(patch, name, recording.cut)
    for name in ("fsync", "fdatasync"):  # macOS and Windows have the first alone
        if hasattr(os, name):
            _after(patch, name, recording.synced)
    for name in ("rename", "replace"):
        _after(patch, name, recording.moved)
    for name in ("unlink", "remove"):
        _after(patch, name, recording.removed)


def _before(patch: pytest.MonkeyPatch, name: str, told: Callable[..., None]) -> None:
    plain = getattr(os, name)

    def call(*arguments: Any) -> Any:
        told(*arguments)
        return plain(*arguments)

    patch.setattr(os, name, call)


def _after(patch: pytest.MonkeyPatch, name: str, told: Callable[..., None]) -> None:
    plain = getattr(os, name)

    def call(*arguments: Any, **how: Any) -> Any:
        answer = plain(*arguments, **how)
        told(*arguments)
        return answer

    patch.setattr(os, name, call)
