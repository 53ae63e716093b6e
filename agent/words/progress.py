"""How far it is, in one line."""

from __future__ import annotations

from agent.words.show import counted, duration_text, size_text

SOON = 5  # seconds: less than that is not counted down


def progress_text(documents: int, to_send: int, rate: float, seconds: int | None) -> str:
    """The documents on their way, bytes to send, bytes a second and seconds left; empty for none.

    `seconds` is None where nobody can tell.
    """
    if not documents:
        return ""
    parts = [f"{counted(documents, 'document')} on the way"]
    if to_send:
        parts.append(f"{size_text(to_send)} to send")
    if rate >= 1:
        parts.append(f"{size_text(rate)}/s")
    if seconds is not None:
        parts.append("a few seconds left" if seconds <= SOON else f"{_about(seconds)} left")
    return ", ".join(parts)


def _about(seconds: int) -> str:
    """A rough time: nobody knows the seconds of an hour."""
    step = 5 if seconds < 60 else 60 if seconds < 3600 else 600
    return f"about {duration_text(max(step, round(seconds / step) * step))}"
