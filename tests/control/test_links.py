"""One-time links and the sessions that come of them."""

from __future__ import annotations

from agent.control.links import LINK_SECONDS, MOST_LINKS, MOST_SESSIONS, SESSION_SECONDS, Links
from agent.control.roles import Caller, Role
from tests.kit.clock import JumpingClock

PERSON = Caller(Role.steer, 1000, "the tray")


def test_a_link_is_worth_nothing_after_its_time() -> None:
    clock = JumpingClock()
    links = Links(clock.monotonic)
    key = links.make(PERSON)
    clock.advance(LINK_SECONDS)
    assert links.redeem(key) is None


def test_a_session_has_the_role_of_whoever_asked_and_ends_when_it_is_not_used() -> None:
    clock = JumpingClock()
    links = Links(clock.monotonic)
    key = links.make(PERSON)
    clock.advance(LINK_SECONDS - 1)
    cookie = links.redeem(key)
    assert cookie is not None
    assert cookie != key
    assert links.redeem(key) is None
    for _ in range(3):
        clock.advance(SESSION_SECONDS - 1)
        assert links.caller(cookie) == Caller(Role.steer, 1000, "the page", by_cookie=True)
    clock.advance(SESSION_SECONDS)
    assert links.caller(cookie) is None


def test_a_page_that_asks_for_a_link_is_not_named_twice() -> None:
    links = Links(JumpingClock().monotonic)
    first = links.redeem(links.make(PERSON)) or ""
    caller = links.caller(first)
    assert caller is not None
    second = links.redeem(links.make(caller)) or ""
    assert links.caller(second) == caller


def test_only_so_many_links_and_sessions_are_kept_and_the_oldest_go() -> None:
    clock = JumpingClock()
    links = Links(clock.monotonic)
    keys = []
    for _ in range(MOST_LINKS + 1):
        keys.append(links.make(PERSON))
        clock.advance(0.1)
    assert links.redeem(keys[0]) is None
    assert links.redeem(keys[1]) is not None
    cookies = []
    for _ in range(MOST_SESSIONS + 1):
        cookies.append(links.redeem(links.make(PERSON)) or "")
        clock.advance(0.1)
    assert links.caller(cookies[0]) is None
    assert links.caller(cookies[1]) is not None


def test_neither_key_nor_cookie_is_kept_as_it_is() -> None:
    links = Links(JumpingClock().monotonic)
    key = links.make(PERSON)
    assert key.encode() not in repr(vars(links)).encode()
