"""Answers on standard output."""

from __future__ import annotations

import json

import click


def print_json(answer: object) -> None:
    """The answer as JSON; ASCII, so that every terminal and pipe carries it."""
    click.echo(json.dumps(answer, indent=2, allow_nan=False))
