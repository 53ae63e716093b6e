"""The real process among its likes: servers that restart, tokens that die, limits of the system."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.sandbox.tokens import Account
from tests.kit.depth import depth
from tests.kit.process import AgentProcess, expected, filed, wait_for
from tests.kit.reckoning import Bytes, drained, violations

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
RESTARTS = depth("RESTARTS", 6, 20)
STATIONS = depth("STATIONS", 8, 50)
CHUNK = 256 << 10
MIB = 1 << 20
# the ledger twice for each of ten threads and once more, four documents, eight connections, the
# folders of a scan, and a dozen for the log, the locks, the watch and the standard streams
MOST_FILES = 60
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and sets limits of Linux")

pytestmark = pytest.mark.slow


def filled(agent: AgentProcess, seed: int, sizes: list[int]) -> None:
    """One file of each size, over three clients."""
    rng = random.Random(seed)
    for number, size in enumerate(sizes):
        client = ("Ash Bakery", "Birch & Sons", "Cedar Estate")[number % 3]
        agent.write(f"{client}/doc {number}.csv", rng.randbytes(size))


def all_filed(sandbox: Sandbox, agent: AgentProcess) -> bool:
    """Whether Filed's tasks have ended for every file on the disk."""
    received = sandbox.received()
    ended = all(document.task_status == "COMPLETED" for document in received.documents)
    return ended and filed(received) == expected(agent.root)


