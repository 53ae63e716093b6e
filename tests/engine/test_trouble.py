"""Trouble that is Filed's own, and what is forgotten when it is over."""

from __future__ import annotations

import pytest

from agent.errors import FiledTrouble, ReadOnlyKey
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.reasons import Reason
from agent.model.stale import StaleRow
from tests.engine.kit import CONTENT, W2, Office


def test_r15_with_filed_in_trouble_not_every_document_tries_for_itself(office: Office) -> None:
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


def test_r8_an_answered_question_does_not_hide_a_key_that_may_not_change(office: Office) -> None:
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
