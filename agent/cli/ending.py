"""What is said when a verb cannot go on: title, sentence and advice, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agent.errors import AgentError, ConfigProblem
from agent.model.naming import safe_text
from agent.system.places import Home

log = logging.getLogger(__name__)


def explain_error(error: AgentError) -> str:
    """Title, what was said, advice: for standard error; a configuration's problems line by line."""
    if isinstance(error, ConfigProblem):
        told = [f"  {safe_text(problem)}" for problem in error.problems]
        return "\n".join([f"{error.title}:", *told, error.advice])
    said = safe_text(error.said)
    first = error.title + "." if said == error.title else f"{error.title}: {_ended(said)}"
    return first if error.advice in first else f"{first}\n{error.advice}"


def note_unexpected(error: BaseException, env: Mapping[str, str]) -> str:
    """Write the traceback into the log, and the one sentence for people."""
    from agent.system.logs import Logs

    home = Home.find(env)
    name = type(error).__name__
    try:
        home.prepare()
    except AgentError:
        return f"Something unexpected happened ({name}), and there is no log to tell of it."
    with Logs(home.log) as logs:
        log.error("a verb ended with %s", name, exc_info=error)
        if logs.file.lost:
            return f"Something unexpected happened ({name}), and the log cannot be written."
    return (
        f"Something unexpected happened ({name}). Nothing is lost: start again. "
        f"The details are in {safe_text(str(home.log))}."
    )


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else sentence + "."
