"""A menu as com.canonical.dbusmenu tells it: numbered entries with properties.

A number stays with its entry while the entry stays, so that new words need no new layout: an open
menu stays open, and a click on an entry that has gone in the meantime meets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Properties = dict[str, tuple[str, Any]]  # each value with its D-Bus type
ROOT = 0


@dataclass(slots=True)
class Entry:
    """One entry; `item` is pystray's, None for the root."""

    number: int
    item: Any
    told: Properties
    children: list[Entry] = field(default_factory=list)

    def shape(self) -> tuple[Any, ...]:
        """The numbers of it and all below it."""
        return (self.number, *(child.shape() for child in self.children))

    def layout(self, depth: int, names: Sequence[str]) -> tuple[int, Properties, list[Any]]:
        """As GetLayout tells it, type (ia{sv}av); a negative depth means all."""
        below = [("(ia{sv}av)", child.layout(depth - 1, names)) for child in self.children if depth]
        return self.number, _named(self.told, names), below


@dataclass(frozen=True, slots=True)
class Change:
    """What a new menu changed: its `layout`, or only the words of some entries."""

    layout: bool
    changed: list[tuple[int, Properties]]
    removed: list[tuple[int, list[str]]]

    def __bool__(self) -> bool:
        return self.layout or bool(self.changed) or bool(self.removed)


class Entries:
    """The menu that is told at present; `revision` grows with each layout."""

    def __init__(self) -> None:
        self.revision = 1
        self._root = Entry(ROOT, None, {"children-display": ("s", "submenu")})
        self._by_number: dict[int, Entry] = {ROOT: self._root}
        self._numbers: dict[str, int] = {}
        self._next = 1

    def replace(self, menu: Iterable[Any] | None) -> Change:
        """Tell this menu (pystray's) from now on."""
        before, shape = self._by_number, self._root.shape()
        numbers: dict[str, int] = {}
        children = self._made(menu or (), "", numbers)
        self._root = Entry(ROOT, None, self._root.told, children)
        self._by_number = {entry.number: entry for entry in _all(self._root)}
        self._numbers = numbers
        if self._root.shape() != shape:
            self.revision += 1
            return Change(True, [], [])
        return self._words(before)

    def entry(self, number: int) -> Entry | None:
        """The entry with this number."""
        return self._by_number.get(number)

    def layout(
        self, parent: int, depth: int, names: Sequence[str]
    ) -> tuple[int, tuple[int, Properties, list[Any]]]:
        """GetLayout's answer. Raises KeyError for a parent that is not there."""
        return self.revision, self._by_number[parent].layout(depth, names)

    def properties(
        self, numbers: Sequence[int], names: Sequence[str]
    ) -> list[tuple[int, Properties]]:
        """GetGroupProperties' answer; no numbers mean all."""
        asked = numbers or list(self._by_number)
        found = (self._by_number.get(number) for number in asked)
        return [(entry.number, _named(entry.told, names)) for entry in found if entry is not None]

    def _made(self, menu: Iterable[Any], above: str, numbers: dict[str, int]) -> list[Entry]:
        made = []
        for place, item in enumerate(item for item in menu if item.visible):
            key = f"{above}/{getattr(item, 'key', None) or f'{place}:{item.text}'}"
            number = self._number(key, numbers)
            below = self._made(item.submenu, key, numbers) if item.submenu else []
            made.append(Entry(number, item, _told(item), below))
        return made

    def _number(self, key: str, numbers: dict[str, int]) -> int:
        number = self._numbers.get(key)
        if number is None or key in numbers:
            number, self._next = self._next, self._next + 1
        numbers[key] = number
        return number

    def _words(self, before: dict[int, Entry]) -> Change:
        changed, removed = [], []
        for number, entry in self._by_number.items():
            old = before[number].told
            new = {name: told for name, told in entry.told.items() if old.get(name) != told}
            gone = [name for name in old if name not in entry.told]
            if new:
                changed.append((number, new))
            if gone:
                removed.append((number, gone))
        return Change(False, changed, removed)


def _told(item: Any) -> Properties:
    """An entry's properties; what has its default is left out."""
    if item.text == SEPARATOR_TEXT:
        return {"type": ("s", "separator")}
    told: Properties = {"label": ("s", item.text.replace("_", "__"))}  # one _ marks an access key
    if not item.enabled:
        told["enabled"] = ("b", False)
    if item.submenu:
        told["children-display"] = ("s", "submenu")
    if item.checked is not None:
        told["toggle-type"] = ("s", "radio" if item.radio else "checkmark")
        told["toggle-state"] = ("i", int(item.checked))
    return told


SEPARATOR_TEXT = "- - - -"  # of pystray.Menu.SEPARATOR


def _named(told: Properties, names: Sequence[str]) -> Properties:
    return {name: value for name, value in told.items() if not names or name in names}


def _all(entry: Entry) -> Iterator[Entry]:
    yield entry
    for child in entry.children:
        yield from _all(child)
