"""File systems whose changes come from other computers as well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.folders.mounts import remote_kind

LINE = "36 35 {device} / /srv rw,relatime shared:1 - {kind} //server/share rw,vers=3.1\n"


@pytest.mark.parametrize(
    ("kind", "told"),
    [("cifs", "cifs"), ("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("ext4", None)],
)
def test_the_mount_table_tells_a_share(tmp_path: Path, kind: str, told: str | None) -> None:
    table = tmp_path / "mountinfo"
    device = os.stat(tmp_path).st_dev
    here = f"{os.major(device)}:{os.minor(device)}"
    table.write_text(
        LINE.format(device="0:999", kind="nfs") + LINE.format(device=here, kind=kind),
        encoding="utf-8",
    )
    assert remote_kind(os.fsencode(tmp_path), str(table)) == told


def test_without_a_table_nothing_is_claimed(tmp_path: Path) -> None:
    assert remote_kind(os.fsencode(tmp_path), str(tmp_path / "none")) is None
    assert remote_kind(os.fsencode(tmp_path)) is None
