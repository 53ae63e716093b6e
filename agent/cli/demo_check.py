"""The proof of the demo: what Filed has against what lies on the disk, file by file.

Nothing here asks the agent for anything but its list of what waits; what was filed is read from
the sandbox alone, and every digest is computed from bytes on a disk.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.cli.made_up_firm import ClientFolder, Fate, Firm, MadeFile, fingerprint_of
from agent.model.naming import safe_text
from agent.model.overview import Subject, Waiting
from agent.sandbox.received import Received, ReceivedDocument


@dataclass(frozen=True)
class Paper:
    """One content for one client: what may be filed once and no more."""

    external_id: str
    sha256: str
    size: int


@dataclass
class Expected:
    """What has to be at Filed (with a path to name it by), what may be, and whose it all is."""

    papers: dict[Paper, str] = field(default_factory=dict)
    early: set[Paper] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)


def expected_of(firm: Firm) -> Expected:
    """Read every file that has to be filed from the disk, as it lies there now."""
    expected = Expected()
    for made in firm.fated(Fate.filed):
        client = _owner(made)
        expected.names[client.external_id] = client.name
        paper = Paper(client.external_id, *fingerprint_of(made.path))
        expected.papers[paper] = f"{client.name}: {made.path.name}"
        expected.early |= {Paper(client.external_id, *content) for content in made.early}
    return expected


def differences(expected: Expected, received: Received) -> list[str]:
    """Every way in which Filed has something else than it should; empty when all is right."""
    found = _arrived(received)
    wrong = [
        f"{told}: is not at Filed"
        for paper, told in expected.papers.items()
        if not any(document.task_status == "COMPLETED" for document in found.get(paper, ()))
    ]
    for paper, documents in found.items():
        told = f"{paper.external_id}: {documents[0].filename}"
        if len(documents) > 1:
            wrong.append(f"{told}: is at Filed {len(documents)} times")
        if paper not in expected.papers and paper not in expected.early:
            wrong.append(f"{told}: should not be at Filed, or not with these bytes")
    return [safe_text(line) for line in (*wrong, *_clients(expected, received))]


def _arrived(received: Received) -> Mapping[Paper, Sequence[ReceivedDocument]]:
    found: dict[Paper, list[ReceivedDocument]] = {}
    for client in received.clients:
        for document in client.documents:
            paper = Paper(client.external_id, document.sha256 or "", document.size)
            found.setdefault(paper, []).append(document)
    return found


def _clients(expected: Expected, received: Received) -> Iterable[str]:
    counted = Counter(client.external_id for client in received.clients)
    yield from (
        f"{id_}: is {count} clients at Filed" for id_, count in counted.items() if count > 1
    )
    for client in received.clients:
        name = expected.names.get(client.external_id)
        if name is None:
            yield f"{client.external_id}: should not be a client at Filed"
        elif name != client.name:
            yield f"{client.external_id}: is called {client.name} at Filed, not {name}"


def unexplained(firm: Firm, waiting: Sequence[Waiting]) -> list[str]:
    """Files that should wait and stand in no list, and what waits although it should not."""
    should = firm.fated(Fate.waits)
    silent = [made for made in should if not any(explains(one, made) for one in waiting)]
    stray = [one for one in waiting if not any(explains(one, made) for made in should)]
    wrong = [f"{made.path.name}: waits, but no list says why" for made in silent]
    wrong += [f"{one.name}: waits ({one.reason or one.said}), but should not" for one in stray]
    return [safe_text(line) for line in wrong]


def explains(waiting: Waiting, made: MadeFile) -> bool:
    """Whether a line of the list tells of this file, and for the right reason."""
    if waiting.reason != made.reason:
        return False
    client = made.client.name if made.client else None
    if waiting.subject is Subject.file:
        lies = os.path.normpath(os.fsdecode(waiting.path or b""))
        return lies == os.path.normpath(made.path)
    if waiting.subject is Subject.document:
        return (waiting.client, waiting.name) == (client, made.path.name)
    return waiting.name == client


def _owner(made: MadeFile) -> ClientFolder:
    assert made.client is not None  # a file without a client is never filed
    return made.client
