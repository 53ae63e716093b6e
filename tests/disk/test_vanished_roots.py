"""E5, S5: a watched folder that vanishes, is emptied or is another one, and returns by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.disk.scene import Scene, scene
from tests.kit.mounts import Mounts

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(240)]

FAST = {"sweep": 1.0, "deep": 2.0}


def some(one: Scene, root: Path, name: str, number: int = 6) -> None:
    """Files of three clients."""
    for index in range(number):
        one.put(root / f"Client {index % 3}" / f"{name} {index}.csv")


def test_E05_S5_a_mount_that_goes_and_comes_back_resumes_without_a_restart(
    fresh: Path, mounts: Mounts
) -> None:
    real, root = fresh / "real", fresh / "clients"
    with scene(fresh, root, **FAST) as one:
        some(one, real, "first")
        mounts.bind(real, root)
        one.agent.start("run")
        one.until_filed(real)

        mounts.take(root)
        print("unmounted:", one.until_away("unmounted"))
        some(one, real, "while unmounted", 2)
        mounts.bind(real, root)
        print(f"all was filed {one.until_filed(real):.1f} s after it was mounted again")

        mounts.tmpfs(root)
        print("another, empty disk on top:", one.until_away("empty disk"))
        mounts.take(root)
        some(one, real, "after the empty disk", 2)
        print(f"all was filed {one.until_filed(real):.1f} s after that was gone")

        other = mounts.tmpfs(root)
        some(one, other, "of another disk", 4)
        print("another disk with files:", one.until_away("another disk"))
        one.until_calm(3.0)
        mounts.take(root)
        some(one, real, "after the other disk", 2)
        print(f"all was filed {one.until_filed(real):.1f} s after that was gone")

        mounts.read_only(root)
        some(one, real, "while read-only", 2)
        print(f"all was filed {one.until_filed(real):.1f} s after it may only be read")
        assert one.missing() == 0
        one.all_once(real)  # nothing of the other disk, nothing twice
        assert one.agent.stop() == 0


def test_E05_E06_a_root_made_anew_is_the_same_only_with_its_files(fresh: Path) -> None:
    root, aside = fresh / "clients", fresh / "aside"
    with scene(fresh, root, **FAST) as one:
        some(one, root, "first")
        one.agent.start("run")
        one.until_filed(root)

        root.rename(aside)
        root.mkdir()
        print("made anew, empty:", one.until_away("made anew"))
        some(one, root, "of a stranger", 1)
        one.until_calm(3.0)
        assert one.away() is not None
        shutil.rmtree(root)
        shutil.copytree(aside, root)  # other inodes, the same files
        some(one, root, "after the copy", 2)
        print(f"all was filed {one.until_filed(root):.1f} s after its files were there again")
        one.all_once(root)
        assert one.missing() == 0
        one.until(lambda: one.away() is None, lambda: "never there again")
        some(one, root, "live again", 1)
        assert one.until_filed(root) < 10.0
        one.all_once(root)
        assert one.agent.stop() == 0
