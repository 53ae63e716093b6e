"""Starts one program, waits for it and tells what it used; a small program of its own.

`python -I -S launcher.py SECONDS WORDS COMMAND...`: what the command says goes to the file WORDS.
The system counts the peak memory of a process from that of its parent at the fork: so the parent
must be small, which the benchmark is not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time


def main() -> None:
    """Read the command line; the figures go to standard output as JSON."""
    seconds, words, *command = sys.argv[1:]
    sink = os.open(words, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    streams = [(os.POSIX_SPAWN_DUP2, sink, 2), (os.POSIX_SPAWN_DUP2, sink, 1)]
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    instant, began = time.time(), time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[nothing, *streams])
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    _, status, usage = os.wait4(child, 0)
    used = {
        "began": instant,
        "seconds": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
