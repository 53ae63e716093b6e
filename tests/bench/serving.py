"""The sandbox as a process of its own, asked by lines of JSON; `server.py` has the other side.

`python -m tests.bench.serving FOLDER SWITCHES`: prints its addresses, then answers each line of
its input, and ends with it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
from pydantic import TypeAdapter

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import filed

TUS = {"Tus-Resumable": "1.0.0"}
METADATA = "filename YmlnLmNzdg==,filetype dGV4dC9jc3Y="  # big.csv, text/csv
EXCHANGE = (
    "mutation($k: String!) { exchangeSurfaceRefreshTokenForAccessTokens(refreshToken: $k)"
    " { workspaceToken } }"
)


def token_for(graphql_url: str, key: str) -> str:
    """A workspace token."""
    body = {"query": EXCHANGE, "variables": {"k": key}}
    answer = httpx.post(graphql_url, json=body).json()
    return str(answer["data"]["exchangeSurfaceRefreshTokenForAccessTokens"]["workspaceToken"])


def create_at(upload_url: str, token: str, size: int) -> str:
    """An upload without bytes; its URL."""
    headers = {"Authorization": f"Bearer {token}", "Upload-Metadata": METADATA}
    told = {**TUS, **headers, "Upload-Length": str(size)}
    made = httpx.post(upload_url, headers=told).raise_for_status()
    return str(httpx.URL(upload_url).join(made.headers["Location"]))


class Answers:
    """One method for each question."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def token(self) -> str:
        """A workspace token."""
        return token_for(self._sandbox.graphql_url, self._sandbox.api_key)

    def create(self, size: int) -> str:
        """An upload without bytes; its URL."""
        return create_at(self._sandbox.upload_url, self.token(), size)

    def heard(self) -> list[tuple[str, float, float, int | None, int]]:
        """Method, begin, end, status and bytes of each request at the upload origin."""
        return [
            (one.method, one.begun, one.ended or one.begun, one.status, one.heard)
            for one in self._sandbox.heard()
        ]

    def carried(self) -> int:
        """Bytes of bodies that came in so far."""
        return sum(one.heard for one in self._sandbox.heard())

    def filed(self) -> list[tuple[str, str, int]]:
        """Client, SHA-256 and how often it stands in a binder."""
        found = filed(self._sandbox.received())
        return [(client, digest, number) for (client, digest), number in found.items()]

    def stored(self) -> list[int]:
        """The size of each upload that is whole."""
        uploads = self._sandbox.received().uploads
        return [one.length for one in uploads if one.offset == one.length]

    def switch(self, **changes: object) -> None:
        """Change some switches."""
        self._sandbox.switches = replace(self._sandbox.switches, **changes)  # type: ignore[arg-type] # names are the caller's

    def aim(self, fault: str) -> None:
        """Add a fault."""
        self._sandbox.aim(fault)

    def cpu(self) -> float:
        """CPU seconds of this process so far."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime


def questions() -> Iterator[tuple[str, dict[str, object]]]:
    """What is asked, line by line."""
    for line in sys.stdin:
        asked = json.loads(line)
        yield str(asked["ask"]), asked["with"]


def main() -> None:
    """Serve until the input ends."""
    folder, switches = sys.argv[1:]
    decided = TypeAdapter(Switches).validate_json(switches)
    with Sandbox(Path(folder), decided) as sandbox:
        answers = Answers(sandbox)
        places = {
            "graphql_url": sandbox.graphql_url,
            "upload_url": sandbox.upload_url,
            "key": sandbox.api_key,
        }
        print(json.dumps(places), flush=True)
        for name, arguments in questions():
            print(json.dumps(getattr(answers, name)(**arguments)), flush=True)


if __name__ == "__main__":
    main()
