"""The agent's whole job: a folder of documents, and `filed-agent sync` as a whole process."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.server import Heard, Places
from tests.bench.used import Used, run
from tests.kit.process import expected

QUIET = 0.1  # seconds, and twice that where nobody saw the file closed
CONFIG = """
[filed]
graphql_url = "{graphql_url}"
upload_url = "{upload_url}"

[[folder]]
path = '{root}'
tax_year = 2025
return_type = "F1040"

[settle]
quiet_seconds = {quiet}

[attach]
debounce_seconds = 0.2

[ingest]
poll_seconds = 0.2
poll_most_seconds = 1
"""
BLOCK = 1 << 20
PER_CLIENT = 20


@dataclass(frozen=True)
class Papers:
    """Made-up documents in a folder: `{client}/doc.csv`, no two alike."""

    root: Path
    count: int
    size: int

    @classmethod
    def make(cls, root: Path, count: int, size: int, seed: int) -> Papers:
        """Write them."""
        rng = random.Random(seed)
        for number in range(count):
            folder = root / f"Client {number // PER_CLIENT:04}"
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"doc {number:05}.csv").open("wb") as file:
                left, block = size, rng.randbytes(min(BLOCK, size))
                while left:
                    left -= file.write(block[:left])
        return cls(root, count, size)

    @property
    def paths(self) -> list[Path]:
        """All files, in order."""
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def listed(self) -> Path:
        """A JSON array of the paths, beside the folder."""
        target = self.root.with_suffix(".json")
        if not target.exists():
            target.write_text(json.dumps([str(path) for path in self.paths]))
        return target


@dataclass(frozen=True)
class Went:
    """One run: what the process used, and the seconds from the first request to the last answer.

    `before` and `after` are those from its start to the first, and from the last to its end.
    """

    used: Used
    span: float
    before: float
    after: float
    requests: int
    in_flight: int

    @classmethod
    def of(cls, used: Used, heard: Sequence[Heard]) -> Went:
        """From what the server heard; OPTIONS sends nothing and does not count."""
        sent = [one for one in heard if one.method in ("POST", "PATCH")]
        first, last = min(one.begun for one in sent), max(one.ended for one in sent)
        before, after = first - used.began, used.began + used.seconds - last
        return cls(used, last - first, before, after, len(sent), most_at_once(sent))


def most_at_once(requests: Sequence[Heard]) -> int:
    """How many requests were under way at the same time, at most."""
    changes = [(one.begun, 1) for one in requests] + [(one.ended, -1) for one in requests]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


@dataclass(frozen=True)
class Job:
    """An agent for one server, with nothing remembered; `more` is added to its configuration."""

    base: Path
    papers: Papers
    server: Places
    prefix: Sequence[str] = ()
    more: str = ""

    def command(self, *arguments: str) -> list[str]:
        """The command line; writes the configuration."""
        self.base.mkdir(parents=True, exist_ok=True)
        config = self.base / "config.toml"
        text = CONFIG.format(
            graphql_url=self.server.graphql_url,
            upload_url=self.server.upload_url,
            root=self.papers.root,
            quiet=QUIET,
        )
        anew = config.with_suffix(".new")
        anew.write_text(text + self.more)
        anew.replace(config)  # a running agent reads it at any time
        return [*self.prefix, sys.executable, "-m", "agent", "--config", str(config), *arguments]

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of the process."""
        home = self.base / "home"
        told = {"FILED_AGENT_HOME": str(home), "FILED_API_KEY": self.server.key}
        return {**os.environ, **told}

    def sync(self, most: float = 300.0) -> Used:
        """The whole pass. Raises RunFailed."""
        return run(self.command("sync"), self.base / "words.txt", self.env, most)


def wanted(papers: Papers) -> Mapping[tuple[str, str], int]:
    """What a server has when all of it is filed."""
    return expected(papers.root)
