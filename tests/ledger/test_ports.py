"""The ledger is what the engine asks for; mypy is the judge, over these assignments."""

from __future__ import annotations

from agent.engine import ledger_port
from agent.ledger.ledger import Ledger
from tests.ledger.kit import StillClock


def test_the_ledger_fulfils_the_engines_port() -> None:
    ledger = Ledger.in_memory(StillClock())
    port: ledger_port.Ledger = ledger
    with port.write() as writing:
        pen: ledger_port.Writing = writing
        pen.save_records((), 1.0)
    assert port.remembered_at() == 1.0
    ledger.close()
