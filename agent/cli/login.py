"""The verbs `login` and `logout`: the API key, checked before it is kept."""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.errors import ReadOnlyKey, WrongWorkspace
from agent.model.naming import safe_text
from agent.words.show import path_text

if TYPE_CHECKING:
    from agent.config.settings import Settings
    from agent.model.ingestion import Workspace

KEY_BYTES = 8192


@click.command()
@click.option("--stdin", is_flag=True, help="Read the key from standard input.")
@click.option("--allow-file", is_flag=True, help="Keep it in a private file if need be.")
@click.option("--force", is_flag=True, help="Keep a key that may only read all the same.")
@click.pass_obj
def login(ground: Ground, stdin: bool, allow_file: bool, force: bool) -> int:
    """Check an API key with Filed and keep it in this machine's secret store.

    Make the key in Filed under Plugins > Filed API, with read and write access.
    """
    from agent.system.secrets import KEY_VARIABLE, Secrets, clean_key

    settings = _settings(ground)
    given = sys.stdin.read(KEY_BYTES) if stdin else click.prompt("API key", hide_input=True)
    key = clean_key(given, "The key")
    workspace, writes = _checked(settings, key)
    click.echo(f"Workspace  {safe_text(workspace.name)}")
    click.echo(f"Signed in  {safe_text(workspace.user_name)} ({safe_text(workspace.role)})")
    _same_workspace(ground, workspace)
    if writes is False and not force:
        raise ReadOnlyKey("This key may only read, so no document could be sent with it.")
    ground.home.prepare()
    where = Secrets(ground.home, ground.env).remember(key, allow_file=allow_file)
    click.echo(f"Kept in    {safe_text(where)}")
    if KEY_VARIABLE in ground.env:
        click.echo(
            f"Note: {KEY_VARIABLE} is set here and counts before the key just kept.", err=True
        )
    return 0


@click.command()
@click.pass_obj
def logout(ground: Ground) -> int:
    """Forget the API key on this machine. At Filed it stays valid until it is revoked there."""
    from agent.system.secrets import KEY_VARIABLE, Secrets

    Secrets(ground.home, ground.env).forget()
    click.echo("The key is forgotten here. To make it useless everywhere, revoke it in Filed.")
    if KEY_VARIABLE in ground.env:
        click.echo(f"Note: {KEY_VARIABLE} is still set and goes on serving as the key.", err=True)
    return 0


def _settings(ground: Ground) -> Settings:
    """The configuration; Filed's usual addresses where there is none yet and none was named.

    Else a slip in the name would send the key to another place than the one meant.
    """
    from agent.config.settings import Settings

    named = ground.config is not None or ground.config_file() != ground.home.config
    known = named or os.path.lexists(ground.config_file())
    return ground.settings() if known else Settings()


def _checked(settings: Settings, key: str) -> tuple[Workspace, bool | None]:
    """Whose key it is, and whether it may write (None: Filed does not tell).

    Raises KeyRefused, FiledUnreachable and their kin.
    """
    from agent.daemon import Filed
    from agent.system.clock import SystemClock

    filed = Filed.reach(settings, lambda: key, SystemClock())
    try:
        return filed.binders.workspace(), may_write(filed.sign_in.token())
    finally:
        filed.close()


def may_write(token: str) -> bool | None:
    """What the token's claim `access` says; None where it says nothing that we know."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return {"read_only": False, "read_write": True}.get(claims["access"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _same_workspace(ground: Ground, workspace: Workspace) -> None:
    """A key of another workspace is refused before it does harm. Raises WrongWorkspace."""
    ledger = ground.ledger()
    if ledger is None:
        return
    with ledger:
        known = ledger.workspace()
    if known is not None and known.id != workspace.id:
        folder = path_text(bytes(ground.home.folder))
        raise WrongWorkspace(
            f"{folder} holds the documents of the workspace {safe_text(known.name)}, "
            f"and this key belongs to {safe_text(workspace.name)}."
        )
