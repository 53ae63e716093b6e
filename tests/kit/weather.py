"""Bad weather at Filed: faults of every kind, drawn at random, as texts for the sandbox.

Each kind of request suffers about the share asked for. 404 and 410 come from uploads that really
expire, so that what has to be sent anew is on record (`Received.uploads`, state "expired").
"""

from __future__ import annotations

from agent.sandbox.server import Sandbox

STATUSES = ("500", "502", "503", "429 retry-after 1", "401")
TUS = tuple(f"answer {status}" for status in (*STATUSES, "409", "423", "460"))
SLOW = ("wait 0.5 s", "wait 1.5 s")
LOST = ("drop", "reset", "carry out, then drop", "carry out, answer 502")
LATE = ("carry out 0.4 s late, drop", "carry out 0.4 s late, answer 504")
PARTIAL = tuple(f"cut after {count} bytes" for count in (1, 1_000, 70_000, 200_000))
RUBBISH = ("answer garbage", "answer html")

KINDS: dict[str, tuple[str, ...]] = {
    "POST": (*TUS, *SLOW, *LOST, *LATE, *PARTIAL),
    "PATCH": (*TUS, *SLOW, *LOST, *LATE, *PARTIAL, "expire"),
    "HEAD": (*(f"answer {status}" for status in (*STATUSES, "423")), *SLOW, "drop", "expire"),
    "CreateClient": (*(f"answer {one}" for one in STATUSES), *SLOW, *LOST, *LATE, *RUBBISH),
    "AddClientDocuments": (*(f"answer {one}" for one in STATUSES), *SLOW, *LOST, *LATE, *RUBBISH),
    "Me": (*(f"answer {one}" for one in STATUSES), *SLOW, "drop", "reset", *RUBBISH),
    "ListClients": (*(f"answer {one}" for one in STATUSES), *SLOW, "drop", "reset", *RUBBISH),
    "PollBinderTasks": (*(f"answer {one}" for one in STATUSES), *SLOW, "drop", "reset", *RUBBISH),
    "ExchangeApiKey": ("answer 500", "answer 502", "drop", *SLOW),
}


def storm(sandbox: Sandbox, share: float) -> None:
    """From now on, `share` of the requests of each kind meet a fault."""
    for where, kinds in KINDS.items():
        for what in kinds:
            sandbox.aim(f"{where} rate {share / len(kinds):.6f}: {what}")
