"""Trouble that is Filed's own, and what is forgotten when it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.errors import FiledTrouble, ReadOnlyKey, UploadMismatch
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.reasons import Reason
from agent.model.root import RootIdentity
from agent.model.stale import StaleRow
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.disk import ROOT
from tests.kit.filed import MemorySwitches

AT_ONCE = MemorySwitches()


def test_R15_with_filed_in_trouble_not_every_document_tries_for_itself(office: Office) -> None:
    for number in range(20):
        office.write(b"Ash/%d.bin" % number, CONTENT + b"%d" % number)
    office.filed.always["create"] = FiledTrouble("503")
    office.live(60.0)
    assert office.asked()["create"] <= 20
    assert isinstance(office.gate.trouble, FiledTrouble)
    office.filed.always.clear()
    office.live(600.0)
    assert office.stages() == {Stage.filed: 20}
    assert office.gate.trouble is None


def test_a_chunk_that_got_through_ends_the_older_troubles(office: Office) -> None:
    office.filed.troubles["send"] = [FiledTrouble("cut")]
    office.uploaded()
    assert (office.document().attempts, office.document().problem) == (1, "cut")
    office.clock.advance(10.0)
    office.filed.troubles["send"] = [None, FiledTrouble("cut again")]
    office.busy(office.upload)
    assert office.document().attempts == 1


def test_R08_an_answered_question_does_not_hide_a_key_that_may_not_change(office: Office) -> None:
    office.uploaded()
    office.gate.failed(ReadOnlyKey())
    office.gate.fine(changed=False)
    assert isinstance(office.gate.trouble, ReadOnlyKey)
    office.gate.fine()
    assert office.gate.trouble is None


def test_s4_a_parked_client_stays_parked_whatever_else_is_the_matter(office: Office) -> None:
    office.arrive()
    client = office.client()
    held = client.to(ClientState.held, reason=Reason.unconfirmed, said="sent twice")
    with office.ledger.write() as writing:
        writing.move_client(client, held, "for the test")
    other = office.filed.has_client("Other-2025", name="Ash")
    office.clock.advance(2_000.0)
    office.busy(office.find)
    office.filed._shown.clear()  # the namesake is gone again
    office.filed.records.remove(other)
    office.clock.advance(2_000.0)
    office.live(60.0)
    assert (office.client().state, office.client().reason) == ("held", Reason.unconfirmed)
    assert office.filed.records == []


def test_a_finished_scan_keeps_its_conclusions_when_a_row_moves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.arrive()
    office.disk.deaf = True
    office.disk.write(b"Birch/stays.bin", b"x")
    office.disk.delete(W2)
    plain = office.ledger.files_in
    moved = iter([StaleRow()])

    def files_in(root_id: int, folder: bytes) -> object:
        if folder == b"Ash":
            for stale in moved:
                raise stale
        return plain(root_id, folder)

    monkeypatch.setattr(office.ledger, "files_in", files_in)
    office.look.scan_now()
    office.busy(office.look)
    assert office.file().state == "missing"


def test_a_dropped_root_costs_no_write_every_half_minute(office: Office) -> None:
    office.write()
    office.busy(office.look)
    office.rules = type(office.rules)(roots=())
    office.start()
    office.settle.turn()
    version = office.file().version
    office.clock.advance(120.0)
    office.settle.turn()
    assert office.file().version == version


def test_one_question_polls_many_clients(opened: Callable[..., Office]) -> None:
    office = opened(switches=replace(AT_ONCE, task_most=10_000.0))
    for number in range(20):
        office.write(b"Client %d/w2.bin" % number, b"%d" % number)
    office.live(60.0)
    assert office.stages() == {Stage.ingesting: 20}
    asked = office.asked()["tasks"]
    office.live(600.0)
    assert office.asked()["tasks"] - asked <= 150  # 15 a minute, not one for each document


def test_R03_an_upload_that_never_fits_is_parked_in_the_end(office: Office) -> None:
    office.filed.always["send"] = UploadMismatch("does not advance")
    office.arrive()
    office.busy(office.find)
    office.live(600.0)
    failed = office.document()
    assert (failed.stage, failed.problem) == (Stage.failed, "does not advance")
    assert failed.remedy
    assert office.asked()["create"] <= 6
    office.filed.always.clear()
    with office.ledger.write() as writing:
        writing.move_document(failed, failed.to(Stage.ready), "retried by a person")
    office.live(60.0)
    assert office.document().stage is Stage.filed


def test_F01_an_empty_file_filled_in_place_without_an_event_is_noticed(office: Office) -> None:
    office.write(content=b"")
    office.rest()
    assert office.held() == "empty"
    office.disk.deaf = True
    office.disk.write(W2, CONTENT)
    office.live(90.0)
    assert office.document().stage is Stage.filed


def test_R21_a_task_that_takes_a_day_says_so_and_is_asked_on(opened: Callable[..., Office]) -> None:
    office = opened(switches=replace(AT_ONCE, task_most=1_000_000.0))
    office.attached()
    for _ in range(400):
        office.ingest.turn()
        office.clock.advance(300.0)
    assert office.document().stage is Stage.ingesting
    assert "for a day" in (office.document().problem or "")


def test_a_replaced_root_that_a_person_accepts_is_taken_while_running(office: Office) -> None:
    office.arrive()
    office.disk.files.clear()
    office.disk.write(b"Birch/other.bin", b"another firm")
    office.disk.identity = RootIdentity(9, 9)
    office.look.turn()
    root = office.ledger.root(ROOT)
    assert root.unavailable
    with office.ledger.write() as writing:
        writing.save_root(replace(root, identity=None))
    office.live(90.0)
    assert office.ledger.root(ROOT).unavailable is None
    assert office.document(b"Birch/other.bin").stage is Stage.filed
