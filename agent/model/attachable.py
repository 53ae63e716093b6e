"""What may be attached in one call: a client with its uploaded documents."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.client import Client
from agent.model.document import Document


@dataclass(frozen=True, slots=True)
class Attachable:
    """A client with documents that may be attached together."""

    client: Client
    documents: tuple[Document, ...]
