"""All scenes of the benchmark by name, and one after the other in folders of their own."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench import uploads
from tests.bench.row import Row, Scale
from tests.bench.uploads import Scene

DISK = "tests.bench.disk"  # the other half; it cannot even be imported on every system


def scenes() -> dict[str, Scene]:
    """The network half scene by scene, then the disk half."""
    return {**uploads.SCENES, **_disk()}


def _disk() -> Mapping[str, Scene]:
    try:
        half = importlib.import_module(DISK)
    except ImportError:
        return {}
    return {"disk": lambda scale, base, seed: half.rows(scale, base)}


def play(name: str, scene: Scene, scale: Scale, seed: int) -> Iterator[Row]:
    """The rows of one scene as they come; one more, not met, where it fails on the way."""
    folder = Path(tempfile.mkdtemp(prefix=f"filed-bench-{name}-"))
    try:
        yield from scene(scale, folder, seed)
    except Exception as error:  # the other scenes have their own figures
        told = " ".join(f"{type(error).__name__}: {error}".split())[:600]
        yield Row(f"scene {name}", "ends without an error", "", False, "", told)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
