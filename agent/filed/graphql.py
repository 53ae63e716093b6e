"""Questions and mutations at Filed's platform graph, signed, validated, classified."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from agent.errors import FiledTrouble, OutcomeUnknown
from agent.filed.answer import Answer, problem
from agent.filed.endpoint import Endpoint
from agent.filed.question import post
from agent.filed.shapes import Shape
from agent.filed.sign_in import SignIn
from agent.filed.transport import ReplyLost, Transport

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Shape)


class Graph:
    """The platform graph; safe to share among threads."""

    def __init__(self, transport: Transport, endpoint: Endpoint, sign_in: SignIn) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self._sign_in = sign_in

    def query(self, name: str, variables: Mapping[str, object], shape: type[S]) -> S:
        """Ask a question; asking twice does no harm.

        Raises SignInNeeded, RateLimited, FiledUnreachable, FiledTrouble.
        """
        try:
            answer = self._sign_in.ask(
                lambda token: self._post(name, variables, token), lambda a: a.unauthenticated
            )
        except ReplyLost as error:
            raise FiledTrouble(str(error)) from error
        return self._believed(name, answer, shape, mutation=False)

    def mutate(self, name: str, variables: Mapping[str, object], shape: type[S]) -> S:
        """Have something done, at most once for each call.

        Raises FiledRefused or its kinds (a definite no), OutcomeUnknown (it may have been done),
        SignInNeeded, RateLimited, FiledUnreachable (surely not done).
        """
        try:
            # replayed only where not one field was answered: with data there it was carried out
            answer = self._sign_in.ask(
                lambda token: self._post(name, variables, token),
                lambda a: a.unauthenticated and a.empty,
            )
        except ReplyLost as error:
            raise OutcomeUnknown(str(error)) from error
        return self._believed(name, answer, shape, mutation=True)

    def server_time(self, at: float) -> float:
        """Our wall clock time `at` on Filed's clock."""
        return self._transport.server_time(at)

    def _post(self, name: str, variables: Mapping[str, object], token: str) -> Answer:
        return post(self._transport, self._endpoint, name, variables, token)

    def _believed(self, name: str, answer: Answer, shape: type[S], *, mutation: bool) -> S:
        """The data where it has the shape asked for, whatever errors came with it (R19)."""
        try:
            found = shape.model_validate(answer.data)
        except ValidationError:
            raise problem(answer, self._transport.now(), mutation=mutation) from None
        if answer.codes:
            log.warning("%s: data came together with errors %s.", name, sorted(set(answer.codes)))
        return found
