"""Writes what is shipped as a CycloneDX list: `python packaging/sbom.py build/sbom.json`.

Shipped is what pyproject.toml names as dependencies and for the tray, and what those need, on any
system; versions and hashes are those of requirements.lock, licences those that the installed
packages tell. The same lock gives the same bytes: no date and no serial number stand in the list.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[1]
EXTRAS = ("tray",)  # shipped with the installers, besides the plain dependencies

# Packages of other systems, which are never installed where this runs: licence and needs.
ELSEWHERE: dict[str, tuple[str, tuple[str, ...]]] = {
    "pyobjc-core": ("MIT", ()),
    "pyobjc-framework-cocoa": ("MIT", ("pyobjc-core",)),
    "pyobjc-framework-quartz": ("MIT", ("pyobjc-core", "pyobjc-framework-cocoa")),
    "pywin32": ("PSF-2.0", ()),
    "pywin32-ctypes": ("BSD-3-Clause", ()),
    "jeepney": ("MIT", ()),
    "secretstorage": ("BSD-3-Clause", ("cryptography", "jeepney")),
    "cryptography": ("Apache-2.0 OR BSD-3-Clause", ("cffi",)),
    "cffi": ("MIT", ("pycparser",)),
    "pycparser": ("BSD-3-Clause", ()),
    "python-xlib": ("LGPL-2.1-or-later", ("six",)),
    "backports-tarfile": ("MIT", ()),
    "importlib-metadata": ("Apache-2.0", ("zipp",)),
    "lazy-importer": ("Apache-2.0", ()),
    "zipp": ("MIT", ()),
}


@dataclass(frozen=True)
class Pinned:
    """One package of the lock: its version, and the SHA-256 of each of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_lock(text: str) -> dict[str, Pinned]:
    """The packages of a lock by name; raises ValueError for a line of another form."""
    found: dict[str, Pinned] = {}
    for entry in re.split(r"\n(?=\S)", text):
        if entry.lstrip().startswith("#") or not entry.strip():
            continue
        first, *rest = entry.replace("\\\n", "\n").strip().split("\n")
        named = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: ; .+)?", first.strip())
        hashes = [re.fullmatch(r"--hash=sha256:([0-9a-f]{64})", line.strip()) for line in rest]
        if named is None or not hashes or None in hashes:
            raise ValueError(f"the lock has an entry that is not pinned with hashes: {first}")
        digests = tuple(sorted(one[1] for one in hashes if one))
        name = canonicalize_name(named[1])
        found[name] = Pinned(name, named[2], digests)
    return found


def shipped(roots: Iterable[Requirement], lock: dict[str, Pinned]) -> list[Pinned]:
    """The packages of the lock that these requirements lead to, on whatever system."""
    waiting, seen = list(roots), set[tuple[str, frozenset[str]]]()
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        if name not in lock or (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        waiting += [need for need in _needs(name) if _wanted(need.marker, extras)]
    return [lock[name] for name in sorted(found)]


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:
        return [Requirement(text) for text in ELSEWHERE[name][1]]


def _wanted(marker: Marker | None, extras: Iterable[str]) -> bool:
    """Whether a need is one on some system; only the extras that were asked for count."""
    if marker is None or "extra" not in str(marker):
        return True
    return any(marker.evaluate({"extra": extra}) for extra in extras)


def licence(name: str) -> dict[str, object]:
    """What the package tells of its licence: an SPDX expression, or a name."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return {"expression": ELSEWHERE[name][0]}
    if "License-Expression" in told:
        return {"expression": told["License-Expression"]}
    names = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or ()
             if one.startswith("License :: ")]  # fmt: skip
    names += [text.strip().split("\n")[0][:100] for text in told.get_all("License") or ()]
    return {"license": {"name": next(filter(None, names), "unknown")}}


def bill(project: dict[str, object], lock: dict[str, Pinned]) -> dict[str, object]:
    """The whole list as CycloneDX 1.6 has it."""
    texts = list(project["dependencies"])  # type: ignore[call-overload]  # as pyproject has it
    for extra in EXTRAS:
        texts += project["optional-dependencies"][extra]  # type: ignore[index]  # likewise
    roots = [Requirement(text) for text in texts]
    ours = f"pkg:pypi/{project['name']}@{project['version']}"
    direct = sorted({canonicalize_name(root.name) for root in roots})
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
                "purl": ours,
            }
        },
        "components": [_component(one) for one in shipped(roots, lock)],
        "dependencies": [{"ref": ours, "dependsOn": [_purl(lock[name]) for name in direct]}],
    }


def _component(one: Pinned) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one),
        "licenses": [licence(one.name)],
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
    }


def _purl(one: Pinned) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def main(target: Path) -> None:
    """Write the list."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    lock = read_lock((TOP / "requirements.lock").read_text("utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(project, lock), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
