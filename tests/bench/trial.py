"""Where contenders meet: each run has a server of its own, on this machine or behind a line."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.job import Job, Papers, Went
from tests.bench.line import Line, line
from tests.bench.peers.clients import ManyFiles, curl_patch, with_token
from tests.bench.server import Server, server
from tests.bench.used import run


class NotFiled(AssertionError):
    """A run ended well, yet the server has not what it should have."""


@dataclass
class Trial:
    """The runs of one scene, below `base`."""

    base: Path
    lined: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def place(self, **switches: object) -> Iterator[tuple[Server, list[str]]]:
        """A new server, and what leads a command to the place from which it is reached."""
        folder = self.base / f"server-{next(self._numbers)}"
        if not self.lined:
            with server(folder, switches=switches) as there:
                yield there, []
            return
        with line() as made, server(folder, made.far.prefix, switches) as there:
            _join(made, there)
            yield there, made.office.prefix

    def agent(
        self, papers: Papers, wanted: Mapping[tuple[str, str], int], **switches: object
    ) -> Went:
        """The agent's whole job. Raises NotFiled when a document is missing or there twice."""
        with self.place(**switches) as (there, prefix):
            job = Job(self._folder(), papers, there, prefix)
            went = Went.of(job.sync(), there.heard())
            if there.filed() != wanted:
                raise NotFiled(f"not every document of {papers.root.name} was filed once")
            shutil.rmtree(job.base, ignore_errors=True)
            return went

    def many(self, peer: ManyFiles, papers: Papers, **switches: object) -> Went:
        """A peer with the first of the files. Raises NotFiled when the server lacks some."""
        with self.place(**switches) as (there, prefix):
            command = peer.command(there.upload_url, papers.listed())
            env = with_token(there.text("token"))
            used = run([*prefix, *command], self._folder() / "words.txt", env)
            if there.ask("stored") != [papers.size] * peer.count:
                raise NotFiled(f"{peer.name} did not send everything")
            return Went.of(used, there.heard())

    def curl(self, source: Path) -> Went:
        """curl with one PATCH, to an upload that exists already."""
        size = source.stat().st_size
        with self.place() as (there, prefix):
            command = curl_patch(source, there.text("create", size=size), there.text("token"))
            used = run([*prefix, *command], self._folder() / "words.txt")
            if there.ask("stored") != [size]:
                raise NotFiled("curl did not send everything")
            return Went.of(used, [one for one in there.heard() if one.method == "PATCH"])

    def _folder(self) -> Path:
        return self.base / f"run-{next(self._numbers)}"


def _join(made: Line, there: Server) -> None:
    """Make the server's loopback ports those of the office, where plain HTTP is allowed."""
    made.cable.forward(there.ports)
