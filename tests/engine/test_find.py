"""clients `new` -> `known`, `absent` or `held`: one listing for all, and no client twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.errors import FiledTrouble, RateLimited
from agent.model.client import ClientState
from agent.model.document import Stage
from tests.engine.kit import W2, Office
from tests.kit.simulation import RULES

BIRCH = b"Birch/w2.bin"
CEDAR = b"Cedar/w2.bin"


def test_many_new_clients_cost_one_listing(office: Office) -> None:
    office.filed.has_client("Birch-2025")
    for path in (W2, BIRCH, CEDAR):
        office.write(path, path)
    office.rest()
    office.busy(office.find)
    assert office.asked()["clients"] == 1
    states = [office.client(path).state for path in (W2, BIRCH, CEDAR)]
    assert states == [ClientState.absent, ClientState.known, ClientState.absent]


def test_a_client_that_the_remembered_listing_names_costs_no_question(office: Office) -> None:
    office.filed.has_client("Birch-2025")
    office.arrive()
    office.busy(office.find)
    office.clock.advance(86_400.0)
    office.arrive(BIRCH, b"birch")
    office.busy(office.find)
    assert (office.asked()["clients"], office.client(BIRCH).state) == (1, ClientState.known)


def test_a_miss_is_not_believed_of_an_old_listing(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    office.clock.advance(RULES.records_age + 1.0)
    office.filed.has_client("Birch-2025")
    office.arrive(BIRCH, b"birch")
    office.busy(office.find)
    assert office.client(BIRCH).state is ClientState.known


def test_a_wall_clock_set_back_does_not_make_a_listing_fresh_for_ever(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    office.clock.wall_shift = -86_400.0
    office.arrive(BIRCH, b"birch")
    office.busy(office.find)
    assert office.asked()["clients"] == 2


@pytest.mark.parametrize("error", [FiledTrouble("repeats itself"), RateLimited("slow", 9.0)])
def test_no_client_is_judged_by_a_listing_that_broke_off(office: Office, error: Exception) -> None:
    office.filed.troubles["clients"] = [error]
    office.arrive()
    assert office.busy(office.find) > 0
    assert office.client().state is ClientState.new
    office.clock.advance(12.0)
    office.busy(office.find)
    assert office.client().state is ClientState.absent


def test_a_held_client_is_looked_for_again_and_freed_by_filed(office: Office) -> None:
    office.filed.has_client("Ash-2025", status="archived")
    office.arrive()
    office.busy(office.find)
    assert (office.client().state, office.client().reason) == (ClientState.held, "archived")
    assert office.document().stage is Stage.ready
    office.filed._shown.clear()
    office.filed.has_client("Ash-2025")
    office.clock.advance(900.0)
    office.busy(office.find)
    assert office.client().state is ClientState.known


def test_a_client_that_may_not_be_created_is_held_with_the_remedy(
    opened: Callable[..., Office],
) -> None:
    root = replace(RULES.roots[0], create_clients=False)
    office = opened(rules=replace(RULES, roots=(root,)))
    office.arrive()
    office.busy(office.find)
    client = office.client()
    assert (client.state, client.reason) == (ClientState.held, "create-not-allowed")
    assert "Create the client at Filed" in (client.said or "")


def test_N08_two_folders_that_differ_by_case_only_create_no_client(office: Office) -> None:
    office.write(b"ASH/w2.bin", b"one")
    office.write(b"ash/w2.bin", b"two")
    office.live(200.0)
    assert office.filed.records == []
    assert office.filed.binder == []
    held = [office.held(b"ash/w2.bin"), office.held(b"ASH/w2.bin")]
    assert "two-folders" in held


def test_N08_the_doubt_ends_when_one_of_the_folders_goes(office: Office) -> None:
    office.write(b"ASH/w2.bin", b"one")
    office.write(b"ash/w2.bin", b"two")
    office.live(60.0)
    office.disk.rename(b"ash/w2.bin", b"ASH/other.bin")
    office.live(400.0)
    assert office.stages() == {Stage.filed: 2}
    assert [record.external_id for record in office.filed.records] == ["ASH-2025"]


def test_N15_a_renamed_client_folder_asks_before_it_becomes_another_client(
    office: Office,
) -> None:
    office.arrive()
    office.live(120.0)
    office.disk.rename(W2, b"Ash and Sons/w2.bin")
    office.live(120.0)
    assert [record.name for record in office.filed.records] == ["Ash"]
    assert len(office.filed.binder) == 1
    client = office.client(b"Ash and Sons/w2.bin")
    assert (client.state, client.reason) == (ClientState.held, "renamed")
    assert '"Ash"' in (client.said or "")
    office.ledger.retry(clients=(client.id,), who="a person who says that it is another one")
    office.live(120.0)
    assert [record.name for record in office.filed.records] == ["Ash", "Ash and Sons"]


def test_l6_an_external_id_moved_to_another_client_holds_up_nobody(office: Office) -> None:
    record = office.filed.has_client("Ash-2025")
    office.arrive()
    office.busy(office.find)
    office.filed._shown.clear()
    office.filed._show(record=replace(record, name="Birch", external_id="Birch-2025"))
    office.filed.has_client("Cedar-2025")
    office.clock.advance(RULES.records_age + 1.0)
    office.write(BIRCH, b"birch")
    office.arrive(CEDAR, b"cedar")
    office.busy(office.find)
    assert office.client(CEDAR).state is ClientState.known
    assert office.client(BIRCH).state is ClientState.held


def test_nothing_waiting_costs_nothing(office: Office) -> None:
    assert office.find.turn() == 30.0
    assert office.filed.calls == []
