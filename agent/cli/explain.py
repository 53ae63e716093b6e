"""The verb `explain`: why a path is where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from agent.cli.ground import Ground
from agent.cli.lists import history_cells
from agent.cli.moments import exactly
from agent.cli.options import json_option
from agent.cli.reach import looked
from agent.control.shapes import (
    DecisionAnswer,
    ExplainAnswer,
    ExplainedDocumentAnswer,
    FileAnswer,
)
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.model.reasons import Reason
from agent.words.catalogue import label_of, words_for
from agent.words.show import size_text


@click.command()
@click.argument("path")
@json_option
@click.pass_obj
def explain(ground: Ground, path: str, as_json: bool) -> int:
    """Every decision about one PATH, with the rule behind it; also for paths never seen."""
    with looked(ground) as agent:
        found = agent.explain(path)
    if as_json:
        from agent.cli.printed import print_json

        print_json(found)
        return 0
    for label, text in explain_lines(found):
        click.echo(f"{label:<13} {text}" if label else text)
    return 0


def explain_lines(found: ExplainAnswer) -> Iterator[tuple[str, str]]:
    """Label and text of every line; the verdict comes first."""
    yield "", safe_text(found["path"])
    yield "", f"{safe_text(found['sentence'])} {safe_text(found['next_step'])}".rstrip()
    yield "", ""
    yield from _place_lines(found)
    if found["file"] is not None:
        yield from _file_lines(found["file"], found["on_disk"])
    if found["document"] is not None:
        yield from _document_lines(found["document"])
    for other in found["same_content"]:
        yield "Same content", safe_text(other)
    if found["history"]:
        yield "", ""
    for line in found["history"]:
        at, what, became, why = history_cells(line)
        yield at, f"{what.split(' ')[0]} {became}: {why}"


def _place_lines(found: ExplainAnswer) -> Iterator[tuple[str, str]]:
    if not found["config_usable"]:
        yield "Config", "cannot be used, so its rules are not shown; see `filed-agent plan`."
    root, client = found["root"], found["client"]
    if root is not None:
        away = root["unavailable"]
        there = "there" if away is None else f"unavailable: {safe_text(away)}"
        yield "Folder", f"{safe_text(root['path'])}, {there}"
    yield from _decision_lines(found["decisions"])
    if client is not None:
        said = f": {safe_text(client['said'])}" if client["said"] else ""
        state = f"{label_of('client', client['state'])}{said}"
        yield "Client", f"{safe_text(client['name'])} ({safe_text(client['external_id'])}), {state}"


def _decision_lines(decisions: Sequence[DecisionAnswer]) -> Iterator[tuple[str, str]]:
    """What was decided, and by which rule of whom."""
    for one in decisions:
        yield one["what"], f"{safe_text(one['told'])} ({safe_text(one['origin']['text'])})"


def _file_lines(file: FileAnswer, on_disk: str) -> Iterator[tuple[str, str]]:
    state, reason = label_of("file", file["state"]), file["reason"]
    if reason is not None:
        state = f"{state}, {words_for(reason).label}"
    changed = exactly(file["changed_at"])
    yield "File", f"{state}; {size_text(file['size'])}, changed {changed}; on disk now: {on_disk}"
    if file["next_look"] is not None:
        yield "Next look", exactly(file["next_look"])
    elif file["state"] != FileState.settling and reason != Reason.person:
        yield "Next look", "when it changes, or with `filed-agent retry`"


def _document_lines(document: ExplainedDocumentAnswer) -> Iterator[tuple[str, str]]:
    yield "Document", f"{document['id']}, {label_of('document', document['stage'])}"
    yield "SHA-256", document["sha256"]
    if document["upload_id"] is not None:
        sent = f", {size_text(document['offset'])} of {size_text(document['size'])} sent"
        yield "Upload", f"{safe_text(document['upload_id'])}{sent}"
    if document["task_id"] is not None:
        yield "Filed's task", safe_text(document["task_id"])
    if document["problem"] is not None:
        yield "Problem", safe_text(document["problem"])
    if document["remedy"] is not None:
        yield "Remedy", safe_text(document["remedy"])
