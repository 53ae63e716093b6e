"""Whatever the umask, everything the agent writes is its account's alone; what a stranger put into
its place is refused or not followed (reliability notes, section 6: files on disk, pre-creation).
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.cli.verbs import VERBS
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.cli.firm import Firm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes"),
]
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="playing another user needs root"
)
NOBODY = 65534

# verbs that serve people elsewhere, or need words of their own
APART = {"demo", "sandbox", "login", "logout", "run", "tray", "explain", "ignore"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "filed", Switches(task_polls=1)) as imitation:
        yield imitation


@pytest.fixture
def firm(tmp_path: Path, sandbox: Sandbox) -> Firm:
    """A firm whose account has its own home, its own place for temporary files and no store."""
    firm = Firm.found(tmp_path / "firm", sandbox)
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Birch & Sons", "k1.csv", b"c,d\n3,4\n")
    for name in ("account", "tmp"):
        (firm.folder / name).mkdir(mode=0o700)
    del firm.env["FILED_API_KEY"]
    firm.env |= {
        "HOME": str(firm.folder / "account"),
        "TMPDIR": str(firm.folder / "tmp"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.getcwd(),
        "PATH": os.environ["PATH"],
    }
    return firm


def begin(firm: Firm, *words: str, umask: int = 0o022) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "agent", *words],
        env=firm.env,
        umask=umask,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def call(firm: Firm, *words: str, stdin: str = "", umask: int = 0o022) -> tuple[int, str]:
    with begin(firm, *words, umask=umask) as process:
        told, _ = process.communicate(stdin, timeout=60)
    return process.returncode, told


def loose(folder: Path) -> list[str]:
    """Everything at and below `folder` that is not private, or is not a plain file or folder, nor
    the control door's socket."""
    found = []
    for path in (folder, *folder.rglob("*")):
        facts = path.lstat()
        wanted = 0o700 if stat.S_ISDIR(facts.st_mode) else 0o600
        plain = stat.S_ISDIR(facts.st_mode) or stat.S_ISREG(facts.st_mode)
        plain = plain or (path.name == "control.sock" and stat.S_ISSOCK(facts.st_mode))
        mode = stat.S_IMODE(facts.st_mode)
        if not plain or mode != wanted or facts.st_uid != os.geteuid():
            found.append(f"{path.relative_to(folder.parent)} {mode:o} uid {facts.st_uid}")
    return found


@pytest.mark.timeout(180)
@pytest.mark.parametrize("umask", [0o000, 0o077], ids=["umask-000", "umask-077"])
def test_everything_that_any_verb_leaves_is_private(
    firm: Firm, sandbox: Sandbox, umask: int
) -> None:
    code, told = call(firm, "login", "--stdin", "--allow-file", stdin=sandbox.api_key, umask=umask)
    assert code == 0, told
    others = [(verb,) for verb in VERBS if verb not in APART]
    for words in [
        *others,
        ("explain", str(firm.clients / "Ash Bakery" / "w2.csv")),
        ("ignore", str(firm.clients / "Ash Bakery" / "w2.csv")),
        ("status", "--json"),
        ("tray", "--once"),
    ]:
        code, told = call(firm, *words, umask=umask)
        assert code in (0, 2, 3), f"{words}: {told}"  # 2: a verb that wants more words
        assert "Traceback" not in told
    firm.put("Ash Bakery", "new.csv", b"new,1\n")
    with begin(firm, "run", umask=umask) as process:
        until(lambda: len(sandbox.received().documents) >= 3)
        assert loose(firm.home) == []  # also while it runs: the log beside the ledger, the locks
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    names = {path.name for path in firm.home.rglob("*")}
    assert {"ledger.sqlite3", "agent.lock", "agent.log", "api-key"} <= names
    assert loose(firm.home) == []
    assert loose(firm.folder / "runtime" / "filed-agent") == []
    assert list((firm.folder / "runtime" / "filed-agent").iterdir())
    assert list((firm.folder / "account").rglob("*")) == []
    assert list((firm.folder / "tmp").rglob("*")) == []


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_the_folders_on_the_way_to_a_new_home_are_private_too(firm: Firm) -> None:
    """Who may write into a folder above may exchange the home."""
    firm.env["FILED_AGENT_HOME"] = str(firm.folder / "srv" / "filed" / "home")
    call(firm, "plan", umask=0)
    assert loose(firm.folder / "srv") == []


VERBS_THAT_WRITE = (("sync",), ("plan",), ("login", "--stdin", "--allow-file"))
VERBS_THAT_MEET_IT = (("status",), ("pause",), ("sync",), ("login", "--stdin", "--allow-file"))


@as_root
@pytest.mark.parametrize(
    ("place", "words"),
    [
        *((place, words) for place in ("home", "logs") for words in VERBS_THAT_WRITE),
        ("runtime", ("sync",)),  # only an agent at work locks its roots
    ],
)
def test_a_folder_that_another_user_made_before_is_refused(
    firm: Firm, sandbox: Sandbox, place: str, words: tuple[str, ...]
) -> None:
    folder = {
        "home": firm.home,
        "logs": firm.home / "logs",
        "runtime": firm.folder / "runtime" / "filed-agent",
    }[place]
    folder.mkdir(parents=True)
    os.chown(folder, NOBODY, NOBODY)
    firm.env["FILED_API_KEY"] = sandbox.api_key
    code, told = call(firm, *words, stdin=sandbox.api_key)
    assert code == 2, told
    assert "belongs to" in told
    assert list(folder.iterdir()) == []
    assert sandbox.received().documents == ()


@as_root
@pytest.mark.parametrize("place", ["home", "runtime"])
def test_a_link_that_another_user_put_there_is_refused(
    firm: Firm, sandbox: Sandbox, place: str
) -> None:
    """Root's own folder is where the link leads, so its owner alone would raise no doubt."""
    victim = firm.folder / "victim"
    victim.mkdir(mode=0o755)
    link = firm.home if place == "home" else firm.folder / "runtime" / "filed-agent"
    plant(link, victim)
    firm.env["FILED_API_KEY"] = sandbox.api_key
    code, told = call(firm, "sync")
    assert code == 2, told
    assert "Traceback" not in told
    assert list(victim.iterdir()) == []
    assert stat.S_IMODE(victim.stat().st_mode) == 0o755


@as_root
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "name",
    [
        *("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm", "agent.lock", "api-key"),
        *("api-key.new", "logs", "logs/agent.log", "backups", "evidence"),
    ],
)
def test_a_link_in_a_home_that_stood_open_leads_nowhere(
    firm: Firm, sandbox: Sandbox, name: str
) -> None:
    """The home was writable for all; somebody put a link in the place of one of our files."""
    folder = name in ("logs", "backups", "evidence")
    victim = firm.folder / "victim"
    if folder:
        victim.mkdir(mode=0o755)
    else:
        victim.write_bytes(b"precious")
        victim.chmod(0o644)
    firm.home.mkdir()
    firm.home.chmod(0o777)
    plant(firm.home / name, victim)
    for words in VERBS_THAT_MEET_IT:
        firm.env["FILED_API_KEY"] = sandbox.api_key
        code, told = call(firm, *words, stdin=sandbox.api_key)
        assert "Traceback" not in told
        assert "unexpected" not in told, told
        assert code in (0, 2, 3, 4), told
    assert stat.S_IMODE(victim.stat().st_mode) == (0o755 if folder else 0o644)
    assert list(victim.iterdir()) == [] if folder else victim.read_bytes() == b"precious"


def plant(link: Path, target: Path) -> None:
    """A link, as another user makes it."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    os.lchown(link, NOBODY, NOBODY)
