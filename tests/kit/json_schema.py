"""The answers of the control door as one JSON Schema (draft 2020-12), from their TypedDicts.

`python -m tests.kit.json_schema` writes docs/control-v1.json anew and adds what is new to the list
of promises. It never takes a promise back: that needs a hand, and shows in the review.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from agent.control import door_shapes, shapes
from agent.control.health import Health
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.incident import Found
from agent.model.overview import Subject
from agent.words.catalogue import AgentState
from agent.words.origins import Source
from tests.kit.door_routes import ROUTES

Schema = dict[str, Any]  # JSON

PUBLISHED = Path(__file__).parents[2] / "docs" / "control-v1.json"
PROMISED = Path(__file__).parents[1] / "control" / "promised.txt"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
STANDINGS = (
    "filed", "idle", "working", "paused", "needs-you", "offline", "sign-in", "disk-full",
)  # fmt: skip
TIMES = {
    "at", "since", "started", "scanned_at", "paused_until", "snoozed_until", "filed_at", "last_at",
    "changed_at", "next_look", "backup_of",
}  # fmt: skip
# what a `str`, or the keys of a `dict`, may be
WORDS: Mapping[str, Iterable[str]] = {
    "AgentAnswer.state": AgentState,
    "ClientAnswer.documents": Stage,
    "ClientAnswer.state": ClientState,
    "CountsAnswer.clients": ClientState,
    "CountsAnswer.documents": Stage,
    "CountsAnswer.files": FileState,
    "DocumentAnswer.stage": Stage,
    "ExplainAnswer.on_disk": ("file", "folder", "link", "other", "absent", "closed"),
    "ExplainedClientAnswer.state": ClientState,
    "ExplainedDocumentAnswer.stage": Stage,
    "FileAnswer.state": FileState,
    "FolderAnswer.standing": ("owner", "doubt", "confirmed"),
    "HistoryAnswer.subject": Subject,
    "IncidentAnswer.found": Found,
    "OriginAnswer.source": Source,
    "RecentAnswer.stage": Stage,
    "SnapshotAnswer.health": Health,
    "SnapshotAnswer.standing": STANDINGS,
    "StatusAnswer.health": Health,
    "WaitsAnswer.kind": ("file", "document", "client", "folder"),
}
COMPLETE = {"CountsAnswer"}  # every word is a key


def published() -> Schema:
    """The whole document: the routes, and each shape that one of them needs."""
    told = {route.answer for route in ROUTES if route.answer is not None}
    names = sorted(told | {shape for route in ROUTES for _, shape in route.events})
    found: dict[str, Schema] = {}
    for name in names:
        _describe(_shape(name), found)
    return {
        "$schema": DIALECT,
        "title": "The control door of the filing agent, version 1",
        "description": inspect.cleandoc(
            "What a running agent answers on its control door. Under `routes` stands who may ask "
            "what and which shape of `$defs` the answer has. Times are ISO 8601 in UTC, sizes are "
            "bytes. Shapes only ever grow: leave keys and words aside that you do not know."
        ),
        "routes": [route.told() for route in ROUTES],
        "$defs": dict(sorted(found.items())),
    }


def answer_schema(document: Schema, name: str, *, strict: bool = False) -> Schema:
    """The schema of one shape by itself. `strict`: keys that it does not name are refused."""
    shapes_of = document["$defs"]
    if strict:
        shapes_of = {key: one | {"additionalProperties": False} for key, one in shapes_of.items()}
    return {"$schema": DIALECT, "$ref": f"#/$defs/{name}", "$defs": shapes_of}


def promises(document: Schema) -> set[str]:
    """Every key with its type, every word, and every route: what may never go."""
    told = {f"{one['method']} {one['path']} {one['answer']}" for one in document["routes"]}
    for one in document["routes"]:
        told |= {f"{one['path']} sends {name} {shape}" for name, shape in one["events"].items()}
    for name, shape in document["$defs"].items():
        for key, one in shape["properties"].items():
            told |= {f"{name}.{key} {_kind(one)}"}
            told |= {f"{name}.{key} = {word}" for word in one.get("enum", ()) if word is not None}
            words = one.get("propertyNames", {}).get("enum", ())
            told |= {f"{name}.{key} has {word}" for word in words}
    return told


def text_of(document: Schema) -> str:
    """The document as its file holds it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _shape(name: str) -> Any:
    return getattr(door_shapes, name, None) or getattr(shapes, name)


def _describe(shape: Any, found: dict[str, Schema]) -> None:
    """Add this shape, and those that it is made of."""
    if shape.__name__ in found:
        return
    hints = get_type_hints(shape)
    one: Schema = {
        "type": "object",
        "description": " ".join((inspect.getdoc(shape) or "").split()),
        "properties": {},
        "required": list(hints),
    }
    found[shape.__name__] = one
    for key, kind in hints.items():
        one["properties"][key] = _property(shape.__name__, key, kind, found)


def _property(name: str, key: str, kind: Any, found: dict[str, Schema]) -> Schema:
    told = _type(kind, found)
    words = [str(word) for word in WORDS.get(f"{name}.{key}", ())]
    if words and told["type"] == "object":
        told["propertyNames"] = {"enum": words}
        if name in COMPLETE:
            told["required"] = words
    elif words:
        told["enum"] = words
    if key in TIMES and "string" in told.get("type", ()):
        told["format"] = "date-time"
    return told


def _type(kind: Any, found: dict[str, Schema]) -> Schema:
    plain = {str: "string", int: "integer", float: "number", bool: "boolean"}
    if is_typeddict(kind):
        _describe(kind, found)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if get_origin(kind) is list:
        return {"type": "array", "items": _type(get_args(kind)[0], found)}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": _type(get_args(kind)[1], found)}
    if get_origin(kind) is types.UnionType:
        (one,) = [each for each in get_args(kind) if each is not type(None)]
        told = _type(one, found)
        if "type" in told:
            return told | {"type": [told["type"], "null"]}
        return {"anyOf": [told, {"type": "null"}]}
    return {"type": plain[kind]}


def _kind(one: Schema) -> str:
    """A property's type in a word or two."""
    if "anyOf" in one:
        return " | ".join(_kind(each) for each in one["anyOf"])
    if "$ref" in one:
        return str(one["$ref"]).rpartition("/")[2]
    if one["type"] == "array":
        return f"list of {_kind(one['items'])}"
    if one["type"] == "object":
        return f"object of {_kind(one['additionalProperties'])}"
    types_told = [one["type"]] if isinstance(one["type"], str) else one["type"]
    return " | ".join(types_told) + (" time" if "format" in one else "")


def write() -> None:
    """Write the published file, and add the new promises."""
    document = published()
    PUBLISHED.write_text(text_of(document), encoding="utf-8")
    before = set(PROMISED.read_text(encoding="utf-8").splitlines()) if PROMISED.exists() else set()
    lines = sorted(before | promises(document))
    PROMISED.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
