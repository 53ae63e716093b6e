"""The API key for a token: the one question that is asked without a token."""

from __future__ import annotations

import re

from pydantic import ValidationError

from agent.errors import (
    AgentError,
    FiledTrouble,
    KeyRefused,
    RateLimited,
    ReadOnlyKey,
    WrongEndpoint,
)
from agent.filed.answer import Answer, problem
from agent.filed.endpoint import Endpoint
from agent.filed.question import post
from agent.filed.shapes import ExchangeData
from agent.filed.transport import ReplyLost, Transport
from agent.system.redaction import hide_everywhere

NOT_THE_KEY = frozenset({"INTERNAL_SERVER_ERROR", "GRAPHQL_VALIDATION_FAILED", ""})
USABLE = re.compile(r"[\x21-\x7e]{1,8000}")  # what a header can carry


class Exchange:
    """exchangeSurfaceRefreshTokenForAccessTokens; repeating it does no harm."""

    def __init__(self, transport: Transport, endpoint: Endpoint) -> None:
        self._transport = transport
        self._endpoint = endpoint

    def __call__(self, key: str) -> str:
        """The workspaceToken.

        Raises KeyRefused, RateLimited, FiledUnreachable, FiledTrouble, WrongEndpoint.
        """
        try:
            answer = post(
                self._transport, self._endpoint, "exchange_api_key", {"apiKey": key}, None
            )
        except ReplyLost as error:
            raise FiledTrouble(str(error)) from error
        try:
            token = ExchangeData.model_validate(answer.data).tokens.workspace_token
        except ValidationError:
            raise self._refusal(answer) from None
        if not USABLE.fullmatch(token):
            raise FiledTrouble("Filed gave a token that cannot be used.")
        hide_everywhere(token)  # it need not look like one
        return token

    def _refusal(self, answer: Answer) -> AgentError:
        """Whether the key is to blame, or Filed, or the network."""
        error = problem(answer, self._transport.now(), mutation=False)
        if isinstance(error, RateLimited | WrongEndpoint):
            return error
        named = [code for code in answer.codes if code not in NOT_THE_KEY]
        by_status = answer.reply.status in (400, 401, 403) and not answer.reply.is_page
        blames_key = by_status and set(answer.codes) <= {""}
        if named or blames_key or isinstance(error, ReadOnlyKey):
            return KeyRefused(f"Filed answered: {answer.said}" if answer.said else "")
        return FiledTrouble(error.said)
