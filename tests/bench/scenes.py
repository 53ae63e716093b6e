"""What is measured: whole processes, with the system's own accounting of each."""

from __future__ import annotations

import os
import random
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import AgentProcess, expected, filed

MIB = 1 << 20
TUS = {"Tus-Resumable": "1.0.0"}
METADATA = "filename YmlnLmNzdg==,filetype dGV4dC9jc3Y="  # big.csv, text/csv


@dataclass(frozen=True)
class Figures:
    """One finished process: seconds of wall and CPU, peak memory in bytes."""

    scene: str
    amount: float
    unit: str
    seconds: float
    cpu: float
    peak_bytes: int
    remark: str = ""


def small_files(base: Path, count: int, clients: int, seed: int) -> list[Figures]:
    """`count` files of 20 KB in `clients` folders: the first sync, and one with nothing to do."""
    rng = random.Random(seed)
    switches = Switches(creation_with_upload=True, task_seconds=1.0, task_polls=1)
    with Sandbox(base / "filed", switches) as sandbox:
        agent = AgentProcess.against(sandbox, base, quiet=0.5)
        for number in range(count):
            agent.write(f"Client {number % clients:04}/doc {number}.csv", rng.randbytes(20_000))
        first = measured(f"sync of {count:,} files of 20 KB", count, "files", agent)
        assert filed(sandbox.received()) == expected(agent.root), "not everything was filed"
        asked = dict(sandbox.received().requests)
        again = measured("a second sync, nothing new", count, "files", agent)
        more = sum(sandbox.received().requests.values()) - sum(asked.values())
        return [first, replace(again, remark=f"{more} requests")]


def large_file(base: Path, size: int, seed: int) -> Figures:
    """One file: scan, settle, hash, upload, attach, poll."""
    switches = Switches(max_upload_size=size, task_seconds=0.1, task_polls=1)
    with Sandbox(base / "filed", switches) as sandbox:
        agent = AgentProcess.against(sandbox, base, chunk="5 MiB")
        block = random.Random(seed).randbytes(MIB)
        with (agent.root / "big").with_suffix(".tmp").open("wb") as file:
            for number in range(size // MIB):
                file.write(number.to_bytes(8, "big") + block[8:])
        (agent.root / "Ash Bakery").mkdir()
        (agent.root / "big.tmp").rename(agent.root / "Ash Bakery" / "big.csv")
        figures = measured(f"sync of one file of {size // MIB} MiB", size / MIB, "MiB", agent)
        assert filed(sandbox.received()) == expected(agent.root), "it was not filed"
        return figures


def curl_one_patch(base: Path, size: int) -> Figures:
    """The same bytes by curl in one PATCH, without hashing, settling or attaching."""
    base.mkdir()
    source = base / "big.csv"
    with source.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    with Sandbox(base / "filed", Switches(max_upload_size=size)) as sandbox:
        token = _token(sandbox)
        headers = {**TUS, "Authorization": f"Bearer {token}"}
        creation = {**headers, "Upload-Length": str(size), "Upload-Metadata": METADATA}
        made = httpx.post(sandbox.upload_url, headers=creation).raise_for_status()
        url = str(httpx.URL(sandbox.upload_url).join(made.headers["Location"]))
        command = ["curl", "-sf", "-X", "PATCH", "-T", str(source), url, "-o", os.devnull]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        command += ["-H", "Upload-Offset: 0", "-H", "Content-Type: application/offset+octet-stream"]
        return _run(f"curl, one PATCH of {size // MIB} MiB", size / MIB, "MiB", command, {})


def measured(scene: str, amount: float, unit: str, agent: AgentProcess) -> Figures:
    """`filed-agent sync` as a whole process."""
    return _run(scene, amount, unit, agent.command("sync"), agent.env)


def _run(scene: str, amount: float, unit: str, command: list[str], env: dict[str, str]) -> Figures:
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=env or None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{scene}: exit code {process.returncode}")
    seconds = time.monotonic() - began
    cpu = usage.ru_utime + usage.ru_stime
    return Figures(scene, amount, unit, seconds, cpu, usage.ru_maxrss * 1024)


def _token(sandbox: Sandbox) -> str:
    query = (
        "mutation($k: String!) { exchangeSurfaceRefreshTokenForAccessTokens(refreshToken: $k)"
        " { workspaceToken } }"
    )
    body = {"query": query, "variables": {"k": sandbox.api_key}}
    answer = httpx.post(sandbox.graphql_url, json=body).json()
    token = answer["data"]["exchangeSurfaceRefreshTokenForAccessTokens"]["workspaceToken"]
    assert isinstance(token, str)
    return token
