"""A key, its tokens and a client's name that stand nowhere else are sought in all that is left of a
stormy life of the agent: sign-in, faults, crashes with traces, kill -9 (S6; section 6).
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.cli.verbs import VERBS
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.sandbox.tokens import Account, TokenMint
from tests.cli.firm import Firm
from tests.security.left_behind import CANARY_CLIENT as CLIENT
from tests.security.left_behind import CANARY_KEY as KEY
from tests.security.left_behind import CANARY_NAME as NAME

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform == "win32", reason="reads /proc, limits and POSIX signals"),
]

# Loaded by each process that asks for it: one worker, or one verb, dies with a talkative error.
CRASH = """
import os
if os.environ.get("CANARY_CRASH") == "worker":
    from agent.engine.settle import Settle
    turn, times = Settle.turn, []
    def failing(self):
        times.append(1)
        if len(times) == 3:
            from agent.system.places import Home
            from agent.system.secrets import Secrets
            key = Secrets(Home.find(os.environ), os.environ).key()
            try:
                os.stat(os.environ["CANARY_PATH"] + "/gone.csv")
            except OSError as error:
                raise RuntimeError("Bearer " + key + " and " + key + " at " + str(times)) from error
        return turn(self)
    Settle.turn = failing
if os.environ.get("CANARY_CRASH") == "verb":
    from agent.filed.exchange import Exchange
    def failing(self, key):
        raise RuntimeError("no luck with " + key)
    Exchange.__call__ = failing
