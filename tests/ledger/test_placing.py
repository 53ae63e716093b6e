"""Which client a folder stands for: S1 and S4 when folders contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.ledger.ledger import Ledger
from agent.ledger.placing import UNMOVABLE
from agent.model.client import Client, ClientState
from agent.model.reasons import Reason
from agent.model.stale import StaleRow
from tests.ledger.kit import ROOT, add_client, add_document, digest, memory_ledger, place, rows, see


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with memory_ledger() as ledger:
        yield ledger


def put(ledger: Ledger, name: str = "Miller", root: int = 1, **other: Any) -> Client:
    with ledger.write() as writing:
        return writing.place_client(root, place(name, **other))


def forget(ledger: Ledger, folder: bytes) -> None:
    with ledger.write() as writing:
        writing.forget_folder(1, folder)


def in_doubt(client: Client) -> bool:
    return client.state is ClientState.held and client.reason == Reason.two_folders


# another folder of the same client: same external ID, and what it may say otherwise
SECOND: list[dict[str, Any]] = [
    {"folder": b"Mi\xcc\x87ller"},
    {"folder": b"MILLER", "name": "MILLER", "external_id": "Miller-2025"},
    {"folder": b"Mueller", "name": "Mueller", "key": "mueller", "external_id": "Miller-2025"},
    {"folder": b"Miller 24", "tax_year": 2024, "external_id": "Miller-2025"},
    {"folder": b"Miller biz", "return_type": "F1120", "external_id": "Miller-2025"},
    {"folder": b"MILLER", "name": "MILLER", "external_id": "MILLER-2025"},
]


def test_one_folder_is_one_client_however_often_it_is_placed(ledger: Ledger) -> None:
    first = put(ledger)
    assert (first.state, first.key, first.external_id) == (ClientState.new, "miller", "Miller-2025")
    assert put(ledger) == first
    assert ledger.twins(first) == ()
    assert ledger.roots_of(first.id) == {1}
    assert ledger.our_external_ids() == {"Miller-2025"}


def test_the_same_folder_in_two_roots_is_one_client(ledger: Ledger) -> None:
    other = ledger.root(b"/srv/more").id
    first = put(ledger)
    assert put(ledger, root=other) == first
    assert ledger.twins(first) == ()
    assert ledger.roots_of(first.id) == {1, other}


def test_other_years_and_types_are_other_clients(ledger: Ledger) -> None:
    first = put(ledger)
    second = put(ledger, folder=b"24/Miller", tax_year=2024, external_id="Miller-2024")
    third = put(ledger, folder=b"biz/Miller", return_type="F1120", external_id="Miller-biz")
    assert {first.state, second.state, third.state} == {ClientState.new}
    assert len({first.id, second.id, third.id}) == 3


@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("state", [ClientState.new, ClientState.absent])
def test_what_filed_does_not_know_is_held_for_both_folders(
    ledger: Ledger, second: dict[str, Any], state: ClientState
) -> None:
    first = add_client(ledger, state=state)
    newcomer = put(ledger, **second)
    assert in_doubt(newcomer)
    assert in_doubt(ledger.client(first.id))
    assert in_doubt(put(ledger))
    assert "Miller" in (newcomer.said or "")
    assert set(ledger.twins(ledger.client(first.id))) == {b"Miller", second["folder"]}


@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("state", [ClientState.known, ClientState.creating])
def test_what_filed_knows_stays_but_only_for_its_own_folder(
    ledger: Ledger, second: dict[str, Any], state: ClientState
) -> None:
    first = add_client(ledger, state=state)
    assert in_doubt(put(ledger, **second))
    assert ledger.client(first.id) == first
    assert put(ledger) == first
    assert in_doubt(put(ledger, **second)), "asked again, still in doubt"


@pytest.mark.parametrize("second", SECOND)
def test_no_document_of_a_folder_in_doubt_reaches_a_known_client(
    ledger: Ledger, second: dict[str, Any]
) -> None:
    first = add_client(ledger, state=ClientState.known)
    with pytest.raises(ValueError, match="in doubt"), ledger.write() as writing:
        writing.place_client(1, place())
        client = writing.place_client(1, place(**second))
        writing.hold_document(client.id, digest("w2"), 1, "w2.pdf", None)
    with ledger.write() as writing:
        writing.place_client(1, place(**second))
        client = writing.place_client(1, place())
        writing.hold_document(client.id, digest("w2"), 1, "w2.pdf", None)
    assert client == first


def test_a_value_that_is_no_row_cannot_be_moved(ledger: Ledger) -> None:
    add_client(ledger, state=ClientState.known)
    doubtful = put(ledger, **SECOND[0])
    assert doubtful.version == UNMOVABLE
    with pytest.raises(StaleRow), ledger.write() as writing:
        writing.move_client(doubtful, doubtful.to(ClientState.new), "cheating")


@pytest.mark.parametrize("second", [SECOND[0], SECOND[5]])
def test_the_doubt_ends_when_the_other_folder_is_gone(
    ledger: Ledger, second: dict[str, Any]
) -> None:
    first = put(ledger)
    see(ledger, b"Miller", second["folder"])
    newcomer = put(ledger, **second)
    forget(ledger, second["folder"])
    assert ledger.twins(ledger.client(first.id)) == ()
    held = ledger.client(first.id)
    with ledger.write() as writing:
        writing.move_client(held, held.to(ClientState.new), "the doubt is gone")
    assert put(ledger).state is ClientState.new
    see(ledger, second["folder"])
    assert in_doubt(put(ledger, **second)), "the folder came back, and so does the doubt"
    assert in_doubt(ledger.client(first.id))
    assert newcomer.reason == Reason.two_folders


def test_a_folder_under_another_spelling_takes_over_when_the_first_is_gone(ledger: Ledger) -> None:
    first = add_client(ledger, state=ClientState.known)
    see(ledger, b"Miller", SECOND[0]["folder"])
    assert in_doubt(put(ledger, **SECOND[0]))
    forget(ledger, b"Miller")
    assert put(ledger, **SECOND[0]) == first
    see(ledger, b"Miller")
    assert in_doubt(put(ledger, folder=b"Mi-ller")), "it is the owner now"
    assert put(ledger, **SECOND[0]) == first


@pytest.mark.parametrize("second", SECOND[1:5])
def test_a_renamed_folder_renames_a_client_of_which_nothing_was_sent(
    ledger: Ledger, second: dict[str, Any]
) -> None:
    first = put(ledger)
    see(ledger, b"Miller")
    forget(ledger, b"Miller")
    renamed = put(ledger, **second)
    says = place(**second)
    assert renamed.id == first.id
    assert renamed.state is ClientState.new
    assert (renamed.key, renamed.name, renamed.tax_year, renamed.return_type) == (
        says.key,
        says.name,
        says.tax_year,
        says.return_type,
    )


@pytest.mark.parametrize("second", SECOND[2:5])
@pytest.mark.parametrize("known", [True, False])
def test_a_renamed_folder_is_asked_about_once_documents_are_on_their_way(
    ledger: Ledger, second: dict[str, Any], known: bool
) -> None:
    first = add_client(ledger, state=ClientState.known if known else ClientState.absent)
    add_document(ledger, first)
    see(ledger, b"Miller")
    forget(ledger, b"Miller")
    assert in_doubt(put(ledger, **second))
    assert in_doubt(put(ledger, **second)), "asked again, still in doubt"
    assert ledger.client(first.id) == first
    assert ledger.twins(first) == ()


@pytest.mark.parametrize("state", [ClientState.known, ClientState.creating])
def test_a_client_that_filed_knows_is_never_renamed_here(
    ledger: Ledger, state: ClientState
) -> None:
    first = add_client(ledger, state=state)
    see(ledger, b"Miller")
    forget(ledger, b"Miller")
    assert in_doubt(put(ledger, **SECOND[2]))
    assert ledger.client(first.id) == first


def test_a_person_who_retries_without_mending_meets_the_same_doubt(ledger: Ledger) -> None:
    first = put(ledger)
    put(ledger, **SECOND[0])
    ledger.retry(clients=(first.id,), who="a person")
    assert ledger.client(first.id).state is ClientState.new
    assert in_doubt(put(ledger))


def test_an_external_id_that_changed_makes_no_second_client_at_filed(ledger: Ledger) -> None:
    first = add_client(ledger, state=ClientState.known)
    second = put(ledger, external_id="M-2025")
    assert second.id != first.id
    assert in_doubt(second)
    assert "Miller-2025" in (second.said or "")
    assert ledger.twins(second) == (b"Miller",)
    assert ledger.client(first.id) == first


def test_a_folder_that_a_person_confirmed_is_in_doubt_no_more(ledger: Ledger) -> None:
    first = add_client(ledger, state=ClientState.known)
    assert in_doubt(put(ledger, **SECOND[1]))
    ledger.confirm_folder(ROOT, b"MILLER", first.id, "a person")
    assert put(ledger, **SECOND[1]) == first
    assert put(ledger) == first
    assert in_doubt(put(ledger, folder=b"Miller (old)")), "a third folder is asked about"
    changed = put(ledger, **(SECOND[1] | {"tax_year": 2024}))
    assert in_doubt(changed), "it says something else than what was confirmed"


def test_a_confirmed_folder_puts_no_doubt_on_the_owner(ledger: Ledger) -> None:
    first = put(ledger)
    put(ledger, **SECOND[0])
    ledger.confirm_folder(ROOT, SECOND[0]["folder"], first.id, "a person")
    held = ledger.client(first.id)
    assert ledger.twins(held) == ()
    with ledger.write() as writing:
        writing.move_client(held, held.to(ClientState.new), "the doubt is gone")
    assert put(ledger).state is ClientState.new
    assert put(ledger, **SECOND[0]).state is ClientState.new


def test_confirming_frees_clients_that_were_held(ledger: Ledger) -> None:
    first = put(ledger)
    put(ledger, **SECOND[5])
    other = next(c for c in ledger.clients_in(("held",), 0.0) if c.id != first.id)
    ledger.confirm_folder(ROOT, b"MILLER", other.id, "a person")
    assert ledger.twins(other) == ()
    assert ledger.twins(first), "the other folder has to be confirmed as well"
    ledger.confirm_folder(ROOT, b"Miller", first.id, "a person")
    assert ledger.twins(first) == ()


@pytest.mark.parametrize(("folder", "client"), [(b"Nobody", 1), (b"Miller", 99)])
def test_confirming_what_is_not_known_is_refused(
    ledger: Ledger, folder: bytes, client: int
) -> None:
    put(ledger)
    with pytest.raises(KeyError):
        ledger.confirm_folder(ROOT, folder, client, "a person")


def test_a_client_held_for_another_reason_is_still_in_doubt_for_a_second_folder(
    ledger: Ledger,
) -> None:
    first = add_client(ledger, state=ClientState.held)
    assert in_doubt(put(ledger, **SECOND[0]))
    assert ledger.client(first.id).reason == "same-name"


def test_every_change_of_a_client_by_placing_is_in_the_history(ledger: Ledger) -> None:
    put(ledger)
    put(ledger, **SECOND[5])
    told = rows(ledger, "SELECT subject_id, before, after FROM history ORDER BY id")
    assert told == [(1, None, "new"), (2, None, "new"), (1, "new", "held"), (2, "new", "held")]


@pytest.mark.parametrize("second", [SECOND[1], SECOND[5]])
@pytest.mark.parametrize("state", [ClientState.known, ClientState.creating])
@pytest.mark.parametrize("doubted_first", [True, False])
def test_N08_a_folder_renamed_in_case_only_keeps_its_client_at_filed(
    ledger: Ledger, second: dict[str, Any], state: ClientState, doubted_first: bool
) -> None:
    first = add_client(ledger, state=state)
    add_document(ledger, first)
    see(ledger, b"Miller", second["folder"])
    if doubted_first:
        assert in_doubt(put(ledger, **second)), "both are there"
    forget(ledger, b"Miller")
    assert put(ledger, **second) == first
    assert put(ledger, **second) == first
    assert ledger.twins(first) == ()
    see(ledger, b"Miller")
    assert in_doubt(put(ledger)), "the old spelling came back, beside the new one"
    assert put(ledger, **second) == first


@pytest.mark.parametrize(
    "second",
    [
        {"folder": b"2024/MILLER", "name": "MILLER", "external_id": "MILLER-2025"},
        {"folder": b"Miller.", "name": "Miller", "external_id": "Miller.-2025"},
        {"folder": b"MILLER", "tax_year": 2024, "external_id": "MILLER-2024"},
        {"folder": b"MILLER", "key": "muller", "external_id": "MILLER-2025"},
    ],
)
def test_N08_any_other_new_place_is_no_new_spelling(ledger: Ledger, second: dict[str, Any]) -> None:
    first = add_client(ledger, state=ClientState.known)
    see(ledger, b"Miller", second["folder"])
    forget(ledger, b"Miller")
    assert put(ledger, **second).id != first.id


def test_N08_a_new_spelling_beside_another_claim_is_asked_about(ledger: Ledger) -> None:
    first = add_client(ledger, state=ClientState.known)
    see(ledger, b"Miller", b"MILLER", b"mIller")
    assert in_doubt(put(ledger, folder=b"mIller", name="mIller", external_id="mIller-2025"))
    forget(ledger, b"Miller")
    assert in_doubt(put(ledger, **SECOND[5])), "two spellings are left, and neither is the owner's"
    assert ledger.client(first.id) == first
