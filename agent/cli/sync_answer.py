"""The JSON of `sync`, in the shape of agent.control.shapes."""

from __future__ import annotations

from agent.cli.outcome import Outcome
from agent.control.answers import trouble_answer, waits_answer
from agent.control.shapes import SyncAnswer


def sync_answer(outcome: Outcome) -> SyncAnswer:
    """The outcome of a pass."""
    return {
        "ending": outcome.ending.value,
        "exit_code": outcome.exit_code,
        "filed_now": outcome.filed_now,
        "filed_before": outcome.filed_before,
        "bytes_sent": outcome.bytes_sent,
        "seconds": round(outcome.seconds, 3),
        "waiting": [waits_answer(one) for one in outcome.waits],
        "trouble": trouble_answer(outcome.trouble),
    }