"""


@dataclass
class Life:
    """One agent's life under one folder, and everything that anybody could see of it."""

    firm: Firm
    tokens: list[str]
    seen: list[str] = field(default_factory=list)  # what was printed
    processes: list[str] = field(default_factory=list)  # argv and environ of what ran

    def begin(self, *words: str, **env: str) -> subprocess.Popen[str]:
        import resource

        def allow_core_dumps() -> None:
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        return subprocess.Popen(
            [sys.executable, "-m", "agent", *words],
            env={**self.firm.env, **env},
            cwd=self.firm.folder / "cwd",
            preexec_fn=allow_core_dumps,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, *words: str, stdin: str = "", **env: str) -> int:
        with self.begin(*words, **env) as process:
            self.look_at(process.pid)
            told, _ = process.communicate(stdin, timeout=60)
        self.seen.append(told)
        return process.returncode

    def look_at(self, pid: int) -> None:
        """Note what `ps` shows of a process, and its environment."""
        for name in ("cmdline", "environ"):
            try:
                text = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            self.processes.append(text.replace("\0", " "))

    def files(self) -> Iterator[Path]:
        """Everything that was written, save where the key is meant to lie."""
        for path in self.firm.folder.rglob("*"):
            if path.is_file() and path.name != "api-key" and self.firm.clients not in path.parents:
                yield path

    def secrets(self) -> list[bytes]:
        """The key and every token, whole and in the parts that would be enough, and in base64."""
        whole = [KEY, *self.tokens]
        parts = [part for token in self.tokens for part in token.split(".")[1:]]
        coded = [base64.b64encode(text.encode()).decode()[:-4] for text in whole]
        return [text.encode() for text in (*whole, *parts, *coded)]


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Life, Sandbox]]:
    tokens: list[str] = []
    issue = TokenMint.issue

    def noted(mint: TokenMint, account: Account, kind: str, life: float) -> str:
        token = issue(mint, account, kind, life)  # type: ignore[arg-type]  # passed on as it came
        tokens.append(token)
        return token

    monkeypatch.setattr(TokenMint, "issue", noted)
    switches = Switches(task_polls=1, token_life_seconds=3.0)
    with Sandbox(tmp_path / "filed", switches, accounts=[Account(KEY)], seed=7) as sandbox:
        firm = Firm.found(tmp_path / "firm", sandbox, more='[log]\nlevel = "debug"\n')
        for name in ("cwd", "tmp", "account", "crash"):
            (firm.folder / name).mkdir()
        (firm.folder / "crash" / "sitecustomize.py").write_text(CRASH)
        del firm.env["FILED_API_KEY"]
        firm.env |= {
            "HOME": str(firm.folder / "account"),
            "TMPDIR": str(firm.folder / "tmp"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": f"{firm.folder / 'crash'}:{os.getcwd()}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.environ["PATH"],
        }
        yield Life(firm, tokens), sandbox


def live(life: Life, sandbox: Sandbox) -> None:
    """The whole story; each step must do what it is there for."""
    firm = life.firm
    assert life.call("login", "--stdin", "--allow-file", stdin=KEY) == 0, life.seen
    for number in range(6):
        firm.put(CLIENT, f"Quillfeather {number}.csv", os.urandom(2000))
    firm.put(CLIENT, "Quillfeather\x1b[31m\nred.csv", b"odd")
    life.call("plan")
    sandbox.aim("* 5-400 rate 0.2: drop the answer")
    sandbox.aim("createClient 1: answer error INTERNAL_SERVER_ERROR")
    crash = {"CANARY_CRASH": "worker", "CANARY_PATH": str(firm.clients / CLIENT)}
    with life.begin("run", **crash) as process:
        until(lambda: logged(firm, "failed with RuntimeError"))
        life.look_at(process.pid)
        sandbox.forget_tokens()
        firm.put(CLIENT, "Quillfeather later.csv", b"later")
        time.sleep(1.5)
        process.kill()
        life.seen.append(process.communicate(timeout=20)[0])
    sandbox.clear_faults()
    with life.begin("run") as process:
        until(lambda: len(sandbox.received().documents) >= 7)
        process.send_signal(signal.SIGABRT)  # its default action: a core dump
        life.seen.append(process.communicate(timeout=20)[0])
    assert process.returncode == -signal.SIGABRT
    firm.put(CLIENT, "Quillfeather last.csv", b"last")
    assert life.call("sync") in (0, 3)
    assert life.call("login", "--stdin", stdin=KEY, CANARY_CRASH="verb") == 1
    for verb in VERBS:
        if verb not in ("demo", "sandbox", "run", "tray", "login", "logout"):
            life.call(verb)
            life.call(verb, "--json")
    life.call("tray", "--once")
    life.call("explain", str(firm.clients / CLIENT / "Quillfeather 1.csv"))
    # a key that is given by the environment stands there, and nowhere else
    with life.begin("sync", "--json", FILED_API_KEY="wrong-" + KEY) as process:
        life.seen.append(process.communicate(timeout=60)[0])
    assert process.returncode in (0, 3, 4)


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def logged(firm: Firm, text: str) -> bool:
    log = firm.home / "logs" / "agent.log"
    return log.exists() and text in log.read_text("utf-8")


def records(firm: Firm) -> Iterator[dict[str, str]]:
    for log in (firm.home / "logs").iterdir():
        for line in log.read_text("utf-8").splitlines():
            yield json.loads(line)


def test_neither_key_nor_token_nor_client_stands_where_it_should_not(
    life: tuple[Life, Sandbox],
) -> None:
    one, sandbox = life
    live(one, sandbox)
    assert len(one.tokens) >= 3, "tokens did expire and were renewed"
    printed = "\n".join(one.seen).encode("utf-8", "replace")
    shown = "\n".join(one.processes).encode("utf-8", "replace")
    assert b"agent" in shown
    found = [
        f"{place}: {secret[:12]!r}"
        for secret in one.secrets()
        for place, text in {"printed": printed, "processes": shown}.items()
        if secret in text
    ]
    for path in one.files():
        text = path.read_bytes()
        found += [f"{path.name}: {secret[:12]!r}" for secret in one.secrets() if secret in text]
    assert found == []
    told = list(records(one.firm))
    assert [r for r in told if r["level"] != "debug" and NAME.decode() in json.dumps(r)] == []
    assert any("failed with RuntimeError" in record["message"] for record in told)
    traces = [record["trace"] for record in told if "trace" in record]
    assert any("[hidden]" in trace and "[path]" in trace for trace in traces), traces
    assert any("no luck with [hidden]" in trace for trace in traces), traces
    # the name is in the ledger, where it belongs: the search would have found it
    ledger = b"".join(path.read_bytes() for path in one.firm.home.glob("ledger*"))
    assert NAME in ledger


def test_no_core_dump_is_written_even_where_the_machine_would(life: tuple[Life, Sandbox]) -> None:
    one, _ = life
    with one.begin("run") as process:
        until(lambda: logged(one.firm, "the agent begins"))
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        process.kill()
        process.communicate(timeout=20)
    (line,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]
