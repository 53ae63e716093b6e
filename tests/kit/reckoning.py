"""The contract read off Filed's side: what was filed, and what every byte was sent for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from agent.sandbox.received import Received
from tests.kit.process import AgentProcess, filed


def violations(
    received: Received, wanted: Iterable[tuple[str, str]], ever: Set[tuple[str, str]]
) -> list[str]:
    """What breaks the contract: lost, twice, or never on the disk like this (torn, wrong client).

    `wanted` is every (client, SHA-256) on the disk at the end, `ever` at any time.
    """
    found = filed(received)
    unfinished = [one for one in received.documents if one.task_status != "COMPLETED"]
    return [
        *(f"lost: {key}" for key in wanted if key not in found),
        *(f"{times} times: {key}" for key, times in found.items() if times != 1),
        *(f"torn or wrong client: {key}" for key in found if key not in ever),
        *(f"never ended: {one}" for one in unfinished),
        *_twins(received),
    ]


def _twins(received: Received) -> list[str]:
    names = [client.external_id for client in received.clients]
    return [f"two clients: {name}" for name in sorted(set(names)) if names.count(name) > 1]


@dataclass(frozen=True)
class Bytes:
    """Where the bytes went, where nobody changes a file under way; tests.kit.causes has the rest.
    `useful` are the documents filed; `expired` went with uploads that Filed threw away."""

    useful: int
    heard: int
    expired: int

    @classmethod
    def of(cls, received: Received) -> Bytes:
        """Reckon them."""
        return cls(
            sum(one.size for one in received.documents),
            received.bytes_heard,
            sum(one.offset for one in received.uploads if one.state == "expired"),
        )

    @property
    def again(self) -> int:
        """Bytes that came without any use and without such a reason (S10)."""
        return self.heard - self.useful - self.expired


def drained(
    agent: AgentProcess, sittings: int = 3, before_retry: Callable[[], None] = lambda: None
) -> int:
    """`sync` until everything is filed; how often a person had to say `retry` for that.

    Two doubts about one createClient are a person's to decide, so a hard storm may ask for one.
    """
    for retries in range(sittings):
        finished = agent.call("sync", seconds=300)
        if finished.returncode == 0:
            return retries
        assert finished.returncode == 3, finished.stdout + finished.stderr
        print(finished.stdout)
        before_retry()
        assert agent.call("retry", "--all").returncode == 0
    raise AssertionError("a person said retry again and again, and it is still not filed")
