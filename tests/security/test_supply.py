"""What is installed is what was pinned, and the list of what is shipped tells all of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
LOCK = (TOP / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
HASH = r"--hash=sha256:([0-9a-f]{64})"


def locked() -> dict[str, tuple[str, set[str]]]:
    """Version and hashes of each package; read in another way than the list's own script does."""
    found: dict[str, tuple[str, set[str]]] = {}
    name = ""
    for line in LOCK.splitlines():
        head = re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line)
        if head:
            name = canonicalize_name(head[1])
            found[name] = (head[2], set())
        for digest in re.findall(HASH, line):
            found[name][1].add(digest)
    return found


def names(texts: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in texts}


SHIPPED = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["tray"])
DEV = names(PROJECT["optional-dependencies"]["dev"]) - SHIPPED


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("sbom") / "sbom.json")


def written(target: Path) -> Path:
    done = subprocess.run(
        [sys.executable, str(TOP / "packaging" / "sbom.py"), str(target)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return target


def test_every_line_of_the_lock_is_pinned_with_hashes_and_names_no_other_source() -> None:
    for line in LOCK.splitlines():
        text = line.strip().removesuffix("\\").strip()
        pinned = re.fullmatch(r"[A-Za-z0-9._-]+==[^ ;]+( ; [^\\]+)?", text)
        assert text.startswith("#") or pinned or re.fullmatch(HASH, text), line
    assert all(hashes for _, hashes in locked().values())
    assert not re.search(r"https?://|^-(i|f|e|-index|-extra|-find)", LOCK, re.MULTILINE)


def test_everything_that_pyproject_names_is_in_the_lock_in_a_version_that_it_allows() -> None:
    extras = PROJECT["optional-dependencies"].values()
    for text in (*PROJECT["dependencies"], *chain.from_iterable(extras)):
        wanted = Requirement(text)
        assert wanted.specifier.contains(locked()[canonicalize_name(wanted.name)][0]), text


def test_the_packages_are_installed_with_their_hashes_checked() -> None:
    """And our own package without asking anybody for anything."""
    for place in ("Makefile", "README.md"):
        text = (TOP / place).read_text("utf-8")
        installs = re.findall(r".*pip install.*", text)
        assert installs, place
        for line in installs:
            assert "--require-hashes" in line or "--no-deps --no-build-isolation" in line, line


def test_the_list_is_sound(bill: Path) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.read_text("utf-8")) is None


def test_the_list_holds_what_is_shipped_as_the_lock_has_it(bill: Path) -> None:
    lock = locked()
    listed = {one["name"]: one for one in json.loads(bill.read_text("utf-8"))["components"]}
    assert listed.keys() >= SHIPPED
    for name, one in listed.items():
        version, hashes = lock[name]
        assert one["version"] == version
        assert {digest["content"] for digest in one["hashes"]} == hashes
        assert one["purl"] == f"pkg:pypi/{name}@{version}"
        (licence,) = one["licenses"]
        assert "unknown" not in json.dumps(licence), f"{name} tells no licence"


def test_the_list_holds_what_the_shipped_need_and_no_tool_of_ours(bill: Path) -> None:
    listed = {one["name"] for one in json.loads(bill.read_text("utf-8"))["components"]}
    assert listed >= {"httpcore", "h11", "pydantic-core", "anyio", "pyobjc-core", "pywin32"}
    assert listed & DEV == set()
    assert listed & {"hypothesis", "pytest", "mypy", "ruff", "cyclonedx-bom", "lxml"} == set()


def test_the_same_lock_gives_the_same_list(bill: Path, tmp_path: Path) -> None:
    assert written(tmp_path / "again.json").read_bytes() == bill.read_bytes()
