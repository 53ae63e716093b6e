"""The door's reading routes: what the agent did, does and waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.control.answers import (
    client_answer,
    document_answer,
    history_answer,
    status_answer,
    waits_answer,
)
from agent.control.attended import Attended
from agent.control.calendar import last_days
from agent.control.door_shapes import (
    ClientsPageAnswer,
    DaysAnswer,
    DocumentsPageAnswer,
    DocumentStoryAnswer,
    HistoryPageAnswer,
    SnapshotAnswer,
    WaitingAnswer,
)
from agent.control.explain_answer import explain_answer
from agent.control.explained import explain_path
from agent.control.health import gather
from agent.control.inquiry import asked, moment, number, part
from agent.control.named import client_named
from agent.control.notice_board import NoticeBoard
from agent.control.questions import Questions
from agent.control.replies import Unfit
from agent.control.shapes import ExplainAnswer, StatusAnswer
from agent.control.snapshot import snapshot_answer
from agent.control.snooze import Snooze
from agent.control.waits import MOST_LISTED, what_waits
from agent.model.document import Stage
from agent.words import door as said
from agent.words.catalogue import STAGES

USUAL_WAITING = 200


class ReadRoutes:
    """GET: any caller may."""

    def __init__(self, questions: Questions, notices: NoticeBoard, snooze: Snooze) -> None:
        self._questions = questions
        self._notices = notices
        self._snooze = snooze

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/snapshot", self.snapshot),
            Route("/v1/status", self.status),
            Route("/v1/documents", self.documents),
            Route("/v1/documents/{id:int}", self.document),
            Route("/v1/clients", self.clients),
            Route("/v1/history", self.history),
            Route("/v1/waiting", self.waiting),
            Route("/v1/days", self.days),
            Route("/v1/explain", self.explain),
            Route("/v1/notices", self.notices),
        ]

    def snapshot_now(self, attended: Attended) -> SnapshotAnswer:
        """The snapshot, snooze included; on a thread of the questions."""
        return self._snooze.told(snapshot_answer(attended), attended.now())

    async def _told(
        self, question: Callable[[Attended], Mapping[str, object]], *, paths: bool = False
    ) -> Response:
        return JSONResponse(await self._questions.ask(question, paths=paths))

    async def snapshot(self, request: Request) -> Response:
        """SnapshotAnswer."""
        return await self._told(self.snapshot_now)

    async def status(self, request: Request) -> Response:
        """StatusAnswer."""
        return await self._told(_status)

    async def documents(self, request: Request) -> Response:
        """DocumentsPageAnswer."""
        limit, offset = part(request)
        stage, client = _stage(asked(request, "stage")), asked(request, "client")
        search = asked(request, "search")

        def question(attended: Attended) -> DocumentsPageAnswer:
            ledger = attended.ledger
            number = None if client is None else client_named(ledger, client)
            total, rows = ledger.documents_page(stage, number, search, limit, offset)
            listed = [document_answer(row) for row in rows]
            return {"total": total, "offset": offset, "limit": limit, "documents": listed}

        return await self._told(question)

    async def document(self, request: Request) -> Response:
        """DocumentStoryAnswer."""
        wanted = int(request.path_params["id"])
        return await self._told(lambda attended: _story(attended, wanted))

    async def clients(self, request: Request) -> Response:
        """ClientsPageAnswer."""
        limit, offset = part(request)
        search = asked(request, "search")

        def question(attended: Attended) -> ClientsPageAnswer:
            total, rows = attended.ledger.clients_page(search, limit, offset)
            listed = [client_answer(row) for row in rows]
            return {"total": total, "offset": offset, "limit": limit, "clients": listed}

        return await self._told(question)

    async def history(self, request: Request) -> Response:
        """HistoryPageAnswer."""
        limit, offset = part(request)
        client, search = asked(request, "client"), asked(request, "search")
        told = asked(request, "since")
        since = None if told is None else moment(told, "since")

        def question(attended: Attended) -> HistoryPageAnswer:
            ledger = attended.ledger
            number = None if client is None else client_named(ledger, client)
            total, lines = ledger.history_page(number, since, search, limit, offset)
            listed = [history_answer(line) for line in lines]
            return {"total": total, "offset": offset, "limit": limit, "history": listed}

        return await self._told(question)

    async def waiting(self, request: Request) -> Response:
        """WaitingAnswer."""
        limit = number(request, "limit", USUAL_WAITING, 1, MOST_LISTED)

        def question(attended: Attended) -> WaitingAnswer:
            facts = gather(attended.ledger, attended.now(), running=True, note=attended.note)
            waits = what_waits(attended.ledger, facts.away, moving=True)
            ordered = sorted(waits, key=lambda one: not one.words.person)
            return {"total": len(waits), "waiting": [waits_answer(one) for one in ordered[:limit]]}

        return await self._told(question)

    async def days(self, request: Request) -> Response:
        """DaysAnswer."""
        days = number(request, "days", 30, 1, 400)

        def question(attended: Attended) -> DaysAnswer:
            spans = last_days(days, attended.now())
            filed = attended.ledger.filed_by_day([(begin, end) for _, begin, end in spans])
            return {
                "days": [
                    {"day": day.isoformat(), "documents": documents, "bytes": size}
                    for (day, _, _), (documents, size) in zip(spans, filed, strict=True)
                ]
            }

        return await self._told(question)

    async def explain(self, request: Request) -> Response:
        """ExplainAnswer."""
        path = asked(request, "path")
        if path is None:
            raise Unfit('"path" is missing.')

        def question(attended: Attended) -> ExplainAnswer:
            return explain_answer(explain_path(attended.folders, attended.ledger, path))

        return await self._told(question, paths=True)

    async def notices(self, request: Request) -> Response:
        """NoticesAnswer."""
        after = number(request, "after", 0, 0, 1 << 62)
        return JSONResponse({"notices": list(self._notices.after(after))})


def _status(attended: Attended) -> StatusAnswer:
    ledger, now = attended.ledger, attended.now()
    facts = gather(ledger, now, running=True, note=attended.note)
    waits = what_waits(ledger, facts.away, moving=True)
    return status_answer(facts, waits, attended.home, attended.config)


def _story(attended: Attended, wanted: int) -> DocumentStoryAnswer:
    try:
        row = attended.ledger.document_rows([wanted])[0]
    except (LookupError, OverflowError):
        raise Unfit(said.UNKNOWN, 404) from None
    lines = attended.ledger.history_of_document(wanted)
    return {
        "document": document_answer(row),
        "label": STAGES[row.stage],
        "history": [history_answer(line) for line in lines],
    }


def _stage(named: str | None) -> Stage | None:
    try:
        return None if named is None else Stage(named)
    except ValueError:
        raise Unfit(f'"stage" must be one of {", ".join(Stage)}.') from None
