"""A disk that fails when it is told to: a real folder, seen through FUSE with a plan of faults.

`FaultyDisk` is the test's side. The file system runs in a process of its own (this module, started
as a program) and reads the plan anew whenever it changes. Nothing is cached on the way, so that
each read and each stat of the agent meets the plan.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import pytest

START_SECONDS = 20.0
HANG_STEP = 0.02


@dataclass(frozen=True)
class Fault:
    """One line of the plan.

    `what`: the name of an errno (raised), or `hang` (`seconds`, then the call goes on), `short`
    (reads give at most `size` bytes), `flip` (a bit of what is read at `offset` is turned), `empty`
    (folders list nothing), `renumber` (other inode numbers), `coarse` (times cut to `seconds`).
    `path` begins with `/` and means that file, or everything below it when it ends with `/`.
    `ops`: only these of getattr, open, read, readdir; empty: all. `offset` limits reads to those
    that cover this byte. `skip` calls go well first; `times` calls meet it, None means for ever.
    """

    what: str
    path: str = "/"
    ops: tuple[str, ...] = ()
    offset: int | None = None
    skip: int = 0
    times: int | None = None
    seconds: float = 0.0
    size: int = 1000

    def meets(self, op: str, path: str, start: int, length: int) -> bool:
        """Whether a call is one that this fault is for."""
        at = path == self.path or (self.path.endswith("/") and (path + "/").startswith(self.path))
        covered = self.offset is None or op != "read" or start <= self.offset < start + length
        return at and covered and (not self.ops or op in self.ops)


class FaultyDisk:
    """A mounted one: `path` is what the agent sees, `real` what lies below it."""

    def __init__(self, base: Path) -> None:
        self.real = base / "real"
        self.path = base / "mounted"
        self._plan = base / "plan.json"
        self._process: subprocess.Popen[bytes] | None = None
        for folder in (self.real, self.path):
            folder.mkdir(parents=True, exist_ok=True)
        self.heal()

    def plan(self, *faults: Fault) -> None:
        """These faults from now on, and no others."""
        partial = self._plan.with_name("plan.partial")
        partial.write_text(json.dumps([asdict(fault) for fault in faults]))
        partial.replace(self._plan)

    def heal(self) -> None:
        """No faults; calls that hang go on at once."""
        self.plan()

    def mount(self) -> None:
        """Start the file system and wait until it answers."""
        command = [sys.executable, "-m", "tests.kit.fault_fs"]
        top = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [*command, str(self.real), str(self.path), str(self._plan)], cwd=top
        )
        end = time.monotonic() + START_SECONDS
        while not os.path.ismount(self.path):
            if self._process.poll() is not None or time.monotonic() > end:
                self.unmount()
                raise RuntimeError("the faulty disk could not be mounted")
            time.sleep(0.02)

    def unmount(self) -> None:
        """End it, whatever still hangs or is open there."""
        self.heal()
        subprocess.run(["fusermount3", "-u", "-z", "-q", str(self.path)], check=False)
        process, self._process = self._process, None
        if process is not None:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def __enter__(self) -> FaultyDisk:
        self.mount()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unmount()


def need_fuse() -> None:
    """Skip where FUSE cannot be used."""
    if not Path("/dev/fuse").exists() or os.geteuid() != 0:
        pytest.skip("needs /dev/fuse and the rights of root")
    try:
        import mfusepy  # noqa: F401 - fails without libfuse
    except (ImportError, OSError) as error:
        pytest.skip(f"FUSE cannot be used here: {error}")


# -- the file system's own process -----------------------------------------------------------------


class Plan:
    """The faults as they stand in the file just now, with how often each was met."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._mark: tuple[int, int] | None = None
        self._faults: list[Fault] = []
        self._met: list[int] = []

    def due(self, op: str, path: str, start: int = 0, length: int = 0) -> list[Fault]:
        """The faults that this call meets."""
        with self._lock:
            self._refresh()
            found = []
            for number, fault in enumerate(self._faults):
                if not fault.meets(op, path, start, length):
                    continue
                self._met[number] += 1
                nth = self._met[number] - fault.skip
                if nth > 0 and (fault.times is None or nth <= fault.times):
                    found.append(fault)
            return found

    def stands(self, fault: Fault) -> bool:
        """Whether the fault still is in the plan."""
        with self._lock:
            self._refresh()
            return fault in self._faults

    def _refresh(self) -> None:
        facts = self._file.stat()
        mark = (facts.st_ino, facts.st_mtime_ns)
        if mark != self._mark:
            self._mark = mark
            told = json.loads(self._file.read_text())
            self._faults = [Fault(**{**line, "ops": tuple(line["ops"])}) for line in told]
            self._met = [0] * len(self._faults)


