"""The key, the token, its renewal, and the timeouts with a key that was refused."""

from __future__ import annotations

import threading

import pytest

from agent.errors import (
    AgentError,
    FiledTrouble,
    KeyRefused,
    RateLimited,
    SignInNeeded,
    WrongEndpoint,
    WrongWorkspace,
)
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.sign_in import SignIn
from agent.filed.token import Token
from agent.filed.transport import Transport
from tests.filed.kit import NOON, SHORT, JumpingClock, Keys, jwt
from tests.filed.scripted import Scripted, Turn, answer, hang_up, page, reply


def signed_in(keys: Keys, key: str | None = "key-1") -> tuple[SignIn, JumpingClock]:
    clock = JumpingClock()
    return SignIn(keys, lambda: key, clock), clock


def test_without_a_key_somebody_has_to_sign_in() -> None:
    for key in (None, ""):
        sign_in, _ = signed_in(Keys(), key)
        with pytest.raises(SignInNeeded):
            sign_in.token()


def test_a_token_serves_until_four_fifths_of_its_life() -> None:
    keys = Keys(jwt(iat=NOON, exp=NOON + 1000), jwt(iat=NOON, exp=NOON + 1000, n=2))
    sign_in, clock = signed_in(keys)
    first = sign_in.token()
    clock.advance(799)
    assert sign_in.token() == first
    clock.advance(2)
    assert sign_in.token() != first
    assert keys.asked == ["key-1", "key-1"]


@pytest.mark.parametrize(
    ("text", "life"),
    [
        pytest.param("opaque", 1500.0, id="opaque"),
        pytest.param("a.b.c", 1500.0, id="no-jwt"),
        pytest.param("a.ÿ.c", 1500.0, id="not-ascii"),
        pytest.param(jwt(exp=NOON + 600), 600.0, id="exp-by-filed-s-clock"),
        pytest.param(jwt(iat=10, exp=70), 60.0, id="exp-since-iat"),
        pytest.param(jwt(exp="soon"), 1500.0, id="odd-exp"),
        pytest.param(jwt(exp=True), 1500.0, id="exp-true"),
        pytest.param(jwt(exp=float("inf")), 1500.0, id="exp-infinite"),
        pytest.param(jwt(exp=NOON - 5), 1500.0, id="exp-in-the-past"),
        pytest.param(jwt(iat=1, exp=1e12), 1500.0, id="exp-in-an-age"),
        pytest.param(jwt(), 1500.0, id="no-exp"),
    ],
)
def test_the_life_of_a_token_is_read_or_assumed(text: str, life: float) -> None:
    token = Token.of(text, server_now=NOON, steady_now=0.0)
    assert (token.renew_at, token.dies_at) == (0.8 * life, life)


def test_our_own_clock_does_not_shorten_a_token_s_life() -> None:
    clock = JumpingClock()
    clock.wall += 86_400.0
    sign_in = SignIn(
        Keys(jwt(exp=NOON + 1000), "second"), lambda: "k", clock, lambda at: at - 86_400.0
    )
    first = sign_in.token()
    clock.advance(700)
    assert sign_in.token() == first


def test_a_failed_early_renewal_leaves_the_old_token_in_use() -> None:
    keys = Keys(jwt(iat=NOON, exp=NOON + 1000), FiledTrouble("502"), FiledTrouble("502"))
    sign_in, clock = signed_in(keys)
    first = sign_in.token()
    clock.advance(850)
    assert sign_in.token() == first
    assert sign_in.token() == first
    assert len(keys.asked) == 2
    clock.advance(200)
    with pytest.raises(FiledTrouble):
        sign_in.token()


def test_a_refused_key_is_left_alone_longer_each_time() -> None:
    keys = Keys(*[KeyRefused("no")] * 20)
    sign_in, clock = signed_in(keys)
    waits = []
    for _ in range(8):
        with pytest.raises(KeyRefused):
            sign_in.token()
        asked, waited = len(keys.asked), 0
        while len(keys.asked) == asked and waited < 700:
            clock.advance(10)
            waited += 10
            with pytest.raises(KeyRefused):
                sign_in.token()
        waits.append(waited)
    assert waits == [30, 60, 120, 240, 480, 600, 600, 600]


def test_a_new_key_is_tried_at_once() -> None:
    keys, clock, key = Keys(KeyRefused("no"), "good"), JumpingClock(), ["old"]
    sign_in = SignIn(keys, lambda: key[0], clock)
    with pytest.raises(KeyRefused):
        sign_in.token()
    key[0] = "new"
    assert sign_in.token() == "good"
    assert keys.asked == ["old", "new"]


def test_signing_in_again_forgets_the_refusal() -> None:
    keys = Keys(KeyRefused("no"), "good")
    sign_in, _ = signed_in(keys)
    with pytest.raises(KeyRefused):
        sign_in.token()
    sign_in.forget()
    assert sign_in.token() == "good"


def test_a_key_of_another_workspace_is_refused_and_left_alone() -> None:
    keys = Keys(jwt(workspaceId="w1"), jwt(workspaceId="w2"))
    sign_in, clock = signed_in(keys)
    sign_in.token()
    clock.advance(1400)
    for _ in range(3):
        with pytest.raises(WrongWorkspace):
            sign_in.token()
    assert len(keys.asked) == 2


def test_tokens_without_a_workspace_are_not_compared() -> None:
    keys = Keys(jwt(workspaceId="w1"), "opaque", jwt(workspaceId="w1", n=3))
    sign_in, clock = signed_in(keys)
    for _ in range(3):
        sign_in.token()
        clock.advance(1400)


