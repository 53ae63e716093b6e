"""Wishes go through the door, or into the ledger where none answers; doors are doubles here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.cli import open as opening
from agent.cli.reach import SOCKET_VARIABLE
from agent.control.refused import Refused
from agent.control.remote import SOCKET_VARIABLE as REMOTE_VARIABLE
from agent.control.remote import Gone
from agent.ledger.ledger import Ledger
from agent.system.clock import SystemClock
from agent.system.lock import Lock
from tests.cli.doors import stands
from tests.cli.firm import Firm

LINK = "http://127.0.0.1:4444/enter?key=once"


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    """A firm with an empty ledger."""
    firm = Firm.found(tmp_path / "firm")
    firm.home.mkdir(mode=0o700)
    Ledger.open(firm.home / "ledger.sqlite3", SystemClock()).close()
    return firm


def test_a_wish_is_told_to_the_running_agent_and_not_to_the_ledger(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = stands(monkeypatch, {"/v1/pause": {"sentence": "Paused by the agent."}})
    assert firm.call("pause").output == "Paused by the agent.\n"
    assert door.heard == [("/v1/pause", {})]
    assert not firm.call("status").output.startswith("Paused")


def test_wishes_carry_what_was_said_with_absolute_paths(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = {"sentence": "Done."}
    names = ("retry", "accept", "ignore", "map", "resume", "scan", "snooze", "pause")
    door = stands(monkeypatch, {f"/v1/{name}": done for name in names})
    monkeypatch.chdir(firm.clients)
    here = os.getcwd()
    for words in (
        ["retry", "7", "w2.csv", "--client", "Ash"],
        ["retry", "--all"],
        ["retry", "--root", "."],
        ["ignore", "x.csv", "--why", "not ours"],
        ["ignore", "--undo", "x.csv"],
        ["map", "Ash Bakery", "Ash"],
        ["resume"],
        ["scan"],
        ["snooze", "1h"],
        ["pause", "--until", "2101-01-01T10:00:00+00:00"],
    ):
        result = firm.call(*words)
        assert (result.exit_code, result.output) == (0, "Done.\n"), words
    assert door.heard == [
        ("/v1/retry", {"what": ["7", f"{here}/w2.csv"], "all": False, "client": "Ash"}),
        ("/v1/retry", {"what": [], "all": True}),
        ("/v1/accept", {"path": here}),
        ("/v1/ignore", {"path": f"{here}/x.csv", "why": "not ours", "undo": False}),
        ("/v1/ignore", {"path": f"{here}/x.csv", "why": "", "undo": True}),
        ("/v1/map", {"path": f"{here}/Ash Bakery", "client": "Ash"}),
        ("/v1/resume", {}),
        ("/v1/scan", {}),
        ("/v1/snooze", {"seconds": 3600.0}),
        ("/v1/pause", {"until": "2101-01-01T10:00:00.000+00:00"}),
    ]


def test_what_the_agent_refuses_is_a_usage_error(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(monkeypatch, {"/v1/retry": Refused("There is no document 7.")})
    result = firm.call("retry", "7")
    assert result.exit_code == 2
    assert "There is no document 7." in result.stderr


def test_an_agent_that_ends_meanwhile_leaves_the_wish_to_the_ledger(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = stands(monkeypatch, {"/v1/pause": Gone()})
    result = firm.call("pause", "--for", "1h")
    assert result.exit_code == 0
    assert result.output.startswith("Paused until ")
    assert len(door.heard) == 1
    assert firm.call("status").output.startswith("Paused until ")


def test_a_busy_agent_leaves_the_wish_to_the_ledger(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(monkeypatch, {"/v1/pause": Refused("Ask again in a moment.", 503)})
    told = firm.call("pause")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.output.startswith("Paused.")
    assert firm.call("status").output.startswith("Paused")


@pytest.mark.parametrize("words", [["pause"], ["ignore", "/a"], ["status"], ["scan"], ["open"]])
def test_a_busy_agent_elsewhere_is_waited_for_and_nobody_s_mistake(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    busy = Refused("Ask again in a moment.", 503)
    stands(monkeypatch, {f"/v1/{name}": busy for name in ("pause", "ignore", "status", "scan",
                                                           "link")})  # fmt: skip
    result = firm.call(*words, env={SOCKET_VARIABLE: "/run/other/agent.sock"})
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Ask again in a moment." in result.stderr
    assert "Usage" not in result.stderr
    assert not firm.call("status").output.startswith("Paused")


def test_the_icon_s_text_is_shown_though_the_agent_does_not_answer(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Refused("Ask again in a moment.", 503)
    stands(monkeypatch, {"/v1/snapshot": busy})
    assert firm.call("tray", "--once").exit_code == 0


def test_one_refused_file_does_not_keep_the_others_from_being_left_out(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = stands(monkeypatch, {"/v1/ignore": Refused("It is a folder.")})
    result = firm.call("ignore", "a", "b")
    assert result.exit_code == 2
    assert result.stderr == "It is a folder.\nIt is a folder.\n"
    assert len(door.heard) == 2


def test_a_scan_without_an_agent_is_nothing_to_do(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(monkeypatch, None)
    result = firm.call("scan")
    assert result.exit_code == 0
    assert "every start looks through all" in result.output
    with Lock.take(firm.home / "agent.lock"):
        other = firm.call("scan")
    assert other.exit_code == 3
    assert "does not answer" in other.stderr


@pytest.mark.parametrize("words", [["open"], ["open", "--print"], ["snooze", "1h"]])
def test_what_only_an_agent_can_do_says_how_to_start_one(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    stands(monkeypatch, None)
    result = firm.call(*words)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "No agent is running. Start one with `filed-agent run`." in result.stderr


def test_open_prints_the_link_alone_or_shows_it(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browser(url: str, _env: object) -> bool:
        opened.append(url)
        return True

    door = stands(monkeypatch, {"/v1/link": {"url": LINK}})
    monkeypatch.setattr(opening, "shown", browser)
    assert firm.call("open", "--print").stdout == f"{LINK}\n"
    assert opened == []
    told = firm.call("open")
    assert (told.exit_code, opened) == (0, [LINK])
    assert "key" not in told.output
    assert door.heard == [("/v1/link", {}), ("/v1/link", {})]


def test_open_gives_the_link_where_no_browser_can_be_opened(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(monkeypatch, {"/v1/link": {"url": LINK}})
    monkeypatch.setattr(opening, "shown", lambda _url, _env: False)
    told = firm.call("open")
    assert (told.exit_code, told.stdout) == (0, f"{LINK}\n")
    assert "No browser could be opened here" in told.stderr


def test_no_browser_is_started_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def browser(url: str) -> bool:
        asked.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    monkeypatch.setattr("sys.platform", "linux")
    assert not opening.shown(LINK, {})
    assert asked == []
    assert opening.shown(LINK, {"DISPLAY": ":1"})
    assert opening.shown(LINK, {"WAYLAND_DISPLAY": "wayland-0"})
    assert asked == [LINK, LINK]


@pytest.mark.parametrize(
    "words",
    [["status"], ["documents"], ["history"], ["pause"], ["scan"], ["open"], ["map", ".", "x"]],
)
def test_a_named_socket_where_nobody_answers_is_told_and_our_ledger_is_left_alone(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    stands(monkeypatch, None)
    result = firm.call(*words, env={SOCKET_VARIABLE: "/run/other/agent.sock"})
    assert result.exit_code == 3
    assert "No agent answers at /run/other/agent.sock" in result.stderr
    assert not firm.call("status").output.startswith("Paused")


def test_an_agent_that_ends_while_it_is_looked_at_is_told_so(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(monkeypatch, {"/v1/status": Gone(), "/v1/pause": Gone()})
    for words in (["status"], ["pause"]):
        result = firm.call(*words, env={SOCKET_VARIABLE: "/run/other/agent.sock"})
        assert result.exit_code == 3
        assert "No agent answers at" in result.stderr


def test_the_named_socket_is_the_one_that_is_looked_for() -> None:
    assert SOCKET_VARIABLE == REMOTE_VARIABLE


def test_lists_are_asked_for_page_by_page(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"at": "2026-04-15T10:00:00.000+00:00", "subject": "agent", "subject_id": 0,
            "before": None, "after": "paused", "why": "", "name": None, "path": None,
            "client": None}  # fmt: skip
    page = {"total": 500, "history": [{**line, "id": number} for number in range(200)]}
    door = stands(monkeypatch, {"/v1/history": page})
    words = ("history", "--limit", "450", "--since", "2026-04-01T00:00:00+00:00")
    there = {SOCKET_VARIABLE: "/run/other/agent.sock"}
    result = firm.call(*words, "--json", env=there)
    assert result.exit_code == 0
    assert [told["limit"] for _, told in door.heard] == [200, 200, 50]
    assert [told["offset"] for _, told in door.heard] == [0, 200, 400]
    assert {told["since"] for _, told in door.heard} == {"2026-04-01T00:00:00.000+00:00"}
    assert all("client" not in told for _, told in door.heard)
    assert result.stdout.count('"id"') == 200  # a page that shifted tells nothing twice


def test_a_ledger_that_cannot_be_read_leaves_the_door(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    (firm.home / "ledger.sqlite3").write_bytes(b"no database at all" * 100)
    stands(monkeypatch, None)
    assert "damaged" in firm.call("clients").stderr
    stands(monkeypatch, {"/v1/clients": {"total": 0, "clients": []}})
    assert firm.call("clients").output == "There are none.\n"
