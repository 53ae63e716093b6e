"""A scene for a broken line: some papers, a real agent, Filed, and what must hold at the end."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import AgentProcess, expected, filed

REPOSITORY = str(Path(__file__).parents[2])
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CLIENTS = ("Ash Bakery", "Birch & Sons", "Cedar Estate")
CHUNK = 256 << 10
SIZES = (300, 5_000, 60_000, CHUNK + 1, 3 * CHUNK + 7)
SWITCHES = Switches(
    task_seconds=0.2,
    task_polls=1,
    creation_with_upload=True,
    # as tus servers do: a connection whose end never arrived there holds no upload for ever
    hand_over_lock=True,
    # what Filed may do to an agent that asks twice: nothing here hides a second sending
    unique_external_id=False,
    reattach_accepted=True,
)


class ImpatientAgent(AgentProcess):
    """Gives up after seconds where the true one waits a minute."""

    def command(self, *arguments: str) -> list[str]:
        """The same command line through tests.net.impatient."""
        self.extra_env["PYTHONPATH"] = REPOSITORY
        command = super().command(*arguments)
        command[command.index("agent")] = "tests.net.impatient"
        return command


@dataclass
class Scene:
    """The papers of one test on their way."""

    sandbox: Sandbox
    agent: AgentProcess
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    written: int = 0

    def write(self, sizes: tuple[int, ...] = SIZES, client: str = "") -> None:
        """One new file of each size, of any client where none is named."""
        for size in sizes:
            self.written += 1
            whose = client or self.rng.choice(CLIENTS)
            self.agent.write(f"{whose}/paper {self.written}.csv", self.rng.randbytes(size))

    def wait_until(self, true: Callable[[], bool], seconds: float, what: str) -> float:
        """How long it took, in seconds; fails after `seconds`."""
        began = time.monotonic()
        while not true():
            assert time.monotonic() < began + seconds, (
                f"SEED={SEED}: {what} took more than {seconds:g} s: {self.stages()}"
            )
            time.sleep(0.05)
        return time.monotonic() - began

    def wait_filed(self, seconds: float) -> float:
        """Until the agent knows of every file on disk that it is filed."""
        wanted = len(expected(self.agent.root))
        return self.wait_until(
            lambda: self.stages() == {"filed": wanted}, seconds, "filing everything"
        )

    def wait_requests(self, number: int, *names: str, seconds: float = 20.0) -> None:
        """Until so many requests of these kinds were begun at Filed."""
        self.wait_until(lambda: self.requests(*names) >= number, seconds, f"{names} at Filed")

    def requests(self, *names: str) -> int:
        """How many requests of these kinds Filed has seen."""
        seen = self.sandbox.received().requests
        return sum(seen.get(name, 0) for name in names)

    def stages(self) -> dict[str, int]:
        """How many documents the agent's ledger has in each stage."""
        ledger = self.agent.home / "ledger.sqlite3"
        if not ledger.exists():
            return {}
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=10)) as reading:
            try:
                rows = reading.execute("SELECT stage, count(*) FROM documents GROUP BY stage")
                return dict(rows.fetchall())
            except sqlite3.OperationalError:  # its tables are just being made
                return {}

    def check(self, interruptions: int, *, chunk: int = CHUNK) -> None:
        """The contract, read off Filed's side: nothing lost, twice, torn or at the wrong client;
        and for each interruption at most one chunk of each of the four senders sent again."""
        process = self.agent.process
        assert process is None or process.poll() is None, "the agent ended"
        received = self.sandbox.received()
        wanted = expected(self.agent.root)
        assert filed(received) == wanted, f"SEED={SEED}"
        names = [client.name for client in received.clients]
        assert len(names) == len(set(names)), f"SEED={SEED}: a client was created twice"
        size = sum(path.stat().st_size for path in self.agent.root.rglob("*") if path.is_file())
        most = size + interruptions * 4 * chunk
        assert received.bytes_received <= most, f"SEED={SEED}: {received.bytes_received} of {size}"


@contextmanager
def against(
    sandbox: Sandbox, base: Path, kind: type[AgentProcess] = ImpatientAgent, **options: object
) -> Iterator[Scene]:
    """A scene before a sandbox; the agent is ended with it."""
    print(f"SEED={SEED}")
    scene = Scene(sandbox, kind.against(sandbox, base, **options))
    try:
        yield scene
    finally:
        scene.agent.kill()


def side_by_side(jobs: Mapping[str, Callable[[], None]]) -> None:
    """Run them at the same time, for they mostly wait; tells every one that fails, by name."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = {name: pool.submit(job) for name, job in jobs.items()}
    failures = []
    for name, future in running.items():
        error = future.exception()
        if isinstance(error, Exception):
            error.add_note(f"in {name}")
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(jobs)}", failures)
