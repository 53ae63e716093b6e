"""A watched folder on a real SMB share: Samba and the kernel's own client, in a guest."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.kit.depth import depth
from tests.uml.machine import need, play

KILLS = depth("SMB_KILLS", 5, 20)
REWRITES = depth("REWRITES", 30, 60)
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
SCENES = "tests.uml.share_scenes:"
MODES = "tests.uml.share_mode_scenes:"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(1800)
def test_E05_server_killed_and_restarted_nothing_is_missing_lost_torn_or_twice(
    tmp_path: Path,
) -> None:
    need("smbd", "ip")
    print(f"SEED={SEED} SMB_KILLS={KILLS}")
    answer = play(
        SCENES + "servers_killed",
        tmp_path / "guest",
        seconds=300 + 60 * KILLS,
        seed=SEED,
        kills=KILLS,
    )
    print({name: value for name, value in answer.items() if name != "log"})
    assert answer["running"], answer["log"]
    assert answer["missing"] == [], answer["log"]
    assert answer["bad"] == [], answer["log"]
    assert answer["away"] is None, answer["log"]
    assert answer["aways"], "the share never was seen to be away: the scene proves nothing"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(400)
def test_F17_file_held_exclusively_by_a_windows_user_waits_with_its_reason(tmp_path: Path) -> None:
    need("smbd", "ip")
    answer = play(MODES + "held_open", tmp_path / "guest", seconds=300)
    assert answer["filed_while_open_for_reading"], answer["log"]
    assert answer["reasons"] == {"locked.csv": "in-use"}
    assert "Another program still has the file open" in answer["explained"]
    assert answer["bad"] == [], answer["log"]


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(500)
def test_F17_nothing_that_other_users_do_with_a_file_is_held_up_by_our_reading(
    tmp_path: Path,
) -> None:
    need("smbd", "ip")
    answer = play(MODES + "changed_while_read", tmp_path / "guest", seconds=400)
    print(answer["said"])
    assert [name for name, said in answer["said"].items() if not said.startswith("done")] == []
    assert answer["unfiled"] == [], answer["log"]
    assert not [word for word in answer["bad"] if "times" in word], answer["bad"]


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(400)
def test_N09_names_that_one_side_of_a_share_cannot_have_are_filed_once_each(
    tmp_path: Path,
) -> None:
    need("smbd", "ip")
    answer = play("tests.uml.name_scenes:odd_names", tmp_path / "guest", seconds=300)
    print(answer["seen"], answer["refused"])
    assert answer["running"], answer["log"]
    assert answer["bad"] == [], answer["log"]
    assert (answer["held"], answer["missing"], answer["status"]) == ({}, [], 0), answer["log"]
    # Filed is told the names that the share's users see: none is empty or a path
    assert answer["names"] == answer["seen"]
    assert {"m:n.csv", "mounted?.csv", "UPPER.csv", "upper.csv"} <= set(answer["names"])


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(300)
def test_N09_name_that_the_mount_cannot_express_is_shown_to_a_person(tmp_path: Path) -> None:
    need("smbd", "ip")
    scene = "tests.uml.name_scenes:names_beyond_the_mount"
    answer = play(scene, tmp_path / "guest", seconds=200)
    print(answer["held"], answer["seen"], answer["lines_in_20_seconds"])
    assert list(answer["held"].values()) == ["disk-error"], answer["log"]
    assert "disk error" in answer["status"]
    assert answer["filed"] == ["plain.csv"]
    assert answer["lines_in_20_seconds"] <= 2, "it comes and goes for ever"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(600)
@pytest.mark.parametrize("debounce", [0.2, 2.0])
def test_F02_file_rewritten_on_the_server_while_it_is_read_is_never_filed_torn(
    tmp_path: Path, debounce: float
) -> None:
    need("smbd", "ip")
    print(f"SEED={SEED} REWRITES={REWRITES}")
    scene = "tests.uml.rewrite_scenes:rewritten"
    facts = {"seed": SEED, "files": REWRITES, "debounce": debounce}
    answer = play(scene, tmp_path / "guest", seconds=500, **facts)
    print({name: value for name, value in answer.items() if name != "log"})
    assert answer["torn"] == [], answer["log"]
    assert (answer["twice"], answer["last_ones_came"]) == (0, True), answer["log"]
    assert answer["uploads_begun"] > REWRITES, "no file was caught in the middle: it proves nothing"
