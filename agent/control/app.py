"""The door's application: every route behind the guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from starlette.applications import Starlette
from starlette.types import ExceptionHandler

from agent.control.entrance import Entrance
from agent.control.guard import Guard
from agent.control.links import Links
from agent.control.live import Feed
from agent.control.notice_board import NoticeBoard
from agent.control.questions import Questions
from agent.control.replies import REPLIES, unexpected
from agent.control.routes_export import ExportRoutes
from agent.control.routes_live import LiveRoutes
from agent.control.routes_page import PageRoutes
from agent.control.routes_read import ReadRoutes, snapshot_now
from agent.control.routes_wish import WishRoutes


class Application:
    """Built once for a door; `guarded` is what a server serves."""

    def __init__(
        self, questions: Questions, notices: NoticeBoard, links: Links, entrance: Entrance
    ) -> None:
        self.feed = Feed(lambda: questions.ask(snapshot_now))
        notices.on_notice(self.feed.tell)
        wishes = WishRoutes(questions, links, entrance, self.feed.changed)
        routes = [
            *ReadRoutes(questions, notices, entrance).routes(),
            *wishes.routes(),
            *LiveRoutes(self.feed).routes(),
            *ExportRoutes(questions).routes(),
            *PageRoutes(links, entrance).routes(),
        ]
        handlers = cast(
            "Mapping[type[Exception], ExceptionHandler]", {**REPLIES, Exception: unexpected}
        )
        application = Starlette(routes=routes, exception_handlers=dict(handlers))
        application.router.redirect_slashes = False
        self.guarded = Guard(application, links, entrance)
