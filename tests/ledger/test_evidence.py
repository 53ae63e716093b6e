"""The evidence file: its lines, their order with the commits, and every way to break them (E2)."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import LedgerTrouble
from agent.ledger import durable
from agent.ledger.beside import Beside
from agent.ledger.evidence import Evidence, Mark, Reading, read
from agent.ledger.keeping import open_kept
from tests.ledger.kit import StillClock

CLOCK = StillClock()
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite3"


def found(path: Path) -> Reading:
    reading = read(path)
    assert reading is not None
    return reading


def words(path: Path) -> list[Any]:
    return [line["word"] for line in found(path).lines() if "word" in line]


class Lone:
    """An evidence file without a ledger."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "evidence.jsonl"
        self.file = Evidence(self.path, ours=True)
        self.mark = self.file.write_anew(0, [])

    def append(self, *words: str) -> Mark:
        for word in words:
            after = self.file.append(self.mark, {"word": word})
            assert after is not None
            self.mark = after
        return self.mark

    def change(self, change: Callable[[bytes], bytes]) -> None:
        self.path.write_bytes(change(self.path.read_bytes()))


@pytest.fixture
def lone(tmp_path: Path) -> Lone:
    return Lone(tmp_path)


# -- the file alone --------------------------------------------------------------------------------


def test_what_was_appended_is_read_in_order(lone: Lone) -> None:
    mark = lone.append("one", "two", "three\n\udcff")
    assert words(lone.path) == ["one", "two", "three\n\udcff"]
    reading = found(lone.path)
    assert (reading.end, reading.damaged, reading.torn) == (mark, 0, False)
    assert mark.length == lone.path.stat().st_size
    assert Mark.read(mark.text()) == mark


@pytest.mark.parametrize("text", [None, "", "a b c", "abc 1", "abc 1 -2"])
def test_a_mark_that_no_version_wrote_is_none(text: str | None) -> None:
    assert Mark.read(text) is None


@posix
def test_the_evidence_is_readable_by_its_owner_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        open_kept(path, CLOCK).close()
    finally:
        os.umask(old)
    beside = Beside(path)
    assert beside.evidence.stat().st_mode & 0o777 == 0o600
    assert beside.evidence.parent.stat().st_mode & 0o777 == 0o700


def test_E02_a_torn_last_line_is_ignored_and_cut_off_before_the_next(lone: Lone) -> None:
    lone.append("one", "two")
    whole = lone.path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for length in range(len(whole) - last + 1, len(whole)):
        lone.path.write_bytes(whole[:length])
        assert (words(lone.path), found(lone.path).damaged) == (["one"], 0)
        end = found(lone.path).end
        assert end is not None
        assert found(lone.path).torn
        assert lone.file.append(end, {"word": "three"}) is not None
        assert (words(lone.path), found(lone.path).damaged) == (["one", "three"], 0)


def test_E02_every_flipped_bit_costs_its_own_line_only(lone: Lone) -> None:
    lone.append("one", "two", "three")
    whole = lone.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    start = len(lines[0]) + len(lines[1])
    for at in range(start, start + len(lines[2])):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x04
        lone.path.write_bytes(spoilt)
        reading = found(lone.path)
        if at == start + len(lines[2]) - 1:  # the newline: the next line is lost with it
            assert words(lone.path) == ["one"]
            continue
        assert words(lone.path) == ["one", "three"]
        assert (reading.damaged, reading.end) == (1, lone.mark)


def test_E02_lines_that_are_cut_out_are_missed(lone: Lone) -> None:
    lone.append("one", "two", "three")
    lone.change(lambda whole: b"".join(whole.splitlines(keepends=True)[i] for i in (0, 1, 3)))
    assert (words(lone.path), found(lone.path).damaged) == (["one", "three"], 1)


def test_E02_a_file_without_its_beginning_is_nobodys(lone: Lone) -> None:
    lone.append("one", "two")
    lone.change(lambda whole: b"".join(whole.splitlines(keepends=True)[1:]))
    end = found(lone.path).end
    assert end is not None
    assert (end.generation, found(lone.path).damaged) == ("", 1)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"no evidence\n" * 9])
def test_E02_a_file_without_a_sound_line_says_nothing(lone: Lone, content: bytes) -> None:
    lone.path.write_bytes(content)
    assert (found(lone.path).end, list(found(lone.path).lines())) == (None, [])


def test_lines_of_a_newer_version_are_refused(lone: Lone) -> None:
    lone.file.append(lone.mark, {"format": 2})
    with pytest.raises(LedgerTrouble, match="newer version"):
        list(found(lone.path).lines())


def test_only_the_agent_itself_cuts_anything_off(lone: Lone) -> None:
    """A command cannot know whether the ledger is the older one: it would destroy the proof."""
    mark = lone.append("one")
    lone.append("two")
    other = Evidence(lone.path, ours=False)
    with pytest.raises(LedgerTrouble, match="not in step"):
        other.append(mark, {"word": "three"})
    assert words(lone.path) == ["one", "two"]
    assert lone.file.append(mark, {"word": "three"}) is not None
    assert words(lone.path) == ["one", "three"]


def test_an_evidence_shorter_than_the_ledger_knows_takes_no_line(lone: Lone) -> None:
    mark = lone.append("one", "two")
    lone.change(lambda whole: whole[:-5])
    with pytest.raises(LedgerTrouble, match="not in step"):
        lone.file.append(mark, {"word": "three"})


def test_an_evidence_that_is_gone_stops_the_agent_but_no_command(lone: Lone) -> None:
    lone.path.unlink()
    with pytest.raises(LedgerTrouble, match="removed"):
        lone.file.append(lone.mark, {"word": "one"})
    assert Evidence(lone.path, ours=False).append(lone.mark, {"word": "one"}) is None
    assert not lone.path.exists()


@posix
def test_E02_a_disk_that_takes_half_a_line_keeps_nothing_of_it(
    lone: Lone, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone.append("one")
    before = lone.path.read_bytes()
    room = [10]

    def write(descriptor: int, content: Any) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = os.pwrite(descriptor, bytes(content[: room[0]]), len(before))
        room[0] -= taken
        return taken

    system = {"write": staticmethod(write), "fsync": staticmethod(os.fsync)}
    monkeypatch.setattr(durable, "os", type("Os", (), system))
    with pytest.raises(LedgerTrouble, match="evidence cannot be written: No space"):
        lone.file.append(lone.mark, {"word": "two"})
    monkeypatch.undo()
    assert lone.path.read_bytes() == before
