"""Finding 8 of the reliability notes: who swaps a file or a folder for a link while the agent opens
it gains nothing (S7). Each attack is first shown to work against a plain check before the opening.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.errors import AgentError
from agent.folders.disk import LocalDisk
from tests.kit.depth import depth
from tests.security.attackers import swapping

pytestmark = [
    pytest.mark.slow,
    pytest.mark.deep,
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX links; Windows has its own opening"),
]

SECONDS = depth("RACE_SECONDS", 2, 15)
CONTROL_MOST = 30.0  # seconds in which the plain check has to lose the race
SLOW = 1.0  # seconds; an open that a pipe holds up would take for ever

OURS, SECRET = b"ours", b"secret"


@dataclass
class Scene:
    """A watched folder with one document, and beside it what nobody may read."""

    root: Path

    @classmethod
    def build(cls, folder: Path) -> Scene:
        (folder / "root" / "Ash").mkdir(parents=True)
        (folder / "root" / "Ash" / "w2.pdf").write_bytes(OURS)
        (folder / "outside").mkdir()
        (folder / "outside" / "w2.pdf").write_bytes(SECRET)
        (folder / "outside" / "payroll.xls").write_bytes(SECRET)
        return cls(folder / "root")

    @property
    def document(self) -> Path:
        return self.root / "Ash" / "w2.pdf"

    def leaf(self) -> tuple[Path, Path]:
        """The document and a link to the secret."""
        bait = self.root / "Ash" / "bait"
        bait.symlink_to("../../outside/w2.pdf")
        return self.document, bait

    def folder(self) -> tuple[Path, Path]:
        """The client's folder and a link to the folder of secrets."""
        bait = self.root / "bait"
        bait.symlink_to("../outside")
        return self.root / "Ash", bait

    def magic(self) -> tuple[Path, Path]:
        """The client's folder and a link that leads through /proc."""
        bait = self.root / "bait"
        bait.symlink_to(f"/proc/self/root{self.root.parent}/outside")
        return self.root / "Ash", bait


Look = Callable[[Scene], bool]  # whether one try saw what it may not see


def read_safely(scene: Scene) -> bool:
    with LocalDisk().open(os.fsencode(scene.root), b"Ash/w2.pdf") as source:
        return source.read(0, 16) == SECRET


def list_safely(scene: Scene) -> bool:
    listing = LocalDisk().list_folder(os.fsencode(scene.root), b"Ash")
    return b"payroll.xls" in [seen.name for seen in listing.sightings]


def read_plainly(scene: Scene) -> bool:
    """What most programs do: look whether it is a regular file inside, then open its path."""
    path = scene.document
    if not stat.S_ISREG(os.lstat(path).st_mode) or "outside" in os.path.realpath(path):
        return False
    return path.read_bytes() == SECRET


def list_plainly(scene: Scene) -> bool:
    if stat.S_ISLNK(os.lstat(scene.root / "Ash").st_mode):
        return False
    return "payroll.xls" in os.listdir(scene.root / "Ash")


def tries(look: Look, scene: Scene) -> tuple[bool, bool]:
    """Whether one try leaked, and whether it came to see anything at all."""
    try:
        return look(scene), True
    except (OSError, AgentError):
        return False, False


def control(look: Look, scene: Scene) -> float:
    """Seconds until the plain way leaks for the first time."""
    began = time.monotonic()
    while time.monotonic() - began < CONTROL_MOST:
        if tries(look, scene)[0]:
            return time.monotonic() - began
    pytest.fail("the attack does not even work against a plain check: this test proves nothing")


@pytest.mark.parametrize(
    ("attack", "safe", "plain"),
    [
        pytest.param(Scene.leaf, read_safely, read_plainly, id="leaf-open"),
        pytest.param(Scene.folder, read_safely, read_plainly, id="folder-open"),
        pytest.param(Scene.folder, list_safely, list_plainly, id="folder-list"),
        pytest.param(Scene.magic, read_safely, read_plainly, id="proc-link-open"),
    ],
)
def test_f12_a_link_swapped_in_meanwhile_never_leaks(
    tmp_path: Path, attack: Callable[[Scene], tuple[Path, Path]], safe: Look, plain: Look
) -> None:
    if attack is Scene.magic and not sys.platform.startswith("linux"):
        pytest.skip("only Linux has /proc with links of its own kind")
    scene = Scene.build(tmp_path)
    leaks = seen = missed = 0
    with swapping(*attack(scene)):
        needed = control(plain, scene)
        # at least three times as long as the plain way needed to lose
        end = time.monotonic() + max(SECONDS, 3 * needed)
        while time.monotonic() < end:
            leaked, met = tries(safe, scene)
            leaks, seen, missed = leaks + leaked, seen + met, missed + (not met)
    print(f"plain leaked after {needed:.3f} s; safe: {seen} seen, {missed} missed, {leaks} leaks")
    assert leaks == 0
    assert seen > 0, "the real thing was never met"
    assert missed > 0, "the bait was never met"


PLAIN_READER = """
import os, stat, sys, time
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    try:
        if stat.S_ISREG(os.lstat(sys.argv[1]).st_mode):
            open(sys.argv[1], "rb").close()
    except OSError:
        pass
"""


@pytest.mark.timeout(SECONDS + 30)  # a mere open that hangs must not hang the whole run
def test_f13_a_pipe_swapped_in_meanwhile_never_holds_the_agent_up(tmp_path: Path) -> None:
    scene = Scene.build(tmp_path)
    bait = scene.document.with_name("bait")
    os.mkfifo(bait)
    longest = 0.0
    with swapping(scene.document, bait):
        command = [sys.executable, "-S", "-c", PLAIN_READER, str(scene.document), "3"]
        with subprocess.Popen(command) as reader:
            try:
                # it ends by itself after three seconds, unless a pipe holds it
                with pytest.raises(subprocess.TimeoutExpired):
                    reader.wait(5)
            finally:
                reader.kill()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            began = time.monotonic()
            tries(read_safely, scene)
            longest = max(longest, time.monotonic() - began)
    assert longest < SLOW


@pytest.mark.system
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_f12_what_is_mounted_inside_a_root_is_not_entered(tmp_path: Path) -> None:
    scene = Scene.build(tmp_path)
    inside = scene.root / "Ash" / "proc"
    inside.mkdir()
    subprocess.run(["mount", "-t", "proc", "none", inside], check=True, timeout=20)
    try:
        root = os.fsencode(scene.root)
        for path in (b"Ash/proc/self/environ", b"Ash/proc/self/cwd/secret", b"Ash/proc/version"):
            with pytest.raises(AgentError):
                LocalDisk().open(root, path)
        with pytest.raises(AgentError):
            LocalDisk().list_folder(root, b"Ash/proc/self/fd")
    finally:
        subprocess.run(["umount", inside], check=True, timeout=20)
