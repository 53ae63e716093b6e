"""E5, S5: a watched folder that fails as a whole: nothing is concluded, it resumes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.disk.scene import scene
from tests.kit.depth import TORTURE
from tests.kit.fault_fs import Fault, FaultyDisk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.deep,
    pytest.mark.timeout(400),
]

PUSH = {
    "host down": Fault("EHOSTDOWN"),
    "empty": Fault("empty", ops=("readdir",)),
}
TORTURED = {
    "stale": Fault("ESTALE"),
    "timed out": Fault("ETIMEDOUT"),
    "not connected": Fault("ENOTCONN"),
    "no permission": Fault("EACCES", path="/", ops=("opendir", "readdir")),
    "EIO": Fault("EIO"),
}
AWAY = PUSH | TORTURED if TORTURE else PUSH
CHANGED = {
    "renumbered": Fault("renumber", ops=("getattr",)),
    "times on a grid of 2 s": Fault("coarse", ops=("getattr",), seconds=2.0),
}


def test_E05_S5_a_root_that_fails_is_away_and_comes_back_by_itself(
    fresh: Path, faulty: FaultyDisk
) -> None:
    with scene(fresh, faulty.path, sweep=1.0, deep=2.0) as one:
        for number in range(12):
            one.put(faulty.real / f"Client {number % 3}" / f"{number}.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        for name, fault in AWAY.items():
            faulty.plan(fault)
            print(f"{name}: {one.until_away(name)}")
            one.put(faulty.real / "Client 1" / f"while {name}.csv")
            faulty.heal()
            seconds = one.until_filed(faulty.real)
            print(f"{name}: all was filed {seconds:.1f} s after it healed")
            assert one.missing() == 0, name
        one.all_once(faulty.real)
        assert one.agent.stop() == 0


def test_E05_S3_new_numbers_and_coarser_times_file_nothing_twice(
    fresh: Path, faulty: FaultyDisk
) -> None:
    """As after a remount (vfat, SMB): every signature is new, every content is not."""
    with scene(fresh, faulty.path, sweep=1.0, deep=2.0) as one:
        for number in range(12):
            one.put(faulty.real / f"Client {number % 3}" / f"{number}.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        for name, fault in CHANGED.items():
            faulty.plan(fault)
            one.put(faulty.real / "Client 1" / f"while {name}.csv")
            one.until_filed(faulty.real)
            faulty.heal()
            one.put(faulty.real / "Client 1" / f"after {name}.csv")
            one.until_filed(faulty.real)
        one.all_once(faulty.real)
        sent = one.sandbox.received().requests
        assert sent["POST"] == len(one.made), "one upload for each content"
        assert one.missing() == 0
