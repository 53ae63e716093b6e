"""The seeded simulator: 1,000 schedules on every push; each protection switched off is found."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.engine import upload
from agent.engine.attach import Attach
from agent.engine.readback import ReadBack
from agent.ledger.ledger import Ledger
from agent.model.document import Document, Stage
from agent.model.operation import OperationState
from tests.kit.filed import MemorySwitches
from tests.kit.simulation import RULES, Simulation

SEEDS = int(os.environ.get("SEEDS", "1000"))
PORTIONS = 20

LATE = MemorySwitches(late_most=60.0, lag_most=20.0, single_use=False, unique_external_id=False)
AT_ONCE = MemorySwitches(single_use=False, unique_external_id=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("portion", range(PORTIONS))
def test_contract_holds_under_every_seed(portion: int) -> None:
    excused: Counter[str] = Counter()
    for seed in range(portion, SEEDS, PORTIONS):
        verdict = Simulation(seed).run()
        assert not verdict.broken, f"seed {seed}: {verdict.broken}"
        excused += verdict.excused
    assert sum(excused.values()) <= SEEDS / PORTIONS, f"too many need a person: {excused}"


@pytest.mark.parametrize("seed", range(8))
def test_contract_holds_for_a_few_seeds(seed: int) -> None:
    assert Simulation(seed).run().broken == []


@pytest.mark.parametrize("seed", [1, 5])
def test_same_seed_gives_the_same_trace(seed: int) -> None:
    first, second = Simulation(seed), Simulation(seed)
    first.run()
    second.run()
    assert first.crossings.trace == second.crossings.trace
    assert first.crashes == second.crashes


def test_without_faults_nothing_is_sent_twice() -> None:
    simulation = Simulation(3, crash_rate=0.0, fault_rate=0.0, people=6, switches=AT_ONCE)
    assert simulation.run().broken == []
    uses = [held.uses for held in simulation.filed.uploads.values()]
    assert max(uses) == 1


# -- each protection switched off is found ---------------------------------------------------------


def _no_commit_gate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Attach, "_at_rest", lambda self, document: True)


def _no_look_before_sending(patch: pytest.MonkeyPatch) -> None:
    """Neither the handle's signature nor the hash of what left is looked at."""
    patch.setattr(upload, "must_be", lambda source, signature: None)

    def uploaded(
        self: upload.Upload, document: Document, digest: object, upload_id: str | None = None
    ) -> Document:
        due = self._clock.steady() + self._rules.debounce
        after = document.to(
            Stage.uploaded,
            upload_id=upload_id or document.upload_id,
            offset=document.size,
            due_at=due,
        )
        with self._ledger.write() as writing:
            return writing.move_document(document, after, "trusted")

    patch.setattr(upload.Upload, "_uploaded", uploaded)


def _no_read_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReadBack, "_find_task", lambda self, operation, client: None)


def _no_client_read_back(patch: pytest.MonkeyPatch) -> None:
    def settle(self: ReadBack, operation: object, client: object) -> None:
        self._creation.send(self._again(operation), client)  # type: ignore[arg-type]

    patch.setattr(ReadBack, "_settle_creation", settle)


def _lost_stays_lost(patch: pytest.MonkeyPatch) -> None:
    """A content that no file held for a moment is never taken up again (the A to B to A trap)."""
    plain = Ledger.to_upload

    def to_upload(self: Ledger, now: float, limit: int) -> list[Document]:
        lost = "select subject_id from history where subject = 'document' and after = 'lost'"
        once_lost = {row[0] for row in self._ask(lost)}
        return [d for d in plain(self, now, limit) if d.id not in once_lost]

    patch.setattr(Ledger, "to_upload", to_upload)


def _open_operations_count_as_never_sent(patch: pytest.MonkeyPatch) -> None:
    """A call on its way when the process died is believed not to have been carried out."""

    def believe(self: ReadBack) -> None:
        for operation in self._ledger.open_operations():
            documents = self._ledger.operation_documents(operation.id)
            if documents and operation.state is OperationState.announced:
                self._attach.release(operation, documents, "believed not sent")

    patch.setattr(ReadBack, "_doubt_announced", believe)


def _nothing(patch: pytest.MonkeyPatch) -> None:
    """No patch: the mutant is in the rules."""


NO_WINDOW = replace(RULES, quiet_window=0.0)
RESTLESS = replace(RULES, quiet=replace(RULES.quiet, default=0.01))

MUTANTS = [
    pytest.param(_no_commit_gate, {}, 300, id="no commit gate"),
    pytest.param(_no_look_before_sending, {}, 300, id="no look at the open file"),
    pytest.param(_no_read_back, {"switches": AT_ONCE}, 60, id="no read-back of documents"),
    pytest.param(_no_client_read_back, {"switches": AT_ONCE}, 60, id="no read-back of clients"),
    pytest.param(_nothing, {"rules": NO_WINDOW, "switches": LATE}, 200, id="no quiet window"),
    pytest.param(_nothing, {"rules": RESTLESS}, 60, id="no quiet time"),
    pytest.param(
        _open_operations_count_as_never_sent,
        {"switches": AT_ONCE, "crash_rate": 0.06},
        200,
        id="an open operation is no doubt",
    ),
    pytest.param(_lost_stays_lost, {}, 300, id="lost stays lost"),
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("mutate", "arguments", "within"), MUTANTS)
def test_protection_switched_off_is_found(
    mutate: Callable[[pytest.MonkeyPatch], None],
    arguments: dict[str, object],
    within: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mutate(monkeypatch)
    for seed in range(within):
        if Simulation(seed, **arguments).run().broken:  # type: ignore[arg-type]
            return
    pytest.fail(f"not found within {within} seeds")
