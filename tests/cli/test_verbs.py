"""The verbs without an agent: parsing, errors, exit codes, what is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agent.cli.command import filed_agent
from agent.cli.verbs import VERBS, Verb
from agent.control.shapes import StatusAnswer
from agent.system.lock import Lock
from tests.cli.firm import Firm
from tests.cli.shape_check import assert_shape

READING = {"status", "documents", "clients", "history", "explain", "plan"}


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    return Firm.found(tmp_path / "firm")


@pytest.mark.parametrize("name", sorted(VERBS.keys() - {"demo"}))
def test_every_verb_explains_itself(name: str) -> None:
    result = CliRunner().invoke(filed_agent, [name, "--help"])
    assert result.exit_code == 0
    assert name in READING or "--json" not in result.output or name == "sync"
    assert (name in READING) <= ("--json" in result.output)


def test_help_lists_every_verb_without_importing_any() -> None:
    code = (
        "import sys\n"
        "from agent.cli.command import filed_agent\n"
        "filed_agent(['--help'], standalone_mode=False)\n"
        "heavy = {'agent.daemon', 'pydantic', 'rich', 'httpx', 'sqlite3', 'keyring', 'starlette'}\n"
        "print('HEAVY', heavy & set(sys.modules))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY set()" in told.stdout
    for name in VERBS:
        assert f"\n  {name} " in told.stdout


def test_status_imports_no_engine_and_no_settings(firm: Firm) -> None:
    code = (
        "import sys\n"
        "from agent.cli.command import filed_agent\n"
        "filed_agent(['status'], standalone_mode=False)\n"
        "heavy = {'agent.daemon', 'pydantic', 'rich', 'httpx', 'keyring', 'sqlite_utils'}\n"
        "print('HEAVY', heavy & set(sys.modules))\n"
    )
    from agent.ledger.ledger import Ledger
    from agent.system.clock import SystemClock

    Ledger.open(firm.home / "ledger.sqlite3", SystemClock()).close()
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=firm.env
    )
    assert "HEAVY set()" in told.stdout


def test_an_unknown_verb_is_a_usage_error() -> None:
    result = CliRunner().invoke(filed_agent, ["synk"])
    assert result.exit_code == 2
    assert "synk" in result.output


@pytest.mark.parametrize("verb", ["run", "sync", "plan"])
def test_a_broken_configuration_tells_every_problem_at_once(firm: Firm, verb: str) -> None:
    firm.config.write_text('[filed]\ngraphql_url = "http://filed.example/graphql"\nspeed = 9\n')
    result = firm.call(verb)
    assert result.exit_code == 2
    assert "graphql_url" in result.stderr
    assert "speed" in result.stderr
    assert "[[folder]]" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_configuration_names_the_place(firm: Firm) -> None:
    firm.config.unlink()
    result = firm.call("sync")
    assert result.exit_code == 2
    assert str(firm.config) in result.stderr


def test_login_sends_no_key_anywhere_when_the_named_configuration_is_absent(firm: Firm) -> None:
    result = firm.call("--config", str(firm.folder / "slip.toml"), "login", "--stdin", stdin="key")
    assert result.exit_code == 2
    assert "slip.toml: there is no such file" in result.stderr


def test_the_named_configuration_counts_more_than_the_environment(firm: Firm) -> None:
    result = firm.call("--config", str(firm.folder / "other.toml"), "sync")
    assert result.exit_code == 2
    assert "other.toml" in result.stderr


def test_status_before_the_first_run_says_what_to_do(firm: Firm) -> None:
    result = firm.call("status")
    assert result.exit_code == 3
    assert "No agent has run here yet." in result.output
    assert str(firm.config) in result.output
    assert not firm.home.exists()
    answer = firm.answer("status")
    assert_shape(answer, StatusAnswer)
    assert answer["exit_code"] == 3


def test_explain_blames_a_broken_configuration_and_not_the_path(firm: Firm) -> None:
    path = firm.put("Ash Bakery", "w2.csv")
    firm.config.write_text("[folder\n", encoding="utf-8")
    said = firm.call("explain", str(path)).output
    assert "the configuration cannot be used" in said
    assert "lies in no watched folder" not in said


@pytest.mark.slow
def test_a_plan_warns_of_nothing_that_it_shows(firm: Firm) -> None:
    firm.clients.rename(firm.folder / "away")
    with firm.begin("plan", "--offline") as process:
        told, warned = process.communicate(timeout=20)
    assert process.returncode == 3
    assert "folder unavailable" in told
    assert warned == ""


@pytest.mark.parametrize("verb", ["documents", "clients", "history", "resume"])
def test_reading_before_the_first_run_is_no_traceback(firm: Firm, verb: str) -> None:
    result = firm.call(verb)
    assert result.exit_code == 2
    assert "No agent has run here yet." in result.stderr


def test_the_unexpected_ends_with_one_sentence_and_the_log(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def broken() -> None:
        raise RuntimeError("very private detail")

    monkeypatch.setitem(VERBS, "broken", Verb(__name__, "broken", ""))
    monkeypatch.setattr(sys.modules[__name__], "broken", broken, raising=False)
    result = firm.call("broken")
    assert result.exit_code == 1
    assert "Something unexpected happened (RuntimeError)" in result.stderr
    assert "very private detail" not in result.output
    assert "very private detail" in (firm.home / "logs" / "agent.log").read_text()


def test_explain_speaks_of_paths_that_were_never_seen(firm: Firm) -> None:
    inside = firm.put("Ash Bakery", "w2.csv")
    (firm.clients / "Ash Bakery" / "~$w2.xlsx").write_bytes(b"x")
    (firm.clients / ".git" / "x").mkdir(parents=True)
    for path, said in (
        (inside, "The agent has not seen it yet."),
        (firm.folder / "elsewhere", "It lies in no watched folder."),
        (firm.clients / "Ash Bakery" / "~$w2.xlsx", "never a document's, by the rule ~$*"),
        (firm.clients / "none.pdf", "There is no file there."),
        (firm.clients / "Ash Bakery", "stands for the client Ash Bakery"),
        (firm.clients / ".git" / "x", "never entered, by the rule .git"),
    ):
        result = firm.call("explain", str(path))
        assert result.exit_code == 0
        assert said in result.output
    assert not firm.home.exists()


def test_plan_offline_needs_no_key_and_leaves_nothing_behind(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Ash Bakery", "copy.csv")
    firm.put("[red]Birch", "[bold]w2.csv", b"other")
    result = firm.call("plan", "--offline", env={"FILED_API_KEY": ""})
    assert result.exit_code == 0
    assert "2 documents of 2 clients would be sent" in result.output
    assert "[red]Birch" in result.output
    assert not (firm.home / "ledger.sqlite3").exists()
    assert [path.name for path in firm.home.iterdir()] == ["logs"]


def test_sandbox_refuses_faults_and_switches_that_mean_nothing() -> None:
    for words in (
        ["--fault", "PATCH 3 explode"],
        ["--switch", "speed=9"],
        ["--switch", "task_polls=many"],
        ["--switch", "task_polls"],
    ):
        result = CliRunner().invoke(filed_agent, ["sandbox", *words])
        assert result.exit_code == 2
        assert "Traceback" not in result.output


def test_a_ledger_that_an_agent_makes_just_now_is_not_called_damaged(firm: Firm) -> None:
    """SQLite's -wal stands there a moment before the ledger's file has its first page."""
    firm.home.mkdir(mode=0o700)
    for end in ("", "-wal"):
        (firm.home / f"ledger.sqlite3{end}").touch(mode=0o600)
    with Lock.take(firm.home / "agent.lock"):
        assert "damaged" not in firm.call("status").output
    assert "damaged" in firm.call("status").output
