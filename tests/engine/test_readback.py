"""Ambiguous answers: waited out, read back, and only then repeated with the same upload IDs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.errors import FiledRefused, UploadLocked
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.ingestion import Task
from agent.model.operation import OperationState
from tests.engine.kit import Office
from tests.kit.faults import Aim, Crash, Fate
from tests.kit.filed import MemorySwitches
from tests.kit.simulation import RULES

BIRCH = b"Birch/w2.bin"
WINDOW = RULES.quiet_window
MANY_USES = MemorySwitches(single_use=False, unique_external_id=False)


def lose(what: str, fate: Fate = Fate.lost, times: int = 1) -> tuple[Aim, ...]:
    return tuple(Aim(f"filed.{what}", nth, fate) for nth in range(1, times + 1))


def lost(opened: Callable[..., Office], fate: Fate = Fate.lost, times: int = 1) -> Office:
    """An office whose first attach had no answer."""
    office = opened(switches=MANY_USES, aims=lose("add_documents", fate, times))
    office.attached()
    assert office.document().stage is Stage.attaching
    return office


def test_l2_a_lost_answer_is_waited_out_before_anything_is_asked(
    opened: Callable[..., Office],
) -> None:
    office = lost(opened)
    asked = office.asked()
    office.attach.turn()
    office.clock.advance(WINDOW - 1.0)
    assert 0 < office.attach.turn() <= 1.0
    assert office.asked() == asked


def test_what_was_carried_out_is_adopted_and_never_sent_again(
    opened: Callable[..., Office],
) -> None:
    office = lost(opened)
    office.live(WINDOW + 5.0)
    assert office.document().stage in (Stage.ingesting, Stage.filed)
    assert (len(office.filed.lines), len(office.filed.binder)) == (1, 1)


def test_what_was_not_carried_out_is_sent_again_with_the_same_ids(
    opened: Callable[..., Office],
) -> None:
    office = lost(opened, Fate.dropped)
    office.live(WINDOW + 60.0)
    assert office.filed.lines[0] == office.filed.lines[1]
    assert (len(office.filed.lines), len(office.filed.binder)) == (2, 1)


def test_an_operation_found_open_at_start_counts_as_lost(opened: Callable[..., Office]) -> None:
    office = lost(opened)
    office.clock.advance(WINDOW * 2)
    office.start()
    office.attach.turn()
    assert len(office.filed.lines) == 1  # the quiet window begins anew, nothing is sent before
    office.live(WINDOW + 30.0)
    assert len(office.filed.binder) == 1


def test_documents_are_given_up_after_four_sendings_and_say_what_to_do(
    opened: Callable[..., Office],
) -> None:
    office = lost(opened, Fate.dropped, times=99)
    office.live(WINDOW * 5 + 60.0)
    failed = office.document()
    assert (len(office.filed.lines), failed.stage) == (4, Stage.failed)
    assert "binder" in (failed.remedy or "")


def shown_late(office: Office, seconds: float) -> None:
    """What Filed made shows in its lists only after so long."""
    for shown in office.filed._shown:
        shown.visible_at = office.clock.steady() + seconds


def test_a_refusal_after_a_lost_answer_is_read_back_before_it_is_believed(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MemorySwitches(), aims=lose("add_documents"))
    office.filed.has_client("Ash-2025")
    office.attached()
    shown_late(office, WINDOW * 1.5)  # longer than the quiet window: the one case left to chance
    office.live(WINDOW * 3)
    assert len(office.filed.lines) == 2
    assert office.filed.lines[0] == office.filed.lines[1]
    assert (office.document().stage, len(office.filed.binder)) == (Stage.filed, 1)


def test_a_refusal_after_a_crash_is_read_back_before_it_is_believed(
    opened: Callable[..., Office],
) -> None:
    office = opened(aims=(Aim("filed.add_documents", 1, Fate.after),))
    office.filed.has_client("Ash-2025")
    office.uploaded()
    office.clock.advance(RULES.debounce)
    with pytest.raises(Crash):
        office.busy(office.attach)
    office.start()
    shown_late(office, WINDOW * 1.5)
    office.live(WINDOW * 3)
    assert len(office.filed.lines) == 2
    assert (office.document().stage, len(office.filed.binder)) == (Stage.filed, 1)


def test_a_client_that_shows_late_is_adopted_although_the_second_sending_was_refused(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MemorySwitches(), aims=lose("create_client"))
    office.attached()
    shown_late(office, WINDOW * 1.5)
    office.live(WINDOW * 3)
    assert (len(office.filed.records), office.document().stage) == (1, Stage.filed)


def test_uploads_that_are_gone_and_in_no_task_are_sent_anew(opened: Callable[..., Office]) -> None:
    office = lost(opened, Fate.dropped)
    first = office.document().upload_id
    office.filed.uploads.clear()
    office.live(WINDOW + 60.0)
    assert (office.document().stage, len(office.filed.binder)) == (Stage.filed, 1)
    assert office.document().upload_id != first


def test_one_upload_that_expired_in_doubt_is_sent_anew_and_the_others_with_it(
    opened: Callable[..., Office],
) -> None:
    """Filed refuses the same call for ever; nobody's hand is needed."""
    office = opened(switches=MANY_USES, aims=lose("add_documents", Fate.dropped))
    for name in (b"a", b"b", b"c"):
        office.write(b"Ash/" + name, b"content of " + name)
    office.rest()
    office.busy(office.find)
    office.busy(office.upload)
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    assert office.stages() == {Stage.attaching: 3}
    before = office.document(b"Ash/b").upload_id
    del office.filed.uploads[before or ""]
    office.live(WINDOW + 60.0)
    assert office.stages() == {Stage.filed: 3}
    assert len(office.filed.binder) == 3
    assert office.document(b"Ash/b").upload_id != before


