"""Whether a JSON value has the shape of a TypedDict: exactly its keys, each of its type."""

from __future__ import annotations

import types
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict


def assert_shape(value: object, shape: Any, where: str = "answer") -> None:
    """Raise AssertionError, naming the place, where a value is otherwise than promised."""
    if is_typeddict(shape):
        assert isinstance(value, dict), f"{where} is no object"
        hints = get_type_hints(shape)
        assert set(value) == set(hints), f"{where}: {set(value) ^ set(hints)}"
        for key, wanted in hints.items():
            assert_shape(value[key], wanted, f"{where}.{key}")
    elif get_origin(shape) is list:
        assert isinstance(value, list), f"{where} is no list"
        for number, one in enumerate(value):
            assert_shape(one, get_args(shape)[0], f"{where}[{number}]")
    elif get_origin(shape) is dict:
        assert isinstance(value, dict), f"{where} is no object"
        for key, one in value.items():
            assert_shape(one, get_args(shape)[1], f"{where}.{key}")
    elif get_origin(shape) is types.UnionType:
        _assert_one_of(value, get_args(shape), where)
    else:
        fits = isinstance(value, (int, float)) if shape is float else isinstance(value, shape)
        right = fits and (shape is bool or not isinstance(value, bool))
        assert right, f"{where} is {value!r}, not {shape}"


def _assert_one_of(value: object, shapes: tuple[Any, ...], where: str) -> None:
    if value is None:
        assert type(None) in shapes, f"{where} is null"
        return
    (wanted,) = [shape for shape in shapes if shape is not type(None)]
    assert_shape(value, wanted, where)
