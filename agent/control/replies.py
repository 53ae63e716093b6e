"""Answers of the door: JSON, and sentences for whatever cannot be answered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from agent.control.door_shapes import DoneAnswer
from agent.control.questions import Between, Busy
from agent.control.refused import Refused
from agent.errors import AgentError
from agent.words import door as said

PAGES = ("/", "/enter")  # what people open in a browser
Reply = Callable[[Request, Exception], Awaitable[Response]]

log = logging.getLogger(__name__)


class Unfit(Exception):
    """The question itself is wrong; `status` is HTTP's word for it, `sentence` ours."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def done(sentence: str, status: int = 200) -> JSONResponse:
    """A DoneAnswer."""
    answer: DoneAnswer = {"sentence": sentence}
    return JSONResponse(answer, status)


def shown(sentence: str, status: int) -> Response:
    """The sentence for whoever sees it in a browser."""
    page = f"<!doctype html><meta charset=utf-8><title>filed-agent</title><p>{escape(sentence)}</p>"
    return HTMLResponse(page, status)


async def _unfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unfit)
    if request.url.path in PAGES:
        return shown(error.sentence, error.status)
    return done(error.sentence, error.status)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return done(error.said, error.status)


async def _between(request: Request, error: Exception) -> Response:
    return done(said.BETWEEN, 503)


async def _busy(request: Request, error: Exception) -> Response:
    return done(said.BUSY, 503)


async def _no_answer(request: Request, error: Exception) -> Response:
    if request.method == "POST":  # whoever answers it may be at it still
        return done(f"{said.NO_ANSWER} {said.MAY_STILL}", 503)
    return done(said.NO_ANSWER, 503)


async def _trouble(request: Request, error: Exception) -> Response:
    assert isinstance(error, AgentError)
    return done(f"{error.title}. {error.said} {error.advice}", 503)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = {404: said.UNKNOWN, 405: said.WRONG_METHOD}.get(error.status_code, said.TROUBLE)
    return done(sentence, error.status_code)


async def unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: the log has the trace, whoever asked learns nothing of it."""
    return done(said.TROUBLE, 500)


REPLIES: Mapping[type[Exception], Reply] = {
    Unfit: _unfit,
    Refused: _refused,
    Between: _between,
    Busy: _busy,
    TimeoutError: _no_answer,
    AgentError: _trouble,
    HTTPException: _http,
}
