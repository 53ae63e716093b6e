"""The API key: where it may lie, and that it is never shown."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoStore
from keyring.errors import KeyringLocked, PasswordDeleteError

from agent.errors import SignInNeeded
from agent.system import key_file
from agent.system.places import Home
from agent.system.secrets import Secrets, clean_key

KEY = "fk_canary_0123456789"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes")


class Store(KeyringBackend):
    """A secret store in memory; `locked` makes it refuse."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it untyped
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("none")


@pytest.fixture(autouse=True)
def no_store() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoStore())  # type: ignore[no-untyped-call]  # keyring leaves it untyped
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store() -> Store:
    made = Store()
    keyring.set_keyring(made)
    return made


def secrets(folder: Path, **env: str) -> Secrets:
    return Secrets(Home.find({"FILED_AGENT_HOME": str(folder)}), env)


@pytest.mark.parametrize("given_", [KEY, f"  {KEY}\n", f"Bearer {KEY}", f"bearer   {KEY} \r\n"])
def test_C10_the_variable_is_trimmed_and_its_prefix_removed(tmp_path: Path, given_: str) -> None:
    found = secrets(tmp_path, FILED_API_KEY=given_)
    assert found.key() == KEY
    assert "FILED_API_KEY" in found.where()


@pytest.mark.parametrize(
    "given_",
    [
        *("", "   ", "\n", "Bearer ", "bearer", f"{KEY}\n{KEY}", f"{KEY} x", f"{KEY}\x00"),
        *(f"é{KEY}", KEY * 1000, f"Bearer Bearer {KEY}"),
    ],
)
def test_C10_what_is_no_key_is_refused_and_never_printed(tmp_path: Path, given_: str) -> None:
    with pytest.raises(SignInNeeded) as refused:
        secrets(tmp_path, FILED_API_KEY=given_).key()
    assert "FILED_API_KEY" in str(refused.value)
    assert KEY not in str(refused.value)
    assert "filed-agent login" in str(refused.value)


@given(st.text(max_size=50))
def test_a_clean_key_can_stand_in_a_header(text: str) -> None:
    try:
        key = clean_key(text, "it")
    except SignInNeeded:
        return
    assert key.isascii()
    assert key.isprintable()
    assert key
    assert " " not in key


def test_without_a_key_anywhere_signing_in_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SignInNeeded, match="login"):
        secrets(tmp_path).key()


def test_the_secret_store_keeps_and_forgets_the_key(tmp_path: Path, store: Store) -> None:
    found = secrets(tmp_path)
    found.remember(f"Bearer {KEY}")
    assert found.key() == KEY
    assert not (tmp_path / "api-key").exists()
    found.forget()
    found.forget()
    assert not store.kept
    with pytest.raises(SignInNeeded):
        found.key()


def test_two_homes_do_not_share_a_key(tmp_path: Path, store: Store) -> None:
    secrets(tmp_path / "a").remember(KEY)
    assert len(store.kept) == 1
    with pytest.raises(SignInNeeded):
        secrets(tmp_path / "b").key()


def test_the_variable_goes_before_the_store(tmp_path: Path, store: Store) -> None:
    secrets(tmp_path).remember("another-key")
    assert store.kept
    assert secrets(tmp_path, FILED_API_KEY=KEY).key() == KEY


def test_a_locked_store_is_told_so(tmp_path: Path, store: Store) -> None:
    store.locked = True
    for ask in (secrets(tmp_path).key, secrets(tmp_path).forget):
        with pytest.raises(SignInNeeded, match="secret store"):
            ask()


def test_without_a_store_the_file_is_used_only_when_allowed(tmp_path: Path) -> None:
    found = secrets(tmp_path)
    with pytest.raises(SignInNeeded, match="--allow-file"):
        found.remember(KEY)
    assert not (tmp_path / "api-key").exists()
    assert found.remember(KEY, allow_file=True) == str(tmp_path / "api-key")
    assert found.key() == KEY
    assert found.where() == str(tmp_path / "api-key")
    found.remember("second-key", allow_file=True)
    assert found.key() == "second-key"
    found.forget()
    assert not (tmp_path / "api-key").exists()


def test_a_key_that_moves_to_the_store_leaves_no_file_behind(tmp_path: Path) -> None:
    secrets(tmp_path).remember(KEY, allow_file=True)
    keyring.set_keyring(Store())
    secrets(tmp_path).remember(KEY)
    assert not (tmp_path / "api-key").exists()


@posix
def test_C09_a_key_file_that_others_may_read_is_refused_with_the_command(tmp_path: Path) -> None:
    secrets(tmp_path).remember(KEY, allow_file=True)
    path = tmp_path / "api-key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(SignInNeeded) as refused:
        secrets(tmp_path).key()
    assert f"chmod 600 '{path}'" in str(refused.value)
    assert KEY not in str(refused.value)


@posix
def test_C09_a_link_a_pipe_or_a_strangers_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "api-key"
    (tmp_path / "elsewhere").write_text(KEY)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SignInNeeded, match="cannot be read"):
        secrets(tmp_path).key()
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(SignInNeeded, match="regular"):
        secrets(tmp_path).key()
    path.unlink()
    secrets(tmp_path).remember(KEY, allow_file=True)
    uid = os.geteuid()
    monkeypatch.setattr(key_file.os, "geteuid", lambda: uid + 1)  # type: ignore[attr-defined]  # os
    with pytest.raises(SignInNeeded, match="belongs to"):
        secrets(tmp_path).key()


@pytest.mark.slow
def test_keyring_is_not_imported_before_it_is_needed_and_warns_of_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from agent.system.places import Home\n"
        "from agent.system.secrets import Secrets\n"
        "assert 'keyring' not in sys.modules\n"
        "Secrets(Home.find({'FILED_AGENT_HOME': sys.argv[1]}), {'FILED_API_KEY': 'k-1'}).key()\n"
        "assert 'keyring' not in sys.modules\n"
        "try:\n"
        "    Secrets(Home.find({'FILED_AGENT_HOME': sys.argv[1]}), {}).key()\n"
        "except Exception as error:\n"
        "    assert type(error).__name__ == 'SignInNeeded', error\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
