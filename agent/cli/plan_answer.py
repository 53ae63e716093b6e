"""The JSON of `plan`, in the shapes of agent.control.shapes."""

from __future__ import annotations

from agent.cli.planned import Plan, PlannedClient
from agent.control.answers import path_json, root_answer, trouble_answer, waits_answer
from agent.control.shapes import PlanAnswer, PlannedClientAnswer
from agent.model.client import ClientState

AT_FILED = {
    ClientState.new: "unknown",
    ClientState.absent: "create",
    ClientState.creating: "create",
    ClientState.known: "known",
    ClientState.held: "held",
}


def plan_answer(plan: Plan) -> PlanAnswer:
    """The whole plan."""
    return {
        "documents": plan.documents,
        "bytes": plan.size,
        "asked_filed": plan.asked,
        "not_asked": trouble_answer(plan.not_asked),
        "clients": [_client(one) for one in plan.clients],
        "waiting": [waits_answer(one) for one in plan.waits],
        "ignored": [{"path": path_json(path), "rule": rule} for path, rule in plan.ignored],
        "roots_away": [root_answer(root) for root in plan.away],
    }


def _client(one: PlannedClient) -> PlannedClientAnswer:
    row = one.row
    return {
        "name": row.name,
        "external_id": row.external_id,
        "tax_year": row.tax_year,
        "return_type": row.return_type,
        "at_filed": AT_FILED[row.state],
        "reason": row.reason,
        "said": row.said,
        "to_send": [
            {
                "name": document.name,
                "size": document.size,
                "sha256": document.sha256,
                "paths": [path_json(path) for path in document.paths],
            }
            for document in one.to_send
        ],
        "bytes_to_send": one.bytes_to_send,
        "filed": one.filed,
        "under_way": one.under_way,
    }