def test_renewing_what_another_thread_renewed_asks_nobody() -> None:
    keys = Keys()
    sign_in, _ = signed_in(keys)
    old = sign_in.token()
    assert sign_in.renew(old) == "t2"
    assert sign_in.renew(old) == "t2"
    assert len(keys.asked) == 2


class Queue:
    """A lock that tells when so many threads have come to it."""

    def __init__(self, many: int) -> None:
        self.all_here = threading.Event()
        self._lock, self._count, self._many = threading.Lock(), threading.Lock(), many
        self._here = 0

    def __enter__(self) -> None:
        with self._count:
            self._here += 1
            if self._here == self._many:
                self.all_here.set()
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


@pytest.mark.parametrize("outcome", ["token", FiledTrouble("502"), RateLimited("", 9.0)])
def test_one_exchange_is_in_flight_and_the_others_share_its_outcome(
    outcome: str | AgentError,
) -> None:
    queue, keys = Queue(6), []

    def exchange(key: str) -> str:
        keys.append(key)
        assert queue.all_here.wait(5)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    sign_in = SignIn(exchange, lambda: "key-1", JumpingClock())
    sign_in._lock = queue  # type: ignore[assignment]  # stands in for the lock
    results: list[object] = []

    def want() -> None:
        try:
            results.append(sign_in.token())
        except AgentError as error:
            results.append(type(error))

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert results == [outcome if isinstance(outcome, str) else type(outcome)] * 6
    assert keys == ["key-1"]


def test_a_token_that_is_given_and_refused_is_not_stormed() -> None:
    keys = Keys()
    sign_in, clock = signed_in(keys)
    for _ in range(5):
        with pytest.raises(KeyRefused):
            sign_in.ask(lambda token: token, lambda _: True)
    assert len(keys.asked) == 2
    clock.advance(31)
    with pytest.raises(KeyRefused):
        sign_in.ask(lambda token: token, lambda _: True)
    assert len(keys.asked) == 4


def test_a_token_replaced_meanwhile_says_nothing_of_the_key() -> None:
    sign_in, clock = signed_in(Keys())
    old = sign_in.token()
    sign_in.renew(old)
    assert type(sign_in.give_up(old)) is FiledTrouble
    assert sign_in.token() == "t2"
    clock.advance(1501)
    assert type(sign_in.give_up("t2")) is FiledTrouble
    assert sign_in.token() == "t3"


def test_neither_key_nor_token_shows_in_a_repr() -> None:
    keys = Keys("secret-token", KeyRefused("no"))
    sign_in, clock = signed_in(keys, "secret-key")
    sign_in.token()
    shown = repr(sign_in) + repr(sign_in._token)
    clock.advance(1600)
    with pytest.raises(KeyRefused):
        sign_in.token()
    shown += repr(sign_in._bar)
    assert "secret" not in shown


def tokens(text: object = "good") -> dict[str, object]:
    return {"exchangeSurfaceRefreshTokenForAccessTokens": {"workspaceToken": text}}


def exchange(*script: Turn) -> tuple[object, Scripted]:
    """The outcome of one exchange, and the server that answered."""
    with Scripted(*script) as server:
        endpoint = Endpoint.parse(server.url("/graphql"))
        with Transport([endpoint], JumpingClock(), timeouts=SHORT) as transport:
            try:
                return Exchange(transport, endpoint)("key-1"), server
            except AgentError as error:
                return type(error), server


def test_a_key_is_exchanged_without_an_authorization_header() -> None:
    outcome, server = exchange(answer(tokens()))
    assert outcome == "good"
    assert "authorization" not in server.asked[0].headers
    assert server.asked[0].variables == {"apiKey": "key-1"}


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        pytest.param(reply(401), KeyRefused, id="401"),
        pytest.param(reply(403), KeyRefused, id="403"),
        pytest.param(answer(None, "UNAUTHENTICATED"), KeyRefused, id="code"),
        pytest.param(answer(None, "FORBIDDEN"), KeyRefused, id="forbidden"),
        pytest.param(answer(None, "BAD_USER_INPUT"), KeyRefused, id="bad-input"),
        pytest.param(answer(None, "TOKEN_REVOKED"), KeyRefused, id="unknown-code"),
        pytest.param(answer(None, "", status=400), KeyRefused, id="400"),
        pytest.param(answer(None, "INTERNAL_SERVER_ERROR"), FiledTrouble, id="internal"),
        pytest.param(
            answer(None, "GRAPHQL_VALIDATION_FAILED", status=400), FiledTrouble, id="validation"
        ),
        pytest.param(answer(None), FiledTrouble, id="null"),
        pytest.param(answer(tokens(5)), FiledTrouble, id="number"),
        pytest.param(answer(tokens("a\r\nX: y")), FiledTrouble, id="line-break"),
        pytest.param(answer(tokens("")), FiledTrouble, id="empty"),
        pytest.param(reply(404), WrongEndpoint, id="404"),
        pytest.param(reply(500), FiledTrouble, id="500"),
        pytest.param(reply(429), RateLimited, id="429"),
        pytest.param(page(), FiledTrouble, id="page"),
        pytest.param(page(401), FiledTrouble, id="page-401"),
        pytest.param(page(403), FiledTrouble, id="page-403"),
        pytest.param(hang_up, FiledTrouble, id="lost"),
    ],
)
def test_a_failed_exchange_blames_the_key_only_where_it_is_to_blame(
    turn: Turn, error: type[AgentError]
) -> None:
    outcome, server = exchange(turn)
    assert outcome is error
    assert len(server.asked) == 1
