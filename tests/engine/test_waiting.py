"""Which document is next: small before large, a lane kept for large ones, no client passed by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent.engine.upload import IDLE
from agent.engine.waiting import MOST_LARGE, PAGE, PASSED_OVER, SHARE, SPARED_MOST, SPARING, Waiting
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Document, Stage
from agent.model.file import FileState
from agent.model.upload import Created
from tests.engine.kit import CHUNK, Office
from tests.kit.clock import JumpingClock
from tests.kit.simulation import RULES
from tests.ledger.kit import add_client, memory_ledger

LARGE = 1_000
DUE = 1e10


class Stock:
    """A ledger with documents of chosen clients and sizes."""

    def __init__(self, ledger: Ledger, clock: JumpingClock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.lanes = 8
        self.waiting = Waiting(ledger, clock.monotonic, LARGE)
        self._clients: dict[str, int] = {}
        self._count = 0

    def add(self, client: str, *sizes: int) -> None:
        number = self._id(client)
        with self.ledger.write() as writing:
            for size in sizes:
                self._count += 1
                writing.hold_document(number, f"{self._count:064x}", size, "w2", None)

    def _id(self, client: str) -> int:
        if client not in self._clients:
            made = add_client(self.ledger, client, state=ClientState.known)
            self._clients[client] = made.id
        return self._clients[client]

    def client(self, document: Document) -> str:
        return next(name for name, number in self._clients.items() if number == document.client_id)

    def take(self) -> Document | None:
        return self.waiting.take(DUE, self.lanes)

    def taken(self) -> Document:
        document = self.take()
        assert document is not None
        return document

    def done(self, document: Document) -> None:
        """It got through."""
        with self.ledger.write() as writing:
            row = self.ledger.document(document.id)
            uploaded = row.to(Stage.uploaded, upload_id=f"u{row.id}", offset=row.size)
            writing.move_document(row, uploaded, "")
        self.waiting.release(document)


@pytest.fixture
def stock() -> Iterator[Stock]:
    clock = JumpingClock()
    with memory_ledger() as ledger:
        yield Stock(ledger, clock)


def test_one_lane_is_never_taken_from_the_small_ones_by_a_second_large_one(stock: Stock) -> None:
    stock.lanes = 1
    stock.add("Ash", 5_000, 6_000)
    assert stock.taken().size == 5_000
    assert stock.take() is None
    stock.lanes = 2
    stock.clock.advance(SPARED_MOST)
    assert stock.taken().size == 6_000


def test_single_worker_takes_large_and_small_in_turn(stock: Stock) -> None:
    stock.waiting = Waiting(stock.ledger, stock.clock.monotonic, LARGE, alone=True)
    stock.add("Ash", 5_000, 6_000, 7_000, 10, 20)
    sizes = []
    for _ in range(5):
        document = stock.taken()
        sizes.append(document.size)
        stock.done(document)
    assert sizes == [5_000, 10, 6_000, 20, 7_000]


def test_disk_that_hung_once_puts_the_next_question_off_for_moments_only(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = stock.ledger.to_upload

    def slow(*asked: Any) -> Sequence[Document]:
        stock.clock.advance(3.0)
        return plain(*asked)

    with monkeypatch.context() as patch:
        patch.setattr(stock.ledger, "to_upload", slow)
        assert stock.take() is None
    stock.add("Ash", 10)
    assert stock.take() is None
    assert 0 < stock.waiting.ask_again() <= SPARED_MOST
    stock.clock.advance(SPARED_MOST)
    assert stock.taken().size == 10


def test_the_smallest_of_a_page_comes_first(stock: Stock) -> None:
    stock.add("Ash", 300, 10, 200)
    stock.add("Birch", 20)
    assert [stock.taken().size for _ in range(4)] == [10, 20, 200, 300]
    assert stock.take() is None


def test_what_is_in_hand_is_not_given_twice(stock: Stock) -> None:
    stock.add("Ash", 1, 2)
    first, second = stock.taken(), stock.taken()
    assert first.id != second.id
    assert (stock.take(), len(stock.waiting)) == (None, 2)
    stock.waiting.release(first)
    stock.clock.advance(1.0)
    again = stock.taken()
    assert again.id == first.id


def test_one_large_document_is_on_its_way_however_many_small_ones_come(stock: Stock) -> None:
    stock.add("Ash", *range(1, 101))
    stock.add("Birch", LARGE)
    for number in range(2000):
        document = stock.taken()
        if document.size >= LARGE:
            assert number == 0
            return
        stock.done(document)
        stock.add("Ash", 50)
    raise AssertionError("the large one starves")


def test_large_ones_hold_up_no_small_one(stock: Stock) -> None:
    stock.add("Ash", *[LARGE] * 3 * PAGE)
    stock.add("Birch", 1)
    large = stock.taken()
    assert large.size == LARGE
    assert stock.taken().size == 1
    more = [stock.take() for _ in range(5)]
    assert [one.size for one in more if one] == [LARGE] * (MOST_LARGE - 1)


def test_a_client_with_thousands_holds_up_no_other_one(stock: Stock) -> None:
    for client in ("Ash", "Birch", "Cedar"):
        stock.add(client, *[10] * 1_000)
    stock.add("Dogwood", 500)  # larger, younger, behind 3,000 others
    for number in range(3_000):
        document = stock.taken()
        stock.done(document)
        if stock.client(document) == "Dogwood":
            assert number <= 4 * PAGE
            return
    raise AssertionError("it starves")


def test_a_client_with_thousands_is_not_held_up_by_ever_new_small_ones(stock: Stock) -> None:
    stock.add("Ash", *[500] * (PAGE * 3))
    for _ in range(PAGE):
        stock.done(stock.taken())
    seen = 0
    for number in range((PASSED_OVER + 2) * PAGE):
        for _ in range(2):
            stock.add(f"{number % 200:03}", 1)
        document = stock.taken()
        stock.done(document)
        seen += stock.client(document) == "Ash"
    assert seen >= PAGE // 2


def test_a_client_that_is_alone_is_never_passed_over(stock: Stock) -> None:
    stock.add("Ash", *[10] * 5 * PAGE)
    for _ in range(5 * PAGE):
        stock.done(stock.taken())
    assert stock.take() is None


def test_the_oldest_come_first_where_no_client_has_many(stock: Stock) -> None:
    for number in range(3 * PAGE):
        stock.add(f"{number % (3 * PAGE // SHARE):03}", 10)
    order = [stock.taken().id for _ in range(3 * PAGE)]
    assert order == sorted(order)


def test_the_ledger_is_asked_once_for_a_page(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    stock.add("Ash", *[10] * PAGE)
    asked = []
    plain = stock.ledger.to_upload

    def to_upload(now: float, limit: int, *more: object) -> object:
        asked.append(more)
        stock.clock.advance(0.01)  # so long it takes
        return plain(now, limit, *more)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(stock.ledger, "to_upload", to_upload)
    for _ in range(PAGE):
        stock.taken()
    assert len(asked) <= 3  # for large ones, and for a page of small ones
    stock.clock.advance(10.0)
    assert stock.take() is None
    assert stock.waiting.ask_again() == 0.0  # it has just been asked: rest until something happens
    count = len(asked)
    assert stock.take() is None
    assert len(asked) == count  # nothing was there a moment ago
    assert 0 < stock.waiting.ask_again() <= SPARING * 0.02
    stock.add("Birch", 5)
    document = None
    for _ in range(2):  # each of the two questions was put off by itself
        stock.clock.advance(stock.waiting.ask_again())
        document = document or stock.take()
    assert document is not None
    assert document.size == 5


def test_a_worker_without_work_rests_although_questions_take_their_time(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened()
    plain = office.ledger.to_upload

    def to_upload(now: float, limit: int, *more: object) -> object:
        office.clock.advance(0.002)
        return plain(now, limit, *more)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(office.ledger, "to_upload", to_upload)
    assert office.upload.turn() >= IDLE
    office.clock.advance(IDLE)
    assert office.upload.turn() >= IDLE


def test_a_client_that_came_into_doubt_sends_nothing_more(opened: Callable[..., Office]) -> None:
    """The page was told before the doubt."""
    office = opened()
    for number in range(3):
        office.write(b"Ash/%d.bin" % number, b"%d" % number)
    office.rest()
    office.busy(office.find)
    office.upload.turn()
    client = office.client(b"Ash/0.bin")
    with office.ledger.write() as writing:
        writing.move_client(client, client.to(ClientState.held, reason="two-records"), "a doubt")
    office.busy(office.upload)
    assert office.asked()["create"] == 1


def test_while_a_large_one_is_sent_small_ones_go_by_even_on_one_lane(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(parallel=2, rules=replace(RULES, large=3 * CHUNK))
    office.write(b"Ash/large.bin", bytes(5 * CHUNK))
    for number in range(9):
        office.write(b"Ash/%d.bin" % number, b"%d" % number)
    office.rest()
    office.busy(office.find)
    for _ in range(9):
        office.engine.line.lanes.trouble()
        office.clock.advance(2.0)
    assert office.engine.line.lanes.limit == 1
    order: list[str] = []
    plain = office.filed.create

    def create(name: str, *more: object) -> Created:
        order.append(name)
        if name == "large.bin":
            office.busy(office.uploads[1])
        return plain(name, *more)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(office.filed, "create", create)
    office.uploads[0].turn()
    assert order[0] == "large.bin"
    assert len(order) == 10
    assert office.file(b"Ash/0.bin").state is FileState.known


def test_a_large_one_that_is_sent_leaves_room_for_small_ones_only_up_to_the_limit(
    opened: Callable[..., Office],
) -> None:
    office = opened(parallel=1, rules=replace(RULES, large=3 * CHUNK))
    door = office.engine.line.door
    assert door.enter(1)
    door.go(large=True)
    assert not door.enter(2)  # parallel = 1 means one
    door.leave(large=True, returns=True)
    assert door.enter(2)
