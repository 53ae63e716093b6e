"""The tray's menu as values, from what the agent told. Pure: two equal menus need no redrawing."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from agent.control.door_shapes import RecentAnswer, SnapshotAnswer
from agent.control.shapes import AgentAnswer
from agent.model.naming import safe_text
from agent.words import tray as words
from agent.words.show import moment_text

LONGEST = 72  # characters of an entry; wider menus are cut off by some panels
MOST_RECENT = 8
MOST_FOLDERS = 12
HOUR = 3600
QUIT = "quit"  # the verb of the one entry that needs neither agent nor patience


class Act(NamedTuple):
    """What an entry does when it is clicked; `what` is its path, duration or part of the page."""

    verb: str
    what: str = ""


class Line(NamedTuple):
    """An entry. Without `act` and `lines` it only says something; `key` stays when words change."""

    key: str
    text: str
    act: Act | None = None
    lines: tuple[Line, ...] = ()
    default: bool = False


SEPARATOR = Line("separator", "")
Menu = tuple[Line, ...]


def menu_of(snapshot: SnapshotAnswer | None, said: str = "", *, own: bool = True) -> Menu:
    """The whole menu; None: the agent cannot be looked at, `said` why where there is one.

    `own` is whether it is the agent of this account: signing in here signs in no other.
    """
    if snapshot is None:
        return (
            Line("sentence", short(said, 110) if said else words.NOT_RUNNING),
            Line("advice", words.CANNOT_LOOK if said else words.START_IT),
            SEPARATOR,
            Line("about", words.ABOUT, Act("about")),
            Line("quit", words.QUIT, Act(QUIT)),
        )
    return (
        *_state(snapshot),
        SEPARATOR,
        _recent(snapshot),
        _folders(snapshot),
        Line("status", words.SHOW_STATUS, Act("status"), default=True),
        SEPARATOR,
        _pausing(snapshot),
        Line("scan", words.SCAN, Act("scan")),
        Line("retry", words.RETRY_ALL, Act("retry")),
        *((Line("sign-in", words.SIGN_IN, Act("sign-in")),) if own else ()),
        SEPARATOR,
        _diagnostics(snapshot),
        Line("about", words.ABOUT, Act("about", snapshot["version"])),
        Line("quit", words.QUIT, Act(QUIT)),
    )


def title_of(snapshot: SnapshotAnswer | None, said: str = "") -> str:
    """What the pointer over the icon shows; Windows takes 127 characters."""
    if snapshot is None:
        return short(f"{words.NAME}: {said or words.NOT_RUNNING}", 127)
    parts = [snapshot["sentence"], snapshot["progress"]["text"]]
    return short(f"{words.NAME}: {' '.join(part for part in parts if part)}", 127)


def without_progress(menu: Menu) -> Menu:
    """The menu without the line whose words change while work goes on."""
    return tuple(line for line in menu if line.key != "progress")


def as_text(menu: Menu, indent: str = "") -> str:
    """The menu on a terminal."""
    rows = []
    for line in menu:
        rows.append(indent + ("-" * 12 if line == SEPARATOR else line.text))
        if line.lines:
            rows.append(as_text(line.lines, indent + "    "))
    return "\n".join(rows)


def short(text: str, most: int = LONGEST) -> str:
    """On one line and at most so many characters; what is left out shows as an ellipsis."""
    plain = safe_text(text)
    if len(plain) <= most:
        return plain
    tail = most // 3
    return f"{plain[: most - tail - 1]}…{plain[-tail:]}"


def _state(snapshot: SnapshotAnswer) -> Menu:
    lines = [Line("sentence", short(snapshot["sentence"], 110), Act("status"))]
    if snapshot["progress"]["text"]:
        lines.append(Line("progress", short(snapshot["progress"]["text"])))
    if snapshot["needs"]:
        lines.append(Line("needs", words.needs_you(snapshot["needs"]), Act("status", "needs")))
    return tuple(lines)


def _recent(snapshot: SnapshotAnswer) -> Line:
    lines = tuple(_document(one) for one in snapshot["recent"][:MOST_RECENT])
    none = (Line("no-recent", words.NO_RECENT),)
    return Line("recent", words.RECENT, lines=lines or none)


def _document(one: RecentAnswer) -> Line:
    text = f"{short(one['name'], 40)} · {short(one['client'], 24)} · {one['label']}"
    act = None if one["folder"] is None else Act("folder", one["folder"])
    return Line(f"document-{one['id']}", text, act)


def _folders(snapshot: SnapshotAnswer) -> Line:
    lines = tuple(
        Line(f"root-{one['path']}", short(one["path"]), Act("folder", one["path"]))
        for one in snapshot["roots"][:MOST_FOLDERS]
    )
    return Line("folders", words.OPEN_FOLDER, lines=lines or (Line("no-root", words.NO_RECENT),))


def _pausing(snapshot: SnapshotAnswer) -> Line:
    if snapshot["paused"]:
        until = snapshot["paused_until"]
        told = None if until is None else _moment(until, snapshot["at"])
        return Line("resume", words.resume_label(told), Act("resume"))
    return Line(
        "pause",
        words.PAUSE,
        lines=(
            Line("pause-hour", words.PAUSE_HOUR, Act("pause", str(HOUR))),
            Line("pause-tomorrow", words.PAUSE_TOMORROW, Act("pause", "tomorrow")),
            Line("pause-open", words.PAUSE_OPEN, Act("pause")),
        ),
    )


def _diagnostics(snapshot: SnapshotAnswer) -> Line:
    agent = snapshot["agent"]
    told = [f"{words.NAME} {snapshot['version']}", _process(agent, snapshot["at"])]
    if agent["trouble"] is not None:
        told.append(agent["trouble"]["title"])
    told += [*agent["limits"], *agent["config_problems"]]
    lines = [Line(f"told-{n}", short(text)) for n, text in enumerate(told)]
    lines.append(Line("home", words.HOME_FOLDER, Act("home")))
    return Line("diagnostics", words.DIAGNOSTICS, lines=tuple(lines))


def _process(agent: AgentAnswer, now: str) -> str:
    since = "" if agent["started"] is None else f" since {_moment(agent['started'], now)}"
    number = "" if agent["pid"] is None else f", process {agent['pid']}"
    return f"{agent['verb'] or 'run'}{since}{number}"


def _moment(at: str, now: str) -> str:
    """A time of the agent's answer, for people at this desktop."""
    moments = (datetime.fromisoformat(text).timestamp() for text in (at, now))
    return moment_text(*moments)
