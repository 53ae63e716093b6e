"""What keeps the contract, one by one: what each guards, and how it is switched off for a test.

The suite shows that the simulator finds each of them missing within `within` seeds of a world that
has the danger it stands against: a protection that nothing misses is not tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agent.engine.rules import Rules
from tests.kit import acts
from tests.kit import unprotected as off
from tests.kit.circumstances import RULES, Circumstances
from tests.kit.filed import MemorySwitches
from tests.kit.habits_of_disks import DiskHabits

LATE = MemorySwitches(late_most=60.0, lag_most=20.0, single_use=False, unique_external_id=False)
AT_ONCE = MemorySwitches(single_use=False, unique_external_id=False)
EXACT = DiskHabits(exact_folders=True)
CROWDED = Circumstances(switches=AT_ONCE, habits=EXACT, interleaving=0.5)
STILL = Circumstances(
    switches=AT_ONCE, habits=EXACT, still=True, meddling=0.0, acts=acts.STILL_HABITS
)
RENAMING = Circumstances(
    switches=AT_ONCE,
    habits=DiskHabits(exact_folders=True, frozen_folders=True, creation_time=True),
    deaf=True,
    acts=((0.4, acts.save), (0.6, acts.rename_in_chains)),
)
MEDDLED = Circumstances(switches=AT_ONCE, habits=EXACT, meddling=0.2)
WRITERS = Circumstances(
    switches=AT_ONCE,
    habits=EXACT,
    acts=((0.5, acts.scan_slowly), (0.5, acts.copy_over_the_network)),
)
RETURNING = replace(MEDDLED, acts=((0.5, acts.save), (0.5, acts.there_and_back)))
BAD_CABLE = Circumstances(switches=AT_ONCE, habits=EXACT, flips=0.05)


def befallen(*mishaps: str, **more: Any) -> Circumstances:
    """A plain world in which this happens again and again."""
    return Circumstances(
        **{"switches": AT_ONCE, "habits": EXACT, "mishaps": frozenset(mishaps), **more}
    )


@dataclass(frozen=True)
class Protection:
    """`off` takes it away; `world` are the arguments of the simulations that must find that out."""

    name: str
    guards: str
    off: Callable[[pytest.MonkeyPatch], None]
    within: int
    world: dict[str, Any] = field(default_factory=dict)
    rules: Rules = RULES  # others than RULES where it is the rules that lack something


def _in(circumstances: Circumstances, **more: Any) -> dict[str, Any]:
    return {"circumstances": circumstances, **more}


PROTECTIONS = (
    Protection(
        "commit gate", "a file is seen unchanged right before its attach", off.no_commit_gate, 60
    ),
    Protection(
        "gate before createClient",
        "no client is made for a folder that went meanwhile",
        off.clients_made_without_a_file,
        300,
        _in(befallen("signed out")),
    ),
    Protection(
        "gate before sending again",
        "what is repeated after a read-back must still be held",
        off.no_gate_before_sending_again,
        150,
        _in(RETURNING, people=40),
    ),
    Protection(
        "look at the open file", "signature and hash of what left", off.no_look_at_the_open_file, 60
    ),
    Protection(
        "rolling hash",
        "the bytes that left are the document's",
        off.no_rolling_hash,
        60,
        _in(BAD_CABLE),
    ),
    Protection(
        "upload bound to its file",
        "an upload begun from other bytes is not gone on with",
        off.uploads_bound_to_no_file,
        500,
        _in(MEDDLED, crash_rate=0.05),
    ),
    Protection(
        "offset asked by HEAD",
        "at most one chunk is sent again (S10)",
        off.offsets_remembered_not_asked,
        60,
        _in(STILL),
    ),
    Protection(
        "quiet time",
        "a file that is still written is not taken",
        off.nothing,
        60,
        _in(WRITERS),
        replace(RULES, quiet=replace(RULES.quiet, default=0.01)),
    ),
    Protection(
        "intent before the call",
        "a crash after a call leaves a trace of it",
        off.calls_announced_afterwards,
        60,
        _in(CROWDED, crash_rate=0.06),
    ),
    Protection(
        "read-back of documents",
        "what was carried out is not repeated",
        off.no_read_back,
        30,
        {"switches": AT_ONCE},
    ),
    Protection(
        "read-back of clients",
        "no client is made twice",
        off.no_read_back_of_clients,
        30,
        {"switches": AT_ONCE},
    ),
    Protection(
        "quiet window",
        "a late call is waited for",
        off.nothing,
        100,
        {"switches": LATE},
        replace(RULES, quiet_window=0.0),
    ),
    Protection(
        "an open call is a doubt",
        "a call on its way at a crash may have been carried out",
        off.open_calls_count_as_never_sent,
        300,
        {"switches": AT_ONCE, "crash_rate": 0.06},
    ),
    Protection(
        "a task is claimed once",
        "two calls in doubt do not adopt one task",
        off.tasks_claimed_twice,
        400,
        {"switches": AT_ONCE},
    ),
    Protection(
        "compare-and-set",
        "nobody writes over a row that moved on",
        off.no_compare_and_set,
        300,
        _in(befallen("person", interleaving=0.5, every=5.0)),
    ),
    Protection(
        "claims",
        "a document is in one worker's hands",
        off.no_claims,
        100,
        _in(replace(STILL, interleaving=0.5)),
    ),
    Protection(
        "in-flight dedupe",
        "a content on its way is not begun anew",
        off.in_flight_does_not_count,
        60,
    ),
    Protection(
        "frozen mapping", "a document's client never changes (S1)", off.mapping_follows_the_file, 60
    ),
    Protection("lost is not the end", "a content that came back is sent", off.lost_stays_lost, 100),
    Protection(
        "due times of one process",
        "a clock that was set back holds nothing up",
        off.delays_outlive_the_process,
        60,
        _in(befallen("clock", "kill")),
    ),
    Protection(
        "steady clock",
        "a clock that jumps holds nothing up and hurries nothing",
        off.the_wall_clock_is_believed,
        60,
        _in(befallen("clock")),
    ),
    Protection(
        "pinned workspace",
        "nothing is sent to another workspace",
        off.any_workspace_will_do,
        60,
        _in(befallen("other key")),
    ),
    Protection(
        "another disk is recognised",
        "a stranger's files are not taken for ours",
        off.another_disk_is_as_good,
        60,
        _in(befallen("foreign")),
    ),
    Protection(
        "an emptied root is recognised",
        "nothing is concluded from an empty listing",
        off.an_empty_root_is_believed,
        100,
        _in(befallen("emptied", "emptied otherwise")),
    ),
    Protection(
        "the root is asked again",
        "what is absent on an exchanged disk is not gone",
        off.the_root_is_not_asked_again,
        100,
        _in(befallen("foreign", "emptied")),
    ),
    Protection(
        "unreadable is unknown",
        "a folder that cannot be read has lost nothing",
        off.unreadable_is_gone,
        400,
        _in(replace(CROWDED, disk_rate=0.1)),
    ),
    Protection(
        "a missed file's folder is doubted",
        "a file that was missed is found again",
        off.marked_missing_and_forgotten,
        300,
        _in(RENAMING),
    ),
    Protection(
        "two folders are a doubt",
        "one client for one folder key (S4)",
        off.two_folders_are_no_doubt,
        100,
    ),
)
