"""Where the door's sockets are, and who can open them at any moment."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from agent.control import unix_socket
from agent.control.listen import open_port
from agent.control.unix_socket import open_unix, socket_path

LONG = "a-name-of-a-folder-that-is-rather-long"


def usual(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def dead(path: Path) -> None:
    """What a killed agent leaves behind."""
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(path))
        left.listen()


def test_a_port_is_of_this_machine_alone_and_sends_at_once() -> None:
    with closing(open_port()) as port:
        assert port.getsockname()[0] == "127.0.0.1"
        assert port.proto == socket.IPPROTO_TCP, "or asyncio would not set TCP_NODELAY"


def test_a_socket_is_for_its_account_alone(tmp_path: Path) -> None:
    found = open_unix(usual(tmp_path), "", "", {})
    assert found is not None
    assert stat.S_IMODE(found.path.lstat().st_mode) == 0o600
    found.close()
    assert list(tmp_path.iterdir()) == []


def test_a_socket_is_closed_to_others_before_it_is_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the umask is."""
    seen: list[int] = []
    chmod = Path.chmod

    def watched(path: Path, mode: int) -> None:
        seen.append(stat.S_IMODE(path.parent.lstat().st_mode))
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", watched)
    before = os.umask(0)
    try:
        found = open_unix(usual(tmp_path), "", "", {})
    finally:
        os.umask(before)
    assert found is not None
    found.close()
    assert seen == [0o700]


def test_a_group_that_is_named_may_open_it(tmp_path: Path) -> None:
    import grp

    name = grp.getgrgid(os.getegid()).gr_name
    found = open_unix(usual(tmp_path), "", name, {})
    assert found is not None
    assert stat.S_IMODE(found.path.lstat().st_mode) == 0o660
    assert found.path.lstat().st_gid == os.getegid()
    found.close()


def test_a_group_that_is_not_there_leaves_only_the_port(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert open_unix(usual(tmp_path), "", "no-such-group", {}) is None
    assert "no group" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_agent_left_is_replaced(tmp_path: Path) -> None:
    dead(usual(tmp_path))
    found = open_unix(usual(tmp_path), "", "", {})
    assert found is not None
    with closing(socket.socket(socket.AF_UNIX)) as asking:
        asking.connect(str(found.path))
    found.close()


def test_what_lives_or_is_no_socket_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = open_unix(usual(tmp_path), "", "", {})
    assert first is not None
    assert open_unix(usual(tmp_path), "", "", {}) is None
    assert "another program's" in caplog.text
    first.close()
    usual(tmp_path).write_text("mine")
    assert open_unix(usual(tmp_path), "", "", {}) is None
    assert usual(tmp_path).read_text() == "mine"


def test_only_the_own_socket_is_taken_away_at_the_end(tmp_path: Path) -> None:
    first = open_unix(usual(tmp_path), "", "", {})
    assert first is not None
    first.path.unlink()
    second = open_unix(usual(tmp_path), "", "", {})
    assert second is not None
    first.close()
    assert second.path.exists()
    second.close()


def test_the_place_is_the_configured_one_then_that_of_systemd(tmp_path: Path) -> None:
    runtime = {"RUNTIME_DIRECTORY": "/run/filed-agent:/run/other"}
    assert socket_path(usual(tmp_path), "/run/x.sock", runtime) == Path("/run/x.sock")
    assert socket_path(usual(tmp_path), "", runtime) == Path("/run/filed-agent/control.sock")
    assert socket_path(usual(tmp_path), "", {}) == usual(tmp_path)


def test_a_path_too_long_for_a_socket_gives_way_to_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "t"
    monkeypatch.setattr(unix_socket, "_own_temporary", lambda: private)
    far = tmp_path / LONG / LONG / LONG
    far.mkdir(parents=True)
    found = open_unix(far / "control.sock", "", "", {})
    assert found is not None
    assert found.path.parent == private
    assert stat.S_IMODE(private.lstat().st_mode) == 0o700
    found.close()


@pytest.mark.parametrize("planted", ["open", "link", "file"])
def test_a_private_folder_that_is_not_private_is_not_used(
    planted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    private, elsewhere = tmp_path / "t", tmp_path / "e"
    monkeypatch.setattr(unix_socket, "_own_temporary", lambda: private)
    elsewhere.mkdir(mode=0o700)
    if planted == "open":
        private.mkdir()
        private.chmod(0o755)
    elif planted == "link":
        private.symlink_to(elsewhere)
    else:
        private.touch(mode=0o600)
    far = tmp_path / LONG / LONG / LONG / "control.sock"
    assert open_unix(far, "", "", {}) is None
    assert "only the port is open" in caplog.text
    assert list(elsewhere.iterdir()) == []
