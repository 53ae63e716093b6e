"""Two agents never watch one root."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import AnotherAgent
from agent.system.claims import claim_roots, runtime_folder


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
