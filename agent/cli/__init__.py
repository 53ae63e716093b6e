"""The command line: parsing, exit codes, and every sentence that a person reads."""

from __future__ import annotations


def main() -> None:
    """The entry point of `filed-agent`; what it needs is imported only now."""
    import sys
    import warnings

    from agent.cli.command import filed_agent

    if not sys.warnoptions:  # they are for those who write programs, not for those who file
        warnings.simplefilter("ignore")
    filed_agent(prog_name="filed-agent")
