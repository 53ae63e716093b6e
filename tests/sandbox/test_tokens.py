"""The exchange of an API key for tokens, their claims and their end."""

from __future__ import annotations

import base64
import json

from agent.sandbox.server import Sandbox
from agent.sandbox.tokens import DEFAULT_ACCOUNTS
from tests.sandbox.caller import EXCHANGE, Caller, JumpingClock
from tests.sandbox.conftest import switch

ME = "{ me { __typename ... on User { name workspaces { id } } ... on WorkspaceUser { role } } }"


def _claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_token_carries_its_claims(caller: Caller, clock: JumpingClock) -> None:
    claims = _claims(caller.token)
    assert claims["exp"] == clock.now + 1800
    assert claims["iat"] == clock.now
    assert claims["workspaceId"] == DEFAULT_ACCOUNTS[0].workspace_id
    assert claims["access"] == "read_write"


def test_a_token_works_until_its_last_second_and_not_after(
    caller: Caller, clock: JumpingClock
) -> None:
    clock.jump(1799)
    assert caller.ask(ME).data["me"]["__typename"] == "WorkspaceUser"
    assert caller.create(1).status_code == 201
    clock.jump(1)
    assert caller.ask(ME).code == "UNAUTHENTICATED"
    assert caller.create(1).status_code == 401


def test_the_life_of_tokens_is_a_switch(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    switch(sandbox, token_life_seconds=5)
    caller.sign_in()
    assert _claims(caller.token)["exp"] == clock.now + 5
    clock.jump(5)
    assert caller.ask(ME).code == "UNAUTHENTICATED"


def test_an_unknown_key_is_refused(caller: Caller) -> None:
    assert caller.ask(EXCHANGE, key="nobody").code == "UNAUTHENTICATED"


def test_a_user_token_is_a_user_and_may_not_upload(caller: Caller) -> None:
    caller.sign_in(kind="userToken")
    assert caller.ask(ME).data["me"]["__typename"] == "User"
    assert caller.create(1).status_code == 401
    assert caller.create_client().code == "FORBIDDEN"


def test_a_read_only_key_may_look_and_change_nothing(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(3).headers["Location"]
    caller.sign_in(sandbox.read_only_key)
    assert caller.clients() == []
    assert caller.create_client().code == "FORBIDDEN"
    assert caller.create(1).status_code == 403
    assert caller.patch(url, 0, b"abc").status_code == 403
    assert caller.head(url).status_code == 200


def test_a_forged_or_broken_token_is_refused(caller: Caller) -> None:
    head, claims, signature = caller.token.split(".")
    for token in (f"{head}.{claims}.{signature[::-1]}", f"{head}.{claims}.", "x", "a.b.c", "."):
        caller.token = token
        assert caller.ask(ME).code == "UNAUTHENTICATED"
        assert caller.create(1).status_code == 401


def test_forgotten_tokens_are_refused_and_the_key_still_works(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.forget_tokens()
    assert caller.ask(ME).code == "UNAUTHENTICATED"
    caller.sign_in()
    assert caller.ask(ME).data["me"]["role"] == "admin"


def test_a_revoked_key_takes_its_tokens_along(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.revoke_key(sandbox.api_key)
    assert caller.ask(ME).code == "UNAUTHENTICATED"
    assert caller.ask(EXCHANGE, key=sandbox.api_key).code == "UNAUTHENTICATED"


def test_me_without_a_good_token_is_an_error_or_null_or_401(
    sandbox: Sandbox, caller: Caller
) -> None:
    caller.token = ""
    assert caller.ask(ME).code == "UNAUTHENTICATED"
    switch(sandbox, anonymous_me="null")
    assert caller.ask(ME).data == {"me": None}
    switch(sandbox, anonymous_me="http_401")
    assert caller.ask(ME).status == 401
    assert caller.ask("{ health { id } }").status == 200
