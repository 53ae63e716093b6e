"""What an agent might tell, for tests that need none."""

from __future__ import annotations

from typing import Any, cast

from agent.control.door_shapes import SnapshotAnswer


def snapshot(**different: Any) -> SnapshotAnswer:
    """An agent that has filed everything, but for what is named."""
    agent = {
        "running": True,
        "pid": 4711,
        "verb": "run",
        "started": "2026-11-22T08:00:00+00:00",
        "state": "idle",
        "since": None,
        "trouble": None,
        "bytes_per_second": 0.0,
        "sending": [],
        "limits": [],
        "config_problems": [],
    }
    told = {
        "api": 1,
        "version": "0.1.0",
        "at": "2026-11-22T10:00:00+00:00",
        "standing": "filed",
        "sentence": "All 1,284 documents are filed.",
        "advice": "",
        "health": "fine",
        "exit_code": 0,
        "needs": 0,
        "paused": False,
        "paused_until": None,
        "snoozed_until": None,
        "progress": progress(0, 0),
        "agent": agent,
        "roots": [{"path": "/srv/clients", "unavailable": None, "scanned_at": None}],
        "counts": {"documents": {}, "files": {}, "clients": {}, "bytes_filed": 0, "bytes_open": 0},
        "recent": [recent(7, "W-2 & 1099.pdf")],
        "incident": None,
    }
    return cast(SnapshotAnswer, {**told, **different})


def progress(documents: int, size: int, text: str = "") -> dict[str, Any]:
    """So much is left."""
    return {
        "documents_left": documents,
        "bytes_left": size,
        "bytes_per_second": 0.0,
        "seconds_left": None,
        "text": text,
    }


def recent(number: int, name: str, folder: str | None = "/srv/clients/Berg") -> dict[str, Any]:
    """A document that moved lately."""
    return {
        "id": number,
        "name": name,
        "client": "Berg",
        "stage": "filed",
        "label": "filed",
        "at": None,
        "folder": folder,
    }
