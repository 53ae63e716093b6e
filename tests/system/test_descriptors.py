"""The limit of open files: raised where that is allowed, a clear no where it is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

TRY = """
import resource, sys
from agent.errors import ConfigProblem
from agent.system.descriptors import allow_open_files
soft, hard, parallel = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
try:
    allow_open_files(parallel)
except ConfigProblem as problem:
    print(problem)
else:
    print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "parallel", "told"),
    [
        (64, 64, 4, "64 64"),
        (64, 100, 4, "100 100"),
        (256, 1024, 32, "256 1024"),
        (64, 1024, 32, "240 1024"),
        (64, 64, 32, "needs 176 open files at once, and this process may have 64. Set it to 4,"),
        (40, 40, 1, "Raise the limit"),
    ],
)
def test_the_limit_of_open_files_fits_the_uploads_or_is_named(
    soft: int, hard: int, parallel: int, told: str
) -> None:
    numbers = [str(number) for number in (soft, hard, parallel)]
    done = subprocess.run(
        [sys.executable, "-c", TRY, *numbers], capture_output=True, text=True, check=True
    )
    assert told in done.stdout
