"""Bytes on the disk for good: writing all of them, and making files and folders durable."""

from __future__ import annotations

import os
from pathlib import Path


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte (a nearly full disk takes a part of them) and make them durable."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    sync_descriptor(descriptor)


def sync_descriptor(descriptor: int) -> None:
    """fdatasync where the system has it: it makes a new length durable, too."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable; Windows opens no folders and needs no sync of them."""
    if os.name == "posix":
        sync_file(path)
