"""The habits of offices: how programs save, scan, copy and rename (watch.md 3, reliability.md 5).

Each habit begins something on one disk and plans the rest of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.kit.disk import MemoryDisk

if TYPE_CHECKING:
    from tests.kit.people import People

Habit = Callable[["People", MemoryDisk], None]
CLIENTS = (b"Ash", b"Birch", b"Cedar", "Zoë".encode())
NAMES = (b"w2.bin", b"k1.bin", b"1099.bin", b"scan.bin", b"2024/deep/er/w2.bin")
PAUSE = 4.0  # seconds: nobody who is still writing rests longer
LONG_AGO = 1_500_000_000_000_000_000  # ns; even seconds, so that a coarse disk can tell it


def something(people: People, habits: Sequence[tuple[float, Habit]]) -> None:
    """One habit, drawn by its weight."""
    disk = people.rng.choice(people.disks)
    weights = [weight for weight, _ in habits]
    ((_, habit),) = people.rng.choices(habits, weights)
    habit(people, disk)


def meddle(people: People) -> None:
    """Somebody writes while the agent reads."""
    disk = people.rng.choice(people.disks)
    there = sorted(disk.files)
    if not there:
        return
    path, draw = people.rng.choice(there), people.rng.random()
    if draw < 0.4:
        people.write(disk, path, people.content())
    elif draw < 0.7:
        _there_and_back(people, disk, path)
    else:
        people.rewrite_slyly(disk, path)


def _path(people: People) -> bytes:
    name = people.rng.choice(NAMES)
    if people.rng.random() < 0.01:
        return name.split(b"/")[-1]  # directly in the root: nobody's (N16)
    return people.rng.choice(CLIENTS) + b"/" + name


def _one(people: People, disk: MemoryDisk) -> bytes | None:
    there = sorted(disk.files)
    return people.rng.choice(there) if there else None


def save(people: People, disk: MemoryDisk) -> None:
    """A plain save, in place or by a rename."""
    people.write(disk, _path(people), people.content(), in_place=people.rng.random() < 0.5)


def save_as_office_does(people: People, disk: MemoryDisk) -> None:
    """A lock beside it, a temporary file of eight hex digits, which is renamed over the old."""
    path = _path(people)
    folder, _, name = path.rpartition(b"/")
    beside = folder + b"/" if folder else b""
    lock, temporary = beside + b"~$" + name, beside + b"%08X" % people.rng.getrandbits(32)
    content, took = people.content(), people.rng.uniform(0.1, PAUSE)
    people.write(disk, lock, b"who has it open")
    people.write(disk, temporary, content[: len(content) // 2])
    people.later(took, partial(people.write, disk, temporary, content))
    people.later(took + 0.2, partial(people.rename, disk, temporary, path))
    people.later(took + people.rng.uniform(0.3, 30.0), partial(people.delete, disk, lock))


def scan_slowly(people: People, disk: MemoryDisk) -> None:
    """A scanner: pages with pauses shorter than the quiet time."""
    path, content, after = _path(people), b"", 0.0
    for _ in range(people.rng.randrange(2, 6)):
        after += people.rng.uniform(0.2, PAUSE)
        content += people.content()[:200] + bytes([people.rng.randrange(256)])
        people.later(after, partial(people.write, disk, path, content))


def copy_over_the_network(people: People, disk: MemoryDisk) -> None:
    """SMB: the whole size at once, then the bytes, and in the end the time of the original."""
    path, content = _path(people), people.rng.randbytes(people.rng.randrange(100, 700))
    told = LONG_AGO + people.rng.randrange(10**6) * 2_000_000_000
    people.write(disk, path, bytes(len(content)))
    after = 0.0
    for part in range(1, 4):
        after += people.rng.uniform(0.1, PAUSE)
        done = len(content) * part // 3
        sofar = content[:done] + bytes(len(content) - done)
        people.later(after, partial(people.write, disk, path, sofar))
    after += people.rng.uniform(0.0, 1.0)
    people.later(after, partial(people.write, disk, path, content, mtime_ns=told))


def copy(people: People, disk: MemoryDisk) -> None:
    """The same content at a second place."""
    if (path := _one(people, disk)) is not None:
        people.write(disk, _path(people), disk.files[path].content, in_place=False)


def rename(people: People, disk: MemoryDisk) -> None:
    """One file gets another name, often in another client's folder."""
    if (path := _one(people, disk)) is not None:
        people.rename(disk, path, disk.spelled(_path(people)))


