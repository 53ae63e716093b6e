"""In which order the addresses of a host are tried, and for how long (E7)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack

import httpcore
import pytest

from agent.errors import FiledUnreachable
from agent.filed import wire
from agent.filed.addresses import Address, Addresses
from agent.filed.endpoint import Endpoint
from agent.filed.transport import Transport
from tests.filed.kit import SHORT, JumpingClock
from tests.filed.scripted import Scripted, reply

V4, V6 = socket.AF_INET, socket.AF_INET6
Found = list[tuple[socket.AddressFamily, str]]


def names(monkeypatch: pytest.MonkeyPatch, found: Found) -> None:
    """Every name has these addresses; addresses stand for themselves."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: int, **named: int) -> object:
        if host[0].isdigit() or ":" in host:
            return real(host, port, *rest, **named)
        return [(family, socket.SOCK_STREAM, 6, "", (text, port)) for family, text in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def order(known: Addresses) -> list[str]:
    return [address.text for address in known.of("filed.example", 443)]


SIX_AND_FOUR: Found = [(V6, "::1"), (V6, "::2"), (V6, "::3"), (V4, "10.0.0.1"), (V4, "10.0.0.2")]


def test_E07_the_versions_take_turns_as_the_system_sorts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names(monkeypatch, SIX_AND_FOUR)
    assert order(Addresses()) == ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"]


def test_E07_the_version_that_answered_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, SIX_AND_FOUR)
    known = Addresses()
    known.answers("filed.example", Address(V4, "10.0.0.2"))
    assert order(known) == ["10.0.0.1", "::1", "10.0.0.2", "::2", "::3"]
    assert known.of("other.example", 443)[0].text == "::1"
    known.answers("filed.example", Address(V6, "::3"))
    assert order(known)[0] == "::1"


def test_E07_a_version_that_is_gone_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Addresses()
    known.answers("filed.example", Address(V4, "10.0.0.2"))
    names(monkeypatch, [(V6, "::1"), (V6, "::2")])
    assert order(known) == ["::1", "::2"]


def test_a_name_without_an_address_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [])
    with pytest.raises(OSError, match="no address"):
        Addresses().of("filed.example", 443)


Connect = Callable[..., httpcore.NetworkStream]


def silent_v6(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """IPv6 keeps silent; what was tried, with the seconds it was given."""
    tried: list[tuple[str, float]] = []
    real: Connect = httpcore.SyncBackend.connect_tcp

    def connect(
        self: object, host: str, port: int, timeout: float, *rest: object
    ) -> httpcore.NetworkStream:
        tried.append((host, timeout))
        if ":" in host:
            raise httpcore.ConnectTimeout("silent")
        return real(self, host, port, timeout, *rest)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return tried


def test_E07_silence_of_one_version_is_borne_once_and_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = silent_v6(monkeypatch)
    names(monkeypatch, [(V6, "::1"), (V6, "::2"), (V4, "127.0.0.1")])
    with ExitStack() as stack:
        server = stack.enter_context(Scripted(reply(200, Connection="close")))
        url = f"http://localhost:{server.port}/graphql"
        ours = stack.enter_context(Transport([Endpoint.parse(url)], JumpingClock(), timeouts=SHORT))
        assert [ours.send("GET", url, {}).status for _ in range(3)] == [200] * 3
    assert tried == [("::1", wire.SILENT), *[("127.0.0.1", SHORT.connect)] * 3]


def test_E07_where_all_keep_silent_only_the_last_has_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = silent_v6(monkeypatch)
    names(monkeypatch, [(V6, "::1"), (V6, "::2"), (V6, "::3")])
    endpoint = Endpoint.parse("https://filed.example/graphql")
    patient = wire.Timeouts(connect=9.0)
    with (
        Transport([endpoint], JumpingClock(), timeouts=patient) as ours,
        pytest.raises(FiledUnreachable, match="did not answer in time"),
    ):
        ours.send("GET", endpoint.url, {})
    assert tried == [("::1", wire.SILENT), ("::2", wire.SILENT), ("::3", 9.0)]
