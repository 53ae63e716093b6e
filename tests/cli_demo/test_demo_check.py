"""The proof of the demo sees every difference."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli.demo_check import Expected, Paper, differences, expected_of, explains, unexplained
from agent.cli.made_up_firm import ClientFolder, Fate, Firm, MadeFile, fingerprint
from agent.model.overview import Subject, Waiting
from agent.sandbox.received import Received, ReceivedClient, ReceivedDocument

ONE = Paper("Elm-2025", "a" * 64, 10)
TWO = Paper("Oak-2025", "b" * 64, 20)
EXPECTED = Expected(
    {ONE: "Elm: one.pdf", TWO: "Oak: two.pdf"}, set(), {"Elm-2025": "Elm", "Oak-2025": "Oak"}
)


def document(paper: Paper, name: str = "one.pdf", status: str = "COMPLETED") -> ReceivedDocument:
    return ReceivedDocument(name, paper.size, paper.sha256, "upload", "task", status)


def client(external_id: str, name: str, *documents: ReceivedDocument) -> ReceivedClient:
    return ReceivedClient("1", "w", name, external_id, 2025, "F1040", "active", documents)


def received(*clients: ReceivedClient) -> Received:
    return Received(clients, (), (), {}, 0, ())


ELM = client("Elm-2025", "Elm", document(ONE))
OAK = client("Oak-2025", "Oak", document(TWO, "two.pdf"))


def test_nothing_is_wrong_when_all_is_there_once() -> None:
    assert differences(EXPECTED, received(ELM, OAK)) == []


def test_a_missing_document_is_told() -> None:
    assert differences(EXPECTED, received(ELM)) == ["Oak: two.pdf: is not at Filed"]


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
def test_a_document_whose_task_is_not_completed_is_not_filed(status: str) -> None:
    oak = client("Oak-2025", "Oak", document(TWO, "two.pdf", status))
    assert differences(EXPECTED, received(ELM, oak)) == ["Oak: two.pdf: is not at Filed"]


def test_a_document_filed_twice_is_told() -> None:
    oak = client("Oak-2025", "Oak", document(TWO, "two.pdf"), document(TWO, "copy.pdf"))
    assert differences(EXPECTED, received(ELM, oak)) == ["Oak-2025: two.pdf: is at Filed 2 times"]


def test_a_document_under_the_wrong_client_is_missing_here_and_too_much_there() -> None:
    stray = replace(TWO, external_id="Elm-2025")
    elm = client("Elm-2025", "Elm", document(ONE), document(stray, "two.pdf"))
    assert differences(EXPECTED, received(elm, client("Oak-2025", "Oak"))) == [
        "Oak: two.pdf: is not at Filed",
        "Elm-2025: two.pdf: should not be at Filed, or not with these bytes",
    ]


@pytest.mark.parametrize("torn", [replace(TWO, sha256="c" * 64), replace(TWO, size=19)])
def test_other_bytes_are_told(torn: Paper) -> None:
    oak = client("Oak-2025", "Oak", document(torn, "two.pdf"))
    assert len(differences(EXPECTED, received(ELM, oak))) == 2


def test_an_earlier_content_may_be_there_but_only_once() -> None:
    early = Paper("Oak-2025", "d" * 64, 7)
    expected = replace(EXPECTED, early={early})
    both = (document(TWO, "two.pdf"), document(early, "two.pdf"))
    assert differences(expected, received(ELM, client("Oak-2025", "Oak", *both))) == []
    assert differences(expected, received(ELM, OAK)) == []
    again = client("Oak-2025", "Oak", *both, document(early, "two.pdf"))
    assert differences(expected, received(ELM, again)) == ["Oak-2025: two.pdf: is at Filed 2 times"]


def test_a_client_made_twice_or_unknown_or_misnamed_is_told() -> None:
    clients = (ELM, OAK, client("Oak-2025", "Oak"), client("Ash-2025", "Ash"))
    assert differences(EXPECTED, received(*clients)) == [
        "Oak-2025: is 2 clients at Filed",
        "Ash-2025: should not be a client at Filed",
    ]
    misnamed = replace(OAK, name="Oakley")
    assert differences(EXPECTED, received(ELM, misnamed)) == [
        "Oak-2025: is called Oakley at Filed, not Oak"
    ]


def test_names_cannot_disturb_the_terminal() -> None:
    rude = client("Elm-2025", "Elm", document(ONE), document(TWO, "a\x1b[2J\n.pdf"))
    assert "\x1b" not in "".join(differences(EXPECTED, received(rude, OAK)))


def test_expected_is_read_from_the_disk_and_copies_count_once(tmp_path: Path) -> None:
    firm = Firm(tmp_path, random.Random(1), odd_names=False)
    firm.open_doors()
    here, there = firm.clients[:2]
    firm.save(here.path / "a.pdf", b"same", here)
    firm.save(here.path / "b.pdf", b"same", here)
    firm.save(there.path / "a.pdf", b"same", there)
    made = firm.save(there.path / "c.pdf", b"late", there)
    made.early.add(fingerprint(b"early"))
    firm.save(here.path / "empty.pdf", b"", here, Fate.waits, "empty")
    same, late, early = (fingerprint(data) for data in (b"same", b"late", b"early"))
    expected = expected_of(firm)
    assert set(expected.papers) == {
        Paper(here.external_id, *same),
        Paper(there.external_id, *same),
        Paper(there.external_id, *late),
    }
    assert expected.early == {Paper(there.external_id, *early)}
    assert firm.documents == len(expected.papers)
    (there.path / "c.pdf").write_bytes(b"tampered")
    assert Paper(there.external_id, *late) not in expected_of(firm).papers


def waits(made: MadeFile, reason: str | None) -> Waiting:
    path = os.fsencode(made.path)
    return Waiting(
        Subject.file, 1, "held", made.path.name, path, None, reason, reason or "", None, None
    )


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    firm = Firm(tmp_path, random.Random(1), odd_names=False)
    firm.open_doors()
    return firm


def test_a_waiting_file_has_to_stand_in_the_list_with_its_reason(firm: Firm) -> None:
    owner = firm.clients[0]
    made = firm.save(owner.path / "a.pdf", b"", owner, Fate.waits, "empty")
    assert unexplained(firm, [waits(made, "empty")]) == []
    assert unexplained(firm, []) == ["a.pdf: waits, but no list says why"]
    assert len(unexplained(firm, [waits(made, "link")])) == 2


def test_a_file_that_waits_for_no_reason_is_told(firm: Firm) -> None:
    owner = firm.clients[0]
    made = firm.save(owner.path / "a.pdf", b"x", owner)
    assert unexplained(firm, [waits(made, "in-use")]) == ["a.pdf: waits (in-use), but should not"]


def test_a_failed_document_and_a_held_client_explain_their_files(tmp_path: Path) -> None:
    owner = ClientFolder(tmp_path / "Elm", "Elm", 2025)
    program = MadeFile(owner.path / "a.exe", owner, Fate.waits)
    twin = MadeFile(owner.path / "b.pdf", owner, Fate.waits, "two-folders")
    failed = Waiting(Subject.document, 1, "failed", "a.exe", None, "Elm", None, "415", "", None)
    held = Waiting(Subject.client, 1, "held", "Elm", None, "Elm", "two-folders", "", "", None)
    assert explains(failed, program)
    assert not explains(failed, twin)
    assert not explains(replace(failed, client="Oak"), program)
    assert explains(held, twin)
    assert not explains(held, program)
    assert not explains(replace(held, name="Oak"), twin)
