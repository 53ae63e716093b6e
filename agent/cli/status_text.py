"""What `status` shows to people: lines of text, made without anything heavy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agent.cli.moments import wall
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.words.catalogue import AGENT_STATES, label_of
from agent.words.show import counted, duration_text, moment_text, size_text

if TYPE_CHECKING:
    from agent.control.shapes import (
        AgentAnswer,
        CountsAnswer,
        RootAnswer,
        StatusAnswer,
        WaitsAnswer,
    )

SHOWN_SENDING = 8


def status_lines(answer: StatusAnswer, now: float, log: str | None, rows: int) -> Iterator[str]:
    """Every line, the sentence first; `log` is the log's file, None where it is not known."""
    yield f"{answer['sentence']} {answer['advice']}".rstrip()
    if answer["incident"] is not None:
        yield from answer["incident"]["sentences"]
    yield ""
    yield from _agent_lines(answer["agent"], now)
    for root in answer["roots"]:
        yield _root_line(root, now)
    yield from _counts_lines(answer["counts"])
    yield from _sending_lines(answer["agent"])
    if answer["waiting"]:
        yield ""
        yield "Waiting:"
    yield from waiting_lines(answer["waiting"], rows)
    yield ""
    yield f"Configuration  {safe_text(answer['config'])}"
    yield f"State          {safe_text(answer['home'])}"
    if log is not None:
        yield f"Log            {safe_text(log)}"


def _agent_lines(agent: AgentAnswer, now: float) -> Iterator[str]:
    if not agent["running"]:
        yield "Agent          does not run just now"
    elif agent["started"] is None:
        yield "Agent          runs"
    else:
        started = moment_text(wall(agent["started"]), now)
        state = _state_text(agent["state"])
        yield f"Agent          {state}; `{agent['verb']}` since {started} (process {agent['pid']})"
        for line in (*agent["limits"], *agent["config_problems"]):
            yield f"               {safe_text(line)}"


def _state_text(state: str) -> str:
    return next((text.lower() for known, text in AGENT_STATES.items() if known == state), state)


def _root_line(root: RootAnswer, now: float) -> str:
    path = safe_text(root["path"])
    if root["unavailable"] is not None:
        return f"Folder         {path}: unavailable. {safe_text(root['unavailable'])}"
    if root["scanned_at"] is None:
        return f"Folder         {path}: not looked at yet"
    ago = duration_text(now - wall(root["scanned_at"]))
    return f"Folder         {path}: there, gone through {ago} ago"


def _counts_lines(counts: CountsAnswer) -> Iterator[str]:
    yield f"Documents      {_counted('document', list(Stage), counts['documents'])}"
    if counts["bytes_filed"] or counts["bytes_open"]:
        left = f", {size_text(counts['bytes_open'])} on the way" if counts["bytes_open"] else ""
        yield f"               {size_text(counts['bytes_filed'])} filed{left}"
    yield f"Files          {_counted('file', list(FileState), counts['files'])}"
    yield f"Clients        {_counted('client', list(ClientState), counts['clients'])}"


def _counted(subject: str, order: Sequence[str], counts: dict[str, int]) -> str:
    told = [f"{counts[one]:,} {label_of(subject, one)}" for one in order if counts.get(one)]
    return ", ".join(told) or "none"


def _sending_lines(agent: AgentAnswer) -> Iterator[str]:
    if not agent["sending"]:
        return
    yield ""
    rate = agent["bytes_per_second"]
    yield f"On the line{f' at {size_text(rate)}/s' if rate else ''}:"
    for one in agent["sending"][:SHOWN_SENDING]:
        part = one["offset"] / one["size"] if one["size"] else 1.0
        yield f"  document {one['document']}: {part:.0%} of {size_text(one['size'])}"


def waiting_lines(waits: Sequence[WaitsAnswer], rows: int) -> Iterator[str]:
    """Three lines for each thing that waits: what it is, why, and the next step."""
    for one in waits[:rows]:
        client = f" ({one['client']})" if one["client"] and one["kind"] != "client" else ""
        number = f"document {one['id']}, " if one["kind"] == "document" else ""
        kind = "client " if one["kind"] == "client" else ""
        yield f"  {number}{kind}{one['what']}{client}"
        yield f"      {one['label']}: {one['why']}"
        yield f"      {one['next_step']}"
    if len(waits) > rows:
        yield f"  and more than these {counted(rows, 'line')}; see --json."
