"""What the engine is told by the configuration: plain values, no files, no environment."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.model.ignoring import Ignoring
from agent.model.naming import Layout
from agent.model.quiet import Quiet


@dataclass(frozen=True, slots=True)
class WatchedRoot:
    """One [[folder]] of the configuration; `path` is absolute and resolved, os.fsencode bytes."""

    path: bytes
    layout: Layout
    external_id: str
    tax_year: int | None = None
    return_type: str | None = None
    create_clients: bool = True
    ignoring: Ignoring = field(default_factory=Ignoring)
    network: bool = False  # a share: longer quiet times
    watch: bool = True  # False: no events, scans only


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in seconds, sizes in bytes; the defaults are the configuration's."""

    roots: tuple[WatchedRoot, ...] = ()
    quiet: Quiet = field(default_factory=Quiet)
    chunk_size: int = 5 << 20
    with_creation: bool = True
    large: int = 8 << 20  # a document of this size or more goes on the lane for large ones
    bandwidth: int = 0  # bytes a second, 0 for as many as go
    quiet_window: float = 120.0
    batch: int = 20
    debounce: float = 2.0
    poll_first: float = 5.0
    poll_most: float = 60.0
    sweep_seconds: float = 300.0
    deep_seconds: float = 21600.0
    incomplete_seconds: float = 600.0
    contact_seconds: float = 0.0  # how old Filed's last answer may get; 0: nothing is asked for it
    records_age: float = 300.0  # on a miss, an older listing of Filed's clients is made anew
