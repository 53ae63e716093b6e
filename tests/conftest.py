"""What all tests share: how properties are searched, and what a skip means where CI is set."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.security.left_behind import built, search

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# two cores are shared with other work: the time of one example says nothing
settings.register_profile("default", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,  # the same commit gives the same answer
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("ci" if IN_CI else "default")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A system test may be skipped on a machine without its component, never in CI."""
    report = yield
    if IN_CI and report.skipped and item.get_closest_marker("system"):
        skip = report.longrepr
        reason = skip[2] if isinstance(skip, tuple) else str(skip)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} may not be left out where CI is set. {reason}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that left a key, a token or a client's name where none may be has failed, whatever its
    tests say."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if hasattr(session.config, "workerinput") or factory is None:
        return  # the process that shares out the tests searches for all
    searched = search(factory.getbasetemp(), built(session.config.rootpath))
    print(f"\n{searched.told()}")
    if searched.found:
        told = "\n".join(("Secrets were left behind:", *searched.found))
        print(f"\n{told}", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def own_runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves marks among those of the agents that really run for this user."""
    folder = tmp_path_factory.mktemp("runtime")
    folder.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """An empty folder of the test's own, with its real path."""
    return tmp_path.resolve()
