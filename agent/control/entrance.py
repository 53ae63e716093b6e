"""What the open door is known by: its port and its token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(slots=True)
class Entrance:
    """Set anew each time the door opens: an old token opens nothing."""

    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
