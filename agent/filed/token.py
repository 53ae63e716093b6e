"""An access token: what can be read from it, and how long it may be used."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, field

USUAL_LIFE = 25 * 60.0  # seconds, where the token does not say (filed-api.md 2.3)
LONGEST_LIFE = 24 * 3600.0  # a longer one is not believed
RENEW_AT = 0.8  # of its life


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its times on our steady clock; the text shows in no repr."""

    text: str = field(repr=False)
    renew_at: float
    dies_at: float
    workspace: str | None = None

    @classmethod
    def of(cls, text: str, *, server_now: float, steady_now: float) -> Token:
        """A token just received; `server_now` is Filed's clock, `steady_now` our monotonic one."""
        claims = _claims(text)
        workspace = claims.get("workspaceId")
        life = _life(claims, server_now)
        return cls(
            text,
            steady_now + RENEW_AT * life,
            steady_now + life,
            workspace if isinstance(workspace, str) and workspace else None,
        )


def _life(claims: dict[str, object], server_now: float) -> float:
    """Seconds from issue to expiry; our own clock is left out of it, it may be a day off (R26)."""
    end = _number(claims.get("exp"))
    start = _number(claims.get("iat"))
    if end is None:
        return USUAL_LIFE
    life = end - (server_now if start is None else start)
    return life if 1.0 <= life <= LONGEST_LIFE else USUAL_LIFE


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON sets no limit to whole numbers
        return None
    return number if math.isfinite(number) else None


def _claims(text: str) -> dict[str, object]:
    """The payload of a JWT, unverified: it only times our renewals. Empty where it is none."""
    parts = text.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
