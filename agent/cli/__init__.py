"""The command line: parsing, exit codes, and every sentence that a person reads."""

from __future__ import annotations


def main() -> None:
    """The entry point of `filed-agent`; what it needs is imported only now."""
    from agent.cli.main import filed_agent

    filed_agent(prog_name="filed-agent")
