"""documents `uploaded` -> `ingesting`: the commit gate, the intent, one call for each client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.errors import (
    DiskError,
    FiledRefused,
    FiledUnreachable,
    KeyRefused,
    ReadOnlyKey,
    UploadLocked,
)
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.operation import OperationState
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.faults import Aim, Crash, Fate
from tests.kit.simulation import RULES

K1 = b"Ash/k1.bin"
BIRCH = b"Birch/w2.bin"


def test_documents_of_one_client_travel_in_one_call(office: Office) -> None:
    for name in (b"a", b"b", b"c"):
        office.write(b"Ash/" + name, b"1" + name)
    office.rest()
    office.busy(office.find)
    office.busy(office.upload)
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert len(office.filed.lines) == 1
    assert len(office.filed.lines[0]) == 4
    assert office.stages() == {Stage.ingesting: 3}


def test_s1_each_client_gets_its_own_call_with_its_own_uploads(office: Office) -> None:
    office.uploaded()
    office.uploaded(BIRCH, b"birch")
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert sorted(len(line) for line in office.filed.lines) == [2, 2]
    assert office.binder() == sorted(
        [("Ash", office.document().sha256), ("Birch", office.document(BIRCH).sha256)]
    )


def test_the_debounce_lets_a_late_brother_come_along(office: Office) -> None:
    office.uploaded()
    assert office.attach.turn() > 0
    assert office.filed.lines == []
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert len(office.filed.lines) == 1


def test_no_more_than_a_batch_goes_into_one_call(opened: Callable[..., Office]) -> None:
    office = opened(rules=replace(RULES, batch=2))
    for name in (b"a", b"b", b"c"):
        office.write(b"Ash/" + name, b"1" + name)
    office.rest()
    office.busy(office.find)
    office.busy(office.upload)
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert [len(line) - 1 for line in office.filed.lines] == [2, 1]


def test_s8_the_intent_is_durable_before_the_call(opened: Callable[..., Office]) -> None:
    office = opened(aims=(Aim("filed.add_documents", 1, Fate.before),))
    office.uploaded()
    office.clock.advance(RULES.debounce)
    with pytest.raises(Crash):
        office.busy(office.attach)
    operations = office.ledger.open_operations()
    assert [(one.state, one.upload_ids) for one in operations] == [
        (OperationState.announced, (office.document().upload_id,))
    ]
    assert office.document().stage is Stage.attaching


# -- the commit gate -------------------------------------------------------------------------------


def test_a_file_that_changed_after_its_upload_is_not_attached(office: Office) -> None:
    first = office.uploaded()
    office.disk.deaf = True
    office.disk.write(W2, b"another content")
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert (office.filed.lines, office.file().state) == ([], FileState.settling)
    assert office.ledger.document(first.id).stage is Stage.uploaded
    office.live(120.0)
    assert office.binder() == [("Ash", office.document().sha256)]
    assert office.ledger.document(first.id).stage is Stage.lost


def test_f10_a_file_that_went_away_after_its_upload_is_not_attached(office: Office) -> None:
    first = office.uploaded()
    office.disk.deaf = True
    office.disk.write(b"Birch/other.bin", b"")  # an empty root would tell nothing
    office.disk.delete(W2)
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert (office.filed.lines, office.file().state) == ([], FileState.missing)
    assert office.ledger.document(first.id).stage is Stage.lost


@pytest.mark.parametrize("trouble", ["root", "disk"])
def test_an_unreadable_disk_concludes_nothing_and_is_asked_again(
    office: Office, trouble: str
) -> None:
    office.uploaded()
    office.clock.advance(RULES.debounce)
    if trouble == "root":
        office.disk.there = False
    else:
        office.disk.troubles[W2] = DiskError()
    office.busy(office.attach)
    assert (office.filed.lines, office.document().stage) == ([], Stage.uploaded)
    office.disk.there = True
    office.disk.troubles.clear()
    office.clock.advance(15.0)
    office.busy(office.attach)
    assert office.document().stage is Stage.ingesting


# -- refusals --------------------------------------------------------------------------------------


def test_one_refused_document_does_not_stop_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.uploaded()
    office.uploaded(K1, b"bad one")
    bad = office.document(K1).upload_id
    plain = office.filed._check_use

    def check(upload_id: str) -> None:
        if upload_id == bad:
            raise FiledRefused("unreadable document", code="BAD_USER_INPUT")
        plain(upload_id)

    monkeypatch.setattr(office.filed, "_check_use", check)
    office.live(120.0)
    assert office.document().stage is Stage.filed
    assert office.document(K1).stage is not Stage.filed


def test_a_document_that_is_refused_alone_needs_a_person(office: Office) -> None:
    office.filed.always["add_documents"] = FiledRefused("unreadable document")
    office.uploaded()
    office.live(120.0)
    failed = office.document()
    assert (failed.stage, failed.problem) == (Stage.failed, "unreadable document")
    assert failed.remedy
    assert office.asked()["add_documents"] == 2


def test_uploads_that_expired_before_the_attach_are_sent_anew(office: Office) -> None:
    document = office.uploaded()
    assert document.upload_id is not None
    del office.filed.uploads[document.upload_id]
    office.filed.troubles["add_documents"] = [FiledRefused("upload expired")]
    office.live(60.0)
    again = office.document()
    assert (again.stage, again.id) == (Stage.filed, document.id)
    assert again.upload_id != document.upload_id


@pytest.mark.parametrize("trouble", [UploadLocked(), FiledRefused("400", status=400)])
def test_a_head_that_says_nothing_useful_after_a_refusal_does_not_end_the_turn(
    office: Office, trouble: Exception
) -> None:
    office.uploaded()
    office.uploaded(BIRCH, b"birch")
    office.filed.troubles["add_documents"] = [FiledRefused("try again")]
    office.filed.sick[office.document().upload_id or ""] = trouble
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert office.document(BIRCH).stage is Stage.ingesting


# -- definite noes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyRefused(), ReadOnlyKey(), FiledUnreachable("no route")])
def test_r7_r8_what_was_surely_not_sent_goes_back_and_waits_behind_the_gate(
    office: Office, error: Exception
) -> None:
    office.filed.troubles["add_documents"] = [error]
    office.uploaded()
    office.clock.advance(RULES.debounce)
    assert office.busy(office.attach) > 0
    assert (office.document().stage, office.gate.trouble) == (Stage.uploaded, error)
    assert office.ledger.open_operations() == ()
    office.clock.advance(20.0)
    office.busy(office.attach)
    assert office.document().stage is Stage.ingesting
    assert (office.asked()["add_documents"], office.gate.trouble) == (2, None)


def test_a_client_is_created_without_uploads_and_once(office: Office) -> None:
    office.uploaded()
    office.uploaded(K1, b"k1")
    assert office.client().state is ClientState.absent
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert office.client().state is ClientState.known
    assert (office.asked()["create_client"], len(office.filed.records)) == (1, 1)


def test_a_client_that_somebody_made_meanwhile_is_adopted(office: Office) -> None:
    office.uploaded()
    record = office.filed.has_client("Ash-2025")
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert office.client().filed_id == record.id
    assert office.document().stage is Stage.ingesting


def test_a_refused_client_is_held_and_its_documents_stay_uploaded(office: Office) -> None:
    office.filed.troubles["create_client"] = [FiledRefused("no more clients in your plan")]
    office.uploaded()
    office.clock.advance(RULES.debounce)
    office.busy(office.find)
    office.attach.turn()
    client = office.client()
    assert (client.state, client.reason) == (ClientState.held, "refused")
    assert "no more clients in your plan" in (client.said or "")
    assert office.document().stage is Stage.uploaded


def test_l6_a_client_that_is_held_costs_no_busy_waiting(office: Office) -> None:
    office.filed.troubles["create_client"] = [FiledRefused("no")]
    office.uploaded()
    office.clock.advance(RULES.debounce)
    while office.client().state is not ClientState.held:
        office.attach.turn()
    office.clock.advance(60.0)
    assert office.attach.turn() >= 1.0


def test_a_client_absent_long_ago_is_looked_for_again_before_it_is_created(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    office.filed.switches = replace(office.filed.switches, unique_external_id=False)
    office.arrive()
    office.busy(office.find)  # absent, says a listing of today
    office.filed.always["create"] = FiledUnreachable("offline for days")
    office.live(60.0)
    office.clock.advance(3 * 86_400.0)
    office.filed.has_client("Ash-2025")  # somebody else made it meanwhile
    office.filed.always.clear()
    office.live(300.0)
    assert len(office.filed.records) == 1  # S4
    assert office.document().stage is Stage.filed


def test_create_clients_false_also_holds_for_clients_found_absent_before(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    office.arrive()
    office.busy(office.find)
    assert office.client().state is ClientState.absent
    root = replace(RULES.roots[0], create_clients=False)
    office.rules = replace(RULES, roots=(root,))
    office.start()
    office.live(120.0)
    assert office.filed.records == []
    assert office.client().state is ClientState.held


def test_content_is_known_by_its_bytes(office: Office) -> None:
    assert office.attached().size == len(CONTENT)
