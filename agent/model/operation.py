"""An operation: one mutation at Filed, announced in the ledger before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OperationKind(StrEnum):
    """The mutations the agent sends."""

    create_client = "createClient"
    add_documents = "addClientDocuments"


class OperationState(StrEnum):
    """What is known of a mutation. `announced` found open at start means the same as `unknown`."""

    announced = "announced"  # durable; on its way or about to be
    unknown = "unknown"  # sent, its answer lost: to be waited out and read back
    done = "done"  # carried out, by its answer or by read-back
    refused = "refused"  # surely not carried out


OPEN = frozenset({OperationState.announced, OperationState.unknown})


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the ledger's `operations`; at most one open for each client.

    `upload_ids` are those sent (in order), empty for createClient. `sent_at` is Filed's clock at
    the announcement, in seconds; `attempt` counts sendings from 1; `doubts` counts those whose
    answer was lost: a refusal is definite only while it is 0.
    """

    id: int
    kind: OperationKind
    client_id: int
    upload_ids: tuple[str, ...]
    state: OperationState
    sent_at: float
    attempt: int = 1
    doubts: int = 0
    task_id: str | None = None
    version: int = 0
