"""files `settling` -> `known`: quiet, complete, mapped, hashed; or held with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.errors import DiskError, FileBusy, FileDenied, NotRegular, OnlineOnly
from agent.model.document import Stage
from agent.model.file import FileState, Kind
from tests.engine.kit import CONTENT, QUIET, W2, Office
from tests.kit.disk import ROOT
from tests.kit.simulation import RULES

K1 = b"Ash/k1.bin"
SCAN = b"Ash/scan.pdf"


def test_a_file_at_rest_is_known_by_its_bytes(office: Office) -> None:
    document = office.arrive()
    assert document.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (document.size, document.name, office.file().state) == (500, "w2.bin", FileState.known)


def test_rest_is_measured_on_our_own_clock_not_by_the_file_s_age(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.settle.turn()
    office.clock.wall_shift = 86_400.0
    office.clock.advance(QUIET - 0.5)
    office.settle.turn()
    assert office.file().state is FileState.settling
    office.clock.wall_shift = -86_400.0
    office.clock.advance(0.5)
    office.settle.turn()
    assert office.file().state is FileState.known


def test_f2_each_growth_begins_the_quiet_time_anew(office: Office) -> None:
    office.write()
    office.busy(office.look)
    for size in range(1, 8):
        office.settle.turn()
        office.clock.advance(QUIET - 1.0)
        office.disk.write(W2, CONTENT * size)
    assert office.file().state is FileState.settling
    office.live(180.0)
    assert office.document().size == len(CONTENT) * 7
    assert len(office.filed.binder) == 1


def test_a_scanner_that_pauses_between_pages_teaches_its_folder(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.settle.turn()
    office.clock.advance(QUIET / 2)
    office.settle.turn()  # at rest for half of the time
    office.clock.advance(QUIET / 2)
    office.disk.write(W2, CONTENT * 2)  # the next page, just before we would have believed it
    office.settle.turn()
    root = office.ledger.root(ROOT)
    folder = office.ledger.folder(root.id, b"Ash")
    assert folder is not None
    assert folder.quiet_seconds == 3 * QUIET / 2
    office.clock.advance(3 * QUIET / 2 - 1.0)
    office.settle.turn()
    assert office.file().state is FileState.settling


def test_a_slow_copy_without_any_pause_teaches_its_folder_nothing(office: Office) -> None:
    office.write()
    for tenths in range(300):
        if tenths % 2 == 0:
            office.disk.write(W2, CONTENT + bytes(tenths))
        if tenths % 10 == 0:
            office.busy(office.look)
            office.settle.turn()
        office.clock.advance(0.1)
    folder = office.ledger.folder(office.ledger.root(ROOT).id, b"Ash")
    assert folder is not None
    assert (folder.quiet_seconds or 0.0) <= QUIET


def test_f1_an_empty_file_is_held_and_goes_on_when_it_is_filled(office: Office) -> None:
    office.write(content=b"")
    office.rest()
    assert office.held() == "empty"
    office.live(3_600.0)
    assert office.filed.calls == []
    office.write(content=b"now")
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}


@pytest.mark.parametrize("mtime", [0, -(10**9) * 10**9, 4_070_908_800 * 10**9, 2 * 10**9])
def test_f6_any_date_of_a_file_is_as_good_as_another(office: Office, mtime: int) -> None:
    office.write()
    office.disk.files[W2].mtime_ns = mtime
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}


def test_f17_a_file_in_use_is_asked_about_with_growing_pauses(office: Office) -> None:
    office.write()
    office.rest()
    office.arrive(K1, b"k1")
    office.disk.busy.add(W2)
    office.disk.write(W2, CONTENT + b"more")
    office.rest()
    pauses = []
    for _ in range(8):
        file = office.file()
        assert (file.state, file.reason) == (FileState.held, "in-use")
        pauses.append(round(file.due_at - office.clock.steady(), 3))
        office.clock.advance(file.due_at - office.clock.steady())
        office.settle.turn()
    assert pauses == [2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    office.disk.busy.clear()
    office.live(120.0)
    assert office.document().size == len(CONTENT) + 4


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (FileBusy(), "in-use"),
        (FileDenied(), "denied"),
        (OnlineOnly(), "online-only"),
        (NotRegular(), "not-regular"),
        (DiskError(), "disk-error"),
    ],
)
def test_a_file_that_cannot_be_read_is_held_with_its_reason_and_others_go_on(
    office: Office, trouble: Exception, reason: str
) -> None:
    office.write()
    office.busy(office.look)
    office.disk.troubles[W2] = trouble
    office.write(K1, b"k1")
    office.rest()
    assert office.held() == reason
    assert office.file(K1).state is FileState.known
    office.disk.troubles.clear()
    office.live(120.0)
    assert office.stages() == {Stage.filed: 2}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(Kind.link, "link"), (Kind.other, "not-regular"), (Kind.online_only, "online-only")],
)
def test_f12_f13_f19_what_is_no_plain_file_is_never_opened(
    office: Office, kind: Kind, reason: str
) -> None:
    def opened() -> None:
        raise AssertionError("it was read")

    office.disk.between = opened
    office.disk.kinds[W2] = kind
    office.write()
    office.live(60.0)
    assert office.held() == reason
    office.disk.between = lambda: None
    office.disk.kinds.clear()
    office.live(120.0)
    assert office.stages() == {Stage.filed: 1}


def test_n16_a_file_of_no_client_is_held_and_never_guessed(office: Office) -> None:
    office.write(b"stray.bin", b"whose?")
    office.live(60.0)
    assert office.held(b"stray.bin") == "no-client"
    assert office.filed.calls == []


@pytest.mark.parametrize("folder", [b"   ", b"...", b"\xe2\x80\xae", b"x" * 290, b"\xff\xfe"])
def test_n14_a_folder_that_names_nobody_is_held(office: Office, folder: bytes) -> None:
    path = folder + b"/w2.bin"
    office.write(path, b"whose?")
    office.live(60.0)
    assert office.held(path) is not None
    assert office.filed.records == []


def test_n14_an_unusual_name_is_a_name(office: Office) -> None:
    office.write("Ærø 🦊/w2.bin".encode(), b"w2")
    office.live(60.0)
    assert [record.name for record in office.filed.records] == ["Ærø 🦊"]


def test_a_document_without_its_end_waits_and_is_then_sent_as_it_is(office: Office) -> None:
    office.write(SCAN, b"%PDF-1.7 page one")
    office.rest()
    assert office.held(SCAN) == "incomplete"
    office.clock.advance(RULES.incomplete_seconds - 1.0)
    office.settle.turn()
    assert office.held(SCAN) == "incomplete"
    office.clock.advance(2.0)
    office.settle.turn()
    assert office.file(SCAN).state is FileState.known


def test_a_document_that_gets_its_end_does_not_wait(office: Office) -> None:
    office.write(SCAN, b"%PDF-1.7 page one")
    office.rest()
    office.write(SCAN, b"%PDF-1.7 page one %%EOF")
    office.rest()
    assert office.file(SCAN).state is FileState.known


def test_a_file_that_changes_while_it_is_hashed_settles_anew(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.settle.turn()
    office.clock.advance(QUIET)
    office.disk.between = lambda: office.disk.write(W2, CONTENT[:-1] + b"!")
    office.settle.turn()
    office.disk.between = lambda: None
    assert office.file().state is FileState.settling
    office.rest()
    assert office.document().sha256 == hashlib.sha256(CONTENT[:-1] + b"!").hexdigest()


def test_a_file_that_went_while_it_settled_is_missing(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.disk.deaf = True
    office.disk.write(b"Birch/other.bin", b"")  # an empty root would tell nothing
    office.disk.delete(W2)
    office.settle.turn()
    assert office.file().state is FileState.missing


def test_l5_an_away_root_holds_nothing_and_goes_on_when_it_is_back(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.disk.there = False
    office.settle.turn()
    assert office.file().state is FileState.settling
    office.disk.there = True
    office.live(90.0)
    assert office.stages() == {Stage.filed: 1}


def test_more_files_than_one_fetch_are_all_settled(office: Office) -> None:
    for number in range(620):
        office.disk.write(b"Ash/%d.bin" % number, b"%d" % number)
    office.busy(office.look)
    office.busy(office.settle)
    office.clock.advance(QUIET)
    office.busy(office.settle)
    assert office.stages() == {Stage.ready: 620}


def test_a_row_that_moved_meanwhile_costs_no_other_file(office: Office) -> None:
    office.write()
    office.write(K1, b"k1")
    office.busy(office.look)
    office.settle.turn()
    office.clock.advance(QUIET)

    def leave_out() -> None:
        """A person leaves one file out, just while the other is read."""
        office.disk.between = lambda: None
        with office.ledger.write() as writing:
            writing.ignore(ROOT, W2, "test")

    office.disk.between = leave_out
    office.settle.turn()
    assert office.file().state is FileState.ignored
    assert office.file(K1).state is FileState.known


def test_a_file_that_vanished_while_it_settled_costs_no_busy_waiting(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.settle.turn()
    office.disk.delete(W2)
    office.busy(office.look)
    assert office.file().state is FileState.missing
    office.clock.advance(60.0)
    assert office.settle.turn() >= 1.0


def test_a_held_file_is_looked_at_when_it_is_due(office: Office) -> None:
    office.disk.busy.add(W2)
    office.write()
    office.rest()
    assert office.held() == "in-use"
    assert office.settle.turn() <= 2.0


def test_l6_one_poisonous_file_holds_up_no_other(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.disk.troubles[W2] = RuntimeError("nobody foresaw this")
    office.write(K1, b"k1")
    office.rest()
    assert office.file(K1).state is FileState.known


def test_a_share_needs_its_longer_quiet_time(opened: Callable[..., Office]) -> None:
    root = replace(RULES.roots[0], network=True)
    office = opened(rules=replace(RULES, roots=(root,)))
    office.write()
    office.rest(14.9)
    assert office.file().state is FileState.settling
    office.clock.advance(0.2)
    office.settle.turn()
    assert office.file().state is FileState.known


def test_a_root_that_the_configuration_dropped_is_left_alone(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    office.write()
    office.busy(office.look)
    office.rules = replace(RULES, roots=())
    office.start()
    office.live(120.0)
    assert office.file().state is FileState.settling
    assert office.filed.calls == []


def test_a_file_that_was_closed_needs_half_of_the_quiet_time(office: Office) -> None:
    office.disk.closes = True
    office.write()
    office.rest(QUIET / 2)
    assert office.file().state is FileState.known


def test_a_closed_file_that_changed_again_needs_the_whole_time(office: Office) -> None:
    office.disk.closes = True
    office.write()
    office.busy(office.look)
    office.disk.deaf = True
    office.disk.write(W2, CONTENT + b"more, without an event")
    office.rest(QUIET / 2)
    assert office.file().state is FileState.settling
