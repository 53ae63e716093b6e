"""The door's reading routes: what the agent did, does and waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.config.load import lines_of
from agent.control import pages
from agent.control.address import proof
from agent.control.answers import status_answer, time_json
from agent.control.attended import Attended
from agent.control.door_shapes import (
    DocumentStoryAnswer,
    HelloAnswer,
    SnapshotAnswer,
    WaitingAnswer,
)
from agent.control.entrance import Entrance
from agent.control.explain_answer import explain_answer
from agent.control.explained import explain_path
from agent.control.health import Facts, gather
from agent.control.inquiry import asked, asked_path, caller_of, moment, number, part
from agent.control.located import is_away, locate
from agent.control.named import LONGEST_NUMBER
from agent.control.notice_board import NoticeBoard
from agent.control.questions import Questions
from agent.control.refused import Refused
from agent.control.replies import Unfit
from agent.control.roles import Role
from agent.control.shapes import ExplainAnswer, StatusAnswer
from agent.control.snapshot import snapshot_answer
from agent.control.waits import MOST_LISTED, what_waits
from agent.model.document import Stage
from agent.words import door as said

USUAL_WAITING = 200
MOST_DAYS = 400


class ReadRoutes:
    """GET: any caller may."""

    def __init__(self, questions: Questions, notices: NoticeBoard, entrance: Entrance) -> None:
        self._questions = questions
        self._entrance = entrance
        self._notices = notices

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/snapshot", self.snapshot),
            Route("/v1/status", self.status),
            Route("/v1/documents", self.documents),
            Route("/v1/documents/{id}", self.document),
            Route("/v1/clients", self.clients),
            Route("/v1/history", self.history),
            Route("/v1/waiting", self.waiting),
            Route("/v1/days", self.days),
            Route("/v1/explain", self.explain),
            Route("/v1/notices", self.notices),
            Route("/v1/hello", self.hello),
        ]

    async def _told(
        self, question: Callable[[Attended], Mapping[str, object]], *, paths: bool = False
    ) -> Response:
        # written out on the thread that asked: a long list would hold the event loop up
        return await self._questions.ask(
            lambda attended: JSONResponse(question(attended)), paths=paths
        )

    async def snapshot(self, request: Request) -> Response:
        """SnapshotAnswer."""
        return await self._told(snapshot_now)

    async def status(self, request: Request) -> Response:
        """StatusAnswer."""
        return await self._told(_status)

    async def documents(self, request: Request) -> Response:
        """DocumentsPageAnswer."""
        limit, offset = part(request)
        stage, client = _stage(asked(request, "stage")), asked(request, "client")
        search = asked(request, "search")
        return await self._told(
            lambda attended: pages.documents_page(
                attended.ledger, stage, client, search, limit, offset
            )
        )

    async def document(self, request: Request) -> Response:
        """DocumentStoryAnswer."""
        named = request.path_params["id"]
        if not named.isdecimal() or len(named) > LONGEST_NUMBER:
            raise Unfit(said.UNKNOWN, 404)
        wanted = int(named)
        return await self._told(lambda attended: _story(attended, wanted))

    async def clients(self, request: Request) -> Response:
        """ClientsPageAnswer."""
        limit, offset = part(request)
        search = asked(request, "search")
        return await self._told(
            lambda attended: pages.clients_page(attended.ledger, search, limit, offset)
        )

    async def history(self, request: Request) -> Response:
        """HistoryPageAnswer."""
        limit, offset = part(request)
        client, search = asked(request, "client"), asked(request, "search")
        since = since_of(request)
        return await self._told(
            lambda attended: pages.history_page(
                attended.ledger, client, since, search, limit, offset
            )
        )

    async def waiting(self, request: Request) -> Response:
        """WaitingAnswer."""
        limit = number(request, "limit", USUAL_WAITING, 1, MOST_LISTED)

        def question(attended: Attended) -> WaitingAnswer:
            return pages.waiting(attended.ledger, _facts(attended).away, limit)

        return await self._told(question)

    async def days(self, request: Request) -> Response:
        """DaysAnswer."""
        days = number(request, "days", 30, 1, MOST_DAYS)
        return await self._told(lambda attended: pages.days(attended.ledger, days, attended.now()))

    async def explain(self, request: Request) -> Response:
        """ExplainAnswer."""
        path, role = asked_path(request, "path"), caller_of(request).role
        if path is None:
            raise Unfit('"path" is missing.')
        away = await self._questions.ask(lambda attended: is_away(attended.ledger, path))
        return await self._told(lambda attended: _explained(attended, path, role), paths=not away)

    async def hello(self, request: Request) -> Response:
        """Proof for anybody that this is the agent of control.json, and not another program that
        took the port of a dead one: only the agent and its account know the token."""
        answer: HelloAnswer = {"proof": proof(self._entrance.token, asked(request, "nonce") or "")}
        return JSONResponse(answer)

    async def notices(self, request: Request) -> Response:
        """NoticesAnswer."""
        after = number(request, "after", 0, 0, 1 << 62)
        return JSONResponse({"notices": list(self._notices.after(after))})


def _explained(attended: Attended, path: str, role: Role) -> ExplainAnswer:
    """Every decision about a path. Lines are those of the file as it is now.

    Raises Refused where the agent's account would tell somebody else what lies outside of the
    watched folders.
    """
    if role < Role.administer and locate(attended.ledger, path) is None:
        raise Refused(said.NOT_WATCHED)
    lines = lines_of(Path(attended.config))
    return explain_answer(explain_path(attended.folders, attended.ledger, path, lines))


def snapshot_now(attended: Attended) -> SnapshotAnswer:
    """The snapshot, with how long no notices are wanted."""
    answer = snapshot_answer(attended)
    answer["snoozed_until"] = time_json(attended.ledger.snoozed_until())
    return answer


def since_of(request: Request) -> float | None:
    """The `since` of the query, as wall clock seconds. Raises Unfit."""
    told = asked(request, "since")
    return None if told is None else moment(told, "since")


def _facts(attended: Attended) -> Facts:
    return gather(attended.ledger, attended.now(), running=True, note=attended.note)


def _status(attended: Attended) -> StatusAnswer:
    facts = _facts(attended)
    waits = what_waits(attended.ledger, facts.away, moving=True)
    return status_answer(facts, waits, attended.home, attended.config)


def _story(attended: Attended, wanted: int) -> DocumentStoryAnswer:
    try:
        return pages.document_story(attended.ledger, wanted)
    except (LookupError, OverflowError):
        raise Unfit(said.UNKNOWN, 404) from None


def _stage(named: str | None) -> Stage | None:
    try:
        return None if named is None else Stage(named)
    except ValueError:
        raise Unfit(f'"stage" must be one of {", ".join(Stage)}.') from None
