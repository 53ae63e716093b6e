"""The command `filed-agent`: the global options, and how every verb ends.

Exit codes: 0 all filed or healthy; 1 unexpected; 2 usage or configuration; 3 finished, but some
documents need a person; 4 sign-in needed; 5 Filed unreachable; 6 another agent owns the ledger.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
from pathlib import Path

import click

from agent import __version__
from agent.cli.ending import explain_error, note_unexpected
from agent.cli.ground import Ground
from agent.cli.verbs import Verbs
from agent.errors import AgentError
from agent.system.dumps import forbid_core_dumps
from agent.system.places import CONFIG_VARIABLE

NOWHERE = logging.NullHandler()  # without one, a verb that opens no log would warn on stderr


class FiledAgent(Verbs):
    """The group; turns what a verb returns or raises into words and an exit code."""

    def invoke(self, ctx: click.Context) -> None:
        """Run the verb: its return value is the exit code, no error becomes a traceback."""
        try:
            code = super().invoke(ctx)
        except AgentError as error:
            click.echo(explain_error(error), err=True)
            code = error.exit_code
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            code = 130
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of our output has gone; click ends quietly
            click.echo(note_unexpected(error, os.environ), err=True)
            code = 1
        ctx.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=FiledAgent,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all filed, 1 unexpected, 2 usage or configuration, 3 some documents need "
    "a person, 4 sign-in needed, 5 Filed unreachable, 6 another agent is running.",
)
@click.option(
    "--config",
    type=click.Path(readable=False, path_type=Path),  # load says what is wrong with it
    envvar=CONFIG_VARIABLE,
    metavar="FILE",
    help=f"The configuration file (else {CONFIG_VARIABLE}, else the usual place).",
)
@click.version_option(__version__, prog_name="filed-agent")
@click.pass_context
def filed_agent(ctx: click.Context, config: Path | None) -> None:
    """Takes a tax firm's documents from its folders to Filed, and proves it."""
    forbid_core_dumps()
    logging.getLogger("agent").addHandler(NOWHERE)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a pipe on Windows has no letters beyond its own
        sys.stdout.reconfigure(errors="backslashreplace")
    ctx.obj = Ground(config, dict(os.environ))
