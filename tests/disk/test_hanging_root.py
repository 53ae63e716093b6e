"""E5, L6: a watched folder on a server that is dead; the other one goes on as if nothing was."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.disk.scene import Scene, scene
from tests.kit.fault_fs import Fault, FaultyDisk
from tests.kit.process import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(180)]

HANG = 10.0  # seconds for each call: what a dead SMB server was measured to take
LATE_MOST = 8.0  # seconds: one look that gives up, and the second or two that filing takes


def arrive(one: Scene, healthy: Path, number: int) -> float:
    """A document in the healthy root; how long it took until it was filed."""
    one.put(healthy / "Birch" / f"{number}.csv")
    return one.until_filed(healthy, seconds=120.0)


def test_E05_L6_a_root_that_hangs_makes_no_document_of_another_late(
    fresh: Path, faulty: FaultyDisk
) -> None:
    healthy = fresh / "healthy"
    healthy.mkdir()
    with scene(fresh, faulty.path, healthy) as one:
        for number in range(20):
            one.put(faulty.real / "Ash" / f"{number}.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        before = arrive(one, healthy, 0)
        for number in range(20, 40):
            one.put(faulty.real / "Ash" / f"{number}.csv", 600_000)
        faulty.plan(Fault("hang", seconds=HANG))
        late = [arrive(one, healthy, number) for number in range(1, 9)]
        print(f"before {before:.1f} s, while the other hung {[round(one, 1) for one in late]} s")
        assert max(late) < LATE_MOST
        root = str(faulty.path)
        wait_for(
            lambda: "does not answer" in one.agent.waits().get(root, {"why": ""})["why"],
            "the hanging folder is named",
            15.0,  # its first call counts as hanging after a budget
        )
        faulty.heal()
        seconds = one.until_filed(faulty.real, seconds=90.0)
        print(f"all of the other was filed {seconds:.1f} s after it answered again")
        one.all_once(faulty.real, healthy)


def test_E05_a_root_that_hangs_does_not_hold_up_the_end(fresh: Path, faulty: FaultyDisk) -> None:
    with scene(fresh, faulty.path) as one:
        one.put(faulty.real / "Ash" / "a.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        faulty.plan(Fault("hang", seconds=60.0))
        one.put(faulty.real / "Ash" / "b.csv")
        time.sleep(3.0)
        began = time.monotonic()
        assert one.agent.stop(20.0) == 0
        seconds = time.monotonic() - began
        print(f"ended {seconds:.1f} s after SIGTERM")
        assert seconds < 7.0


def test_E05_L6_a_root_that_hangs_at_the_start_holds_up_neither_another_nor_the_end(
    fresh: Path, faulty: FaultyDisk
) -> None:
    healthy = fresh / "healthy"
    with scene(fresh, faulty.path, healthy) as one:
        one.put(healthy / "Birch" / "a.csv")
        one.put(faulty.real / "Ash" / "a.csv")
        faulty.plan(Fault("hang", seconds=60.0))
        one.agent.start("run")
        seconds = one.until_filed(healthy, seconds=60.0)
        print(f"the healthy root was filed {seconds:.1f} s after the start")
        assert seconds < 25.0, "its path, and the first look at it, each within their budget"
        began = time.monotonic()
        assert one.agent.stop(20.0) == 0
        assert time.monotonic() - began < 7.0
        faulty.heal()
        assert one.agent.call("sync").returncode == 0
        one.all_once(faulty.real, healthy)


@pytest.mark.torture
def test_L06_a_root_that_answers_slowly_makes_no_document_of_another_very_late(
    fresh: Path, faulty: FaultyDisk
) -> None:
    """As over a bad line: no call hangs, but many files of it wait to be read."""
    healthy = fresh / "healthy"
    with scene(fresh, faulty.path, healthy, sweep=30.0, deep=30.0) as one:
        one.put(healthy / "Birch" / "0.csv")
        one.put(faulty.real / "Ash" / "0.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        for number in range(1, 40):
            one.put(faulty.real / "Ash" / f"{number}.csv", 1_000)
        faulty.plan(Fault("hang", seconds=0.25))
        one.until_calm(10.0)
        late = [arrive(one, healthy, number) for number in range(1, 6)]
        print(f"late: {[round(one, 1) for one in late]} s")
        assert max(late) < 20.0
        faulty.heal()
        one.until_filed(faulty.real, seconds=90.0)
        one.all_once(faulty.real, healthy)
