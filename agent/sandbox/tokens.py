"""API keys and the short-lived JSON Web Tokens that Filed gives for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Access = Literal["read_only", "read_write"]
Kind = Literal["user", "workspace"]
HEADER = {"alg": "HS256", "typ": "JWT"}


class TokenRefusedError(Exception):
    """A token is missing, malformed, forged or past its time."""


@dataclass(frozen=True)
class Account:
    """One API key with the workspace and the person that it stands for."""

    api_key: str
    access: Access = "read_write"
    workspace_id: str = "018f9c2a-0000-7000-8000-000000000001"
    workspace_name: str = "Sandbox Tax Firm"
    user_id: str = "018f9c2a-0000-7000-8000-0000000000aa"
    user_name: str = "Integration Owner"
    email: str = "integration@sandbox.example"


DEFAULT_ACCOUNTS = (
    Account("sandbox-key"),
    Account("sandbox-read-only", access="read_only"),
    Account(
        "sandbox-other-key",
        workspace_id="018f9c2a-0000-7000-8000-000000000002",
        workspace_name="Another Tax Firm",
        user_id="018f9c2a-0000-7000-8000-0000000000bb",
        user_name="Other Owner",
        email="owner@another.example",
    ),
)


@dataclass(frozen=True)
class Claims:
    """What a valid token says about its bearer."""

    account: Account
    kind: Kind
    expires: float


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class TokenMint:
    """Issues and reads HS256 tokens (RFC 7515, 7519); thread-safe, as it keeps no lists."""

    def __init__(self, accounts: tuple[Account, ...], clock: Callable[[], float]) -> None:
        self._accounts = {account.api_key: account for account in accounts}
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def account(self, api_key: str) -> Account | None:
        """The account of an API key that is still good."""
        return self._accounts.get(api_key)

    def revoke(self, api_key: str) -> None:
        """Make an API key useless, as when it expired or its owner left the firm."""
        self._accounts.pop(api_key, None)

    def forget(self) -> None:
        """Make every token issued so far invalid; the API keys stay good."""
        self._secret = secrets.token_bytes(32)

    def issue(self, account: Account, kind: Kind, life: float) -> str:
        """A signed token for an account that lives ``life`` seconds."""
        now = self._clock()
        claims = {
            "sub": account.user_id,
            "iat": int(now),
            "exp": now + life if life % 1 else int(now + life),
            "jti": secrets.token_hex(8),
            "kind": kind,
            "key": hashlib.sha256(account.api_key.encode()).hexdigest(),
            "workspaceId": account.workspace_id,
            "access": account.access,
        }
        parts = [
            _encode(json.dumps(part, separators=(",", ":")).encode()) for part in (HEADER, claims)
        ]
        return ".".join([*parts, self._sign(".".join(parts))])

    def read(self, token: str) -> Claims:
        """The claims of a token; raises TokenRefusedError."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(signed).encode(), signature.encode()):
            raise TokenRefusedError("The signature of the token is wrong.")
        claims = json.loads(_decode(signed.partition(".")[2]))
        if self._clock() >= claims["exp"]:
            raise TokenRefusedError("The token has expired.")
        for account in list(self._accounts.values()):
            if hashlib.sha256(account.api_key.encode()).hexdigest() == claims["key"]:
                return Claims(account, claims["kind"], claims["exp"])
        raise TokenRefusedError("The API key of the token was revoked.")

    def bearer(self, header: str | None) -> Claims:
        """The claims behind an Authorization header; raises TokenRefusedError."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefusedError("There is no bearer token.")
        return self.read(token.strip())

    def _sign(self, text: str) -> str:
        return _encode(hmac.new(self._secret, text.encode("utf-8"), hashlib.sha256).digest())
