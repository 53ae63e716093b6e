"""F17, F18: files that cannot be read, or not at once; none is in the way of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.disk.scene import scene
from tests.kit.fault_fs import Fault, FaultyDisk

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(120)]

READ = ("read",)
SIZE = 700_000  # three chunks of 256 KiB
PASSING = {
    "EIO once": Fault("EIO", "/Ash/EIO once.csv", READ, offset=400_000, times=1),
    "EIO while sending": Fault("EIO", "/Ash/EIO while sending.csv", READ, skip=30, times=2),
    "ESTALE once": Fault("ESTALE", "/Ash/ESTALE once.csv", times=3),
    "short reads": Fault("short", "/Ash/short reads.csv", READ, size=90_001),
    "flip": Fault("flip", "/Ash/flip.csv", READ, offset=399_999, skip=1, times=1),
    "hang once": Fault("hang", "/Ash/hang once.csv", READ, offset=0, times=1, seconds=1.5),
}
LASTING = {
    "EIO": (Fault("EIO", "/Birch/EIO.csv", READ, offset=400_000), "disk error"),
    "EBUSY": (Fault("EBUSY", "/Birch/EBUSY.csv", ("open",)), "in use"),
    "EACCES": (Fault("EACCES", "/Birch/EACCES.csv", ("open",)), "no permission"),
    "ESTALE": (Fault("ESTALE", "/Birch/ESTALE.csv", ("open",)), "disk error"),
    "stat": (Fault("EIO", "/Birch/stat.csv", ("getattr",)), "disk error"),
    "shut": (Fault("EIO", "/Birch/shut/", ("readdir",)), "disk error"),
}


def test_F17_F18_files_that_fail_are_filed_once_or_stand_in_a_list(
    fresh: Path, faulty: FaultyDisk
) -> None:
    with scene(fresh, faulty.path) as one:
        for name in PASSING:
            one.put(faulty.real / "Ash" / f"{name}.csv", SIZE)
        for name in LASTING:
            folder = "Birch/shut" if name == "shut" else "Birch"
            one.put(faulty.real / folder / f"{name}.csv", SIZE)
        one.put(faulty.real / "Birch" / "well.csv", SIZE)
        one.put(faulty.real / "Cedar" / "well too.csv", SIZE)
        faulty.plan(*PASSING.values(), *(fault for fault, _ in LASTING.values()))
        one.agent.start("run")
        seconds = one.until_filed(faulty.real, "Ash", "Cedar")
        print(f"all that can be read was filed after {seconds:.1f} s")
        one.until(lambda: len(one.filed()) == len(PASSING) + 2, lambda: "Birch's healthy file")
        waits = one.agent.waits()
        print({path: wait["label"] for path, wait in waits.items()})
        for name, (fault, label) in LASTING.items():
            path = str(faulty.path) + fault.path.rstrip("/")
            assert waits[path]["label"] == label, name
            assert waits[path]["why"]
            assert waits[path]["next_step"]
        faulty.heal()
        one.until_filed(faulty.real)
        one.all_once(faulty.real)
        assert one.agent.stop() == 0
