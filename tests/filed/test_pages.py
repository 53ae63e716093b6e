"""A list that is read page by page misses nobody, also when it moves meanwhile (row R22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import FiledTrouble
from agent.filed.pages import MOST_READINGS, every_one
from agent.filed.shapes import ClientAs
from tests.filed.kit import client_node


class Listing:
    """Filed's list, of which somebody takes or adds clients between two pages."""

    def __init__(self, size: int, cap: int, changes: dict[int, list[int]] | None = None) -> None:
        self.ids = list(range(size))
        self.cap = cap
        self.changes = changes or {}
        self.asked: list[int] = []

    def __call__(self, offset: int) -> list[ClientAs]:
        for number in self.changes.get(len(self.asked), ()):
            if number in self.ids:
                self.ids.remove(number)
            else:
                self.ids.insert(0, number)  # the newest first
        self.asked.append(offset)
        page = self.ids[offset : offset + self.cap]
        return [ClientAs.model_validate(client_node(number)) for number in page]

    def read(self) -> list[int]:
        return [int(client.id[1:]) for client in every_one(self)]


@pytest.mark.parametrize("cap", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 20])
def test_R22_a_list_that_lies_still_is_read_once_and_whole(size: int, cap: int) -> None:
    listing = Listing(size, cap)
    assert listing.read() == list(range(size))
    assert listing.asked.count(0) == 1


def test_R22_a_list_that_shrinks_while_it_is_read_is_read_once_more() -> None:
    listing = Listing(10, 4, {1: [0, 1]})
    assert set(listing.read()) >= set(range(2, 10)), "4 and 5 moved into the page read before"
    assert listing.asked.count(0) == 2


def test_R22_a_list_that_grows_in_front_is_told_with_the_new_ones() -> None:
    assert sorted(Listing(10, 4, {1: [99], 2: [98]}).read()) == [*range(10), 98, 99]


@given(
    size=st.integers(0, 30),
    cap=st.integers(4, 10),  # fewer, and six new ones look like a list that repeats itself
    at=st.integers(0, 8),
    taken=st.lists(st.integers(0, 40), max_size=6, unique=True),
)
def test_R22_whoever_stays_is_told_exactly_once(
    size: int, cap: int, at: int, taken: list[int]
) -> None:
    listing = Listing(size, cap, {at: taken})
    told = listing.read()
    assert len(told) == len(set(told))
    assert set(range(size)) - set(taken) <= set(told)


def test_R22_a_list_that_never_lies_still_is_believed_after_a_few_readings() -> None:
    always = {number: [number % 3] for number in range(1, 200)}
    listing = Listing(30, 4, always)
    assert set(listing.read()) >= set(range(3, 30))
    assert listing.asked.count(0) <= MOST_READINGS


def test_R22_a_list_that_gives_its_first_page_for_ever_is_not_believed() -> None:
    listing = Listing(10, 4)
    page = listing(0)
    with pytest.raises(FiledTrouble, match="repeats itself"):
        list(every_one(lambda offset: page))
