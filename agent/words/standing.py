"""How it goes, in one sentence and what to do next: the words of agent.control.health."""

from __future__ import annotations

from agent.words.show import counted

NEVER_RAN = "No agent has run here yet."
START = "Start one with `filed-agent run`, or file once with `filed-agent sync`."
RESUME = "Go on with `filed-agent resume`."
LISTED = "Each is listed with its next step."
RECONNECT = "Reconnect it, or correct its path; nothing is concluded from its absence."
NOT_CONFIGURED = "The changed configuration cannot be used"
NO_DOCUMENTS = "There are no documents yet."
NOT_LOOKED = "The folders were not looked at yet."
NONE_RUNS = "No agent is running."


def paused(until: str, by: str) -> str:
    """A person paused it; `by` is empty where nobody noted who."""
    return f"Paused until {until} by {by}" if by else f"Paused until {until}"


def offline(since: str) -> str:
    """Filed does not answer, and that ends by itself."""
    return f"Offline since {since}"


def patience(until: str) -> str:
    """Filed answers, and asks not to be asked for a while."""
    return f"Filed asks for patience until {until}"


def grave_and_paused(title: str, until: str, by: str) -> str:
    """What only a person can end, and a person paused it besides."""
    start = paused(until, by)
    return f"{title}, {start[:1].lower()}{start[1:]}"


def grave(title: str, since: str) -> str:
    """What only a person can end."""
    return f"{title} (since {since})"


def stays_in_force(problem: str) -> str:
    """The next step where a changed configuration is not used."""
    return f"The one before stays in force. Mend it: {problem}"


def away(first: str, others: int) -> str:
    """Watched folders that cannot be looked at: the first one, and how many more."""
    more = f" and {counted(others, 'other folder')}" if others else ""
    return f"{first}{more} {'are' if others else 'is'} unavailable"


def all_filed(number: int) -> str:
    """Nothing is left to do."""
    if number == 1:
        return "The one document is filed."
    return f"All {number:,} documents are filed."


def going_through(filed: int) -> str:
    """A first scan runs: what it will find is not known yet."""
    start = "Going through the folders"
    return (
        f"{start}; {counted(filed, 'document')} {_are(filed)} filed so far."
        if filed
        else f"{start}."
    )


def on_the_way(filed: int, waiting: int) -> str:
    """So many are done, and so many are not yet."""
    wait = f"{counted(waiting, 'document')} {_are(waiting)} on the way"
    done = f"{counted(filed, 'document')} {_are(filed)} filed, " if filed else ""
    return upper(f"{done}{wait}.")


def joined(start: str, waiting: int, needing: int, filed: int, noun: str = "document") -> str:
    """The start, how many wait and how many need a person, as one sentence; `noun` is what they
    are. What is filed is told where nothing else is."""
    parts = [start] if start else []
    if waiting:
        parts.append(f"{waiting:,} {'document waits' if waiting == 1 else 'documents wait'}")
    if needing:
        what = f"{needing:,}" if waiting else counted(needing, noun)
        parts.append(f"{what} {'needs' if needing == 1 else 'need'} you")
    if len(parts) == 1 and filed:
        parts.append(f"{counted(filed, 'document')} {_are(filed)} filed")
    sentence = ", ".join(parts) + "."
    return sentence if start else upper(sentence)


def upper(sentence: str) -> str:
    """With a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
