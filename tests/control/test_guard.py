"""Nobody comes past the guard without a credential, and no page but the agent's own."""

from __future__ import annotations

import pytest

from tests.control.attending import Opened, UnixConnection, asked

GETS = (
    "/v1/snapshot",
    "/v1/status",
    "/v1/documents",
    "/v1/documents/1",
    "/v1/clients",
    "/v1/history",
    "/v1/waiting",
    "/v1/days",
    "/v1/explain?path=/a",
    "/v1/notices",
    "/v1/export/history.csv",
    "/v1/export/history.json",
    "/v1/events",
    "/",
    "/page.css",
    "/page.js",
    "/icon.svg",
    "/nothing",
)
POSTS = ("pause", "resume", "scan", "retry", "ignore", "open", "snooze", "link", "map", "accept")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", GETS)
def test_without_a_credential_nothing_is_told(door: Opened, path: str) -> None:
    told = door.by_port("GET", path)
    assert told.status == 401
    assert b"does not know who asks" in told.content
    kind = "text/html; charset=utf-8" if path == "/" else "application/json"
    assert told.headers["content-type"] == kind


@pytest.mark.parametrize("name", POSTS)
def test_without_a_credential_nothing_is_done(door: Opened, name: str) -> None:
    assert door.by_port("POST", f"/v1/{name}", body=b"{}").status == 401
    assert door.standing.wakes == 0


@pytest.mark.parametrize(
    "given",
    ["Bearer ", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x", "Bearer \xff"],
)
def test_a_wrong_token_opens_nothing(door: Opened, given: str) -> None:
    header = given.format(token=door.address.token)
    assert door.by_port("GET", "/v1/snapshot", {"Authorization": header}).status == 401


@pytest.mark.parametrize(
    "path", [*(path for path in GETS if path != "/v1/events"), "/enter?key=no"]
)
def test_every_answer_has_the_headers_and_none_of_cors(door: Opened, path: str) -> None:
    for told in (
        door.with_token("GET", path, Origin="http://evil.example"),
        door.by_port("GET", path),
        door.with_token("OPTIONS", path, Origin="http://evil.example"),
    ):
        assert told.headers["content-security-policy"] == POLICY
        assert told.headers["cache-control"] == "no-store"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert told.headers["referrer-policy"] == "no-referrer"
        assert not [name for name in told.headers if name.startswith("access-control")]
        assert "server" not in told.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_another_host_is_turned_away_whatever_it_shows(door: Opened, host: str) -> None:
    """A foreign name that was made to point at this machine (DNS rebinding)."""
    named = host.format(port=door.address.port)
    assert door.with_token("GET", "/v1/snapshot", Host=named).status == 421
    assert door.by_port("GET", "/enter?key=x", {"Host": named}).status == 421
    assert (
        door.with_token("GET", "/v1/snapshot", Host=f"localhost:{door.address.port}").status == 200
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://{host}"},
        {"Origin": "http://{host}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://{host}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_cannot_use_the_cookie_to_do_something(
    door: Opened, headers: dict[str, str]
) -> None:
    sent = {name: value.format(host=door.host) for name, value in headers.items()}
    told = door.by_port("POST", "/v1/pause", {"Cookie": door.cookie(), **sent}, b"{}")
    assert (told.status, told.sentence) == (
        403,
        "Another page asked in your name; nothing was done.",
    )
    assert door.standing.ledger.paused_until() is None


def test_the_own_page_does_with_its_cookie_what_its_person_may(door: Opened) -> None:
    sent = {
        "Cookie": door.cookie(),
        "Origin": f"http://{door.host}",
        "Sec-Fetch-Site": "same-origin",
    }
    assert door.by_port("POST", "/v1/pause", sent, b'{"seconds": 60}').status == 200
    assert door.standing.ledger.paused_until() is not None
    assert "by the page" in door.standing.ledger.history()[0].why


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_cannot_read_by_the_cookie(door: Opened, site: str) -> None:
    sent = {"Cookie": door.cookie(), "Sec-Fetch-Site": site}
    assert door.by_port("GET", "/v1/snapshot", sent).status == 403
    assert door.by_port("GET", "/v1/export/history.csv", sent).status == 403
    assert (
        door.by_port("GET", "/v1/snapshot", {**sent, "Sec-Fetch-Site": "same-origin"}).status == 200
    )


@pytest.mark.parametrize(
    "cookie", ["filed-agent-1=x", "", "a", "filed-agent-{port}=wrong", ";=,\x7f"]
)
def test_another_cookie_is_none(door: Opened, cookie: str) -> None:
    sent = {"Cookie": cookie.format(port=door.address.port)}
    assert door.by_port("GET", "/v1/snapshot", sent).status == 401


@pytest.mark.parametrize("odd", ["a b=c", "x=[1", 'k={"a": 1}', "bad key=1", "\x01=2"])
def test_an_odd_cookie_of_another_program_does_not_lock_the_page_out(
    door: Opened, odd: str
) -> None:
    for sent in (f"{odd}; {door.cookie()}", f"{door.cookie()}; {odd}"):
        assert door.by_port("GET", "/v1/snapshot", {"Cookie": sent}).status == 200


def test_a_link_lets_one_browser_in_once(door: Opened) -> None:
    url = door.with_token("POST", "/v1/link").json["url"]
    path = url.removeprefix(f"http://{door.host}")
    first, second = door.by_port("GET", path), door.by_port("GET", path)
    assert (first.status, first.headers["location"]) == (303, "/")
    kept = first.headers["set-cookie"]
    assert kept.startswith(f"filed-agent-{door.address.port}=")
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    assert "Max-Age" not in kept
    assert second.status == 403
    assert "set-cookie" not in second.headers


def test_the_own_account_needs_no_more_than_the_socket(door: Opened) -> None:
    assert door.address.socket is not None
    told = asked(UnixConnection(door.address.socket), "POST", "/v1/accept", {}, b'{"path": "/a"}')
    assert told.status == 409, "an administrator's wish, refused for what it says alone"


def test_what_asks_may_say_that_it_is_the_tray(door: Opened) -> None:
    door.with_token("POST", "/v1/pause", {}, **{"X-Filed-Agent-Program": "tray"})
    assert door.standing.ledger.history()[0].why.endswith(" by the tray")
    door.with_token("POST", "/v1/pause", {"seconds": 9}, **{"X-Filed-Agent-Program": "<b>"})
    assert "<b>" not in door.standing.ledger.history()[0].why
