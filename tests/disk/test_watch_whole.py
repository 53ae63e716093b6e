"""E6: live watching that is limited or loses events; the whole agent loses no file by it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.disk.scene import scene
from tests.folders.test_watch_limits import short_queues
from tests.kit.depth import depth
from tests.kit.process import expected

FILES = depth("FILES", 500, 5_000)
SECONDS = 100.0 + FILES / 10
CLIENTS = 40
# a user namespace of its own has limits of its own
FEW_WATCHES = 'echo 20 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"'
WORLD = ("unshare", "--user", "--map-root-user")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.deep,
    pytest.mark.timeout(2 * SECONDS + 60),
]


def burst(root: Path) -> float:
    """FILES small files in CLIENTS folders, as fast as they can be written; seconds."""
    began = time.monotonic()
    for number in range(FILES):
        folder = root / f"Client {number % CLIENTS:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.csv").write_bytes(b"line %d\n" % number)
    return time.monotonic() - began


def test_E06_a_burst_with_used_up_watches_loses_no_file(fresh: Path) -> None:
    if subprocess.run([*WORLD, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    before = (*WORLD, "sh", "-c", FEW_WATCHES)
    with scene(fresh, fresh / "clients", before=before) as one:
        root = one.agent.root
        for number in range(CLIENTS):
            (root / f"Client {number:03}").mkdir()
        one.agent.start("run")
        one.until(lambda: "max_user_watches" in one.told(), lambda: "the limit is not told")
        agent = one.agent.status()["agent"]
        assert isinstance(agent, dict)
        assert "sysctl" in agent["limits"][0]
        written = burst(root)
        seconds = one.until_filed(root, seconds=SECONDS)
        print(f"{FILES} files written in {written:.1f} s, all filed {seconds:.1f} s later")
        one.all_once(root)
        assert len(expected(root)) == FILES


def test_E06_a_burst_that_overflows_the_queue_loses_no_file(fresh: Path) -> None:
    file = Path("/proc/sys/fs/inotify/max_queued_events")
    try:
        file.write_text(file.read_text())
    except OSError:
        pytest.skip("needs the right to shorten the queues of this machine")
    # scans too rare to help: what is found was told by an event, or by the gap after them
    with scene(fresh, fresh / "clients", sweep=600.0, deep=600.0) as one:
        root = one.agent.root
        one.put(root / "Ash" / "first.csv")
        with short_queues():
            one.agent.start("run")
            one.until_filed(root)
        written = burst(root)
        seconds = one.until_filed(root, seconds=SECONDS)
        print(f"{FILES} files written in {written:.1f} s, all filed {seconds:.1f} s later")
        one.all_once(root)
        one.put(root / "Ash" / "last.csv")
        assert one.until_filed(root) < 15.0, "live watching works again"
