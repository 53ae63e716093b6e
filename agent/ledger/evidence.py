"""The evidence: an append-only file beside the ledger that outlives it.

Filed's binder shows no hash, no size and no upload ID, so a lost ledger could not be asked of
Filed: the proof that a content was filed has to be our own second memory (reliability.md section
4.10, row E2). Each line is one transaction's facts that must survive (testimony.py); it is
durable right before that transaction is, so the evidence is never behind what was acted upon. What
was written here and then not committed is cut off before the next line, or believed at the next
start: an intent is then read back, anything else is true of Filed whether we noted it or not.

A line is `crc32 {"n": number, ...}`, the checksum in eight hexadecimal digits over the JSON. The
numbers go up by one through the whole life of a ledger; a file that was written anew (export.py) is
a new generation, named in its first line. The ledger keeps generation, number and length of what
it has taken in (Mark).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from agent.errors import LedgerTrouble
from agent.ledger.durable import sync_descriptor, sync_file, sync_folder, write_all
from agent.ledger.trouble import disk_trouble

FORMAT = 1
_BLOCK = 1 << 20  # bytes written at once where all is written anew
_CRC = 8  # hexadecimal digits before the blank
_MAY_LACK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the ledger has taken in its evidence: `length` is in bytes."""

    generation: str
    number: int
    length: int

    def text(self) -> str:
        """As the ledger keeps it."""
        return f"{self.generation} {self.number} {self.length}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """What text() gave; None for none, and for what no version ever wrote."""
        parts = (text or "").split(" ")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts[1:]):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the file; its lines are read again when they are asked for.

    `end` is the mark of the last sound line (None: there is none); `damaged` counts places where
    lines are broken or lacking; `torn` says that only the end of the last line is missing.
    """

    path: Path
    end: Mark | None
    damaged: int
    torn: bool

    def lines(self) -> Iterator[dict[str, Any]]:
        """The sound lines in order. Raises LedgerTrouble, also for those of a newer version."""
        for _, body in _bodies(self.path):
            if body is None or _number(body) is None:
                continue
            told: dict[str, Any] = json.loads(body)
            if told.get("format", FORMAT) != FORMAT:
                raise LedgerTrouble(
                    "The ledger's evidence was written by a newer version of the agent: "
                    "install that version again."
                )
            yield told


def read(path: Path) -> Reading | None:
    """Look through the whole file; None where there is none. Raises LedgerTrouble."""
    if not path.exists():
        return None
    generation, number, length, at = "", None, 0, 0
    damaged, broken, first = 0, False, True
    for size, body in _bodies(path):
        at += size
        told = None if body is None else _number(body)
        if body is None or told is None:
            broken = True
            continue
        named = _generation(body)
        # without its beginning nobody knows which file this is the rest of
        if broken or (first and not named) or (number is not None and told != number + 1):
            damaged += 1
        generation, number, length = named or generation, told, at
        broken = first = False
    end = None if number is None else Mark(generation, number, length)
    return Reading(path, end, damaged, torn=length < at)


