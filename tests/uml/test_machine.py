"""What only a machine of one's own can suffer: its clock, its line, its disks."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.kit.depth import depth
from tests.uml.machine import GuestFailed, need, play

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
KILLS = depth("LINE_KILLS", 5, 20)
ROUNDS = depth("CLOCK_ROUNDS", 1, 4)
DISK_ROUNDS = depth("DISK_ROUNDS", 3, 12)


@pytest.mark.torture
@pytest.mark.system
def test_guest_boots_and_cannot_write_on_the_host(tmp_path: Path) -> None:
    need("ip")
    answer = play("tests.uml.guest:smoke", tmp_path / "guest", seconds=60)
    assert answer["kernel"].startswith("6."), answer
    assert not answer["wrote_on_host"]


@pytest.mark.torture
@pytest.mark.system
def test_a_guest_that_hangs_is_ended_and_says_its_last_words(tmp_path: Path) -> None:
    need("ip")
    with pytest.raises(GuestFailed, match=r"(?s)No end after 12 s.*waiting for nothing"):
        play("tests.uml.guest:hang", tmp_path / "guest", seconds=12)


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(900)
def test_E04_clock_set_forth_and_back_nothing_stops_and_nothing_is_twice(tmp_path: Path) -> None:
    need("ip")
    print(f"SEED={SEED} CLOCK_ROUNDS={ROUNDS}")
    scene = "tests.uml.clock_scenes:jumps"
    answer = play(scene, tmp_path / "guest", seconds=200 * ROUNDS, seed=SEED, rounds=ROUNDS)
    print(answer["files"], answer["lost_answers"], answer["waits"])
    assert answer["running"], answer["log"]
    assert answer["bad"] == [], answer["log"]
    assert (answer["held"], answer["missing"]) == ({}, []), answer["log"]
    assert max(answer["waits"].values()) < 45, "a timer followed the wall clock"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(1200)
def test_E03_killed_on_a_bad_line_nothing_is_lost_torn_or_twice(tmp_path: Path) -> None:
    need("ip", "tc")
    print(f"SEED={SEED} LINE_KILLS={KILLS}")
    scene = "tests.uml.line_scenes:killed_on_a_bad_line"
    answer = play(scene, tmp_path / "guest", seconds=450 + 25 * KILLS, seed=SEED, kills=KILLS)
    print({name: answer[name] for name in ("files", "sent_per_byte", "last_sync_seconds", "line")})
    assert answer["exit"] == 0, answer["said"] + answer["log"]
    assert answer["bad"] == [], answer["log"]
    assert "dropped" in answer["line"]
    assert answer["line"].find("dropped 0,") < 0, "the line was not bad: the scene proves nothing"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(400)
def test_F06_memory_stick_taken_out_and_put_in_sends_nothing_again(tmp_path: Path) -> None:
    need("mkfs.vfat", "ip")
    answer = play("tests.uml.vfat_scenes:remounted", tmp_path / "guest", seconds=300)
    assert answer["first"], answer["log"]
    assert answer["back"], answer["log"]
    assert answer["whole_seconds"], "it is not vfat: times are finer than two seconds"
    assert answer["inodes_before"] != answer["inodes_after"], "the inodes did not change"
    assert "None of the known files is there" in answer["away"]
    assert answer["requests_before"] == answer["requests_after"]
    # one file renamed by case, one rewritten: nine documents, and of the rewritten one the older
    assert (answer["changed"], answer["filed"], answer["held"]) == (True, 9, {}), answer["log"]
    assert len(answer["bad"]) == 1, answer["bad"]
    assert answer["bad"][0].startswith("not on disk")
    assert len(answer["missing"]) == 1, "the old case of the one name, and nothing else"


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(900)
def test_E02_disk_that_fails_under_the_ledger_stops_the_agent_and_loses_nothing(
    tmp_path: Path,
) -> None:
    need("dmsetup", "losetup", "mkfs.ext4", "ip")
    print(f"SEED={SEED} DISK_ROUNDS={DISK_ROUNDS}")
    answer = play(
        "tests.uml.disk_scenes:failing",
        tmp_path / "guest",
        seconds=300 + 30 * DISK_ROUNDS,
        seed=SEED,
        rounds=DISK_ROUNDS,
    )
    print(answer["files"], answer["ends"])
    assert answer["bad"] == [], answer["log"]
    assert answer["exit"] == 0, answer["said"] + answer["log"]
    assert 0 not in answer["ends"], "it ended as if all were well"
    assert 1 in answer["ends"], "it never noticed"
    assert "ledger" in answer["words"], answer["words"][-2000:]


@pytest.mark.torture
@pytest.mark.system
@pytest.mark.timeout(500)
def test_E02_disk_that_lies_costs_at_most_a_second_copy_of_what_the_ledger_forgot(
    tmp_path: Path,
) -> None:
    """A disk that acknowledges what it throws away is not promised anything: this is what it does.

    Nothing is lost, what the ledger still knows is not sent again, the rest at most once more.
    """
    need("dmsetup", "losetup", "mkfs.ext4", "ip")
    print(f"SEED={SEED}")
    answer = play("tests.uml.disk_scenes:lying", tmp_path / "guest", seconds=400, seed=SEED)
    print(answer["times"], answer["exit"])
    assert answer["first"], answer["log"]
    assert answer["second"], answer["log"]
    assert answer["lost"] == [], answer["said"] + answer["log"]
    assert answer["times"][:4] == [1, 1, 1, 1]
    assert set(answer["times"][4:]) <= {1, 2}
