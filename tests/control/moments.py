"""Moments made up for tests: an agent at a wall clock time, with whatever is the matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from agent.config.settings import NotifySection
from agent.control.health import Facts
from agent.control.moment import Moment, Need
from agent.control.note import Note, Trouble
from agent.control.notices import Notices
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.incident import Incident
from agent.model.overview import Counts
from agent.model.reasons import Reason
from agent.model.root import Root
from agent.words.catalogue import REASONS, AgentState

HOUR, DAY = 3_600.0, 86_400.0
ROOTS = (Root(1, b"/srv/clients", scanned_at=1.0), Root(2, b"/srv/scans", scanned_at=1.0))
OFFLINE = Trouble("Filed cannot be reached", "No route.", "Check the network.", 5, "unreachable")
REFUSED = Trouble("Filed does not accept the API key", "", "Make a new key.", 4, "key-refused")


def at(text: str) -> float:
    """A time of this machine's zone as wall clock seconds: "2026-11-18 10:00"."""
    return datetime.fromisoformat(text).timestamp()


WEDNESDAY = at("2026-11-18 10:00")


def away(*numbers: int) -> tuple[Root, ...]:
    """The roots, those with these IDs unavailable."""
    gone = {root.id: Root(root.id, root.path, unavailable="It is not there.") for root in ROOTS}
    return tuple(gone[root.id] if root.id in numbers else root for root in ROOTS)


def need(reason: Reason, number: int = 1, *names: str) -> Need:
    """Files that wait for a person."""
    return Need(reason.value, "file", number, REASONS[reason], names)


def moment(
    now: float = WEDNESDAY,
    *,
    filed: int = 0,
    trouble: Trouble | None = None,
    roots: Sequence[Root] = ROOTS,
    needs: Sequence[Need] = (),
    config: tuple[str, ...] = (),
    paused_until: float | None = None,
    incident: Incident | None = None,
    contacted_at: float | None = None,
    arrived_at: float | None = None,
    snoozed_until: float | None = None,
    held: Mapping[str, int] = {},
    state: AgentState = AgentState.idle,
) -> Moment:
    """A moment at which nothing is the matter but what is given; contact and arrival were now."""
    note = Note(7, "run", now, state, now, trouble, config=config)
    counts = Counts(
        dict.fromkeys(Stage, 0) | {Stage.filed: filed},
        dict.fromkeys(FileState, 0),
        dict.fromkeys(ClientState, 0),
        0,
        0,
    )
    facts = Facts(counts, held, roots, note, True, paused_until, now, incident)
    return Moment(
        facts,
        needs,
        now if contacted_at is None else contacted_at,
        now if arrived_at is None else arrived_at,
        snoozed_until,
    )


def notices(**settings: object) -> Notices:
    """Notices under the usual configuration, but for what is given."""
    return Notices(NotifySection.model_validate(settings))


def kinds(found: Sequence[object]) -> list[str]:
    """The kinds of notices."""
    return [getattr(one, "kind", "") for one in found]
