"""How many files the process may have open at once: enough for all its workers, or a clear no."""

from __future__ import annotations

import sys

from agent.errors import ConfigProblem

# a worker that sends holds the ledger (two, with its WAL), the document and a connection
EACH_UPLOAD = 4
ALL_ELSE = 48  # the other workers, the control door, the log, the locks, the watch
VISITORS = 64  # connections to the control door, at most: room for them where there is some

if sys.platform == "win32":

    def allow_open_files(parallel: int) -> None:
        """Windows knows no such limit."""

else:
    import resource

    def allow_open_files(parallel: int) -> None:
        """Let the process open as many files as `parallel` uploads need (reliability.md E8).

        The soft limit is raised where the hard one allows it: macOS begins with 256. Raises
        ConfigProblem where it does not.
        """
        needed = EACH_UPLOAD * parallel + ALL_ELSE
        wanted = needed + VISITORS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or wanted <= soft:
            return
        if hard != resource.RLIM_INFINITY and hard < needed:
            most = (hard - ALL_ELSE) // EACH_UPLOAD
            remedy = f"Set it to {most}, or raise" if most > 0 else "Raise"
            raise ConfigProblem(
                f"[upload] parallel = {parallel} needs {needed} open files at once, "
                f"and this process may have {hard}. {remedy} the limit (ulimit -n, LimitNOFILE)."
            )
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
