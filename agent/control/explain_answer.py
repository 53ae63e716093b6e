"""The JSON of `explain`, in the shapes of agent.control.shapes."""

from __future__ import annotations

from agent.control.answers import history_answer, path_json, root_answer, time_json
from agent.control.explained import Explained, Rule
from agent.control.shapes import (
    ExplainAnswer,
    ExplainedClientAnswer,
    ExplainedDocumentAnswer,
    FileAnswer,
    OriginAnswer,
    RuleAnswer,
)
from agent.model.client import Client, Place
from agent.model.document import Document
from agent.model.file import File
from agent.model.naming import safe_text
from agent.words.origins import Origin

NEVER = 1e12


def explain_answer(found: Explained) -> ExplainAnswer:
    """All of it."""
    sentence, next_step = found.verdict
    return {
        "path": path_json(found.path),
        "sentence": sentence,
        "next_step": next_step,
        "on_disk": found.on_disk,
        "config_usable": not found.config_problem,
        "root": None if found.root is None else root_answer(found.root),
        "rule": None if found.rule is None else _rule(found.rule),
        "file": None if found.file is None else _file(found.file),
        "client": None if found.client is None else _client(found.client),
        "document": None if found.document is None else _document(found.document),
        "same_content": [path_json(path) for path in found.others],
        "history": [history_answer(line) for line in found.history],
        "decisions": [
            {"what": one.what, "told": safe_text(one.told), "origin": _origin(one.origin)}
            for one in found.decisions
        ],
    }


def _origin(origin: Origin) -> OriginAnswer:
    return {
        "source": origin.source.value,
        "line": origin.line,
        "folder": origin.folder,
        "text": safe_text(origin.text),
    }


def _rule(rule: Rule) -> RuleAnswer:
    place = rule.place
    return {
        "root": path_json(rule.root),
        "layout": rule.layout,
        "create_clients": rule.create_clients,
        "place": {
            "folder": path_json(place.folder),
            "client": place.name,
            "external_id": place.external_id,
            "tax_year": place.tax_year,
            "return_type": place.return_type,
        }
        if isinstance(place, Place)
        else None,
        "place_reason": None if isinstance(place, Place) else place.value,
        "name_rule": rule.name_rule,
        "folder_rule": rule.folder_rule,
        "origins": {key: _origin(origin) for key, origin in rule.origins.items()},
    }


def _file(file: File) -> FileAnswer:
    due = file.due_at if 0 < file.due_at < NEVER else None
    return {
        "id": file.id,
        "state": file.state.value,
        "reason": file.reason,
        "size": file.signature.size,
        "changed_at": time_json(file.signature.mtime_ns / 1e9),
        "next_look": time_json(due),
    }


def _client(client: Client) -> ExplainedClientAnswer:
    return {
        "id": client.id,
        "name": client.name,
        "external_id": client.external_id,
        "state": client.state.value,
        "reason": client.reason,
        "said": client.said,
        "filed_id": client.filed_id,
    }


def _document(document: Document) -> ExplainedDocumentAnswer:
    return {
        "id": document.id,
        "sha256": document.sha256,
        "size": document.size,
        "stage": document.stage.value,
        "offset": document.offset,
        "upload_id": document.upload_id,
        "task_id": document.task_id,
        "problem": document.problem,
        "remedy": document.remedy,
        "replaces": document.replaces,
    }
