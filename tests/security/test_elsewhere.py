"""S6: whatever a reply, the environment or a file in the home names, nothing goes anywhere else.

Every request that we know, against every way of being sent away: a listener at the foreign place
must not even see a connection (rows R1, R5, R24; reliability notes, section 6).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent.errors import AgentError, ConfigProblem, FiledTrouble, OutcomeUnknown
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.transport import Transport
from tests.filed.kit import (
    SHORT,
    Act,
    Chunk,
    House,
    JumpingClock,
    ask,
    attach,
    create,
    house,
    make,
    me,
    send,
    whoami,
)
from tests.filed.scripted import Scripted, Talk, Turn, answer, message, raw, reply

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
KEY = "fk-canary-0123456789"
STATUSES = (301, 302, 303, 307, 308)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def exchange(h: House) -> object:
    """The API key for a token: the one request that carries the key itself."""
    return Exchange(h.transport, Endpoint.parse(h.server.url("/graphql")))(KEY)


REQUESTS: dict[str, Act] = {
    "POST": create,
    "PATCH": send,
    "HEAD": ask,
    "query": whoami,
    "createClient": make,
    "addClientDocuments": attach,
    "exchange": exchange,
}

# how a Location points away; `host` stands for the foreign listener, `port` for its port
AWAY = {
    "host": "http://localhost:{port}/api/uploads/u1",
    "scheme": "https://127.0.0.1:{port}/api/uploads/u1",
    "port": "http://127.0.0.1:{port}/api/uploads/u1",
    "userinfo": "http://127.0.0.1:80@localhost:{port}/api/uploads/u1",
    "network-path": "//localhost:{port}/api/uploads/u1",
    "backslashes": "\\\\localhost:{port}\\u1",
    "relative": "/elsewhere/u2",
    "dots": "../../u2",
    "endless": "http://localhost:{port}/" + "a" * 5000,
    "line-break": "http://localhost:{port}/u1\r\nLocation: http://localhost:{port}/u2",
    "file": "file:///etc/passwd",
    "script": "javascript:alert(1)",
    "empty": "",
}
NAMES_A_HOST = ("host", "network-path", "userinfo", "endless")


@contextmanager
def sent_away(away: str, *script: Callable[[str], Turn]) -> Iterator[tuple[House, Scripted]]:
    """A house whose server answers with this Location, and the listener that it names."""
    with Scripted(reply(200)) as foreign:
        location = AWAY[away].format(port=foreign.port)
        with house(*(turn(location) for turn in script)) as h:
            yield h, foreign
        assert foreign.connections == 0, "something went to the place that a reply named"


def redirect(status: int) -> Callable[[str], Turn]:
    return lambda location: reply(status, Location=location)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("request_", REQUESTS)
def test_R05_no_request_follows_a_redirect(request_: str, away: str, status: int) -> None:
    with sent_away(away, redirect(status)) as (h, _):
        with pytest.raises((FiledTrouble, OutcomeUnknown)) as caught:
            REQUESTS[request_](h)
        assert len(h.server.asked) == 1, "a redirect is no reason to ask again at once"
    if away in NAMES_A_HOST:
        assert "localhost" in caught.value.said
    said = caught.value.said
    assert "was not followed" in said
    assert "passwd" not in said
    assert "Bearer" not in said
    assert KEY not in said
    assert len(said) < 400


@pytest.mark.parametrize("away", AWAY)
def test_R01_a_location_decides_nothing_but_the_upload_id(away: str) -> None:
    """Where the ID can be used the upload goes on, at our own endpoint; else it is refused."""
    done = reply(204, Upload_Offset="10")
    with sent_away(away, lambda location: reply(201, Location=location), lambda _: done) as (h, _):
        if away in ("scheme", "port", "relative"):
            upload_id = h.uploads.create("a.pdf", "application/pdf", 10).upload_id
            assert h.uploads.send(upload_id, 0, 10, Chunk()) == 10
            assert h.server.asked[1].path == f"/api/uploads/{upload_id}"
        else:
            with pytest.raises(AgentError) as caught:
                create(h)
            assert away not in ("host", "network-path") or "localhost" in caught.value.said
            assert len(h.server.asked) == 1


POINTERS = {
    "Refresh": "0; url=http://localhost:{port}/",
    "Content-Location": "http://localhost:{port}/",
    "Link": "<http://localhost:{port}/>; rel=preconnect",
    "Alt-Svc": 'h2="localhost:{port}"; ma=86400',
    "Set-Cookie": "session=stolen; Path=/",
    "WWW-Authenticate": 'Basic realm="http://localhost:{port}/"',
    "Upload-Concat": "final;http://localhost:{port}/u1",
}


def raw_reply(status: int, headers: dict[str, str], body: bytes = b"") -> Turn:
    """A reply whose header names are taken as they are."""

    def turn(talk: Talk) -> bool:
        talk.read_body()
        talk.say(message(status, headers, body))
        return True

    return turn


@pytest.mark.parametrize("header", POINTERS)
def test_R24_no_other_header_leads_anywhere_or_is_kept(header: str) -> None:
    with Scripted(reply(200)) as foreign:
        told = {header: POINTERS[header].format(port=foreign.port)}
        fine = raw_reply(204, {"Upload-Offset": "10", **told})
        asked_back = raw_reply(200, told, json.dumps({"data": me(id="w1", name="Firm")}).encode())
        with house(fine, asked_back, fine) as h:
            send(h)
            with suppress(AgentError):
                whoami(h)
            send(h)
            assert [asked.headers.get("cookie") for asked in h.server.asked] == [None] * 3
            assert set(h.authorizations()) == {"Bearer t1"}
        assert foreign.connections == 0


def test_a_netrc_file_gives_no_password_to_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    tokens = {"exchangeSurfaceRefreshTokenForAccessTokens": {"workspaceToken": "t9"}}
    with house(answer(tokens), reply(204, Upload_Offset="10")) as h:
        exchange(h)
        send(h)
        assert h.authorizations() == ["", "Bearer t1"]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_E7_what_is_meant_for_this_machine_never_goes_to_a_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http is for loopback alone, so no proxy ever sees a request in the clear."""
    with Scripted(reply(200)) as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        with house(reply(204, Upload_Offset="10")) as h:
            assert send(h) == 10
        assert proxy.connections == 0


def test_E7_a_proxy_hears_where_to_connect_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And its own password goes to it alone."""
    with Scripted(raw(message(200, {"Content-Length": "0"}))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://who:knows@127.0.0.1:{proxy.port}")
        endpoint = Endpoint.parse("https://filed.example/graphql")
        with (
            Transport([endpoint], JumpingClock(), timeouts=SHORT) as transport,
            pytest.raises(AgentError) as caught,
        ):
            transport.send("POST", endpoint.url, {"Authorization": "Bearer t1"}, b"secret bytes")
        (asked,) = proxy.asked
    assert (asked.method, asked.path) == ("CONNECT", "filed.example:443")
    assert "authorization" not in asked.headers
    assert asked.headers["proxy-authorization"].startswith("Basic ")
    assert b"secret" not in asked.body
    assert "knows" not in caught.value.said


@pytest.mark.parametrize(
    "proxy",
    [
        "http://[bad",
        "http://",
        "http://proxy.example:99999",
        "http://a b:1",
        "socks5://x",
        "::",
        "\x00",
    ],
)
def test_C5_a_proxy_that_cannot_be_one_is_a_problem_of_the_configuration(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.filed.wire.getproxies", lambda: {"https": proxy})
    with pytest.raises(ConfigProblem):
        Transport([Endpoint.parse("https://filed.example/g")], JumpingClock()).close()
