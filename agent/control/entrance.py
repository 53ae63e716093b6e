"""What the open door is known by: its port and its token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(slots=True)
class Entrance:
    """`token` is made once for each door of a process, so that of an earlier one opens nothing;
    `port` is set each time the door opens, 0 before."""

    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
