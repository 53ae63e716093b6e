"""Where the door is, as control.json tells."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from agent.control.address import Address

ADDRESS = Address(7, "/run/a/control.sock", 4321, "canary")
WRITTEN = {"api": 1, "pid": 7, "socket": "/run/a/control.sock", "port": 4321, "token": "canary"}


def test_it_is_written_whole_for_its_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.json"
    path.write_text("old")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        ADDRESS.publish(path)
    finally:
        os.umask(before)
    assert json.loads(path.read_text()) == WRITTEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert Address.read(path) == ADDRESS


def test_a_write_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "control.json"
    ADDRESS.publish(path)

    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("agent.control.address.json.dump", full)
    with pytest.raises(OSError, match="No space"):
        Address(8, None, 1, "other").publish(path)
    assert list(tmp_path.iterdir()) == [path]
    assert Address.read(path) == ADDRESS


@pytest.mark.parametrize(
    "told",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({**WRITTEN, "api": 2}),
        json.dumps({**WRITTEN, "port": 0}),
        json.dumps({**WRITTEN, "port": 70_000}),
        json.dumps({**WRITTEN, "port": "a"}),
        json.dumps({name: value for name, value in WRITTEN.items() if name != "token"}),
        "\xff",
    ],
)
def test_what_says_no_door_is_none(tmp_path: Path, told: Any) -> None:
    path = tmp_path / "control.json"
    assert Address.read(path) is None
    path.write_text(told, encoding="latin-1")
    assert Address.read(path) is None


def test_it_is_withdrawn_only_by_its_own_door(tmp_path: Path) -> None:
    path = tmp_path / "control.json"
    ADDRESS.publish(path)
    Address(8, None, 4321, "other").withdraw(path)
    assert path.exists()
    ADDRESS.withdraw(path)
    ADDRESS.withdraw(path)
    assert not path.exists()


def test_its_token_is_not_shown() -> None:
    assert "canary" not in f"{ADDRESS} {ADDRESS!r}"
