"""A list of Filed's clients read page by page, also while it moves (reliability.md R22).

A client that is missed would be created a second time. Filed does not document how many a page may
hold nor by which fields a list can be sorted. So only an empty page is the end, or one that has
nothing but what was seen last; each page begins with the last of the page before; and where that
does not hold, the list moved meanwhile and is read once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence

from agent.errors import FiledTrouble
from agent.filed.shapes import ClientAs

log = logging.getLogger(__name__)

MOST_PAGES = 5000
BARREN_PAGES = 3  # pages without a single new client, after which the list cannot be trusted
MOST_READINGS = 3  # of a list that moves each time; what they saw together then has to do

Ask = Callable[[int], Sequence[ClientAs]]


def every_one(ask: Ask) -> Iterator[ClientAs]:
    """Every client, each once; `ask` gives the page that begins at an offset.

    Raises FiledTrouble for a list that repeats itself or has no end: taking it for complete could
    create a client a second time.
    """
    told: set[str] = set()
    for _ in range(MOST_READINGS):
        moved = yield from _reading(ask, told)
        if not moved:
            return
    log.warning("Filed's list of clients moved each time it was read.")


def _reading(ask: Ask, told: set[str]) -> Generator[ClientAs, None, bool]:
    """Read the list once, giving those not told yet; whether it moved meanwhile."""
    seen: set[str] = set()
    offset, barren, moved = 0, 0, False
    last: str | None = None  # with which this page should begin
    for _ in range(MOST_PAGES):
        page = ask(offset)
        moved |= last is not None and (not page or page[0].id != last)
        if not page or [client.id for client in page] == [last]:
            return moved
        fresh = {client.id: client for client in page if client.id not in seen}
        seen.update(fresh)
        barren = 0 if fresh else barren + 1
        if barren == BARREN_PAGES:
            break
        yield from (client for client in fresh.values() if client.id not in told)
        told.update(fresh)
        # where a page holds one client only, beginning with the last would never get further
        last = page[-1].id if len(page) > 1 else None
        offset += len(page) - (1 if last else 0)
    raise FiledTrouble("Filed's list of clients repeats itself or has no end.")