def test_a_task_that_another_operation_claims_is_not_taken(opened: Callable[..., Office]) -> None:
    office = opened(switches=MANY_USES, aims=(Aim("filed.add_documents", 2, Fate.dropped),))
    office.attached()
    office.attached(b"Ash/k1.bin", b"k1")  # in the same minute; this one is lost
    office.live(WINDOW + 60.0)
    assert len(office.filed.binder) == 2
    assert office.document(b"Ash/k1.bin").task_id != office.document().task_id


def test_a_task_of_before_the_intent_is_not_taken(opened: Callable[..., Office]) -> None:
    office = opened(switches=MANY_USES, aims=lose("add_documents", Fate.dropped))
    record = office.filed.has_client("Ash-2025")
    old = Task("task-of-old", record.id, "COMPLETED", office.clock.now() - 600.0, upload_count=1)
    office.filed._show(task=old)
    office.attached()
    office.live(WINDOW + 60.0)
    assert len(office.filed.binder) == 1
    assert office.document().task_id != old.id


def test_a_persons_own_upload_at_the_same_time_is_not_taken_for_ours(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MANY_USES, aims=lose("add_documents", Fate.dropped))
    record = office.filed.has_client("Ash-2025")
    office.attached()
    at = office.clock.now()
    theirs = Task("theirs", record.id, "RUNNING", at, triggered_by="user-9", upload_count=1)
    office.filed._show(task=theirs, done_at=office.clock.steady() + 5.0)
    office.live(WINDOW + 60.0)
    assert len(office.filed.binder) == 1, "green means filed"


def test_E04_a_wall_clock_set_right_meanwhile_sends_nothing_twice(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(switches=MANY_USES, aims=lose("add_documents"))
    filed, clock = office.filed, office.clock
    clock.wall_shift = 3_600.0  # ours is an hour ahead; Filed's is right
    monkeypatch.setattr(filed, "server_time", lambda at: at - clock.wall_shift)  # by Date
    plain = filed._show

    def show(record: Any = None, task: Task | None = None, done_at: float = 0.0) -> None:
        right = replace(task, started_at=clock.steady()) if task else None
        plain(record, right, done_at)

    monkeypatch.setattr(filed, "_show", show)  # tasks tell Filed's clock
    office.attached()
    clock.wall_shift = 0.0
    office.live(WINDOW + 60.0)
    assert len(filed.binder) == 1


# -- createClient ----------------------------------------------------------------------------------


def test_s4_a_client_made_without_an_answer_is_adopted(opened: Callable[..., Office]) -> None:
    office = opened(switches=MANY_USES, aims=lose("create_client"))
    office.attached()
    assert office.client().state is ClientState.creating
    office.live(WINDOW + 60.0)
    assert (len(office.filed.records), office.document().stage) == (1, Stage.filed)


def test_s4_a_client_is_sent_twice_at_most_and_then_a_person_decides(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MANY_USES, aims=lose("create_client", Fate.dropped, 9))
    office.attached()
    office.live(WINDOW * 4)
    client = office.client()
    assert (office.asked()["create_client"], client.state) == (2, ClientState.held)
    assert client.reason == "create-unconfirmed"
    for _ in range(4):
        office.clock.advance(1_000.0)
        office.live(5.0)
    assert office.asked()["create_client"] == 2


def test_a_parked_client_that_appears_at_filed_is_adopted_by_itself(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MANY_USES, aims=lose("create_client", Fate.dropped, 9))
    office.attached()
    office.live(WINDOW * 3)
    assert office.client().state is ClientState.held
    office.filed.has_client("Ash-2025")
    office.clock.advance(1_000.0)
    office.live(60.0)
    assert office.document().stage is Stage.filed


# -- one for all -----------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [UploadLocked(), FiledRefused("400", status=400)])
def test_l6_one_operation_that_cannot_be_read_back_holds_up_no_other(
    opened: Callable[..., Office], trouble: Exception
) -> None:
    office = opened(aims=lose("add_documents", Fate.dropped, 2))
    office.attached()
    office.attached(BIRCH, b"birch")
    office.filed.sick[office.document().upload_id or ""] = trouble
    for _ in range(200):
        try:
            office.attach.turn()
        except type(trouble):  # the crew restarts the worker
            office.clock.advance(1.0)
        office.clock.advance(1.0)
    assert office.document(BIRCH).stage is Stage.ingesting


def test_l6_other_clients_are_attached_while_one_is_in_doubt(
    opened: Callable[..., Office],
) -> None:
    office = lost(opened)
    office.attached(BIRCH, b"birch")
    assert office.document(BIRCH).stage is Stage.ingesting
    assert office.document().stage is Stage.attaching
    operations = office.ledger.open_operations()
    assert [one.state for one in operations] == [OperationState.unknown]


def test_a_quiet_window_costs_no_busy_waiting(opened: Callable[..., Office]) -> None:
    office = lost(opened)
    office.uploaded(b"Ash/k1.bin", b"k1")  # has to wait for the operation of its client
    office.clock.advance(3.0)
    assert office.attach.turn() >= 1.0


def test_without_open_operations_nothing_is_asked(office: Office) -> None:
    assert office.attach.turn() == 30.0
    assert office.filed.calls == []
