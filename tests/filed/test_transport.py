"""The way out: where it leads, what it refuses, how it says that it failed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from agent import __version__
from agent.errors import (
    ConfigProblem,
    DiskError,
    FileChanged,
    FiledUnreachable,
    PointedElsewhere,
)
from agent.filed.endpoint import Endpoint
from agent.filed.reply import Reply, quote
from agent.filed.transport import ReplyLost, Transport
from agent.filed.wire import Timeouts, proxy_for
from tests.filed.kit import NOON, SHORT, Chunk, JumpingClock, house, send
from tests.filed.scripted import Scripted, Talk, Turn, drip, hang_up, raw, reply, stall

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def go(url: str, timeouts: Timeouts = SHORT) -> Reply:
    """One GET through a fresh transport."""
    with Transport([Endpoint.parse(url)], JumpingClock(), timeouts=timeouts) as transport:
        return transport.send("GET", url, {})


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("https://uploads.example/api/uploads", False),
        ("https://uploads.example:8443/api/uploads/", False),
        ("http://127.0.0.1:8080/files", True),
        ("http://localhost:8080/files", True),
        ("http://[::1]:8080/files", True),
        ("https://127.0.0.9/files", True),
    ],
)
def test_an_endpoint_is_https_or_loopback(url: str, loopback: bool) -> None:
    endpoint = Endpoint.parse(url)
    assert endpoint.loopback is loopback
    assert endpoint.under("u1") == url.rstrip("/") + "/u1"


@pytest.mark.parametrize(
    "url",
    [
        "http://uploads.example/files",
        "http://127.0.0.1.example/files",
        "http://10.0.0.1/files",
        "ftp://uploads.example/files",
        "uploads.example/files",
        "https://",
        "https://me:pw@uploads.example/",
        "https://uploads.example/?a=b",
        "https://uploads.example/#a",
        "https://uploads.example:port/",
        "https://[::1",
        "https://" + "a" * 70 + ".example/",
        "",
    ],
)
def test_another_address_is_a_problem_of_the_configuration(url: str) -> None:
    with pytest.raises(ConfigProblem) as caught:
        Endpoint.parse(url)
    assert "pw" not in caught.value.said


def test_nothing_is_sent_to_an_origin_that_is_not_configured() -> None:
    with Scripted() as other, house(reply(200)) as h:
        for url in (
            other.url(),
            h.server.url().replace("127.0.0.1", "localhost"),
            h.server.url().replace("http://", "https://"),
            h.server.url().replace("http://", "http://me@"),
        ):
            with pytest.raises(PointedElsewhere):
                h.transport.send("GET", url, {"Authorization": "Bearer t1"})
        assert other.connections == h.server.connections == 0


def test_connections_are_kept() -> None:
    with house(reply(204, Upload_Offset="10")) as h:
        for _ in range(5):
            send(h)
        assert h.server.connections == 1


def test_the_agent_names_itself_and_nothing_more() -> None:
    with house(reply(204, Upload_Offset="10")) as h:
        send(h)
        headers = h.server.asked[0].headers
        assert headers["user-agent"] == f"filed-agent/{__version__}"
        assert headers["content-length"] == "10"
        assert "transfer-encoding" not in headers
        assert h.server.asked[0].body == b"0123456789"


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FiledUnreachable, match=r"name nowhere\.example was not found"):
        go("https://nowhere.example/graphql")


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FiledUnreachable, match=f"refused the connection on port {port}"):
        go(f"http://127.0.0.1:{port}/graphql")


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> object:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silent)
    with pytest.raises(FiledUnreachable, match=r"192\.0\.2\.1 did not answer in time"):
        go("https://192.0.2.1/graphql")


def test_no_free_connection_is_surely_not_sent() -> None:
    timeouts = Timeouts(connect=2.0, read=2.0, write=2.0, pool=0.1, reply=2.0)
    inner: list[BaseException] = []

    class Greedy(Chunk):
        def __iter__(self) -> Iterator[bytes]:
            with pytest.raises(FiledUnreachable, match="in use") as caught:
                transport.send("GET", server.url(), {})
            inner.append(caught.value)
            yield from super().__iter__()

    with Scripted(reply(200)) as server:
        endpoint = Endpoint.parse(server.url())
        with Transport([endpoint], JumpingClock(), connections=1, timeouts=timeouts) as transport:
            assert transport.send("PATCH", server.url(), {}, Greedy()).status == 200
    assert len(inner) == 1


def test_what_a_body_raises_passes_through_untouched() -> None:
    class Broken(Chunk):
        def __iter__(self) -> Iterator[bytes]:
            yield b"0123"
            raise DiskError("the share has gone")

    with house(reply(204, Upload_Offset="10")) as h:
        with pytest.raises(DiskError, match="the share has gone"):
            h.uploads.send("u1", 0, 10, Broken())
        assert send(h) == 10  # and the pool is whole


@pytest.mark.parametrize("more", [-3, 3])
def test_a_body_of_another_length_is_a_changed_file(more: int) -> None:
    class Liar(Chunk):
        @property
        def length(self) -> int:
            return len(self.data) + more

    with house(reply(204, Upload_Offset="10")) as h, pytest.raises(FileChanged):
        h.uploads.send("u1", 0, 20, Liar())


@pytest.mark.parametrize("turn", [hang_up, stall, raw(b"HTTP/1.1 2")])
def test_a_request_that_was_written_is_lost_not_unsent(turn: Turn) -> None:
    with Scripted(turn) as server, pytest.raises(ReplyLost):
        go(server.url())


def test_R16_a_reply_that_never_ends_is_cut_by_the_deadline() -> None:
    with Scripted(drip(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        assert go(server.url()).broken == "the reply was cut: ReadTimeout"


def test_R16_the_deadline_counts_from_the_last_byte_written() -> None:
    def slow_reader(talk: Talk) -> bool:
        return reply(204, Upload_Offset="10")(talk)

    class Slow(Chunk):
        def __iter__(self) -> Iterator[bytes]:
            for part in super().__iter__():
                threading.Event().wait(0.25)
                yield part

    with house(slow_reader) as h:
        assert send(h) == 10  # the clock of an earlier reply on this connection does not count
        assert h.uploads.send("u1", 0, 10, Slow()) == 10


def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), house(reply(500)) as h:
        h.transport.send("GET", h.server.url() + "?client=secret", {"Authorization": "Bearer t1"})
    assert "secret" not in caplog.text
    assert "Bearer" not in caplog.text


def test_a_reply_shows_neither_headers_nor_body() -> None:
    assert "secret" not in repr(Reply(200, httpx.Headers({"a": "secret"}), b"secret"))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        pytest.param("17", 17.0, id="seconds"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("Fri, 15 Jan 2027 08:01:00 GMT", 60.0, id="date"),
        pytest.param("Fri, 15 Jan 2027 07:00:00 GMT", 0.0, id="past"),
        pytest.param("soon", 5.0, id="garbage"),
        pytest.param("-5", 5.0, id="negative"),
        pytest.param("1e9", 5.0, id="float"),
        pytest.param("٣", 5.0, id="other-digits"),
        pytest.param("", 5.0, id="empty"),
        pytest.param(None, 5.0, id="missing"),
        pytest.param("315360000", 3600.0, id="10-years"),
        pytest.param("9" * 5000, 3600.0, id="endless"),
        pytest.param("Fri, 15 Jan 2037 08:00:00 GMT", 3600.0, id="10-years-date"),
    ],
)
def test_R13_retry_after(told: str | None, seconds: float) -> None:
    headers = httpx.Headers([] if told is None else [(b"Retry-After", told.encode())])
    assert Reply(429, headers).retry_after(NOON) == seconds


def test_R13_a_date_is_measured_by_the_server_s_own_clock() -> None:
    told = {"Retry-After": "Fri, 15 Jan 2027 08:01:00 GMT", "Date": "Fri, 15 Jan 2027 08:00:30 GMT"}
    assert Reply(429, httpx.Headers(told)).retry_after(NOON + 86_400) == 30.0


def test_R26_the_date_header_tells_filed_s_time() -> None:
    with house(reply(204, Upload_Offset="10", Date="Fri, 15 Jan 2027 08:00:07 GMT")) as h:
        assert h.transport.server_time(NOON) == NOON
        send(h)
        assert h.transport.server_time(NOON) == NOON + 7
        h.server.script = [reply(204, Upload_Offset="10", Date="yesterday")]
        send(h)
        assert h.transport.server_time(NOON) == NOON + 7


@pytest.mark.parametrize("jump", [3_600.0, -172_800.0])
def test_E04_a_wall_clock_that_is_set_moves_filed_s_time_not(jump: float) -> None:
    """An intent dated in Filed's future hid its task from the read-back."""
    with house(reply(204, Upload_Offset="10", Date="Fri, 15 Jan 2027 08:00:07 GMT")) as h:
        send(h)
        before = h.transport.server_time(h.clock.now())
        h.clock.advance(5.0)
        h.clock.wall += jump
        assert h.transport.server_time(h.clock.now()) == pytest.approx(before + 5.0, abs=1e-3)


