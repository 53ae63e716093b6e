"""`python -m tests.net.impatient`: the agent's command line with time limits of seconds.

Nothing else differs. The long runs use the true limits: a minute of silence, two for a reply.
"""

from __future__ import annotations

from agent.cli import main
from agent.filed import wire

LIMITS = {"connect": 2.0, "read": 2.5, "write": 2.5, "pool": 2.5, "reply": 4.0}


def be_impatient() -> None:
    """Give every Timeouts made from now on other defaults."""
    limits = tuple(LIMITS[name] for name in wire.Timeouts.__dataclass_fields__)
    wire.Timeouts.__init__.__defaults__ = limits


if __name__ == "__main__":
    be_impatient()
    main()
