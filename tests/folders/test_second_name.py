"""F14: a hard link to what the folder's people may not read is held, every other one is read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.errors import SecondName
from agent.folders.disk import LocalDisk
from agent.folders.second_name import refuse_second_name

as_root = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"), reason="needs the rights of root"
)

ROOT, AGENT, ANNA, BEN = 0, 990, 1001, 1002
STAFF, OWN, OTHERS = 500, 990, 600


@dataclass(frozen=True)
class Scene:
    """A file of two names, the folder in which one of them lies, and the agent's account."""

    file: tuple[int, int, int]  # its owner, group and mode
    folder: tuple[int, int, int]
    agent: int = ROOT
    names: int = 2


def refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(os, "geteuid", lambda: scene.agent)
    monkeypatch.setattr(os, "getegid", lambda: OWN)
    owner, group, mode = scene.file
    file = os.stat_result((stat.S_IFREG | mode, 7, 1, scene.names, owner, group, 9, 0, 0, 0))
    owner, group, mode = scene.folder
    folder = os.stat_result((stat.S_IFDIR | mode, 8, 1, 3, owner, group, 9, 0, 0, 0))
    try:
        refuse_second_name(file, folder)
    except SecondName:
        return True
    return False


TRICKS = {
    "root's file in a user's folder": Scene((ROOT, ROOT, 0o600), (ANNA, ANNA, 0o755)),
    "another user's file": Scene((BEN, BEN, 0o600), (ANNA, ANNA, 0o755)),
    "another user's file, the agent a service": Scene(
        (BEN, BEN, 0o640), (ANNA, ANNA, 0o755), AGENT
    ),
    "the agent's own key": Scene((AGENT, OWN, 0o600), (ANNA, STAFF, 0o2770), AGENT),
    "the agent's own key in its own folder that staff may write": Scene(
        (AGENT, OWN, 0o600), (AGENT, STAFF, 0o2770), AGENT
    ),
    "root's file in root's folder that staff may write": Scene(
        (ROOT, ROOT, 0o640), (ROOT, STAFF, 0o2775)
    ),
    "a file of another group": Scene((ROOT, OTHERS, 0o640), (ROOT, STAFF, 0o2775)),
    "a group's file where everybody may write": Scene((BEN, STAFF, 0o640), (ROOT, STAFF, 0o1777)),
}
HONEST = {
    "everybody may read it": Scene((ROOT, ROOT, 0o644), (ANNA, ANNA, 0o777)),
    "the same owner": Scene((ANNA, ANNA, 0o600), (ANNA, ANNA, 0o755)),
    "staff's files in staff's folder": Scene((BEN, STAFF, 0o660), (ANNA, STAFF, 0o2770)),
    "staff's files in root's folder": Scene((BEN, STAFF, 0o640), (ROOT, STAFF, 0o2770), AGENT),
    "a desktop of one user with a group of his own": Scene(
        (AGENT, OWN, 0o600), (AGENT, OWN, 0o775), AGENT
    ),
    "only root may write there": Scene((BEN, BEN, 0o600), (ROOT, ROOT, 0o755), AGENT),
    "the agent's own folder": Scene((BEN, BEN, 0o600), (AGENT, STAFF, 0o755), AGENT),
}


@pytest.mark.parametrize("scene", TRICKS.values(), ids=TRICKS)
def test_F14_a_link_that_borrows_the_agents_rights_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(scene, monkeypatch)


@pytest.mark.parametrize("scene", TRICKS.values(), ids=TRICKS)
def test_F14_a_file_of_one_name_is_never_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refused(replace(scene, names=1), monkeypatch)


@pytest.mark.parametrize("scene", HONEST.values(), ids=HONEST)
def test_F14_an_honest_link_is_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not refused(scene, monkeypatch)


def test_F14_links_of_one_account_are_read_like_any_file(tmp_path: Path) -> None:
    (tmp_path / "root" / "Ash").mkdir(parents=True)
    first = tmp_path / "backup.pdf"
    first.write_bytes(b"ours")
    first.chmod(0o600)
    os.link(first, tmp_path / "root" / "Ash" / "w2.pdf")
    with LocalDisk().open(os.fsencode(tmp_path / "root"), b"Ash/w2.pdf") as source:
        assert source.read(0, 4) == b"ours"


@as_root
def test_F14_a_protected_file_linked_into_a_users_folder_is_not_read(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path / "root")
    folder = tmp_path / "root" / "Ash"
    folder.mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    secret.chmod(0o600)
    os.chown(folder, ANNA, ANNA)
    os.link(secret, folder / "w2.pdf")
    disk = LocalDisk()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SecondName) as caught:
        disk.open(root, b"Ash/w2.pdf")
    assert caught.value.said.endswith(".")
    assert len(os.listdir("/proc/self/fd")) == before
    secret.chmod(0o604)
    disk.open(root, b"Ash/w2.pdf").close()
    secret.chmod(0o600)
    os.chown(folder, 0, 0)
    disk.open(root, b"Ash/w2.pdf").close()


@as_root
def test_F14_a_link_put_there_after_the_first_look_is_not_read_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts are the facts of the opened file, not those of the path a moment before."""
    folder = tmp_path / "root" / "Ash"
    folder.mkdir(parents=True)
    os.chown(folder, ANNA, ANNA)
    (folder / "w2.pdf").write_bytes(b"mine")
    os.chown(folder / "w2.pdf", ANNA, ANNA)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    secret.chmod(0o600)
    plain = os.open

    def exchanged(path: object, flags: int, *more: int, **options: int) -> int:
        if path == b"w2.pdf":
            os.unlink(folder / "w2.pdf")
            os.link(secret, folder / "w2.pdf")
        return plain(path, flags, *more, **options)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(os, "open", exchanged)
    with pytest.raises(SecondName):
        LocalDisk().open(os.fsencode(tmp_path / "root"), b"Ash/w2.pdf")