def test_R20_control_and_direction_characters_are_escaped() -> None:
    assert quote("a\x00b\nc\u202ed") == "a\\x00b\\x0ac\\x202ed"
    assert len(quote("\x00" * 5000)) == 301


def test_the_proxy_of_the_environment_is_used_but_not_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far, near = Endpoint.parse("https://filed.example/g"), Endpoint.parse("http://127.0.0.1/g")
    assert proxy_for(far) is None
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert proxy_for(far) == "http://proxy.example:3128"
    assert proxy_for(near) is None
    monkeypatch.setenv("no_proxy", "filed.example")
    assert proxy_for(far) is None


def test_a_proxy_of_another_kind_is_a_problem_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://proxy.example:1080")
    with pytest.raises(ConfigProblem):
        proxy_for(Endpoint.parse("https://filed.example/g"))


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), id="407"),
        pytest.param(hang_up, id="hang-up"),
        pytest.param(stall, id="silence"),
    ],
)
def test_E07_a_proxy_that_refuses_has_surely_sent_nothing(
    refusal: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scripted(refusal) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(FiledUnreachable):
            go("https://filed.example/graphql")
        assert proxy.asked[0].method == "CONNECT"
        assert proxy.asked[0].path == "filed.example:443"
        assert "authorization" not in proxy.asked[0].headers
