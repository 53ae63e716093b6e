"""What the agent tells by itself: problems, digests, alarms. Never a client's or file's name here.

A title says what happened, the text why it matters and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agent.model.workdays import local
from agent.words.catalogue import Words
from agent.words.show import counted, duration_text

LISTED = 3  # names in one notice

FOLDER_AWAY = "Reconnect the drive or share, or correct the folder's path; nothing is lost."
CONFIGURATION = "The changed configuration cannot be used"
RESTORED = "The agent's memory (its ledger) was restored"
UNPROVEN = "The agent waits for your decision"
STATUS = "The status page tells what happened and what to do."
NOT_TOLD = "The status page lists what waits, and why."


class Told(NamedTuple):
    """A notice's title and text."""

    title: str
    text: str


def held(subject: str, number: int, words: Words, names: Sequence[str] = ()) -> Told:
    """Files, documents or clients that a person must do something about, all for one reason."""
    verb = "needs" if number == 1 else "need"
    title = f"{counted(number, subject)} {verb} you: {words.label}"
    step = words.step if number == 1 else f"{words.step} {NOT_TOLD}"
    return Told(title, f"{words.sentence}{_named(names)} {step}")


def trouble(title: str, advice: str) -> Told:
    """Filed does not take us, or the disk is full: nothing goes on before somebody acts."""
    return Told(title, f"Nothing is sent meanwhile. {advice}")


def folders_away(paths: Sequence[str]) -> Told:
    """Watched folders that cannot be looked at."""
    if len(paths) == 1:
        return Told("A watched folder is unavailable", f"{paths[0]}. {FOLDER_AWAY}")
    more = len(paths) - LISTED
    shown = ", ".join(paths[:LISTED]) + (f" and {counted(more, 'other')}" if more > 0 else "")
    return Told(f"{len(paths):,} watched folders are unavailable", f"{shown}. {FOLDER_AWAY}")


def configuration() -> Told:
    """A changed configuration is not used."""
    return Told(CONFIGURATION, f"The one before stays in force. {STATUS}")


def restored(*, proven: bool) -> Told:
    """The ledger was damaged or lost and made anew; unproven: the agent waits for a person."""
    if proven:
        return Told(RESTORED, f"Nothing that was filed is sent again. {STATUS}")
    return Told(UNPROVEN, f"{RESTORED}, and nothing proves what was filed since. {STATUS}")


def filed(number: int, since: float, now: float, needing: int, trouble: str = "") -> Told:
    """The digest: how many documents were filed, and whether something is left to do.

    `trouble` is the sentence on top where all is not well although no document needs anybody.
    """
    verb = "was" if number == 1 else "were"
    title = f"{counted(number, 'document')} {verb} filed {since_text(since, now)}"
    if not needing:
        return Told(title, trouble or "Nothing needs you.")
    needs = "needs" if needing == 1 else "need"
    return Told(title, f"{needing:,} {needs} you. {NOT_TOLD}")


def nothing_arrived(days: int, since: float | None) -> Told:
    """No document began for so many working days."""
    title = f"Nothing arrived for {counted(days, 'working day')}"
    last = "" if since is None else f"The last document was seen on {_day(since)}. "
    return Told(title, f"{last}Check that scanners and people save into the watched folders.")


def no_contact(seconds: float, cause: str, advice: str) -> Told:
    """Filed did not answer for so long; `cause` and `advice` as the agent last met them."""
    whole = 3600 if seconds >= 3600 else 60
    silence = duration_text(seconds // whole * whole)
    why = f"{cause}. " if cause else ""
    step = advice or "Check this machine's network; the agent goes on by itself."
    return Told(f"No contact with Filed for {silence}", f"{why}{step}")


def since_text(since: float, now: float) -> str:
    """From when on something is counted: today, since Friday 17:00, since 2026-11-02 17:00."""
    begun, ends = local(since), local(now)
    days = (ends.date() - begun.date()).days
    if days == 0:
        return "today"
    if days == 1:
        return f"since yesterday {begun:%H:%M}"
    return f"since {begun:%A %H:%M}" if 1 < days < 7 else f"since {begun:%Y-%m-%d %H:%M}"


def _day(at: float) -> str:
    return f"{local(at):%Y-%m-%d}"


def _named(names: Sequence[str]) -> str:
    """The clients concerned; given only where the configuration allows it."""
    if not names:
        return ""
    more = len(names) - LISTED
    shown = ", ".join(names[:LISTED]) + (f" and {counted(more, 'other')}" if more > 0 else "")
    return f" {counted(len(names), 'client').partition(' ')[2].capitalize()}: {shown}."
