"""F22: very many files in one folder, very deep folders, very many folders, on a real disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model.file import FileState
from tests.disk.scene import scene
from tests.kit.depth import depth
from tests.kit.process import Vitals

FILES = depth("FILES", 2_000, 100_000)
FOLDERS = depth("FOLDERS", 500, 10_000)
DEEP = 200
SECONDS = 60.0 + FILES / 40
BASE = 120 << 20  # bytes: the interpreter and everything it imports, generously
EACH = 2_048  # bytes for a file or a folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.deep,
    pytest.mark.timeout(3 * SECONDS + 60),
]


def test_F22_many_files_many_folders_and_deep_ones_in_bounded_memory(fresh: Path) -> None:
    """Most files hold the same, so that reading them is what is measured, not Filed."""
    with scene(fresh, fresh / "clients", sweep=600.0, deep=600.0) as one:
        root = one.agent.root
        (root / "Ash").mkdir()
        for number in range(FILES):
            (root / "Ash" / f"{number:06}.csv").write_bytes(b"the same in each")
        for number in range(FOLDERS):
            (root / f"Client {number:05}").mkdir()
        deepest = root.joinpath("Birch", *(["d"] * DEEP))
        one.put(deepest / "at the bottom.csv")
        process = one.agent.start("run")

        def known() -> int:
            return one.counts().files[FileState.known]

        seconds = one.until(
            lambda: known() == FILES + 1, lambda: f"{known()} of {FILES + 1} known", SECONDS
        )
        one.until_filed(root)
        vitals = Vitals.of(process.pid)
        print(
            f"{FILES:,} files and {FOLDERS:,} folders in {seconds:.0f} s, at most "
            f"{vitals.peak >> 20} MiB, {vitals.threads} threads, {vitals.files} open files"
        )
        assert vitals.peak < BASE + EACH * (FILES + FOLDERS)
        assert vitals.files < 64
        assert vitals.threads < 32
        late = root / f"Client {FOLDERS // 2:05}" / "late.csv"
        one.put(late)
        assert one.until_filed(root) < 10.0, "live watching covers all folders"
        one.all_once(root)
