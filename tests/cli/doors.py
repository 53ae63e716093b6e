"""A double of the running agent's door, as agent.control.remote shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

Answer = dict[str, Any]


class Door:
    """Answers by path: with a value, or by raising one; `heard` is every question and wish."""

    def __init__(self, answers: Mapping[str, Answer | Exception]) -> None:
        self._answers = dict(answers)
        self.heard: list[tuple[str, Mapping[str, object]]] = []

    def get(self, path: str, **query: object) -> Answer:
        return self._answer(path, query)

    def post(self, path: str, body: Mapping[str, object]) -> Answer:
        return self._answer(path, body)

    def _answer(self, path: str, told: Mapping[str, object]) -> Answer:
        self.heard.append((path, told))
        answer = self._answers[path]
        if isinstance(answer, Exception):
            raise answer
        return answer


def stands(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Answer | Exception] | None
) -> Door:
    """Let this be the door that is found; None: none is."""
    door = Door(answers or {})
    found = None if answers is None else door
    monkeypatch.setattr("agent.control.remote.Remote.find", lambda *_given: found)
    return door
