"""The large file at the tus project's own server, behind the independent Filed of the tests."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench.job import Job, Papers
from tests.bench.peers.clients import curl_patch
from tests.bench.row import Row, Scale
from tests.bench.server import Places
from tests.bench.serving import create_at, token_for
from tests.bench.targets import Target
from tests.bench.trial import NotFiled
from tests.bench.turns import fewer, in_turns
from tests.bench.used import Used, run
from tests.peers.node import running

SIZE = 256 << 20
LEAST = 0.05  # seconds; a quick run is lost in the noise of the start
OFFICIAL = Target("one file of 256 MiB at @tus/server, against curl", ">= 0.85 of curl")


@dataclass
class Official:
    """Runs against @tus/server, each with one of its own."""

    base: Path
    papers: Papers
    tiny: Papers
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def agent(self) -> Used:
        """The whole job with the large file."""
        return self._sync(self.papers)

    def start(self) -> Used:
        """The whole job with one tiny file."""
        return self._sync(self.tiny)

    def curl(self) -> Used:
        """One PATCH to an upload that exists already."""
        with self._server() as (there, _):
            token = token_for(there.graphql_url, there.key)
            url = create_at(there.upload_url, token, self.papers.size)
            command = curl_patch(self.papers.paths[0], url, token)
            return run(command, self.base / "curl.txt")

    def _sync(self, papers: Papers) -> Used:
        with self._server() as (there, received):
            job = Job(self.base / f"run-{next(self._numbers)}", papers, there)
            used = job.sync()
            with urllib.request.urlopen(received, timeout=60) as answer:
                found = [len(client["documents"]) for client in json.load(answer)["clients"]]
            if found != [papers.count]:
                raise NotFiled(f"not every document of {papers.root.name} was filed once")
            return used

    @contextmanager
    def _server(self) -> Iterator[tuple[Places, str]]:
        folder = self.base / f"stored-{next(self._numbers)}"
        folder.mkdir(parents=True)
        try:
            with running("independent.mjs", folder) as told:
                places = Places(told["graphql_url"], told["upload_url"], told["api_key"])
                yield places, told["received_url"]
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def official_rows(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """One row beside those of the large file."""
    papers = Papers.make(base / "quarter", 1, scale.of(SIZE), seed)
    tiny = Papers.make(base / "one", 1, 1024, seed)
    trial = Official(base, papers, tiny)
    contenders = {"curl": trial.curl, "agent": trial.agent, "start": trial.start}
    try:
        yield _row(in_turns(fewer(scale.runs), contenders), papers.size)
    except pytest.skip.Exception as missing:  # no Node, or its packages cannot be had
        yield OFFICIAL.left_out(str(missing))


def _row(runs: Mapping[str, list[Used]], size: int) -> Row:
    took = {name: statistics.median(one.seconds for one in found) for name, found in runs.items()}
    used = statistics.median(one.cpu for one in runs["agent"])
    added = max(took["agent"] - took["start"], LEAST)
    peak = max(one.peak for one in runs["agent"]) >> 20
    ratio = took["curl"] / added
    return OFFICIAL.row(
        f"{ratio:.2f} of curl",
        ratio >= 0.85,
        f"curl {took['curl']:.2f} s; agent {took['agent']:.2f} s, of which {took['start']:.2f} s "
        f"with one tiny file as well; {used * (1 << 30) / size:.2f} CPU s a GiB, {peak} MiB",
        f"{size >> 20} MiB, hash and upload as above; medians of {len(runs['agent'])}.",
    )
