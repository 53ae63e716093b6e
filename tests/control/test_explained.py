"""Every decision about a path is told with its rule and where the rule comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config.load import lines_of, load
from agent.control.decisions import client_decision, document_decisions, file_decision
from agent.control.explain_answer import explain_answer
from agent.control.explained import Explained, explain_path
from agent.control.shapes import ExplainAnswer
from agent.ledger.ledger import Ledger
from agent.model.client import Client, ClientState, Place
from agent.model.document import Document, Stage
from agent.model.file import File, FileState, Signature
from agent.model.reasons import Reason
from agent.model.root import FolderRow
from agent.words.origins import Origin, Source
from tests.cli.shape_check import assert_shape
from tests.kit.clock import JumpingClock

TOML = """
[[folder]]
path = '{first}'
tax_year = 2025
return_type = "F1040"

[[folder]]
path = '{second}'
layout = "{{tax_year}}/{{client}}"
return_type = "F1065"
create_clients = false
ignore = ["*.bak", "keep*", "!keep.bak", "!~$mine.pdf"]
external_id = "{{client}}-{{tax_year}}"
"""


class Home:
    """A configuration with two folders, on a real disk, and a ledger."""

    def __init__(self, folder: Path) -> None:
        self.first, self.second = folder / "clients", folder / "old"
        for root in (self.first, self.second):
            root.mkdir()
        self.config = folder / "config.toml"
        self.config.write_text(TOML.format(first=self.first, second=self.second))
        self.folders = load(self.config, {"FILED_AGENT_HOME": str(folder / "home")}).folder
        self.ledger = Ledger.in_memory(JumpingClock())

    def explain(self, path: Path) -> Explained:
        """What there is to say of a path."""
        return explain_path(self.folders, self.ledger, str(path), lines_of(self.config))

    def file(self, path: Path) -> Path:
        """A file that lies there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        return path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.ledger.close()


def origins(found: Explained) -> dict[str, str]:
    """By what was decided: where the rule comes from."""
    return {one.what: one.origin.text for one in found.decisions}


def told(found: Explained) -> dict[str, str]:
    """By what was decided: what holds."""
    return {one.what: one.told for one in found.decisions}


def test_a_key_that_is_left_out_is_a_default_and_one_that_is_there_has_its_line(
    home: Home,
) -> None:
    found = home.explain(home.file(home.first / "Ash" / "w2.pdf"))
    assert origins(found) == {
        "Watched": "configuration, line 3, [[folder]] no. 1",
        "Layout": "default",
        "Folder says": "default",
        "External ID": "default",
        "Tax year": "configuration, line 4, [[folder]] no. 1",
        "Return type": "configuration, line 5, [[folder]] no. 1",
        "New client": "default",
        "Name": "built in",
    }
    assert told(found)["Folder says"] == "client Ash"
    assert told(found)["Name"] == "a document's: no rule leaves it out"


def test_what_the_path_says_has_the_layout_for_its_origin(home: Home) -> None:
    found = home.explain(home.file(home.second / "2024" / "Birch" / "w2.pdf"))
    layout = "configuration, line 9, [[folder]] no. 2"
    by = origins(found)
    assert (by["Layout"], by["Folder says"], by["Tax year"]) == (layout,) * 3
    assert by["Return type"] == "configuration, line 10, [[folder]] no. 2"
    assert by["External ID"] == "configuration, line 13, [[folder]] no. 2"
    assert by["New client"] == "configuration, line 11, [[folder]] no. 2"
    assert told(found)["New client"] == "is never created"
    assert told(found)["Tax year"] == "2024"


