"""What `status` shows to people: lines of text, made without anything heavy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.cli.ground import Ground
from agent.control.health import Facts, incident_lines, verdict
from agent.control.note import Note
from agent.control.waits import Waits
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.model.root import Root
from agent.words.catalogue import (
    AGENT_STATES,
    CLIENT_STATES,
    FILE_STATES,
    STAGES,
)
from agent.words.show import counted, duration_text, moment_text, path_text, size_text

SHOWN_SENDING = 8


def status_lines(facts: Facts, waits: Sequence[Waits], ground: Ground, rows: int) -> Iterator[str]:
    """Every line, the sentence first."""
    found = verdict(facts)
    yield f"{found.sentence} {found.advice}".rstrip()
    yield from incident_lines(facts)
    yield ""
    yield from _agent_lines(facts)
    for root in facts.roots:
        yield _root_line(root, facts.now)
    yield from _counts_lines(facts)
    yield from _sending_lines(facts)
    if waits:
        yield ""
        yield "Waiting:"
    yield from waiting_lines(waits, rows)
    yield ""
    yield f"Configuration  {path_text(bytes(ground.config_file()))}"
    yield f"State          {path_text(bytes(ground.home.folder))}"
    yield f"Log            {path_text(bytes(ground.home.log))}"


def _agent_lines(facts: Facts) -> Iterator[str]:
    note = facts.note
    if not facts.running:
        yield "Agent          does not run just now"
    elif note is None:
        yield "Agent          runs"
    else:
        started = moment_text(note.started, facts.now)
        state = AGENT_STATES[note.state].lower()
        yield f"Agent          {state}; `{note.verb}` since {started} (process {note.pid})"
        for limit in note.limits:
            yield f"               {safe_text(limit)}"
        for problem in note.config:
            yield f"               {safe_text(problem)}"


def _root_line(root: Root, now: float) -> str:
    path = path_text(root.path)
    if root.unavailable is not None:
        return f"Folder         {path}: unavailable. {safe_text(root.unavailable)}"
    if root.scanned_at is None:
        return f"Folder         {path}: not looked at yet"
    ago = duration_text(now - root.scanned_at)
    return f"Folder         {path}: there, gone through {ago} ago"


def _counts_lines(facts: Facts) -> Iterator[str]:
    counts = facts.counts
    documents = [
        f"{counts.documents[stage]:,} {STAGES[stage]}" for stage in Stage if counts.documents[stage]
    ]
    yield f"Documents      {', '.join(documents) or 'none'}"
    if counts.bytes_filed or counts.bytes_open:
        left = f", {size_text(counts.bytes_open)} on the way" if counts.bytes_open else ""
        yield f"               {size_text(counts.bytes_filed)} filed{left}"
    files = [
        f"{counts.files[state]:,} {FILE_STATES[state]}"
        for state in FileState
        if counts.files[state]
    ]
    yield f"Files          {', '.join(files) or 'none'}"
    clients = [
        f"{counts.clients[state]:,} {label}"
        for state, label in CLIENT_STATES.items()
        if counts.clients[state]
    ]
    yield f"Clients        {', '.join(clients) or 'none'}"


def _sending_lines(facts: Facts) -> Iterator[str]:
    note: Note | None = facts.note if facts.running else None
    if note is None or not note.sending:
        return
    yield ""
    rate = f" at {size_text(note.bytes_per_second)}/s" if note.bytes_per_second else ""
    yield f"On the line{rate}:"
    for one in note.sending[:SHOWN_SENDING]:
        part = one.offset / one.size if one.size else 1.0
        yield f"  document {one.document}: {part:.0%} of {size_text(one.size)}"


def waiting_lines(waits: Sequence[Waits], rows: int) -> Iterator[str]:
    """Three lines for each thing that waits: what it is, why, and the next step."""
    for one in waits[:rows]:
        client = f" ({one.client})" if one.client and one.kind != "client" else ""
        number = f"document {one.number}, " if one.kind == "document" else ""
        kind = "client " if one.kind == "client" else ""
        yield f"  {number}{kind}{one.what}{client}"
        yield f"      {one.words.label}: {one.words.sentence}"
        yield f"      {one.words.next_step}"
    if len(waits) > rows:
        yield f"  and {counted(len(waits) - rows, 'more line')} or more; see --json."