def make_durable(path: Path) -> None:
    """Sync the file as it is seen now: a process that was killed may have written a line, or cut
    one off, and not have come to it. Raises LedgerTrouble."""
    try:
        sync_file(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk_trouble(error, "The ledger's evidence cannot be read") from error


def _bodies(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Length and JSON of each line, None where it is broken. Raises LedgerTrouble."""
    try:
        with path.open("rb") as file:
            for line in file:
                body = line[_CRC + 1 : -1]
                whole = line.endswith(b"\n") and line[_CRC : _CRC + 1] == b" "
                sound = whole and line[:_CRC] == b"%08x" % zlib.crc32(body)
                yield len(line), body if sound else None
    except OSError as error:
        raise disk_trouble(error, "The ledger's evidence cannot be read") from error


def _number(body: bytes) -> int | None:
    """Every line begins with its number, so that the JSON need not be read for it."""
    digits = body[len(b'{"n":') : body.find(b",")]
    return int(digits) if body.startswith(b'{"n":') and digits.isdigit() else None


def _generation(body: bytes) -> str:
    """The generation that a first line names, "" for any other line."""
    if b'"generation":' not in body[:64]:
        return ""
    return str(json.loads(body).get("generation", ""))


def _line(number: int, content: Content) -> bytes:
    body = json.dumps({"n": number, **content}, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _blocks(number: int, contents: Iterable[Content]) -> Iterator[tuple[int, bytes]]:
    """The lines after `number` in blocks for one write each, and the number of their last one."""
    lines: list[bytes] = []
    size = 0
    for content in contents:
        number += 1
        lines.append(_line(number, content))
        size += len(lines[-1])
        if size >= _BLOCK:
            yield number, b"".join(lines)
            lines, size = [], 0
    yield number, b"".join(lines)


class Evidence:
    """The file, for writing; `ours`: this process holds the agent's lock."""

    def __init__(self, path: Path, *, ours: bool) -> None:
        self.path = path
        self._ours = ours

    def append(self, mark: Mark, content: Content) -> Mark | None:
        """Add one line behind `mark`, durably; the mark behind it. Raises LedgerTrouble.

        To be called inside the ledger's transaction only: its lock is what keeps writers apart.
        What lies behind `mark` belongs to a transaction that never came to its end; only the
        running agent knows that for sure, so only it cuts that off. None: the file is gone, and
        the agent's next start writes it anew.
        """
        line = _line(mark.number + 1, content)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | _MAY_LACK)
        except FileNotFoundError:
            if self._ours:
                raise LedgerTrouble(
                    "The ledger's evidence was removed while the agent runs."
                ) from None
            return None
        except OSError as error:
            raise _not_written(error) from error
        try:
            self._make_room(descriptor, mark)
            self._write(descriptor, mark, line)
        except OSError as error:
            raise _not_written(error) from error
        finally:
            os.close(descriptor)
        return Mark(mark.generation, mark.number + 1, mark.length + len(line))

    def _make_room(self, descriptor: int, mark: Mark) -> None:
        size = os.fstat(descriptor).st_size
        if size == mark.length:
            return
        if size < mark.length or not self._ours:
            raise LedgerTrouble(
                "The ledger and its evidence are not in step; the agent's next start mends that."
            )
        os.ftruncate(descriptor, mark.length)

    @staticmethod
    def _write(descriptor: int, mark: Mark, line: bytes) -> None:
        """All of it and durable, or (as far as the disk still allows) nothing of it."""
        try:
            write_all(descriptor, line)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, mark.length)
                sync_descriptor(descriptor)
            raise

    def take_back(self, mark: Mark) -> None:
        """Cut off what was appended behind `mark`; where that fails, the next line does it.

        Durably: a power cut would bring it back, when the work may long have gone another way.
        """
        with contextlib.suppress(OSError):
            os.truncate(self.path, mark.length)
            sync_file(self.path)

    def write_anew(self, number: int, contents: Iterable[Content]) -> Mark:
        """Replace the file by these lines, whole or not at all. Raises LedgerTrouble.

        `number` is the last one that was ever used; the result is the mark behind the last line.
        """
        generation = secrets.token_hex(8)
        partial = self.path.with_name(self.path.name + ".partial")
        first: Content = {"generation": generation, "format": FORMAT}
        length = 0
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _MAY_LACK, 0o600)
            try:
                for last, block in _blocks(number, chain((first,), contents)):
                    write_all(descriptor, block)
                    number, length = last, length + len(block)
            finally:
                os.close(descriptor)
            partial.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise _not_written(error) from error
        return Mark(generation, number, length)


def _not_written(error: OSError) -> LedgerTrouble:
    return disk_trouble(error, "The ledger's evidence cannot be written")