@pytest.mark.parametrize(
    ("name", "decided", "source"),
    [
        ("~$w2.xlsx", "no document, by the rule ~$*", Source.agent),
        ("old.BAK", "no document, by the rule *.bak", Source.configuration),
        ("keep.txt", "no document, by the rule keep*", Source.configuration),
        ("keep.bak", "a document, taken in by the rule !keep.bak", Source.configuration),
        ("~$mine.pdf", "a document, taken in by the rule !~$mine.pdf", Source.configuration),
        ("w2.pdf", "a document's: no rule leaves it out", Source.agent),
    ],
)
def test_the_rule_that_decides_about_a_name_is_the_last_that_fits(
    home: Home, name: str, decided: str, source: Source
) -> None:
    found = home.explain(home.file(home.second / "2024" / "Birch" / name))
    (one,) = [one for one in found.decisions if one.what == "Name"]
    assert (one.told, one.origin.source) == (decided, source)
    assert one.origin.line == (12 if source is Source.configuration else None)
    assert found.rule is not None
    assert (found.rule.name_rule is not None) is decided.startswith("no document,")
    if found.rule.name_rule is not None:
        assert f"{found.rule.name_rule} ({one.origin.text})." in found.verdict[0]


def test_a_folder_that_is_never_entered_is_a_rule_of_the_agent(home: Home) -> None:
    found = home.explain(home.file(home.first / ".git" / "config"))
    assert origins(found)["Folder's name"] == "built in"
    assert told(found)["Folder's name"] == "never entered, by the rule .git"


def test_a_place_that_is_no_client_s_is_decided_by_the_layout(home: Home) -> None:
    found = home.explain(home.file(home.second / "stray.pdf"))
    assert told(found)["Folder says"] == "no client"
    assert origins(found)["Folder says"] == "configuration, line 9, [[folder]] no. 2"


def test_a_configuration_whose_lines_are_not_known_is_still_the_origin(home: Home) -> None:
    path = home.file(home.first / "Ash" / "w2.pdf")
    found = explain_path(home.folders, None, str(path))
    assert origins(found)["Tax year"] == "configuration, [[folder]] no. 1"
    home.config.unlink()
    assert lines_of(home.config) == {}


def test_outside_of_all_folders_nothing_is_decided(home: Home, tmp_path: Path) -> None:
    assert home.explain(tmp_path / "elsewhere.pdf").decisions == ()


def hold(home: Home, path: Path, reason: Reason | None) -> None:
    """The ledger knows the file as held for this reason (None: as left out by jane)."""
    root, below = os.fsencode(home.first), os.fsencode(path.relative_to(home.first))
    folder, _, name = below.rpartition(b"/")
    seen = Signature(1, 1, 1, 1, 1)
    with home.ledger.write() as writing:
        row = writing.add_root(root)
        writing.save_folder(row.id, FolderRow(folder, 1, b""))
        file = writing.add_file(File(0, row.id, folder, name, FileState.settling, seen), "seen")
        if reason is not None:
            held = file.to(FileState.held, reason=reason.value, due_at=5.0)
            writing.move_file(file, held, "looked at")
    if reason is None:
        home.ledger.ignore(root, below, "jane", "a draft")


def test_a_person_who_left_a_file_out_is_named(home: Home) -> None:
    path = home.file(home.first / "Ash" / "draft.pdf")
    hold(home, path, None)
    found = home.explain(path)
    assert origins(found)["File"] == "a person: left out by jane: a draft"
    assert told(found)["File"] == "left out"
    root, below = os.fsencode(home.first), b"Ash/draft.pdf"
    home.ledger.unignore(root, below, "joe")
    home.ledger.ignore(root, below, "joe")
    assert origins(home.explain(path))["File"] == "a person: left out by joe"


@pytest.mark.parametrize(
    ("reason", "origin"),
    [(Reason.empty, "built in"), (Reason.in_use, "built in"), (Reason.layout, "default")],
)
def test_why_a_file_waits_is_a_rule_of_the_agent_or_the_layout(
    home: Home, reason: Reason, origin: str
) -> None:
    path = home.file(home.first / "Ash" / "w2.pdf")
    hold(home, path, reason)
    assert origins(home.explain(path))["File"] == origin


def test_a_pause_is_a_decision_of_whoever_paused(home: Home) -> None:
    path = home.file(home.first / "Ash" / "w2.pdf")
    hold(home, path, Reason.in_use)
    assert "Sending" not in origins(home.explain(path))
    home.ledger.pause(1e12, "jane")
    assert origins(home.explain(path))["Sending"] == "a person: paused by jane"
    home.ledger.resume("joe")
    home.ledger.pause(1e12, "joe")
    assert origins(home.explain(path))["Sending"] == "a person: paused by joe"


