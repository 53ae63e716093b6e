"""The verb `sandbox`: an imitation of Filed in the foreground, to play and to test with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.words.show import path_text

if TYPE_CHECKING:
    from agent.sandbox.server import Sandbox
    from agent.sandbox.switches import Switches

CONFIG = """\
[filed]
graphql_url = "{graphql_url}"
upload_url = "{upload_url}"

[[folder]]
path = "/path/to/clients"
layout = "{{client}}"
tax_year = 2025
return_type = "F1040"
"""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of GraphQL and the page.")
@click.option("--upload-port", type=click.IntRange(0, 65535), default=0, help="Of the uploads.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="TEXT",
    help='Aim a fault, for example "PATCH 3: cut after 1000 bytes"; may be repeated.',
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="NAME=VALUE",
    help="Decide one of Filed's open questions, for example task_polls=1; may be repeated.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where uploaded bytes are kept; else in a temporary folder, removed at the end.",
)
def sandbox(
    port: int,
    upload_port: int,
    faults: Sequence[str],
    switches: Sequence[str],
    state: Path | None,
) -> int:
    """Run an imitation of Filed on this machine, until stopped with Ctrl-C.

    It says how to point an agent at it, and shows what it received on a page of its own.
    """
    import tempfile

    from agent.cli.signals import StopAsked
    from agent.sandbox.fault_text import FaultTextError
    from agent.sandbox.server import Sandbox

    decided = _switched(switches)
    with tempfile.TemporaryDirectory(prefix="filed-sandbox-") as spare:
        try:
            imitation = Sandbox(state or Path(spare), decided, faults, 0, upload_port, port)
            imitation.start()
        except FaultTextError as error:
            raise click.BadParameter(str(error), param_hint="--fault") from None
        except OSError as error:
            said = f"The ports cannot be used: {error.strerror}. Name others, or none."
            raise click.UsageError(said) from None
        with StopAsked() as stop:
            click.echo(_told(imitation))
            while not stop.wait(0.5):
                continue
        imitation.stop()
    return 0


def _told(sandbox: Sandbox) -> str:
    config = CONFIG.format(graphql_url=sandbox.graphql_url, upload_url=sandbox.upload_url)
    indented = "\n".join(f"  {line}".rstrip() for line in config.splitlines())
    return (
        f"The sandbox is up. What it received: {sandbox.page_url}\n\n"
        f"API key        {sandbox.api_key}\n"
        f"Read-only key  {sandbox.read_only_key}\n"
        f"Kept in        {path_text(bytes(sandbox.state_dir))}\n\n"
        f"A configuration that uses it:\n\n{indented}\n\n"
        f"  FILED_API_KEY={sandbox.api_key} filed-agent --config sandbox.toml sync\n\n"
        "Stop it with Ctrl-C."
    )


def _switched(texts: Sequence[str]) -> Switches:
    """The switches that the texts NAME=VALUE decide; a usage error for what no switch takes."""
    from pydantic import TypeAdapter, ValidationError

    from agent.sandbox.switches import Switches

    known = [field.name for field in dataclasses.fields(Switches)]
    decided: dict[str, object] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or name not in known:
            said = f"{text!r} is no switch; known are {', '.join(known)}."
            raise click.BadParameter(said, param_hint="--switch")
        decided[name] = _value(value)
    try:
        return TypeAdapter(Switches).validate_python(decided)
    except ValidationError as error:
        told = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise click.BadParameter(told, param_hint="--switch") from None


def _value(text: str) -> object:
    """The text as a number, true, false, none, a list in brackets, or just the text."""
    if text.lower() == "none":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
