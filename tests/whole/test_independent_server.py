"""The agent against a Filed that knows nothing of it: other people's tus server, other people's
GraphQL, and no behaviour beyond what Filed's pages say (tests/peers/independent.mjs)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract.bodies import sample, sha256
from tests.peers.node import running

pytestmark = [pytest.mark.slow, pytest.mark.system]

MOST_SECONDS = 55  # for one pass; it takes about four
CLIENTS = ("Ann Example", "Bob & Söhne", "Carla, D. (Trust)", "Dana 田中", "Example LLC")
CONFIG = """\
[filed]
graphql_url = "{graphql_url}"
upload_url = "{upload_url}"

[[folder]]
path = '{root}'
tax_year = 2025
return_type = "F1040"
watch = "off"

[settle]
quiet_seconds = 0.3

[upload]
chunk_size = "256 KiB"

[attach]
debounce_seconds = 0.5

[ingest]
poll_seconds = 0.2
poll_most_seconds = 1.0
"""


def pdf(size: int, seed: int) -> bytes:
    """About so many bytes that begin and end as a PDF does."""
    return b"%PDF-1.7\n" + sample(size, seed) + b"\n%%EOF\n"


def make_files(root: Path) -> dict[str, list[str]]:
    """Thirty files in five client folders; gives the digests expected for each client, sorted."""
    contents: dict[str, list[bytes]] = {name: [] for name in CLIENTS}
    sizes = (1, 700, 9_000, 262_000)
    for number, name in enumerate(CLIENTS):
        contents[name] = [pdf(size, 10 * number + at) for at, size in enumerate(sizes)]
        contents[name].append(pdf(5_000, 999))  # the same document at every client
    contents[CLIENTS[0]].append(pdf(3_000_000, 1000))  # several chunks
    for name in CLIENTS[1:]:
        contents[name].append(contents[name][0])  # a copy: filed once
    for name, documents in contents.items():
        for at, content in enumerate(documents):
            folder = root / name / ("2025/Bank" if at % 2 else ".")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"Beleg {at}, ‘{name}’.pdf").write_bytes(content)
    return {name: sorted({sha256(one) for one in found}) for name, found in contents.items()}


def run_sync(config: Path, env: Mapping[str, str]) -> None:
    """`filed-agent sync` as a person starts it; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "agent", "--config", str(config), "sync"],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


def received(url: str) -> Any:
    """What the server tells of itself."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def test_the_main_job_works_with_an_independent_server(fresh: Path) -> None:
    root, bytes_there = fresh / "clients", fresh / "stored"
    bytes_there.mkdir()
    expected = make_files(root)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert len(before) == 30

    with running("independent.mjs", bytes_there) as told:
        config = fresh / "config.toml"
        config.write_text(CONFIG.format(root=root, **told), encoding="utf-8")
        env = {"FILED_AGENT_HOME": str(fresh / "home"), "FILED_API_KEY": told["api_key"]}
        run_sync(config, env)
        there = received(told["received_url"])
        run_sync(config, env)
        assert received(told["received_url"]) == there, "a second pass sent something"

    clients = {client["name"]: client for client in there["clients"]}
    assert len(there["clients"]) == len(clients) == len(CLIENTS)
    assert {client["externalId"] for client in there["clients"]} == {
        f"{name}-2025" for name in CLIENTS
    }
    found = {
        name: sorted(document["sha256"] for document in client["documents"])
        for name, client in clients.items()
    }
    assert found == expected  # every digest, once each, at the right client
    on_disk = {
        upload["id"]: hashlib.sha256((bytes_there / upload["id"]).read_bytes()).hexdigest()
        for upload in there["uploads"]
    }
    assert on_disk == {upload["id"]: upload["sha256"] for upload in there["uploads"]}
    assert all(upload["clientId"] for upload in there["uploads"]), "an upload was left behind"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
