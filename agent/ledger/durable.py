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


def replace_file(path: Path, content: bytes) -> None:
    """Put this content (0600) in the place of a file, durably, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)
    partial.replace(path)
    sync_folder(path.parent)


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
