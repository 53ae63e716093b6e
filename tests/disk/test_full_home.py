"""E1: the disk that holds ledger and log is full, or may only be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.disk.scene import scene
from tests.kit.mounts import Mounts, fill

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(180)]

ROOM = 200_000  # bytes left: some transactions still go well


@pytest.mark.parametrize("leave", [ROOM, pytest.param(0, marks=pytest.mark.torture)])
def test_E01_a_full_disk_stops_the_work_loudly_and_it_resumes_by_itself(
    fresh: Path, mounts: Mounts, leave: int
) -> None:
    root, home = fresh / "clients", mounts.tmpfs(fresh / "home")
    with scene(fresh, root) as one:
        for number in range(20):
            one.put(root / f"Client {number % 4}" / f"{number}.csv")
        one.agent.start("run")
        one.until_filed(root)
        filler = fill(home, leave)
        for number in range(20, 60):
            one.put(root / f"Client {number % 5}" / f"{number}.csv")
        one.until(lambda: "is full" in one.told(), lambda: "nobody heard of it")
        told = one.agent.status()
        print(told["sentence"], told["advice"], told["exit_code"])
        assert "is full" in str(told["sentence"])
        assert told["exit_code"] == 1
        posts = one.sandbox.received().requests.get("POST", 0)
        one.until_calm(6.0)
        more = one.sandbox.received().requests.get("POST", 0) - posts
        assert more <= 8, f"{more} uploads begun and forgotten while nothing can be remembered"
        filler.unlink()
        seconds = one.until_filed(root)
        print(f"all was filed {seconds:.1f} s after there was room; {more} uploads in vain")
        one.all_once(root)
        one.until(lambda: one.agent.status()["exit_code"] == 0, lambda: str(one.agent.status()))
        assert one.agent.stop() == 0


def test_E01_one_pass_on_a_full_disk_says_so_and_the_next_one_goes_on(
    fresh: Path, mounts: Mounts
) -> None:
    root, home = fresh / "clients", mounts.tmpfs(fresh / "home")
    with scene(fresh, root) as one:
        one.put(root / "Ash" / "a.csv")
        assert one.agent.call("sync").returncode == 0
        filler = fill(home)
        for number in range(20):
            one.put(root / f"Client {number % 5}" / f"{number}.csv")
        failed = one.agent.call("sync")
        print(failed.stderr)
        assert failed.returncode == 1
        assert "is full" in failed.stderr
        assert "Traceback" not in failed.stderr
        filler.unlink()
        assert one.agent.call("sync").returncode == 0
        one.all_once(root)


def test_E01_a_home_that_may_only_be_read_is_named_with_its_remedy(
    fresh: Path, mounts: Mounts
) -> None:
    root, state = fresh / "clients", fresh / "state"
    home = mounts.bind(mounts.tmpfs(state), fresh / "home")
    with scene(fresh, root) as one:
        one.put(root / "Ash" / "a.csv")
        assert one.agent.call("sync").returncode == 0
        mounts.read_only(home)
        one.put(root / "Ash" / "b.csv")
        for verb in ("sync", "run"):
            failed = one.agent.call(verb)
            print(verb, failed.returncode, failed.stderr)
            assert failed.returncode in (1, 2)
            assert "read-only" in failed.stderr.lower()
            assert "Traceback" not in failed.stderr
        mounts.read_only(home, yes=False)
        assert one.agent.call("sync").returncode == 0
        one.all_once(root)
