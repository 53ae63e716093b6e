"""The command lines of the peers, and which of them this machine has."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers import node

HERE = Path(__file__).parent
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class ManyFiles:
    """A peer that sends the first `count` files of a list, some of them at once."""

    name: str
    program: Sequence[str]
    count: int
    at_once: int
    more: Sequence[str] = ()

    def command(self, url: str, listed: Path) -> list[str]:
        """Its command line."""
        numbers = (str(self.count), str(self.at_once))
        return [*self.program, url, str(listed), *numbers, *self.more]


def tus_js(program: str, count: int, at_once: int, *, with_upload: bool = False) -> ManyFiles:
    """tus-js-client under this Node."""
    name = f"tus-js-client, {at_once} at once" if at_once > 1 else "tus-js-client"
    script = (program, str(HERE / "tus_js.mjs"))
    if with_upload:
        more = ("creation-with-upload",)
        return ManyFiles(f"{name}, creation-with-upload", script, count, at_once, more)
    return ManyFiles(name, script, count, at_once)


def tuspy(count: int, threads: int) -> ManyFiles:
    """Plain tuspy."""
    name = f"tuspy in {threads} threads" if threads > 1 else "tuspy"
    program = (sys.executable, "-m", "tests.bench.peers.tuspy")
    return ManyFiles(name, program, count, threads)


def node_program() -> tuple[str | None, str]:
    """Node with tus-js-client installed, or None and the reason."""
    try:
        program = node.node()
        node.install()
    except (pytest.skip.Exception, OSError, sqlite3.Error) as missing:
        return None, str(missing)
    return program, ""


def curl_patch(source: Path, url: str, token: str) -> list[str]:
    """curl sending a file in one PATCH to an upload that exists."""
    curl = shutil.which("curl")
    assert curl is not None
    command = [curl, "-sf", "-X", "PATCH", "-T", str(source), url, "-o", os.devnull]
    # no `Expect: 100-continue`: it would cost curl one more round trip
    told = {**TUS, **BYTES, "Authorization": f"Bearer {token}", "Expect": ""}
    for name, value in told.items():
        command += ["-H", f"{name}: {value}" if value else f"{name}:"]
    return command


def with_token(token: str) -> Mapping[str, str]:
    """The environment of a peer."""
    return {**os.environ, "UPLOAD_TOKEN": token}