def rename_in_chains(people: People, disk: MemoryDisk) -> None:
    """A to B to C, and sometimes back to A."""
    path = _one(people, disk)
    if path is None:
        return
    names, after = [path, path + b".1", _path(people)], 0.0
    if people.rng.random() < 0.5:
        names.append(path)
    for old, new in pairwise(names):
        people.later(after, partial(people.rename, disk, disk.spelled(old), new))
        after += people.rng.uniform(0.1, 15.0)


def move_a_folder(people: People, disk: MemoryDisk) -> None:
    """A whole client folder: renamed, or into another client's; sometimes moved back."""
    path = _one(people, disk)
    if path is None or b"/" not in path:
        return
    old = path.split(b"/")[0]
    target = people.rng.choice(CLIENTS)
    new = target + b"/" + old if people.rng.random() < 0.5 else target + b" & Co"
    people.rename_folder(disk, old, new)
    if people.rng.random() < 0.5:
        back = partial(people.rename_folder, disk, new, old)
        people.later(people.rng.uniform(1.0, 60.0), back)


def spell_otherwise(people: People, disk: MemoryDisk) -> None:
    """Only the case changes, or the Unicode form: of a file, or of its client's folder."""
    path = _one(people, disk)
    if path is None or b"/" not in path:
        return
    client, _, name = path.partition(b"/")
    draw = people.rng.random()
    if draw < 0.6:
        people.rename(disk, path, client + b"/" + name.swapcase())
    elif draw < 0.8:
        people.rename_folder(disk, client, client.swapcase())
    else:
        composed, text = people.rng.random() < 0.5, client.decode()
        other = unicodedata.normalize("NFC" if composed else "NFD", text).encode()
        people.write(disk, other + b"/" + name, people.content())


def open_a_second_folder(people: People, disk: MemoryDisk) -> None:
    """Beside a client's folder another one of nearly the same name (S4, N8)."""
    path = _one(people, disk)
    if path is not None and b"/" in path:
        client, _, name = path.partition(b"/")
        people.write(disk, client.upper() + b"/" + name, people.content())


def delete(people: People, disk: MemoryDisk) -> None:
    """One file is removed."""
    if (path := _one(people, disk)) is not None:
        people.delete(disk, path)


def there_and_back(people: People, disk: MemoryDisk) -> None:
    """A to B to A, the trap of every content-addressed queue."""
    if (path := _one(people, disk)) is not None:
        _there_and_back(people, disk, path)


def _there_and_back(people: People, disk: MemoryDisk, path: bytes) -> None:
    first = disk.files[path].content
    people.write(disk, path, people.content())
    people.later(people.rng.uniform(1.0, 40.0), partial(people.write, disk, path, first))


HABITS: tuple[tuple[float, Habit], ...] = (
    (0.24, save),
    (0.08, save_as_office_does),
    (0.10, scan_slowly),
    (0.08, copy_over_the_network),
    (0.08, copy),
    (0.10, rename),
    (0.06, rename_in_chains),
    (0.05, move_a_folder),
    (0.04, spell_otherwise),
    (0.01, open_a_second_folder),
    (0.08, delete),
    (0.08, there_and_back),
)


def lay_down(people: People, disk: MemoryDisk) -> None:
    """A new file, which nobody touches again."""
    name = b"%d.bin" % people.rng.getrandbits(40)
    people.write(disk, people.rng.choice(CLIENTS) + b"/" + name, people.rng.randbytes(900))


STILL_HABITS: tuple[tuple[float, Habit], ...] = ((1.0, lay_down),)
