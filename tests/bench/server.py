"""A server that uploads go to: the sandbox in a process of its own, here or behind the line."""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

START_SECONDS, ANSWER_SECONDS = 30.0, 120.0
SWITCHES: dict[str, object] = {
    "creation_with_upload": True,
    "task_polls": 1,
    "task_seconds": 0.1,
    "max_upload_size": 1 << 40,
}


class Heard(NamedTuple):
    """One request at the upload origin; times in seconds of the server's clock."""

    method: str
    begun: float
    ended: float
    status: int | None
    bytes: int


@dataclass(frozen=True)
class Places:
    """Where a Filed is, and the API key for it."""

    graphql_url: str
    upload_url: str
    key: str


@dataclass(frozen=True)
class Server(Places):
    """A running sandbox; every question has its method in `serving.Answers`."""

    process: subprocess.Popen[str]

    @property
    def ports(self) -> list[int]:
        """Of both origins."""
        return [urlsplit(url).port or 0 for url in (self.graphql_url, self.upload_url)]

    def ask(self, name: str, **arguments: object) -> object:
        """The answer to one question. Raises TimeoutError, OSError when the server has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": name, "with": arguments}) + "\n")
        self.process.stdin.flush()
        return json.loads(_line(self.process, ANSWER_SECONDS))

    def heard(self) -> list[Heard]:
        """Every request at the upload origin, oldest first."""
        told = self.ask("heard")
        assert isinstance(told, list)
        return sorted((Heard(*one) for one in told), key=lambda one: one.begun)

    def filed(self) -> dict[tuple[str, str], int]:
        """(client, SHA-256) of every document in a binder, with how often it stands there."""
        told = self.ask("filed")
        assert isinstance(told, list)
        return {(client, digest): number for client, digest, number in told}

    def text(self, name: str, **arguments: object) -> str:
        """An answer that is a text."""
        return str(self.ask(name, **arguments))


@contextmanager
def server(
    folder: Path, prefix: Sequence[str] = (), switches: Mapping[str, object] | None = None
) -> Iterator[Server]:
    """Start it; at the end it is gone with all it received. `prefix` leads to another host."""
    decided = json.dumps({**SWITCHES, **(switches or {})})
    process = subprocess.Popen(
        [*prefix, sys.executable, "-m", "tests.bench.serving", str(folder), decided],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Server(**json.loads(_line(process, START_SECONDS)), process=process)
        finally:
            _end(process)
            shutil.rmtree(folder, ignore_errors=True)


def _line(process: subprocess.Popen[str], seconds: float) -> str:
    """The next line it prints; lines are asked for one at a time, so none waits in a buffer."""
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], seconds)[0]:
        raise TimeoutError(f"the server did not answer within {seconds:g} s")
    line = process.stdout.readline()
    if not line:
        raise OSError("the server has ended")
    return line


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
