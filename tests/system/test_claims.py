"""Two agents never watch one root, and never share a ledger (row C11)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.errors import AnotherAgent
from agent.system.claims import Locks, claim_roots, runtime_folder


def test_second_claim_of_a_root_is_refused_and_holds_nothing(tmp_path: Path) -> None:
    first = claim_roots([b"/srv/clients"], tmp_path)
    with pytest.raises(AnotherAgent, match="watched folder"):
        claim_roots([b"/srv/other", b"/srv/clients"], tmp_path)
    other = claim_roots([b"/srv/other"], tmp_path)
    for lock in (*first, *other):
        lock.close()


def test_claim_is_free_again_after_closing(tmp_path: Path) -> None:
    for _ in range(2):
        for lock in claim_roots([b"/srv/clients"], tmp_path):
            lock.close()


def test_locks_stand_in_the_runtime_folder_or_a_temporary_one() -> None:
    assert runtime_folder({"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/filed-agent")
    assert runtime_folder({}).name.startswith("filed-agent-")
    assert runtime_folder({}).is_absolute()


def test_locks_are_private_and_name_no_path(tmp_path: Path) -> None:
    locks = claim_roots([b"/srv/Ash Bakery"], tmp_path / "claims")
    names = [path.name for path in (tmp_path / "claims").iterdir()]
    assert len(names) == 1
    assert "Ash" not in names[0]
    assert (tmp_path / "claims").stat().st_mode & 0o077 == 0
    for lock in locks:
        lock.close()


def test_C11_a_second_agent_gets_neither_the_ledger_nor_a_root(tmp_path: Path) -> None:
    locks = Locks(tmp_path / "lock", tmp_path / "claims")
    locks.add([b"/srv/clients", b"/srv/clients"])
    with pytest.raises(AnotherAgent, match=f"process {os.getpid()}"):
        Locks(tmp_path / "lock", tmp_path / "claims")
    second = Locks(tmp_path / "lock2", tmp_path / "claims")
    with pytest.raises(AnotherAgent, match="watched folder"):
        second.add([b"/srv/other", b"/srv/clients"])
    locks.add([b"/srv/other"])  # the refused one holds none of what it asked for
    for held in (locks, second):
        held.close()
        held.close()


def test_C14_a_changed_configuration_keeps_the_locks_of_the_roots_that_stay(
    tmp_path: Path,
) -> None:
    locks = Locks(tmp_path / "lock", tmp_path / "claims")
    locks.add([b"/srv/stays", b"/srv/goes"])
    locks.add([b"/srv/stays", b"/srv/comes"])
    locks.keep([b"/srv/stays", b"/srv/comes"])
    for root in (b"/srv/stays", b"/srv/comes"):
        with pytest.raises(AnotherAgent):
            claim_roots([root], tmp_path / "claims")
    for lock in claim_roots([b"/srv/goes"], tmp_path / "claims"):
        lock.close()
    locks.close()
