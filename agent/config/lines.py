"""On which line of a TOML file a key stands; the parser itself does not tell."""

from __future__ import annotations

import re

Key = tuple[str | int, ...]  # as pydantic names it: ("folder", 1, "layout"), counted from 0

HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"'-]{1,200})\s*\]")
ENTRY = re.compile(r"\s*([A-Za-z0-9_\"'-]{1,200})\s*=")


def find_lines(text: str) -> dict[Key, int]:
    """The line, counted from 1, of each table and key in their usual form (best effort)."""
    found: dict[Key, int] = {}
    counts: dict[str, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = HEADER.match(line)
        entry = ENTRY.match(line)
        if header is not None:
            name = _bare(header[2])
            table = tuple(_bare(part) for part in name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*table, counts[name])
            found.setdefault(table, number)
        elif entry is not None:
            found.setdefault((*table, _bare(entry[1])), number)
    return found


def line_of(lines: dict[Key, int], key: Key) -> int | None:
    """The line of the key, or of the nearest table around it, or None."""
    for length in range(len(key), 0, -1):
        if key[:length] in lines:
            return lines[key[:length]]
    return None


def shown(key: Key) -> str:
    """The key as people are told it: `folder[2].layout` is in the second [[folder]]."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def _bare(name: str) -> str:
    return name.strip().strip("\"'")
