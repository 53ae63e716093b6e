"""What waits to be uploaded, a page at a time: the small ones first, a large one beside them.

Small documents are taken smallest first within a page; the client of which a page was full is
passed over by the next pages, so that no client waits behind another one's thousands. One large
document is always on its way where there is one, a second one only where nothing small waits.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable

from agent.engine.ledger_port import Ledger
from agent.model.document import Document

PAGE = 64  # documents
SHARE = 16  # of a page: a client with more of them is passed over for a while
PASSED_OVER = 16  # pages, or until nothing else waits
MOST_LARGE = 2  # on their way at once
SPARING = 50  # a question that found nothing is not asked again for so many times what it took
SPARED_MOST = 5.0  # seconds; a disk that hung once says nothing of the next question


class Shelf:
    """Documents of one kind that are due, as the ledger last told."""

    def __init__(self, ledger: Ledger, now: Callable[[], float], least: int, most: int) -> None:
        self._ledger = ledger
        self._now = now
        self._sizes = (least, most)
        self._page: deque[Document] = deque()
        self._full: deque[frozenset[int]] = deque(maxlen=PASSED_OVER)
        self._ask_at = 0.0  # on the clock of `now`
        self._put_off = False

    def take(self, due: float, taken: dict[int, int]) -> Document | None:
        """The next one that nobody has in hand."""
        document = self._next(taken)
        if document is None:
            self._put_off = self._now() < self._ask_at
            if not self._put_off:
                self._fill(due, taken)
                document = self._next(taken)
        return document

    @property
    def put_off(self) -> float:
        """For how many seconds the question is put off that was to be asked last; 0 if it was."""
        return max(0.0, self._ask_at - self._now()) if self._put_off else 0.0

    def _next(self, taken: dict[int, int]) -> Document | None:
        while self._page:
            document = self._page.popleft()
            if document.id not in taken:
                return document
        return None

    def _fill(self, due: float, taken: dict[int, int]) -> None:
        began = self._now()
        limit = PAGE + len(taken)  # those in hand are told, too
        passed_over = frozenset().union(*self._full)
        found = self._ledger.to_upload(due, limit, self._sizes, passed_over)
        free = [document for document in found if document.id not in taken]
        if not free and passed_over:
            self._full.clear()
            found = self._ledger.to_upload(due, limit, self._sizes)
            free = [document for document in found if document.id not in taken]
        counted = Counter(document.client_id for document in free)
        self._full.append(frozenset(one for one, count in counted.items() if count > SHARE))
        self._page.extend(sorted(free, key=lambda document: document.size))
        if not free:
            self._ask_at = began + min(SPARED_MOST, SPARING * (self._now() - began))


class Waiting:
    """Which documents are due, and which are in a worker's hands; memory only.

    One worker at a time may ask for the next; any may put back. `large` is the size in bytes from
    which on a document counts as large, `now` counts seconds that only go forward.
    """

    def __init__(
        self, ledger: Ledger, now: Callable[[], float], large: int, *, alone: bool = False
    ) -> None:
        """`alone`: there is one worker only; then large and small ones take turns."""
        self._alone = alone
        self._was_large = False
        self._small = Shelf(ledger, now, 0, large - 1)
        self._large = Shelf(ledger, now, large, 1 << 62)
        self._now = now
        self._from = large
        self._lock = threading.Lock()
        self._taken: dict[int, int] = {}

    def is_large(self, document: Document) -> bool:
        """Whether it goes on the lane for large ones."""
        return document.size >= self._from

    def take(self, due: float, lanes: int) -> Document | None:
        """A document that is due at `due` and in nobody's hands; it is in the caller's now.

        With one of the `lanes` only, no second large one may take it from the small ones.
        """
        with self._lock:
            larges = sum(size >= self._from for size in self._taken.values())
            document = None
            first = larges == 0 and not (self._alone and self._was_large)
            if first:
                document = self._large.take(due, self._taken)
            if document is None:
                document = self._small.take(due, self._taken)
            if document is None and not first and larges < (MOST_LARGE if lanes > 1 else 1):
                document = self._large.take(due, self._taken)
            if document is not None:
                self._taken[document.id] = document.size
                self._was_large = self.is_large(document)
            return document

    def release(self, document: Document) -> None:
        """Put it back."""
        with self._lock:
            self._taken.pop(document.id, None)

    def ask_again(self) -> float:
        """Seconds until the ledger is asked what take() put off; 0 when it has just been asked."""
        waits = [self._small.put_off, self._large.put_off]
        return min((wait for wait in waits if wait), default=0.0)

    def __len__(self) -> int:
        """How many are in hand."""
        with self._lock:
            return len(self._taken)