# -- Filed goes away and comes back ------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_a_server_that_restarts_again_and_again_costs_a_chunk_each_time(tmp_path: Path) -> None:
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    switches = Switches(creation_with_upload=True, task_seconds=0.3, task_polls=1)
    with (
        Sandbox(tmp_path / "filed", switches, seed=SEED) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        sandbox.aim("PATCH: wait 0.05 s")
        agent.start("run")
        for number in range(RESTARTS):
            agent.write(f"Ash Bakery/doc {number}.csv", rng.randbytes(24 * CHUNK + number))
            agent.write(f"Birch & Sons/doc {number}.csv", rng.randbytes(1000 + number))
            time.sleep(rng.uniform(0.3, 1.2))
            sandbox.stop()
            time.sleep(rng.uniform(0.0, 0.4))
            sandbox.start()
        wait_for(lambda: all_filed(sandbox, agent), "everything is filed", 120)
        assert agent.end()[0] == 0, agent.words.read_text()
        received = sandbox.received()
        told = Bytes.of(received)
        print(told)
        wanted = expected(agent.root)
        assert not violations(received, wanted, wanted.keys()), f"SEED={SEED}"
        assert told.again <= CHUNK * 4 * RESTARTS, f"SEED={SEED}: {told}"


@pytest.mark.timeout(120)
def test_tokens_that_die_every_five_seconds_stop_nothing_and_make_no_storm(tmp_path: Path) -> None:
    switches = Switches(task_seconds=0.3, task_polls=1, token_life_seconds=5)
    with (
        Sandbox(tmp_path / "filed", switches) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        sandbox.aim("PATCH: wait 2 s")
        filled(agent, 1, [16 * CHUNK] * 4)
        began = time.monotonic()
        agent.start("run")
        wait_for(lambda: all_filed(sandbox, agent), "everything is filed", 60)
        seconds = time.monotonic() - began
        received = sandbox.received()
        assert received.requests["ExchangeApiKey"] >= 2
        assert received.requests["ExchangeApiKey"] <= 2 + seconds / 2
        grown = 8 * CHUNK  # what a request carries after the first one
        assert Bytes.of(received).again <= 4 * grown * seconds / 5
        assert received.requests["POST"] == 4
        assert agent.end()[0] == 0


# -- two agents --------------------------------------------------------------------------------


@pytest.mark.timeout(60)
def test_C11_a_second_agent_on_the_same_root_ends_with_6_and_names_the_first(
    tmp_path: Path,
) -> None:
    with Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox:
        with AgentProcess.against(sandbox, tmp_path / "one") as first:
            second = AgentProcess.against(sandbox, tmp_path / "two")
            second.root.rmdir()
            second.root.symlink_to(first.root)  # another name for it does not help
            first.write("Ash Bakery/w2.csv", b"1")
            process = first.start("run")
            wait_for(lambda: all_filed(sandbox, first), "it is filed")
            told = second.call("sync")
            assert told.returncode == 6
            assert "A watched folder is another agent's." in told.stderr
            assert f"process {process.pid} on " in told.stderr
            assert process.poll() is None
        assert second.call("sync").returncode == 0  # killed, the first holds nothing any more


@pytest.mark.timeout(60)
def test_C11_of_several_agents_that_start_at_once_exactly_one_works(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox:
        agents = [AgentProcess.against(sandbox, tmp_path) for _ in range(4)]
        filled(agents[0], 2, [500] * 6)
        with ExitStack() as stack:
            processes = [stack.enter_context(agent).start("run") for agent in agents]
            wait_for(lambda: sum(one.poll() == 6 for one in processes) == 3, "three give way")
            wait_for(lambda: all_filed(sandbox, agents[0]), "one files")
            assert sum(one.poll() is None for one in processes) == 1
        assert all_filed(sandbox, agents[0])


# -- E10: another version takes over -----------------------------------------------------------


@pytest.mark.timeout(90)
@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_E10_a_new_version_goes_on_with_the_upload_of_the_old_one(
    tmp_path: Path, ending: str
) -> None:
    code = tmp_path / "new"
    here = Path(__file__).resolve().parents[2] / "agent"
    shutil.copytree(here, code / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (code / "agent" / "__init__.py").write_text('"""A later one."""\n\n__version__ = "99.0.0"\n')
    with (
        Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        filled(agent, 3, [60 * CHUNK])
        sandbox.aim("PATCH: wait 1 s")
        agent.start("run")
        wait_for(lambda: sandbox.received().requests.get("PATCH", 0) >= 2, "two chunks are sent")
        agent.end() if ending == "stop" else agent.kill()
        sandbox.clear_faults()
        agent.code = code
        assert "99.0.0" in agent.call("--version").stdout
        assert drained(agent) == 0
        received = sandbox.received()
        assert filed(received) == expected(agent.root)
        assert received.requests["POST"] == 1
        assert Bytes.of(received).again <= CHUNK


# -- E11: everybody at eight o'clock -----------------------------------------------------------


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_E11_workstations_that_start_at_once_share_a_slow_filed(tmp_path: Path) -> None:
    print(f"SEED={SEED}")
    accounts = [Account(f"key-{number}") for number in range(STATIONS)]
    switches = Switches(
        creation_with_upload=True,
        task_seconds=0.3,
        task_polls=1,
        rate_limit=max(5, STATIONS),
        retry_after_seconds=2,
    )
    with ExitStack() as stack:
        sandbox = stack.enter_context(
            Sandbox(tmp_path / "filed", switches, seed=SEED, accounts=accounts)
        )
        agents = []
        for number in range(STATIONS):
            agent = AgentProcess.against(sandbox, tmp_path / str(number), key=f"key-{number}")
            for document in range(6):
                content = random.Random(f"{SEED} {number} {document}").randbytes(2000)
                agent.write(f"Client {number}/doc {document}.csv", content)
            agents.append(stack.enter_context(agent))
        wanted = {key: 1 for agent in agents for key in expected(agent.root)}
        began = time.monotonic()
        for agent in agents:
            agent.start("run")
        wait_for(
            lambda: len(sandbox.received().documents) == len(wanted), "everything is filed", 400
        )
        seconds = time.monotonic() - began
        received = sandbox.received()
        assert filed(received) == wanted, f"SEED={SEED}"
        limited = sandbox.limited()
        print(f"{STATIONS} stations, {sandbox.asked()} requests in {seconds:.1f} s, {limited} 429s")
        assert limited, "Filed was not slow: nothing is proved"
        # after a 429 a station is silent for two seconds, but for what was on its way already
        assert limited <= STATIONS * (seconds / 2 + 5), f"SEED={SEED}: {limited}, {seconds:.1f} s"


# -- E8: limits of the system ------------------------------------------------------------------


@LINUX
@pytest.mark.timeout(120)
def test_E08_with_64_files_open_at_most_everything_is_filed(tmp_path: Path) -> None:
    switches = Switches(creation_with_upload=True, task_seconds=0.3, task_polls=1)
    with (
        Sandbox(tmp_path / "filed", switches) as sandbox,
        AgentProcess.against(sandbox, tmp_path, limits="RLIMIT_NOFILE=64") as agent,
    ):
        sandbox.aim("PATCH: wait 0.05 s")
        filled(agent, 4, [1000, 3 * CHUNK] * 40)
        agent.start("run")
        most = 0

        def done() -> bool:
            nonlocal most
            most = max(most, agent.vitals().files)
            return all_filed(sandbox, agent)

        wait_for(done, "everything is filed", 60)
        print(f"{most} files open at most")
        assert most <= MOST_FILES
        assert agent.end()[0] == 0, agent.words.read_text()


@LINUX
@pytest.mark.timeout(60)
def test_E08_more_uploads_than_64_open_files_allow_are_refused_with_the_remedy(
    tmp_path: Path,
) -> None:
    agent = AgentProcess(tmp_path, "http://127.0.0.1:9/g", "http://127.0.0.1:9/u", "key")
    agent.root.mkdir()
    agent.limits, agent.parallel = "RLIMIT_NOFILE=64", 32
    told = agent.call("sync")
    assert told.returncode == 2
    assert "[upload] parallel = 32 needs 176 open files at once" in told.stderr
    assert "Set it to 4" in told.stderr


@LINUX
@pytest.mark.timeout(120)
def test_E08_a_file_larger_than_the_memory_allowed_is_filed(tmp_path: Path) -> None:
    size = 256 * MIB
    with (
        Sandbox(tmp_path / "filed", Switches(max_upload_size=size, task_polls=1)) as sandbox,
        AgentProcess.against(
            sandbox, tmp_path, limits=f"RLIMIT_DATA={160 * MIB}", chunk="16 MiB"
        ) as agent,
    ):
        with agent.write("Ash Bakery/big.csv", b"").open("r+b") as file:
            for number in range(size // MIB):
                file.write(number.to_bytes(8, "big") * (MIB // 8))
        agent.start("run")
        wait_for(lambda: all_filed(sandbox, agent), "it is filed", 90)
        print(f"{agent.vitals().peak / MIB:.0f} MiB of memory at most")
        assert agent.vitals().peak < 128 * MIB
        assert agent.end()[0] == 0


@LINUX
@pytest.mark.timeout(120)
def test_E08_a_ledger_that_may_not_grow_stops_loudly_and_goes_on_later(tmp_path: Path) -> None:
    with (
        Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        filled(agent, 5, [300] * 20)
        assert agent.call("sync").returncode == 0
        filled(agent, 6, [400] * 200)
        agent.limits = f"RLIMIT_FSIZE={agent.ledger.stat().st_size + 8192}"
        told = agent.call("sync")
        assert told.returncode == 1
        assert "The ledger cannot be used" in told.stderr
        assert "Traceback" not in told.stderr
        agent.limits = ""
        assert drained(agent) == 0
        assert not violations(sandbox.received(), expected(agent.root), ever(agent))


def ever(agent: AgentProcess) -> set[tuple[str, str]]:
    """What stands on the disk, and what the first filling had put there."""
    first = AgentProcess(agent.base / "first", "", "", "")
    filled(first, 5, [300] * 20)
    return expected(agent.root).keys() | expected(first.root).keys()
