"""The agent at one moment, for tray and page: all that an icon, a menu and a headline need."""

from __future__ import annotations

import math
import os

from agent import __version__
from agent.control.answers import (
    agent_answer,
    counts_answer,
    incident_answer,
    path_json,
    root_answer,
    time_json,
)
from agent.control.attended import Attended
from agent.control.door_shapes import ProgressAnswer, RecentAnswer, SnapshotAnswer
from agent.control.health import Facts, Health, gather, verdict
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.words.catalogue import STAGES
from agent.words.progress import progress_text

API = 1  # the version of the door's shapes and paths
RECENT = 5
SLOWEST = 1_000.0  # bytes a second: below, a pause between two documents speaks, not the line

_STANDINGS = {
    Health.working: "working",
    Health.paused: "paused",
    Health.needs_person: "needs-you",
    Health.signed_out: "sign-in",
    Health.offline: "offline",
    Health.disk_full: "disk-full",
}


def snapshot_answer(attended: Attended) -> SnapshotAnswer:
    """How a running agent stands now. Raises LedgerTrouble."""
    ledger, note, now = attended.ledger, attended.note, attended.now()
    facts = gather(ledger, now, running=True, note=note)
    found = verdict(facts)
    until = facts.paused_until
    return {
        "api": API,
        "version": __version__,
        "at": time_json(now) or "",
        "standing": standing(facts),
        "sentence": found.sentence,
        "advice": found.advice,
        "step": found.step,
        "health": found.health.value,
        "exit_code": found.exit_code,
        "needs": facts.needing + len(facts.away),
        "paused": until is not None,
        "paused_until": None if until is None or math.isinf(until) else time_json(until),
        "snoozed_until": None,
        "progress": _progress(ledger, facts),
        "agent": agent_answer(note, running=True),
        "roots": [root_answer(root) for root in facts.roots],
        "counts": counts_answer(facts.counts),
        "recent": _recent(ledger),
        "incident": incident_answer(facts),
    }


def standing(facts: Facts) -> str:
    """One word for the icon: the worst that holds."""
    health = verdict(facts).health
    if health is Health.fine:
        return "filed" if facts.counts.documents[Stage.filed] else "idle"
    return _STANDINGS[health]


def _progress(ledger: Ledger, facts: Facts) -> ProgressAnswer:
    note = facts.note
    paused = facts.paused_until is not None
    sent = 0 if note is None else sum(one.offset for one in note.sending)
    rate = 0.0 if note is None or paused else note.bytes_per_second
    left = max(0, ledger.bytes_to_send() - sent)
    seconds = math.ceil(left / rate) if rate >= SLOWEST and left else None
    return {
        "documents_left": facts.open,
        "bytes_left": left,
        "bytes_per_second": rate,
        "seconds_left": seconds,
        "text": progress_text(facts.open, left, rate, seconds),
    }


def _recent(ledger: Ledger) -> list[RecentAnswer]:
    return [
        {
            "id": row.id,
            "name": row.name,
            "client": row.client,
            "stage": row.stage.value,
            "label": STAGES[row.stage],
            "at": time_json(at),
            "folder": path_json(os.path.dirname(row.paths[0])) if row.paths else None,
        }
        for row, at in ledger.recent_documents(RECENT)
    ]
