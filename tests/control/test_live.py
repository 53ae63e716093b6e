"""The live feed: a snapshot when something changed, and no work while nobody listens."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import closing
from typing import Any, cast

import pytest

from agent.control import live
from agent.control.door_shapes import SnapshotAnswer
from agent.control.live import MOST_LISTENERS, MOST_NOTICES, SILENT, Crowded, Feed
from agent.control.questions import Between
from agent.control.remote import Gone, Remote
from tests.control.attending import NOTICE, Board, Opened


class Making:
    """Makes snapshots that are told apart by a number."""

    def __init__(self) -> None:
        self.number = 0
        self.made = 0
        self.failing = 0

    async def make(self) -> SnapshotAnswer:
        self.made += 1
        if self.failing:
            self.failing -= 1
            raise Between
        return cast("SnapshotAnswer", {"at": str(self.made), "needs": self.number})


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 20))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LEAST_PAUSE", 0.01)
    monkeypatch.setattr(live, "AGAIN", 0.01)


def test_the_first_snapshot_comes_at_once_and_the_next_when_it_differs() -> None:
    async def test() -> None:
        making = Making()
        feed = Feed(making.make)
        feed.begin()
        feed.changed()
        await asyncio.sleep(0.05)
        assert making.made == 0, "nobody listens"
        alone = len(asyncio.all_tasks())
        listener = feed.join()
        assert b'"needs": 0' in (await listener.next(5) or b"")
        feed.changed()
        assert await listener.next(0.1) == SILENT, "only the time differs"
        making.number = 1
        feed.changed()
        assert b'"needs": 1' in (await listener.next(5) or b"")
        feed.leave(listener)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == alone, "nothing waits for nobody"
        made = making.made
        feed.changed()
        await asyncio.sleep(0.05)
        assert making.made == made
        feed.end()

    run(test())


def test_many_changes_make_few_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LEAST_PAUSE", 0.2)

    async def test() -> None:
        making = Making()
        feed = Feed(making.make)
        feed.begin()
        feed.join()
        for _ in range(100):
            making.number += 1
            feed.changed()
            await asyncio.sleep(0.005)
        assert 2 <= making.made <= 6
        feed.end()

    run(test())


def test_one_that_does_not_read_holds_nobody_up_and_gets_the_newest() -> None:
    async def test() -> None:
        making = Making()
        feed = Feed(making.make)
        feed.begin()
        slow, quick = feed.join(), feed.join()
        for number in range(20):
            making.number = number
            feed.changed()
            told = await quick.next(5) or b""
            assert f'"needs": {number}'.encode() in told
        for _ in range(MOST_NOTICES * 2):
            feed.tell(NOTICE)
        await asyncio.sleep(0.05)
        told = await slow.next(5) or b""
        assert told.count(b"event: snapshot") == 1
        assert b'"needs": 19' in told
        assert told.count(b"event: notice") == MOST_NOTICES
        feed.end()
        assert await slow.next(5) is None

    run(test())


def test_a_second_listener_gets_the_first_snapshot_as_well() -> None:
    async def test() -> None:
        feed = Feed(Making().make)
        feed.begin()
        first = feed.join()
        await first.next(5)
        second = feed.join()
        assert b"event: snapshot" in (await second.next(5) or b"")
        feed.end()

    run(test())


def test_while_no_agent_is_there_the_feed_waits_for_one() -> None:
    async def test() -> None:
        making = Making()
        making.failing = 3
        feed = Feed(making.make)
        feed.begin()
        assert b"event: snapshot" in (await feed.join().next(5) or b"")
        assert making.made == 4
        feed.end()

    run(test())


def test_a_mistake_in_a_snapshot_does_not_end_the_feed(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        making, tries = Making(), []

        async def broken_at_first() -> SnapshotAnswer:
            tries.append(1)
            if len(tries) < 3:
                raise ZeroDivisionError
            return await making.make()

        feed = Feed(broken_at_first)
        feed.begin()
        assert b"event: snapshot" in (await feed.join().next(5) or b"")
        feed.end()

    run(test())
    assert caplog.text.count("No snapshot can be made") == 1


@pytest.mark.parametrize("mistake", [ZeroDivisionError, Between, TimeoutError])
def test_who_listens_is_sent_away_where_no_snapshot_comes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, mistake: type[Exception]
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.1)

    async def test() -> None:
        making, broken = Making(), [False]

        async def make() -> SnapshotAnswer:
            if broken[0]:
                raise mistake
            return await making.make()

        feed = Feed(make)
        feed.begin()
        listener = feed.join()
        assert b"event: snapshot" in (await listener.next(5) or b"")
        broken[0] = True
        feed.changed()
        assert await listener.next(5) is None
        feed.leave(listener)
        feed.join()  # one that is slow to go
        for _ in range(2):  # whoever comes again has as much patience
            again = feed.join()
            assert await again.next(0.05) == SILENT
            assert await again.next(5) is None
            feed.leave(again)
        broken[0] = False
        assert b"event: snapshot" in (await feed.join().next(5) or b"")
        feed.end()

    run(test())
    assert caplog.text.count("are sent away") == 1


def test_only_so_many_may_listen() -> None:
    async def test() -> None:
        feed = Feed(Making().make)
        feed.begin()
        listeners = [feed.join() for _ in range(MOST_LISTENERS)]
        with pytest.raises(Crowded):
            feed.join()
        feed.leave(listeners[0])
        feed.join()
        feed.end()

    run(test())


def remote(door: Opened) -> Remote:
    return Remote(door.address.socket)


def test_who_listens_hears_of_changes_and_of_notices(door: Opened) -> None:
    events = remote(door).events()
    assert next(events)[1]["paused"] is False
    remote(door).post("/v1/pause")
    name, told = next(events)
    assert (name, told["paused"]) == ("snapshot", True)
    assert isinstance(door.board, Board)
    for listener in door.board.listeners:
        listener(NOTICE)
    assert next(events) == ("notice", NOTICE)
    events.close()


def test_who_listens_is_told_that_the_agent_ends(door: Opened) -> None:
    agent = remote(door)
    events = agent.events()
    next(events)
    door.door.close()
    with pytest.raises(Gone):
        next(events)
    with pytest.raises(Gone):
        agent.get("/v1/snapshot")


def test_a_quiet_feed_gives_signs_of_life(door: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.control.routes_live.KEEP_ALIVE", 0.05)
    with closing(socket.create_connection(("127.0.0.1", door.address.port), 10)) as line:
        head = f"Host: {door.host}\r\nAuthorization: Bearer {door.address.token}\r\n\r\n"
        line.sendall(f"GET /v1/events HTTP/1.1\r\n{head}".encode())
        told = b""
        while told.count(SILENT) < 3:
            part = line.recv(65536)
            assert part
            told += part
    assert b"text/event-stream" in told
    assert told.count(b"event: snapshot") == 1


def test_one_listener_too_many_is_refused_in_a_sentence(
    door: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_LISTENERS", 1)
    first = remote(door).events()
    next(first)
    assert "Too many" in door.with_token("GET", "/v1/events").sentence
    first.close()
