"""What the upload workers tell the line, and what the line tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.engine.line import SMALLEST, Line
from agent.errors import FiledTrouble, FiledUnreachable, RateLimited
from agent.model.patience import AIM, MIB
from tests.engine.kit import CONTENT, Office
from tests.kit.simulation import RULES


class Heard:
    """Stands in for the lanes; counts what it is told."""

    def __init__(self) -> None:
        self.limit = 8
        self.told: list[str] = []
        self.bytes = 0

    def moved(self, count: int) -> None:
        self.bytes += count

    def carried(self) -> None:
        self.told.append("carried")

    def starved(self) -> None:
        self.told.append("starved")

    def trouble(self) -> None:
        self.told.append("trouble")


@pytest.fixture
def heard(office: Office, monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard = Heard()
    monkeypatch.setattr(office.engine.line, "lanes", heard)
    return heard


def test_lanes_hear_of_bytes_and_documents_and_of_having_nothing_to_do(
    office: Office, heard: Heard
) -> None:
    office.uploaded()
    assert (heard.told, heard.bytes) == (["carried", "starved"], len(CONTENT))


@pytest.mark.parametrize(
    "error", [RateLimited(), FiledTrouble("503"), FiledUnreachable("no route")]
)
def test_lanes_hear_of_trouble_at_filed(office: Office, heard: Heard, error: Exception) -> None:
    office.arrive()
    office.busy(office.find)
    office.filed.troubles["create"] = [error]
    office.upload.turn()
    assert heard.told == ["trouble"]


def test_a_worker_that_cannot_look_for_work_lets_another_one_listen(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(parallel=2)

    def broken(*asked: object) -> object:
        raise OSError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(office.ledger, "to_upload", broken)
        with pytest.raises(OSError, match="broken"):
            office.uploads[0].turn()
    assert office.engine.line.door.enter(2)


@pytest.mark.parametrize("fails", [True, False])
def test_the_door_is_told_whether_a_worker_comes_back_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    office.arrive()
    office.busy(office.find)
    told: list[bool] = []
    plain = office.engine.line.door.leave

    def leave(*, large: bool, returns: bool) -> None:
        told.append(returns)
        plain(large=large, returns=returns)

    monkeypatch.setattr(office.engine.line.door, "leave", leave)
    if fails:
        office.filed.troubles["create"] = [OSError("nobody expects it")]
        with pytest.raises(OSError, match="nobody expects it"):
            office.upload.turn()
    else:
        office.upload.turn()
    assert told == [not fails]
    assert len(office.engine.line.waiting) == 0


def test_whoever_listens_is_woken_when_a_document_comes_back_unsent(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told that nothing is due while the document was in another one's hands."""
    office = opened(parallel=2)
    office.arrive()
    office.busy(office.find)
    first, second = office.uploads
    rung: list[float] = []
    monkeypatch.setattr(office.engine.line, "wake", lambda: rung.append(1.0))

    def meanwhile(document: object) -> None:
        """The other one looks for work, finds none and listens; nothing is written here."""
        assert second.turn() > 0.0

    with monkeypatch.context() as patch:
        patch.setattr(first, "_carry_afresh", meanwhile)
        first.turn()
    assert rung


@pytest.mark.parametrize(
    ("limit", "size"),
    [(0, 5 * MIB), (8_000, SMALLEST), (100_000, int(100_000 * AIM)), (10**9, 5 * MIB)],
)
def test_under_a_low_limit_a_request_is_short(office: Office, limit: int, size: int) -> None:
    rules = replace(RULES, chunk_size=5 * MIB, bandwidth=limit)
    assert Line(office.ledger, office.clock, rules, 4).chunk.size == size
