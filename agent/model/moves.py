"""The one rule of both state machines: a move must be in the table, its facts must be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

State = TypeVar("State", bound=str)


def check_move(
    before: State,
    after: State,
    moves: Mapping[State, frozenset[State]],
    needs: Mapping[State, tuple[str, ...]],
    value: object,
) -> None:
    """Raise ValueError when `before` -> `after` is not allowed or `value` lacks a needed fact."""
    if after not in moves[before]:
        raise ValueError(f"no move from {before} to {after}")
    lacking = [fact for fact in needs[after] if getattr(value, fact) is None]
    if lacking:
        raise ValueError(f"{after} needs {', '.join(lacking)}")
