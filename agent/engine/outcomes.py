"""What is written down of a sending that brought no yes (design section 5)."""

from __future__ import annotations

from dataclasses import replace

from agent.engine.ledger_port import Ledger, Writing
from agent.model.operation import Operation, OperationState

REFUSED_AFTER_LOSS = "refused after a lost answer"


def note_lost(ledger: Ledger, operation: Operation, why: str) -> None:
    """An ambiguous outcome: engine.readback waits it out."""
    unknown = replace(operation, state=OperationState.unknown, doubts=operation.doubts + 1)
    with ledger.write() as writing:
        writing.move_operation(operation, unknown, why)


def note_not_sent(writing: Writing, operation: Operation, why: str) -> bool:
    """A definite no of this sending; whether the operation is over with it.

    With an earlier sending in doubt the doubt stays, and this one does not count as an attempt.
    """
    if operation.doubts:
        attempt = max(1, operation.attempt - 1)
        unknown = replace(operation, state=OperationState.unknown, attempt=attempt)
        writing.move_operation(operation, unknown, f"not sent: {why}")
        return False
    note_refused(writing, operation, f"not sent: {why}")
    return True


def note_refused(writing: Writing, operation: Operation, why: str) -> None:
    """The operation is over: surely not carried out, or given up."""
    writing.move_operation(operation, replace(operation, state=OperationState.refused), why)
