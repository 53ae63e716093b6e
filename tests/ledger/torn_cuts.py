"""Cuts of a recorded life, and what must hold after each: judged through the agent's own opening.

A row may say what it said at the last acknowledged commit, or what the next one was about to say:
that one's line may be durable before the commit is, and nobody was told of either. Nothing else.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import AgentError
from agent.ledger.beside import Beside
from agent.ledger.evidence import Mark, read
from agent.ledger.keeping import open_kept
from agent.ledger.picture import Picture
from agent.model.client import ClientState
from tests.kit.torn import Platter, lay_out
from tests.ledger.kit import add_client
from tests.ledger.torn_life import CLOCK, LEDGER, Acked, Life, Rows, Tried, Undone, rows_of

EVIDENCE = "evidence.jsonl"
NEW = "Yew"  # a client that is told of after a cut
SOUND = "sound"
WEIGHING = ("creating", "known", "attaching", "ingesting", "filed")


@dataclass(frozen=True)
class Cut:
    """The life ends after `at` events; `may` is what the rows may say then, `mark` how far the
    ledger had surely taken in its evidence."""

    at: int
    platter: Platter
    may: tuple[Rows, ...]
    mark: str | None

    def what_follows(self, life: Life) -> tuple[Rows, ...]:
        """With the next commit after this moment."""
        words = (event.word for event in life.events[self.at :])
        after = next((word for word in words if isinstance(word, Acked | Tried)), None)
        return self.may if after is None else (*self.may, after.rows)


def cuts(life: Life, number: int, rng: random.Random) -> Iterator[Cut]:
    """`number` ends at random moments of the life, in order; each is there until the next.

    One in three while a line of the evidence is on its way: those moments are few.
    """
    tender = on_the_way(life)
    moments = (
        rng.choice(tender) if tender and rng.random() < 1 / 3 else rng.randrange(len(life.events))
        for _ in range(number)
    )
    yield from _ends(life, sorted(moments))


def on_the_way(life: Life) -> list[int]:
    """The moments between a line of the evidence, or its taking back, and the sync of it."""
    found, waiting = [], False
    names = {number: name for name, number in life.platter.now().items()}
    for at, event in enumerate(life.events):
        if event.kind in ("made", "moved"):
            names[event.file] = event.target or event.name
        if EVIDENCE in names.get(event.file, ""):
            waiting = event.kind in ("write", "truncate")
        if waiting:
            found.append(at + 1)
    return found


def cut_at(life: Life, at: int) -> Cut:
    """The life ends after so many events."""
    return next(_ends(life, [at]))


def _ends(life: Life, moments: Sequence[int]) -> Iterator[Cut]:
    platter, done = life.platter.copy(), 0
    may, mark = life.may, life.mark
    for moment in moments:
        for event in life.events[done:moment]:
            word = event.word
            if isinstance(word, Acked):
                may, mark = (word.rows,), word.mark
            elif isinstance(word, Tried):
                may = (*may, word.rows)
            elif isinstance(word, Undone):
                may = may[:-1]
            else:
                platter.meet(event)
        done = moment
        cut = Cut(moment, platter, may, mark)
        yield replace(cut, may=cut.what_follows(life))


def outcome(files: dict[str, bytes], cut: Cut, folder: Path, *, twice: bool = True) -> str:
    """SOUND, or what is wrong with what is left after this cut, once the agent has opened it;
    with `twice` also after some work and one more start."""
    home = folder / "home"
    lay_out(files, home)
    path = home / LEDGER
    try:
        behind = _behind(path, cut)
        return behind or _opened(path, cut.may, twice=twice) or SOUND
    except (AgentError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def _behind(path: Path, cut: Cut) -> str:
    """The evidence knows what the ledger acknowledged, before anything is mended."""
    known = Mark.read(cut.mark)
    if known is None:
        return ""
    reading = read(Beside(path).evidence)
    end = None if reading is None else reading.end
    if reading is None or end is None:
        return "the evidence is gone"
    if end.generation != known.generation or end.number < known.number:
        return f"the evidence is behind: {end}, not {known}"
    if reading.damaged:
        return f"the evidence is damaged in {reading.damaged} places"
    return _untold(Picture.of(reading.lines()), cut.may)


def _untold(picture: Picture, may: Sequence[Rows]) -> str:
    """Of every client and document that weighs, the evidence says what its row may say."""
    told: dict[object, str] = {}
    for name, one in picture.clients.items():
        told["client", name] = one.client.state.value
        for (sha256, _), document in one.documents.items():
            told["document", name, sha256.upper()] = document.stage.value
    for key, says in may[0].items():
        allowed = {one[key][0] for one in may if key in one}
        if says[0] in WEIGHING and told.get(key) not in allowed:
            return f"the evidence says {told.get(key)} of {key}, not {allowed}"
    return ""


def _opened(path: Path, may: Sequence[Rows], *, twice: bool) -> str:
    """Started, and worked with."""
    with open_kept(path, CLOCK) as ledger:
        wrong = _wrong(rows_of(ledger._connections.mine()), may)
        if wrong or not twice:
            return wrong
        add_client(ledger, NEW, ClientState.known)
        after = rows_of(ledger._connections.mine())
    reading = read(Beside(path).evidence)
    with open_kept(path, CLOCK) as ledger:
        again = rows_of(ledger._connections.mine())
        mark = ledger.evidence_mark()
    if reading is None or (reading.end, reading.damaged, reading.torn) != (mark, 0, False):
        return f"what was appended does not follow: {reading}, {mark}"
    return "" if again == after else f"the next start changed {_differing(after, again)}"


def _wrong(rows: Rows, may: Sequence[Rows]) -> str:
    for key in rows.keys() | set().union(*may):
        allowed = [one.get(key) for one in may]
        if rows.get(key) not in allowed:
            return f"{key} says {rows.get(key)}, not one of {allowed}"
    return ""


def _differing(before: Rows, after: Rows) -> list[object]:
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