class FaultFs:
    """The operations that reading needs, on the real folder; mfusepy calls them."""

    use_ns = True

    def __init__(self, real: str, plan: Path, interrupted: ctypes._NamedFuncPointer) -> None:
        self._real = real
        self._plan = Plan(plan)
        self._interrupted = interrupted

    def init_with_config(self, conn: object, config: object) -> None:
        """Our own inode numbers, and nothing kept by the kernel."""
        del conn
        for name, value in (("use_ino", 1), ("direct_io", 1), ("kernel_cache", 0)):
            setattr(config, name, value)
        for name in ("entry_timeout", "attr_timeout", "negative_timeout"):
            setattr(config, name, 0.0)

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int | float]:
        """stat, or fstat of an open file."""
        faults = self._meet("getattr", path)
        facts = os.lstat(self._real + path) if fh is None else os.fstat(fh)
        names = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")
        told: dict[str, int | float] = {name: getattr(facts, name) for name in names}
        for name in ("st_atime", "st_mtime", "st_ctime"):
            told[name] = getattr(facts, name + "_ns")
        for fault in faults:
            if fault.what == "renumber":
                told["st_ino"] = facts.st_ino + 1_000_000
            if fault.what == "coarse":
                grid = int(fault.seconds * 1e9)
                told["st_mtime"] = facts.st_mtime_ns // grid * grid
                told["st_ctime"] = facts.st_ctime_ns // grid * grid
        return told

    def opendir(self, path: str) -> int:
        """Nothing is kept open."""
        self._meet("opendir", path)
        return 0

    def readdir(self, path: str, fh: int) -> Iterable[tuple[str, Mapping[str, int], int]]:
        """The names in a folder."""
        faults = self._meet("readdir", path)
        if any(fault.what == "empty" for fault in faults):
            return [(name, {"st_mode": stat.S_IFDIR}, 0) for name in (".", "..")]
        with os.scandir(self._real + path) as entries:
            found = [(one.name, one.stat(follow_symlinks=False)) for one in entries]
        return [
            (name, {"st_mode": facts.st_mode, "st_ino": facts.st_ino}, 0) for name, facts in found
        ]

    def readlink(self, path: str) -> str:
        """Where a link leads."""
        return os.readlink(self._real + path)

    def open(self, path: str, flags: int) -> int:
        """Open for reading."""
        self._meet("open", path)
        return os.open(self._real + path, flags)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Bytes, as far as the plan lets them through."""
        faults = self._meet("read", path, offset, size)
        for fault in faults:
            if fault.what == "short":
                size = min(size, fault.size)
        data = bytearray(os.pread(fh, size, offset))
        for fault in faults:
            if fault.what == "flip" and fault.offset is not None:
                data[fault.offset - offset] ^= 1
        return bytes(data)

    def release(self, path: str, fh: int) -> int:
        """Close it."""
        os.close(fh)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        """A disk of some size."""
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 20, "f_bavail": 1 << 19}

    def _meet(self, op: str, path: str, start: int = 0, length: int = 0) -> list[Fault]:
        """Hang and raise as the plan says; the faults that change an answer instead."""
        faults = self._plan.due(op, path, start, length)
        for fault in faults:
            if fault.what == "hang":
                self._hang(fault)
        for fault in faults:
            number = getattr(errno, fault.what, None)
            if number is not None:
                raise OSError(number, os.strerror(number))
        return faults

    def _hang(self, fault: Fault) -> None:
        """As a dead server does: until the time is over, or the caller is killed."""
        end = time.monotonic() + fault.seconds
        while time.monotonic() < end and self._plan.stands(fault):
            if self._interrupted():
                raise OSError(errno.EINTR, os.strerror(errno.EINTR))
            time.sleep(HANG_STEP)


def main(real: str, mount: str, plan: str) -> None:
    """Serve until unmounted."""
    import mfusepy

    operations = FaultFs(real, Path(plan), mfusepy._libfuse.fuse_interrupted)
    mfusepy.FUSE(operations, mount, foreground=True, allow_other=True, fsname="faulty")


if __name__ == "__main__":
    main(*sys.argv[1:4])
