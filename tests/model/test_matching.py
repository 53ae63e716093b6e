"""Which record at Filed a folder stands for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.client import Client, ClientRecord, ClientState
from agent.model.matching import match
from agent.model.reasons import Reason

ROE = Client(1, "roe", "Roe, Jane", "roe-2025", 2025, "F1040", ClientState.new)
RECORD = ClientRecord("id-1", "Roe, Jane", "roe-2025", "active", "F1040", 2025, "2026-01-02")
NONE: frozenset[str] = frozenset()


def test_the_same_external_id_is_the_same_client_whatever_its_name() -> None:
    found = match(ROE, [replace(RECORD, name="Jane Roe-Doe")], NONE, may_create=False)
    assert (found.state, found.filed_id, found.reason) == (ClientState.known, "id-1", None)
    assert found.note is None


@pytest.mark.parametrize(
    ("record", "reason", "remedy"),
    [
        (replace(RECORD, status="archived"), Reason.archived, "Restore it"),
        (replace(RECORD, status="ARCHIVED"), Reason.archived, "Restore it"),
        (replace(RECORD, tax_year=2024), Reason.other_year, "Correct the year"),
        (replace(RECORD, return_type="F1120"), Reason.other_type, "Correct one of them"),
        (replace(RECORD, external_id="x-9"), Reason.same_name, "give both the same external ID"),
        (replace(RECORD, external_id="x-9", name=" ROE, jane "), Reason.same_name, "give both"),
    ],
)
def test_a_doubt_holds_the_client_and_names_the_record_and_the_remedy(
    record: ClientRecord, reason: Reason, remedy: str
) -> None:
    found = match(ROE, [record], NONE, may_create=True)
    assert (found.state, found.reason, found.filed_id) == (ClientState.held, reason, None)
    assert f'"{record.external_id}"' in found.said
    assert remedy in found.said


def test_an_unknown_client_is_created_only_where_that_is_allowed() -> None:
    assert match(ROE, [], NONE, may_create=True).state is ClientState.absent
    held = match(ROE, [], NONE, may_create=False)
    assert (held.state, held.reason) == (ClientState.held, Reason.not_allowed)
    assert "create_clients" in held.said


def test_a_namesake_of_another_year_is_no_doubt() -> None:
    other = replace(RECORD, external_id="roe-2024", tax_year=2024)
    assert match(ROE, [other], NONE, may_create=True).state is ClientState.absent


def test_a_namesake_that_is_another_folder_of_ours_is_no_doubt() -> None:
    other = replace(RECORD, external_id="x-9")
    assert match(ROE, [other], frozenset({"x-9"}), may_create=True).state is ClientState.absent


def test_R22_of_two_records_the_oldest_is_adopted_and_said() -> None:
    records = [
        replace(RECORD, id="young", created_at="2026-03-01"),
        replace(RECORD, id="undated", created_at=""),
        replace(RECORD, id="old", created_at="2026-01-01"),
    ]
    found = match(ROE, records, NONE, may_create=True)
    assert found.filed_id == "old"
    assert found.note is not None
    assert "3 clients" in found.note


def test_names_from_filed_cannot_break_the_sentence() -> None:
    record = replace(RECORD, external_id="x\n9")
    assert "\n" not in match(ROE, [record], NONE, may_create=True).said


records = st.lists(
    st.builds(
        ClientRecord,
        id=st.text(min_size=1, max_size=3),
        name=st.sampled_from(["Roe, Jane", "ROE, JANE", "Doe"]),
        external_id=st.sampled_from(["roe-2025", "doe-2025", "ROE-2025"]),
        status=st.sampled_from(["active", "archived", "Archived"]),
        return_type=st.sampled_from(["F1040", "F1120"]),
        tax_year=st.sampled_from([2024, 2025]),
        created_at=st.sampled_from(["", "2026-01-01", "2026-02-01"]),
    ),
    max_size=5,
)


@given(records, st.sets(st.sampled_from(["doe-2025", "ROE-2025"])), st.booleans())
def test_no_archived_or_differing_record_is_ever_adopted(
    listed: list[ClientRecord], ours: set[str], may_create: bool
) -> None:
    found = match(ROE, listed, frozenset(ours), may_create)
    if found.state is ClientState.known:
        adopted = [record for record in listed if record.id == found.filed_id]
        assert any(
            (one.external_id, one.status, one.tax_year, one.return_type)
            == ("roe-2025", "active", 2025, "F1040")
            for one in adopted
        )
    elif found.state is ClientState.absent:
        assert may_create
        assert all(record.external_id != "roe-2025" for record in listed)
    else:
        assert found.state is ClientState.held
        assert found.reason is not None
        assert found.said.endswith(".")
    assert match(ROE, list(reversed(listed)), frozenset(ours), may_create).state is found.state
