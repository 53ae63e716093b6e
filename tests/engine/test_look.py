"""disk -> ledger: hints, scans, and roots that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from agent.errors import DiskError, FileDenied
from agent.model.document import Stage
from agent.model.file import FileState, Kind
from agent.model.root import RootIdentity
from agent.model.stale import StaleRow
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.disk import ROOT
from tests.kit.simulation import RULES

K1 = b"Ash/k1.bin"
BIRCH = b"Birch/deep/down/w2.bin"
SLOW = replace(RULES, sweep_seconds=300.0, deep_seconds=21_600.0)


def unavailable(office: Office) -> str | None:
    return office.ledger.root(ROOT).unavailable


def test_the_first_turn_scans_everything(office: Office) -> None:
    office.disk.deaf = True
    office.write()
    office.write(BIRCH, b"birch")
    office.busy(office.look)
    assert office.file().state is FileState.settling
    assert office.file(BIRCH).state is FileState.settling
    assert office.look.settled
    assert office.ledger.root(ROOT).scanned_at is not None


def test_a_hint_is_followed_without_a_scan(opened: Callable[..., Office]) -> None:
    office = opened(rules=SLOW)
    office.busy(office.look)
    scans = office.look.scans_done
    office.write()
    office.busy(office.look)
    assert (office.file().state, office.look.scans_done) == (FileState.settling, scans)


@pytest.mark.parametrize("what", ["create", "delete", "rename", "save"])
def test_a_sweep_finds_without_events_what_moved_a_folder(
    opened: Callable[..., Office], what: str
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.arrive(BIRCH, b"birch")
    office.disk.deaf = True
    if what == "create":
        office.write(K1, b"k1")
    elif what == "delete":
        office.disk.delete(W2)
    elif what == "rename":
        office.disk.rename(W2, K1)
    else:
        office.disk.write(W2, b"saved anew", keep_inode=False)
    office.clock.advance(SLOW.sweep_seconds + 1.0)
    office.busy(office.look)
    states = {"create": "known", "delete": "missing", "rename": "missing", "save": "settling"}
    assert office.file().state == states[what]
    if what in ("create", "rename"):
        assert office.file(K1).state is FileState.settling


def test_a_deep_scan_finds_a_rewrite_in_place(opened: Callable[..., Office]) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.disk.deaf = True
    office.disk.write(W2, b"in place")
    office.clock.advance(SLOW.deep_seconds * 1.3)
    office.busy(office.look)
    assert office.file().state is FileState.settling


def test_s5_a_root_that_is_away_loses_nothing_and_is_looked_for_with_growing_pauses(
    office: Office,
) -> None:
    office.arrive()
    office.disk.there = False
    pauses = []
    for _ in range(8):
        pauses.append(office.look.turn())
        office.clock.advance(pauses[-1] + 60.0)
    assert unavailable(office) == "The share is away."
    assert office.file().state is FileState.known
    office.disk.there = True
    office.write(K1, b"k1")
    office.busy(office.look)
    assert (unavailable(office), office.file(K1).state) == (None, FileState.settling)


def test_s5_a_suddenly_empty_root_loses_nothing(office: Office) -> None:
    office.arrive()
    office.disk.emptied = True
    office.clock.advance(RULES.deep_seconds * 1.3)
    office.busy(office.look)
    assert "empty" in (unavailable(office) or "")
    assert office.file().state is FileState.known
    office.disk.emptied = False
    office.clock.advance(61.0)
    office.busy(office.look)
    assert unavailable(office) is None


def test_another_disk_at_the_same_place_is_not_believed(office: Office) -> None:
    office.arrive()
    ours = dict(office.disk.files)
    office.disk.identity = RootIdentity(9, 9)
    office.disk.files.clear()
    office.disk.write(b"Other/x.bin", b"x")
    office.clock.advance(RULES.deep_seconds * 1.3)
    office.busy(office.look)
    assert "another disk" in (unavailable(office) or "")
    assert office.ledger.file_at(office.ledger.root(ROOT).id, b"Other/x.bin") is None
    office.disk.files = ours
    office.clock.advance(61.0)
    office.busy(office.look)
    assert (unavailable(office), office.file().state) == (None, FileState.known)


def test_a_disk_with_new_numbers_and_the_known_files_is_the_same(office: Office) -> None:
    office.arrive()
    office.disk.identity = RootIdentity(7, 7)
    office.clock.advance(RULES.deep_seconds * 1.3)
    office.busy(office.look)
    assert unavailable(office) is None
    assert office.ledger.root(ROOT).identity == RootIdentity(7, 7)


def test_a_folder_that_cannot_be_read_is_unknown_not_gone(office: Office) -> None:
    office.arrive()
    office.arrive(BIRCH, b"birch")
    office.disk.deaf = True
    office.disk.troubles[b"Birch"] = DiskError()
    office.clock.advance(RULES.deep_seconds * 1.3)
    office.busy(office.look)
    assert office.file(BIRCH).state is FileState.known


def test_a_folder_that_went_takes_its_files_along(office: Office) -> None:
    office.arrive()
    office.arrive(BIRCH, b"birch")
    office.disk.delete(BIRCH)
    office.live(30.0)
    assert office.file(BIRCH).state is FileState.missing
    assert office.file().state is FileState.known


def test_F21_a_file_that_became_a_folder_and_a_file_again_is_followed(office: Office) -> None:
    office.arrive()
    office.disk.delete(W2)
    office.disk.write(W2 + b"/inner.bin", b"inner")
    office.live(60.0)
    assert office.file().state is FileState.missing
    assert office.file(W2 + b"/inner.bin").state is FileState.known
    office.disk.delete(W2 + b"/inner.bin")
    office.write()
    office.live(60.0)
    assert office.file().state is FileState.known
    assert office.file(W2 + b"/inner.bin").state is FileState.missing


@contextmanager
def stale_once(office: Office, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> Iterator[None]:
    """The next transactions find that another worker was quicker."""
    left = [times]
    plain = office.ledger.write

    def write(*, light: bool = False) -> object:
        if left[0]:
            left[0] -= 1
            raise StaleRow
        return plain(light=light)

    with monkeypatch.context() as patch:
        patch.setattr(office.ledger, "write", write)
        yield


def test_a_row_that_moved_while_a_folder_was_compared_is_compared_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.busy(office.look)
    office.disk.deaf = True
    office.write()
    office.clock.advance(RULES.deep_seconds * 1.3)
    office.look.scan_now()
    with stale_once(office, monkeypatch, 3):
        office.busy(office.look)
    assert office.file().state is FileState.settling


def test_hints_outlive_a_row_that_moved(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.arrive(K1, b"k1")
    office.disk.write(W2, CONTENT + b"in place")
    office.disk.write(K1, b"in place")
    with stale_once(office, monkeypatch):
        office.step(office.look)
    for _ in range(5):
        office.step(office.look)
        office.clock.advance(60.0)
    assert office.file().state is FileState.settling
    assert office.file(K1).state is FileState.settling


def test_a_folder_that_could_not_be_recorded_makes_nothing_below_it_gone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.arrive(BIRCH, b"birch")
    office.disk.deaf = True
    office.disk.write(b"new at the root.bin", b"x")
    office.look.scan_now()
    with stale_once(office, monkeypatch, 5):
        office.step(office.look)
    office.busy(office.look)
    assert office.file(BIRCH).state is FileState.known


def test_many_folders_that_went_at_once_cost_one_scan(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(rules=SLOW)
    office.write()
    for number in range(20):
        office.write(b"Gone %d/w2.bin" % number, b"%d" % number)
    office.busy(office.look)
    for number in range(20):
        office.disk.delete(b"Gone %d/w2.bin" % number)
    scans = office.look.scans_done
    office.busy(office.look, 200)
    assert office.look.scans_done - scans <= 2
    assert office.file(b"Gone 3/w2.bin").state is FileState.missing


def test_l6_a_root_that_may_not_be_listed_ends_no_turn(office: Office) -> None:
    office.arrive()
    office.disk.there = False
    office.look.turn()
    office.disk.there = True
    office.disk.files.clear()
    office.disk.troubles[b""] = FileDenied()
    office.clock.advance(120.0)
    office.look.turn()
    assert unavailable(office) is not None


def test_a_gap_of_events_is_closed_by_a_scan(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.disk.deaf = True
    office.disk.write(W2, b"in place")
    plain = office.disk.take
    gap = iter([True])
    monkeypatch.setattr(
        office.disk,
        "take",
        lambda: replace(plain(), gaps=frozenset({ROOT} if next(gap, False) else ())),
    )
    office.busy(office.look)
    assert office.file().state is FileState.settling


def test_a_root_without_reliable_events_is_swept_every_minute(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(rules=SLOW)
    monkeypatch.setattr(office.disk, "arm", lambda root: False)
    office.busy(office.look)
    office.disk.deaf = True
    office.write()
    office.clock.advance(61.0)
    office.busy(office.look)
    assert office.file().state is FileState.settling


def test_nothing_to_do_waits_and_writes_nothing(opened: Callable[..., Office]) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.busy(office.look)
    writes = []
    office.ledger.on_change(lambda: writes.append(1))
    for _ in range(20):
        assert office.look.turn() > 1.0
        office.clock.advance(5.0)
    assert writes == []


def test_l1_a_folder_that_may_not_be_listed_stands_in_the_list_until_it_may(
    office: Office,
) -> None:
    office.arrive()
    office.disk.write(b"Shut/secret.bin", b"x")
    office.disk.troubles[b"Shut"] = FileDenied()
    office.live(90.0)
    shut = office.file(b"Shut")
    assert (shut.state, shut.reason, shut.kind) == (FileState.held, "denied", Kind.folder)
    before = office.ledger.history(limit=1)[0].id
    office.start()
    office.live(200.0)
    assert office.ledger.history(limit=1)[0].id == before, "nothing new, nothing written"
    office.disk.troubles.clear()
    office.live(200.0)
    assert office.file(b"Shut").state is FileState.missing
    assert office.document(b"Shut/secret.bin").stage is Stage.filed


def test_l1_an_emptied_root_that_a_person_accepts_is_accepted(office: Office) -> None:
    office.arrive()
    office.live(90.0)
    assert office.document().stage is Stage.filed
    office.disk.files.clear()
    office.live(90.0)
    root = office.ledger.root(ROOT)
    assert root.unavailable
    with office.ledger.write() as writing:
        writing.save_root(replace(root, identity=None))
    office.start()
    office.live(90.0)
    assert office.ledger.root(ROOT).unavailable is None
    assert office.file().state is FileState.missing


def test_a_shut_folder_below_another_one_is_not_taken_for_open(office: Office) -> None:
    office.disk.write(b"Ash/deep/k1.bin", b"x")
    office.disk.troubles[b"Ash/deep"] = FileDenied()
    office.live(90.0)
    assert office.held(b"Ash/deep") == "denied"
    office.disk.troubles[b"Ash"] = FileDenied()
    office.live(90.0)
    assert (office.held(b"Ash"), office.held(b"Ash/deep")) == ("denied", "denied")
