"""From the ledger's values to the JSON of reading verbs, in the shapes of agent.control.shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from agent.control.health import Facts, Health, incident_lines, verdict
from agent.control.note import Note
from agent.control.shapes import (
    AgentAnswer,
    ClientAnswer,
    CountsAnswer,
    DocumentAnswer,
    HistoryAnswer,
    IncidentAnswer,
    RootAnswer,
    StatusAnswer,
    TroubleAnswer,
    WaitsAnswer,
)
from agent.control.waits import Waits
from agent.errors import AgentError
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.overview import ClientRow, Counts, DocumentRow, HistoryLine
from agent.model.root import Root


def path_json(path: bytes) -> str:
    """A path as text; bytes that are no UTF-8 become \\xNN."""
    return path.decode("utf-8", "backslashreplace")


def time_json(at: float | None) -> str | None:
    """A wall clock time in ISO 8601, UTC; None where there is none or it never comes."""
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):  # no calendar has it
        return None


def counts_answer(counts: Counts) -> CountsAnswer:
    """The counts."""
    return {
        "documents": {stage.value: number for stage, number in counts.documents.items()},
        "files": {state.value: number for state, number in counts.files.items()},
        "clients": {state.value: number for state, number in counts.clients.items()},
        "bytes_filed": counts.bytes_filed,
        "bytes_open": counts.bytes_open,
    }


def root_answer(root: Root) -> RootAnswer:
    """One watched folder."""
    return {
        "path": path_json(root.path),
        "unavailable": root.unavailable,
        "scanned_at": time_json(root.scanned_at),
    }


def waits_answer(waits: Waits) -> WaitsAnswer:
    """One thing that waits."""
    return {
        "kind": waits.kind,
        "id": waits.number,
        "what": waits.what,
        "path": None if waits.path is None else path_json(waits.path),
        "client": waits.client,
        "label": waits.words.label,
        "why": waits.words.sentence,
        "next_step": waits.words.next_step,
        "step": waits.words.step,
        "needs_person": waits.words.person,
    }


def agent_answer(note: Note | None, *, running: bool) -> AgentAnswer:
    """The agent; of one that no longer runs only what stays true is told."""
    live = note if running else None
    trouble: TroubleAnswer | None = None
    if live is not None and live.trouble is not None:
        told = live.trouble
        trouble = {"title": told.title, "said": told.said, "advice": told.advice}
    return {
        "running": running,
        "pid": live.pid if live else None,
        "verb": live.verb if live else None,
        "started": time_json(live.started) if live else None,
        "state": live.state.value if live else "stopped",
        "since": time_json(live.since) if live else None,
        "trouble": trouble,
        "bytes_per_second": live.bytes_per_second if live else 0.0,
        "sending": [
            {"document": one.document, "offset": one.offset, "size": one.size}
            for one in (live.sending if live else ())
        ],
        "limits": list(live.limits) if live else [],
        "config_problems": list(live.config) if live else [],
    }


def status_answer(facts: Facts, waits: Sequence[Waits], home: str, config: str) -> StatusAnswer:
    """The whole status."""
    found = verdict(facts)
    return {
        "sentence": found.sentence,
        "advice": found.advice,
        "health": found.health.value,
        "exit_code": found.exit_code,
        "paused_until": time_json(facts.paused_until),
        "agent": agent_answer(facts.note, running=facts.running),
        "roots": [root_answer(root) for root in facts.roots],
        "counts": counts_answer(facts.counts),
        "waiting": [waits_answer(one) for one in waits],
        "home": home,
        "config": config,
        "incident": incident_answer(facts),
    }


def incident_answer(facts: Facts) -> IncidentAnswer | None:
    """What befell the ledger lately."""
    incident = facts.incident
    if incident is None:
        return None
    return {
        "at": time_json(incident.at),
        "found": incident.found.value,
        "backup_of": time_json(incident.backup_of),
        "aside": incident.aside,
        "proven": incident.proven,
        "sentences": list(incident_lines(facts)),
        "here": list(incident_lines(facts, here=True)),
    }


def never_answer(sentence: str, advice: str, home: str, config: str) -> StatusAnswer:
    """The status where no agent ever ran."""
    nothing = Counts(
        dict.fromkeys(Stage, 0), dict.fromkeys(FileState, 0), dict.fromkeys(ClientState, 0), 0, 0
    )
    return {
        "sentence": sentence,
        "advice": advice,
        "health": Health.needs_person.value,
        "exit_code": 3,
        "paused_until": None,
        "agent": agent_answer(None, running=False),
        "roots": [],
        "counts": counts_answer(nothing),
        "waiting": [],
        "home": home,
        "config": config,
        "incident": None,
    }


def trouble_answer(error: AgentError | None) -> TroubleAnswer | None:
    """What was the matter, if something was."""
    if error is None:
        return None
    return {"title": error.title, "said": error.said, "advice": error.advice}


def document_answer(row: DocumentRow) -> DocumentAnswer:
    """One document."""
    return {
        "id": row.id,
        "client_id": row.client_id,
        "client": row.client,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "stage": row.stage.value,
        "offset": row.offset,
        "problem": row.problem,
        "remedy": row.remedy,
        "upload_id": row.upload_id,
        "task_id": row.task_id,
        "filed_at": time_json(row.filed_at),
        "paths": [path_json(path) for path in row.paths],
    }


def client_answer(row: ClientRow) -> ClientAnswer:
    """One client."""
    return {
        "id": row.id,
        "name": row.name,
        "external_id": row.external_id,
        "tax_year": row.tax_year,
        "return_type": row.return_type,
        "filed_id": row.filed_id,
        "state": row.state.value,
        "reason": row.reason,
        "said": row.said,
        "documents": _by_stage(row.documents),
        "waiting_files": row.waiting_files,
        "last_at": time_json(row.last_at),
        "folders": [
            {
                "root": path_json(folder.root),
                "folder": path_json(folder.folder),
                "standing": folder.standing,
            }
            for folder in row.folders
        ],
    }


def _by_stage(documents: Mapping[Stage, int]) -> dict[str, int]:
    return {stage.value: number for stage, number in documents.items()}


def history_answer(line: HistoryLine) -> HistoryAnswer:
    """One line of history."""
    return {
        "id": line.id,
        "at": time_json(line.at) or "",
        "subject": line.subject.value,
        "subject_id": line.subject_id,
        "before": line.before,
        "after": line.after,
        "why": line.why,
        "name": line.name,
        "path": None if line.path is None else path_json(line.path),
        "client": line.client,
    }
