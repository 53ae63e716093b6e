"""The verbs in this process, against the sandbox: what they file, tell and decide."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agent.cli.ground import Ground
from agent.cli.reach import opened_ledger
from agent.control.shapes import (
    ClientsAnswer,
    DocumentsAnswer,
    ExplainAnswer,
    HistoryLinesAnswer,
    PlanAnswer,
    StatusAnswer,
    SyncAnswer,
)
from agent.control.waits import what_waits
from agent.sandbox.server import Sandbox
from tests.cli.firm import Firm
from tests.cli.shape_check import assert_shape

pytestmark = pytest.mark.slow


def test_sync_files_everything_and_a_second_one_asks_nothing(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Ash Bakery", "copy of w2.csv")
    firm.put("Birch", "w2.csv", b"x" * 300_000)
    first = firm.call("sync")
    assert first.exit_code == 0, first.output
    assert "2 documents filed now, 0 already filed, 300 kB sent in" in first.output
    received = sandbox.received()
    assert len(received.documents) == 2
    assert {one.task_status for one in received.documents} == {"COMPLETED"}
    before = dict(received.requests)
    second = firm.call("sync")
    assert second.exit_code == 0
    assert "0 documents filed now, 2 already filed, nothing sent" in second.output
    assert dict(sandbox.received().requests) == before


def test_what_waits_is_listed_with_its_reason_and_its_next_step(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Ash Bakery", "[red]empty[/red].pdf".replace("/", "-"), b"")
    (firm.clients / "stray.csv").write_bytes(b"x")
    result = firm.call("sync")
    assert result.exit_code == 3
    for told in ("1 document filed now", "[red]empty", "empty file:", "no client:", "Next step"):
        assert told in result.output
    assert firm.call("status").exit_code == 3


def test_what_is_on_its_way_is_listed_only_while_no_agent_runs(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    assert firm.call("sync", env={"FILED_API_KEY": "wrong"}).exit_code == 4
    with opened_ledger(Ground(firm.config, firm.env)) as ledger:
        assert [one.what for one in what_waits(ledger, ())] == ["w2.csv"]
        assert what_waits(ledger, (), moving=True) == ()


def test_a_name_that_the_output_cannot_write_is_escaped(firm: Firm) -> None:
    firm.put("\N{LATIN CAPITAL LETTER L WITH STROKE}ukasz", "w2.csv")
    ended = firm.run("plan", "--offline", PYTHONIOENCODING="cp1252")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert r"\u0141ukasz" in ended.stdout


def test_every_reading_verb_keeps_its_shape(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Ash Bakery", "copy.csv")
    firm.put("Ash Bakery", "x.tmp")
    firm.put("Ash Bakery", "empty.pdf", b"")
    if os.name == "posix":
        broken = os.fsencode(firm.clients / "Ash Bakery") + b"/\xff.csv"
        with open(broken, "wb") as file:
            file.write(b"bytes")
    for verb, shape in (
        ("plan", PlanAnswer),
        ("sync", SyncAnswer),
        ("status", StatusAnswer),
        ("documents", DocumentsAnswer),
        ("clients", ClientsAnswer),
        ("history", HistoryLinesAnswer),
    ):
        assert_shape(firm.answer(verb), shape, verb)
    for name in ("w2.csv", "x.tmp", "empty.pdf", "nothing.pdf"):
        path = str(firm.clients / "Ash Bakery" / name)
        assert_shape(firm.answer("explain", path), ExplainAnswer, name)
    explained = firm.answer("explain", str(firm.clients / "Ash Bakery" / "w2.csv"))
    assert explained["sentence"] == "It is filed."
    assert explained["same_content"] == [str(firm.clients / "Ash Bakery" / "copy.csv")]


def test_a_plan_sends_nothing_and_changes_nothing(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.call("sync")
    firm.put("Birch", "w2.csv", b"new")
    ledger = firm.home / "ledger.sqlite3"
    before, documents = ledger.read_bytes(), len(sandbox.received().documents)
    plan = firm.answer("plan")
    assert [one["at_filed"] for one in plan["clients"]] == ["create", "known"]
    assert (plan["documents"], plan["bytes"], plan["asked_filed"]) == (1, 3, True)
    assert ledger.read_bytes() == before
    assert len(sandbox.received().documents) == documents
    assert sandbox.received().requests.get("POST", 0) == 1
    assert not list(firm.home.glob("plan-*"))


def test_a_plan_with_a_refused_key_still_shows_the_files(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    result = firm.call("plan", env={"FILED_API_KEY": "a-wrong-key"})
    assert result.exit_code == 0
    assert "Filed was not asked: Filed does not accept the API key." in result.output
    assert "1 document of 1 client would be sent" in result.output


def test_a_person_leaves_a_file_out_and_takes_it_in_again(firm: Firm, sandbox: Sandbox) -> None:
    stray = firm.clients / "stray.csv"
    stray.write_bytes(b"x")
    assert firm.call("sync").exit_code == 3
    assert firm.call("ignore", str(stray), "--why", "not ours").exit_code == 0
    assert firm.call("sync").exit_code == 0
    assert "left out by" in firm.call("history").output
    assert firm.call("ignore", "--undo", str(stray)).exit_code == 0
    assert firm.call("ignore", "--undo", str(stray)).exit_code == 2
    assert firm.call("ignore", str(firm.folder)).exit_code == 2
    assert "only files can be left out" in firm.call("ignore", str(firm.clients)).stderr
    assert firm.call("sync").exit_code == 3
    assert sandbox.received().requests.get("POST", 0) == 0


def test_a_failed_document_is_retried_by_number_path_client_or_all(
    firm: Firm, sandbox: Sandbox
) -> None:
    path = firm.put("Ash Bakery", "w2.csv")
    for words in (["1"], [str(path)], [str(path.parent)], ["--client", "ash bakery"], ["--all"]):
        sandbox.aim("POST 1: answer 415")
        result = firm.call("sync")
        assert result.exit_code == 3
        assert "failed" in result.output
        sandbox.clear_faults()
        told = firm.call("retry", *words)
        assert told.exit_code == 0
        assert "To be tried again: 1 document." in told.output
    assert firm.call("sync").exit_code == 0
    assert "nothing to try again" in firm.call("retry", "--all").output
    assert firm.call("retry").exit_code == 2
    assert firm.call("retry", "77").exit_code == 2
    assert firm.call("retry", "--client", "Nobody").exit_code == 2


def test_a_pause_holds_the_pass_until_resume(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    (firm.clients / "Ash Bakery" / "w2.csv").rename(firm.folder / "w2.csv")
    assert firm.call("sync").exit_code == 0
    (firm.folder / "w2.csv").rename(firm.clients / "Ash Bakery" / "w2.csv")
    assert firm.call("pause", "--for", "1h").exit_code == 0
    result = firm.call("sync")
    assert result.exit_code == 3
    assert "paused" in result.output
    assert firm.call("status").output.startswith("Paused until ")
    assert sandbox.received().requests.get("POST", 0) == 0
    assert firm.call("resume").exit_code == 0
    assert firm.call("sync").exit_code == 0
    assert firm.call("pause", "--for", "1h", "--until", "tomorrow").exit_code == 2
    assert firm.call("pause", "--until", "2001-01-01").exit_code == 2


def test_login_checks_the_key_before_it_keeps_it(
    firm: Firm, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    del firm.env["FILED_API_KEY"]
    kept = firm.home / "api-key"
    wrong = firm.call("login", "--stdin", "--allow-file", stdin="a-wrong-key")
    assert wrong.exit_code == 4
    reading = firm.call("login", "--stdin", "--allow-file", stdin=sandbox.read_only_key)
    assert reading.exit_code == 4
    assert "may only read" in reading.stderr
    assert not kept.exists()
    right = firm.call("login", "--stdin", "--allow-file", stdin=f"Bearer {sandbox.api_key}\n")
    assert right.exit_code == 0, right.output
    assert "Sandbox Tax Firm" in right.output
    assert sandbox.api_key not in right.output
    assert kept.exists()
    firm.put("Ash Bakery", "w2.csv")
    assert firm.call("sync").exit_code == 0
    other = firm.call("login", "--stdin", "--allow-file", stdin="sandbox-other-key")
    assert other.exit_code == 4
    assert "another workspace" in other.stderr
    assert firm.call("logout").exit_code == 0
    assert not kept.exists()


def test_a_read_only_key_can_be_kept_by_force(
    firm: Firm, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    words = ("login", "--stdin", "--allow-file", "--force")
    assert firm.call(*words, stdin=sandbox.read_only_key).exit_code == 0


def test_a_missing_folder_is_told_and_the_others_are_filed(firm: Firm, sandbox: Sandbox) -> None:
    gone = firm.folder / "gone"
    text = firm.config.read_text()
    more = f"[[folder]]\npath = '{gone}'\ntax_year = 2025\nreturn_type = \"F1040\"\n\n[settle]"
    firm.config.write_text(text.replace("[settle]", more))
    firm.put("Ash Bakery", "w2.csv")
    result = firm.call("sync")
    assert result.exit_code == 3
    assert "1 document filed now" in result.output
    assert "folder unavailable" in result.output
    assert len(sandbox.received().documents) == 1


def test_a_folder_that_is_back_is_filed_although_it_was_away_before(firm: Firm) -> None:
    away = firm.folder / "away"
    firm.clients.rename(away)
    assert firm.call("sync").exit_code == 3
    away.rename(firm.clients)
    firm.put("Ash Bakery", "w2.csv")
    result = firm.call("sync")
    assert result.exit_code == 0
    assert "1 document filed now" in result.output


def test_a_replaced_folder_is_accepted_on_a_persons_word(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    assert firm.call("sync").exit_code == 0
    firm.clients.rename(firm.folder / "old")
    firm.clients.mkdir()
    firm.put("Ash Bakery", "other.csv", b"other")
    result = firm.call("sync")
    assert result.exit_code == 3
    assert "--root" in result.output
    assert firm.call("retry", "--root", str(firm.clients / "Ash Bakery")).exit_code == 2
    assert firm.call("retry", "--root", str(firm.clients)).exit_code == 0
    assert firm.call("sync").exit_code == 0


def test_documents_can_be_searched_and_paged(firm: Firm) -> None:
    for number in range(3):
        firm.put("Ash Bakery", f"doc{number}.csv", f"{number}".encode())
    firm.put("Birch", "w2.csv")
    firm.call("sync")
    names = [one["name"] for one in firm.answer("documents", "--search", "doc")["documents"]]
    assert sorted(names) == ["doc0.csv", "doc1.csv", "doc2.csv"]
    page = firm.answer("documents", "--limit", "2", "--offset", "3")["documents"]
    assert len(page) == 1
    birch = firm.answer("documents", "--client", "Birch-2025", "--stage", "filed")["documents"]
    assert [one["client"] for one in birch] == ["Birch"]
    assert firm.call("documents", "--client", "Nobody").exit_code == 2
    assert len(firm.answer("history", "--client", "birch", "--since", "1h")["history"]) > 3


def test_json_is_all_there_is_on_standard_output(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    result = firm.call("sync", "--json")
    assert json.loads(result.stdout)["filed_now"] == 1


def test_the_ledger_of_the_firm_stays_under_its_home(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.call("sync")
    assert {path.name for path in firm.clients.rglob("*")} == {"Ash Bakery", "w2.csv"}
    assert Path(firm.home / "logs" / "agent.log").exists()
