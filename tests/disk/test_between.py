"""E12, F17, F20: what befalls a file between its hash and its upload; files of other accounts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agent.model.document import Stage
from tests.disk.scene import scene
from tests.kit.fault_fs import Fault, FaultyDisk

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(180)]

STRANGER = 12_345
# root without the right to read everything: an account like any other, with the same Python
ORDINARY = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search,-fowner,-linux_immutable",
    "--",
)


def test_E12_a_scanner_removes_or_locks_files_between_hash_and_upload(
    fresh: Path, faulty: FaultyDisk
) -> None:
    ash = faulty.real / "Ash"
    with scene(fresh, faulty.path, sweep=1.0, deep=2.0) as one:
        one.put(ash / "first.csv")
        one.agent.start("run")
        one.until_filed(faulty.real)
        assert one.agent.call("pause").returncode == 0
        for name in ("well", "removed", "locked", "put aside", "cleaned"):
            one.put(ash / f"{name}.csv", 400_000)

        def hashed() -> int:
            return one.counts().documents[Stage.ready]

        one.until(lambda: hashed() == 5, lambda: f"only {hashed()} hashed")
        faulty.plan(Fault("EBUSY", "/Ash/locked.csv", ("open",)))
        (ash / "removed.csv").unlink()
        (fresh / "quarantine").mkdir()
        (ash / "put aside.csv").rename(fresh / "quarantine" / "put aside.csv")
        cleaned = one.made[ash / "cleaned.csv"]
        (ash / "cleaned.csv").write_bytes(cleaned[:100_000] + cleaned[200_000:])
        assert one.agent.call("resume").returncode == 0
        one.until(lambda: len(one.filed()) == 3, lambda: f"{len(one.filed())} filed")
        one.until_calm(4.0)
        assert len(one.filed()) == 3, "first, well and cleaned"
        faulty.heal()
        (fresh / "quarantine" / "put aside.csv").rename(ash / "put aside.csv")
        one.until_filed(faulty.real)
        one.all_once(faulty.real)
        assert one.agent.stop() == 0


def test_F17_F20_files_of_other_accounts_are_named_and_immutable_ones_are_read(
    fresh: Path,
) -> None:
    if os.geteuid() != 0 or subprocess.run([*ORDINARY, "true"], check=False).returncode:
        pytest.skip("needs the rights of root, and setpriv")
    root = fresh / "clients"
    with scene(fresh, root, before=ORDINARY, sweep=1.0, deep=2.0) as one:
        for name in ("well", "immutable", "unreadable"):
            one.put(root / "Ash" / f"{name}.csv")
        one.put(root / "Birch" / "shut" / "hidden.csv")
        one.put(root / "Birch" / "names only" / "seen.csv")
        strangers = {
            root / "Ash" / "unreadable.csv": 0o600,
            root / "Birch" / "shut": 0o700,
            root / "Birch" / "names only": 0o744,
        }
        for path, mode in strangers.items():
            os.chown(path, STRANGER, STRANGER)
            path.chmod(mode)
        immutable = root / "Ash" / "immutable.csv"
        frozen = subprocess.run(["chattr", "+i", immutable], check=False, capture_output=True)
        try:
            one.agent.start("run")
            one.until(lambda: len(one.filed()) == 2, lambda: f"{len(one.filed())} filed")
            wanted = {
                "Ash/unreadable.csv",
                "Birch/shut",
                "Birch/names only/seen.csv",
            }

            def named() -> dict[str, str]:
                waits = one.agent.waits()
                return {os.path.relpath(path, root): one["label"] for path, one in waits.items()}

            one.until(lambda: wanted <= named().keys(), lambda: f"{named()}")
            assert set(named().values()) == {"no permission"}
            print(f"immutable: {not frozen.returncode}; {named()}")
            for path in strangers:
                path.chmod(0o755)
            one.until_filed(root)
            one.all_once(root)
            assert one.agent.stop() == 0
        finally:
            subprocess.run(["chattr", "-i", immutable], check=False, capture_output=True)
