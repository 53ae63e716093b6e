"""Rows R of reliability.md 5 where the engine has to decide what an odd reply leads to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    PointedElsewhere,
    ProtocolBroken,
    UploadGone,
    UploadMismatch,
    VersionRefused,
)
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.reasons import Reason
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.faults import Aim, Fate

K1 = b"Ash/k1.bin"


@pytest.mark.parametrize("effect", ["create", "send"])
def test_R02_an_answer_that_tus_does_not_have_is_tried_three_times_and_parked(
    office: Office, effect: str
) -> None:
    office.filed.always[effect] = ProtocolBroken("Filed answered 200.")
    office.write()
    office.live(900.0)
    parked = office.document()
    assert (parked.stage, parked.problem) == (Stage.failed, "Filed answered 200.")
    assert parked.remedy
    assert office.asked()[effect] == 4  # once, and three times more
    office.filed.always.clear()
    office.ledger.retry(documents=(parked.id,), who="a person")
    office.live(60.0)
    assert office.document().stage is Stage.filed


def test_R02_a_head_that_tells_nothing_starts_nothing_anew_and_is_parked(office: Office) -> None:
    office.filed.troubles["send"] = [FiledTrouble("cut")]
    office.filed.always["offset"] = ProtocolBroken("Filed did not tell how far the upload is.")
    office.write()
    office.live(900.0)
    assert office.document().stage is Stage.failed
    assert (office.asked()["create"], office.asked()["offset"]) == (1, 4)


def test_R02_one_document_that_is_answered_oddly_holds_up_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L6: whether Filed can be asked is not decided by one document."""
    plain = office.filed.create

    def create(name: str, *more: object) -> object:
        if name == "w2.bin":
            raise ProtocolBroken("Filed answered 204.")
        return plain(name, *more)  # type: ignore[arg-type]  # forwards as it came

    monkeypatch.setattr(office.filed, "create", create)
    office.write()
    office.write(K1, b"k1")
    for number in range(8):
        office.live(20.0)
        office.write(b"Ash/%d.bin" % number, b"%d" % number)
    office.live(60.0)
    assert office.stages() == {Stage.failed: 1, Stage.filed: 9}
    assert office.gate.trouble is None


def test_R02_while_nothing_else_is_answered_documents_are_parked_slowly(office: Office) -> None:
    """A box in between that says 200 to everything for a while must not use up every document."""
    office.filed.always["create"] = ProtocolBroken("Filed answered 200.")
    for number in range(200):
        office.write(b"Ash/%d.bin" % number, CONTENT + b"%d" % number)
    office.live(600.0)
    assert office.stages().get(Stage.failed, 0) <= 20
    assert office.gate.trouble is None
    office.filed.always.clear()
    office.live(200.0)
    assert office.stages().keys() <= {Stage.failed, Stage.filed}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(PointedElsewhere("to evil.example"), id="R01-another-host"),
        pytest.param(VersionRefused("412", status=412), id="R06-another-version"),
    ],
)
def test_a_no_that_stays_is_told_at_once_with_its_remedy_and_not_repeated(
    office: Office, error: AgentError
) -> None:
    office.filed.always["create"] = error
    office.write()
    office.live(600.0)
    failed = office.document()
    assert (failed.stage, failed.problem, failed.remedy) == (Stage.failed, error.said, error.advice)
    assert office.asked()["create"] == 1


def test_R09_what_is_gone_while_it_is_attached_is_read_back_before_it_is_sent_anew(
    opened: Callable[..., Office],
) -> None:
    office = opened(aims=(Aim("filed.add_documents", 1, Fate.lost),))
    office.attached()
    assert office.document().stage is Stage.attaching
    office.filed.sick[office.document().upload_id or ""] = UploadGone()
    office.live(300.0)
    assert office.document().stage is Stage.filed
    assert office.asked()["create"] == 1
    assert len(office.filed.binder) == 1
    assert office.file(W2).document_id == office.document().id


def test_R04_a_length_that_contradicts_ours_makes_the_upload_begin_anew(office: Office) -> None:
    office.filed.troubles["send"] = [FiledTrouble("cut")]
    first = office.uploaded()
    assert first.stage is Stage.uploading
    office.filed.troubles["offset"] = [UploadMismatch("Filed expects 7 bytes.")]
    office.live(60.0)
    assert office.document().stage is Stage.filed
    assert office.document().upload_id != first.upload_id
    assert len(office.filed.binder) == 1


def test_R14_a_spoiled_chunk_is_read_from_disk_and_sent_again_on_the_same_upload(
    office: Office,
) -> None:
    office.filed.troubles["send"] = [UploadMismatch("460")] * 3
    done = office.uploaded()
    assert done.stage is Stage.uploaded
    assert office.asked()["create"] == 1
    assert office.asked()["send"] == 5  # two chunks after the first, one of them three times more


def test_R14_a_chunk_that_is_spoiled_every_time_begins_anew_and_is_parked_in_the_end(
    office: Office,
) -> None:
    office.filed.always["send"] = UploadMismatch("460")
    office.write()
    office.live(1_200.0)
    assert (office.document().stage, office.document().problem) == (Stage.failed, "460")
    assert 1 < office.asked()["create"] <= 6


def test_R23_a_client_that_comes_back_as_another_is_parked_and_gets_no_document(
    office: Office,
) -> None:
    office.filed.always["create_client"] = FiledRefused(
        "Filed answered with another external ID.", code="OTHER_EXTERNAL_ID"
    )
    office.write()
    office.live(600.0)
    client = office.client()
    assert (client.state, client.reason) == (ClientState.held, Reason.refused)
    assert "another external ID" in (client.said or "")
    assert office.asked()["create_client"] == 1
    assert office.asked()["add_documents"] == 0
    assert office.document().stage is Stage.uploaded
