"""What is wrong with a parsed configuration, each fault as one sentence for a person."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.config.lines import Key
from agent.config.settings import Settings

Fault: TypeAlias = tuple[Key, str]

SECRETS = frozenset(
    (
        *("apikey", "key", "token", "accesstoken", "refreshtoken", "usertoken", "workspacetoken"),
        *("securitytoken", "secret", "clientsecret", "password", "passwd", "bearer"),
        *("authorization", "credential", "credentials", "filedapikey"),
    )
)
DEEPEST = 10  # tables within tables; the configuration itself has two
KINDS = {
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number of seconds, without quotes",
    "finite_number": "must be an ordinary number, not nan or inf",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": "must be a list; a watched folder begins with [[folder]], patterns stand in [ ]",
    "model_type": "must be a section of its own, such as [upload]",
    "missing": "is missing; add it",
    "path_type": "must be a path in quotes",
}


def secret_faults(document: Mapping[str, object], at: Key = ()) -> Iterator[Fault]:
    """Keys that hold a secret by their name; the values are never looked at."""
    if len(at) > DEEPEST:
        return  # refused as unknown anyway
    for name, value in document.items():
        key = (*at, name)
        if name.lower().replace("_", "").replace("-", "") in SECRETS:
            yield (
                key,
                "is a secret, and no secret belongs here; remove it and run `filed-agent login`",
            )
        elif isinstance(value, dict):
            yield from secret_faults(value, key)
        elif isinstance(value, list):
            for number, entry in enumerate(value):
                if isinstance(entry, dict):
                    yield from secret_faults(entry, (*key, number))


def setting_faults(error: ValidationError) -> Iterator[Fault]:
    """pydantic's findings in our words; a key's value is never repeated."""
    for found in error.errors(include_url=False, include_input=False):
        yield found["loc"], _sentence(found)


def _sentence(found: ErrorDetails) -> str:
    kind, facts = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(found["loc"])
    if kind == "value_error":
        return _own_words(str(facts["error"]), found["loc"])
    if kind == "greater_than_equal":
        return f"is too small; the least is {_number(facts['ge'])}"
    if kind == "less_than_equal":
        return f"is too large; the most is {_number(facts['le'])}"
    if kind == "literal_error":
        return f"must be {facts['expected']}"
    return KINDS.get(kind, f"cannot be used: {found['msg']}")


def _own_words(said: str, key: Key) -> str:
    """Layout and patterns speak of "it": give the sentence a verb where it has none."""
    if key and key[-1] in ("layout", "ignore"):
        return f"cannot work: {said}"
    return (
        said
        if said.startswith(("is ", "has ", "holds ", "names ", "begins "))
        else f"cannot work: {said}"
    )


def _unknown(key: Key) -> str:
    known = _known_keys(key[:-1])
    near = difflib.get_close_matches(str(key[-1]).lower(), known, n=1)
    if near:
        return f"is unknown; did you mean {near[0]}?"
    return f"is unknown; known here are {', '.join(known)}"


def _known_keys(section: Key) -> list[str]:
    """The keys of the model that the section is made into."""
    model: type[BaseModel] = Settings
    for part in section:
        if isinstance(part, str):
            model = _model_of(model.model_fields[part].annotation)
    return list(model.model_fields)


def _model_of(annotation: object) -> type[BaseModel]:
    """The section's class itself, or the one that its list is made of."""
    inner = next(iter(typing.get_args(annotation)), annotation)
    assert isinstance(inner, type)
    assert issubclass(inner, BaseModel)
    return inner


def _number(value: float) -> str:
    size = int(value)
    for unit, text in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= 256 << 10 and size % unit == 0:
            return f"{size // unit} {text}"
    return f"{value:g}"
