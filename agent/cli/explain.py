"""The verb `explain`: why a path is where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.lists import history_cells
from agent.cli.options import json_option
from agent.control.explained import Explained, explain_path
from agent.errors import ConfigProblem
from agent.model.client import Place
from agent.model.document import Document
from agent.model.file import File
from agent.model.naming import safe_text
from agent.words.catalogue import CLIENT_STATES, FILE_STATES, REASONS, STAGES, words_for
from agent.words.show import exact_time, path_text, size_text

if TYPE_CHECKING:
    from agent.config.settings import FolderSection

NEVER = 1e12  # seconds: a due time beyond is that of a file that only a change brings back


@click.command()
@click.argument("path")
@json_option
@click.pass_obj
def explain(ground: Ground, path: str, as_json: bool) -> int:
    """Every decision about one PATH, with the rule behind it; also for paths never seen."""
    ledger = ground.ledger()
    try:
        found = explain_path(_folders(ground), ledger, path)
    finally:
        if ledger is not None:
            ledger.close()
    if as_json:
        from agent.cli.printed import print_json
        from agent.control.explain_answer import explain_answer

        print_json(explain_answer(found))
        return 0
    for label, text in explain_lines(found):
        click.echo(f"{label:<13} {text}" if label else text)
    return 0


def _folders(ground: Ground) -> Sequence[FolderSection] | None:
    """The configured folders; None where the configuration cannot be used."""
    try:
        return ground.settings().folder
    except ConfigProblem:
        return None


def explain_lines(found: Explained) -> Iterator[tuple[str, str]]:
    """Label and text of every line; the verdict comes first."""
    sentence, next_step = found.verdict
    yield "", path_text(found.path)
    yield "", f"{safe_text(sentence)} {safe_text(next_step)}".rstrip()
    yield "", ""
    yield from _place_lines(found)
    if found.file is not None:
        yield from _file_lines(found.file, found.on_disk)
    if found.document is not None:
        yield from _document_lines(found.document)
    for other in found.others:
        yield "Same content", path_text(other)
    if found.history:
        yield "", ""
    for line in found.history:
        at, what, became, why = history_cells(line)
        yield at, f"{what.split(' ')[0]} {became}: {why}"


def _place_lines(found: Explained) -> Iterator[tuple[str, str]]:
    if found.config_problem:
        yield "Config", "cannot be used, so its rules are not shown; see `filed-agent plan`."
    if found.root is not None:
        away = found.root.unavailable
        there = "there" if away is None else f"unavailable: {safe_text(away)}"
        yield "Folder", f"{path_text(found.root.path)}, {there}"
    rule = found.rule
    if rule is not None:
        yield "Layout", safe_text(rule.layout)
        if isinstance(rule.place, Place):
            place = rule.place
            told = f"{safe_text(place.name)}, external ID {safe_text(place.external_id)}"
            yield "Says", f"client {told}, {place.tax_year}, {place.return_type}"
        else:
            yield "Says", REASONS[rule.place].label
        named = rule.name_rule or rule.folder_rule
        yield "Name rule", "none" if named is None else safe_text(named)
    if found.client is not None:
        client = found.client
        said = f": {safe_text(client.said)}" if client.said else ""
        state = f"{CLIENT_STATES[client.state]}{said}"
        yield "Client", f"{safe_text(client.name)} ({safe_text(client.external_id)}), {state}"


def _file_lines(file: File, on_disk: str) -> Iterator[tuple[str, str]]:
    state = FILE_STATES[file.state]
    if file.reason is not None:
        words = words_for(file.reason)
        state = f"{state}, {words.label}"
    size = size_text(file.signature.size)
    changed = exact_time(file.signature.mtime_ns / 1e9)
    yield "File", f"{state}; {size}, changed {changed}; on disk now: {on_disk}"
    if file.due_at >= NEVER:
        yield "Next look", "when it changes, or with `filed-agent retry`"
    elif file.due_at > 0:
        yield "Next look", exact_time(file.due_at)


def _document_lines(document: Document) -> Iterator[tuple[str, str]]:
    yield "Document", f"{document.id}, {STAGES[document.stage]}"
    yield "SHA-256", document.sha256
    if document.upload_id is not None:
        sent = f", {size_text(document.offset)} of {size_text(document.size)} sent"
        yield "Upload", f"{safe_text(document.upload_id)}{sent}"
    if document.task_id is not None:
        yield "Filed's task", safe_text(document.task_id)
    if document.problem is not None:
        yield "Problem", safe_text(document.problem)
    if document.remedy is not None:
        yield "Remedy", safe_text(document.remedy)
    if document.replaces is not None:
        yield "Replaces", f"document {document.replaces}"