def test_a_folder_that_a_person_confirmed_says_so(home: Home) -> None:
    path = home.file(home.first / "Ash" / "w2.pdf")
    hold(home, path, Reason.in_use)
    place = home.explain(path).rule
    assert place is not None
    assert isinstance(place.place, Place)
    root = home.ledger.root(os.fsencode(home.first))
    with home.ledger.write() as writing:
        client = writing.place_client(root.id, place.place)
    assert not home.ledger.is_confirmed(root.id, b"Ash")
    home.ledger.confirm_folder(root.path, b"Ash", client.id, "jane")
    assert home.ledger.is_confirmed(root.id, b"Ash")
    assert not home.ledger.is_confirmed(root.id, b"Birch")


def test_the_answer_has_its_shape_and_misleads_nobody(home: Home) -> None:
    path = home.file(home.first / "Ash\u202e\nBirch" / "w2.pdf")
    answer = explain_answer(home.explain(path))
    assert_shape(answer, ExplainAnswer)
    assert not any(sign in repr(answer["decisions"]) for sign in ("\u202e", "\\u202e\\n"))
    assert set(answer["rule"]["origins"]) >= {"layout", "name_rule"} if answer["rule"] else False


def test_an_origin_reads_as_one_phrase() -> None:
    assert Origin(Source.filed).text == "Filed's answer"
    assert Origin(Source.person).text == "a person"
    assert Origin(Source.default, folder=2).text == "default"
    assert Origin(Source.configuration, 3).text == "configuration, line 3"


@pytest.mark.parametrize(
    ("reason", "origin"),
    [
        (Reason.archived, "Filed's answer"),
        (Reason.same_name, "Filed's answer"),
        (Reason.two_folders, "built in"),
        (Reason.renamed, "built in"),
        (Reason.not_allowed, "configuration, line 11, [[folder]] no. 2"),
    ],
)
def test_a_client_waits_by_filed_s_answer_our_doubt_or_a_key(
    home: Home, reason: Reason, origin: str
) -> None:
    found = home.explain(home.file(home.second / "2024" / "Birch" / "w2.pdf"))
    client = Client(
        1, "birch", "Birch", "Birch-2024", 2024, "F1065", ClientState.held, reason=reason.value
    )
    decision = client_decision(client, found.rule, confirmed=True)
    assert decision is not None
    assert decision.what == "Client waits"
    assert decision.origin.text == origin


def test_a_client_that_a_person_confirmed_says_so_and_any_other_nothing() -> None:
    client = Client(1, "birch", "Birch", "Birch-2024", 2024, "F1065", ClientState.new)
    assert client_decision(client, None, confirmed=False) is None
    decision = client_decision(client, None, confirmed=True)
    assert decision is not None
    assert decision.origin.source is Source.person


def test_a_file_that_a_name_rule_leaves_out_names_the_rule_s_origin(home: Home) -> None:
    rule = home.explain(home.file(home.second / "2024" / "Birch" / "old.bak")).rule
    seen = Signature(1, 1, 1, 1, 1)
    file = File(1, 1, b"2024/Birch", b"old.bak", FileState.ignored, seen, reason="name-rule")
    decision = file_decision(file, rule, ())
    assert decision is not None
    assert decision.origin.text == "configuration, line 12, [[folder]] no. 2"


def test_a_duplicate_and_a_newer_version_are_decisions_as_well() -> None:
    document = Document(9, 1, "ab" * 32, 3, "w2.pdf", Stage.ready, replaces=4)
    told = {one.what: one.told for one in document_decisions(document, 2)}
    assert told == {
        "Duplicate": "also in 2 other files; it is sent once",
        "Newer version": "replaces document 4; nothing of that is removed",
    }
    assert list(document_decisions(replace(document, replaces=None), 0)) == []
