"""What to do next, for people who have buttons (page, tray, notice) and no prompt at hand.

A key of Filed is stored by the command alone: steps about signing in stay as they are.
"""

from __future__ import annotations

from agent import errors
from agent.words import standing

COMMAND = "`filed-agent"
LOGIN = f"{COMMAND} login`"
LISTED = "The status page tells what helps."

_STEPS = {
    standing.RESUME: "Resume when you are ready.",
    errors.TypeNotAccepted.advice: "Save it as a PDF, or leave it out.",
}


def by_button(step: str) -> str:
    """The same step without a command; of an unknown one, its sentences that name none."""
    if COMMAND not in step.replace(LOGIN, ""):
        return step
    if step in _STEPS:
        return _STEPS[step]
    kept = [one for one in step.split(". ") if COMMAND not in one]
    return f"{'. '.join(kept).rstrip('.')}." if kept else LISTED
