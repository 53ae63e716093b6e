"""Every route of the control door: who may ask, with what, and the shape of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PART = ("limit", "offset")


@dataclass(frozen=True)
class DoorRoute:
    """One route. `answer` is a TypedDict of agent.control, None for what is no JSON object;
    `query` and `body` are the names that it knows, `events` the shapes of a feed by event.

    A path is a full one; bytes of it that are no UTF-8 are lone surrogates in a body (`\\udcff`)
    and themselves in a query (`%FF`). Answers show them as `\\xff`, which is not sent back: `file`
    takes the ID of what waits as a `file` instead."""

    method: str
    path: str
    role: str
    answer: str | None
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    content: str = "application/json"
    events: tuple[tuple[str, str], ...] = ()

    def told(self) -> dict[str, Any]:
        """As the published document has it."""
        return {
            "method": self.method,
            "path": self.path,
            "role": self.role,
            "query": list(self.query),
            "body": list(self.body),
            "content": self.content,
            "answer": self.answer,
            "events": dict(self.events),
        }


def _look(
    path: str, answer: str | None, *query: str, content: str = "application/json"
) -> DoorRoute:
    return DoorRoute("GET", f"/v1/{path}", "look", answer, query, content=content)


def _wish(path: str, *body: str, role: str = "steer", answer: str = "DoneAnswer") -> DoorRoute:
    return DoorRoute("POST", f"/v1/{path}", role, answer, body=body)


ROUTES = (
    DoorRoute("GET", "/v1/hello", "anyone", "HelloAnswer", ("nonce",)),
    _look("snapshot", "SnapshotAnswer"),
    _look("status", "StatusAnswer"),
    _look("documents", "DocumentsPageAnswer", "stage", "client", "search", *PART),
    _look("documents/{id}", "DocumentStoryAnswer"),
    _look("clients", "ClientsPageAnswer", "search", *PART),
    _look("history", "HistoryPageAnswer", "client", "since", "search", *PART),
    _look("waiting", "WaitingAnswer", "limit"),
    _look("days", "DaysAnswer", "days"),
    _look("explain", "ExplainAnswer", "path"),
    _look("notices", "NoticesAnswer", "after"),
    _look("export/history.csv", None, "client", "since", content="text/csv"),
    _look("export/history.json", "HistoryLinesAnswer", "client", "since"),
    DoorRoute(
        "GET",
        "/v1/events",
        "look",
        None,
        content="text/event-stream",
        events=(("snapshot", "SnapshotAnswer"), ("notice", "NoticeAnswer")),
    ),
    _wish("pause", "seconds", "until", "tomorrow"),
    _wish("resume"),
    _wish("scan"),
    _wish("retry", "what", "client", "all", "file"),
    _wish("ignore", "path", "why", "undo", "file"),
    _wish("open", "path"),
    _wish("snooze", "seconds"),
    _wish("link", answer="LinkAnswer"),
    _wish("map", "path", "client", role="administer"),
    _wish("accept", "path", role="administer"),
)
