"""The line that says how far it is."""

from __future__ import annotations

import pytest

from agent.words.progress import progress_text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ((0, 0, 0.0, None), ""),
        ((1, 0, 0.0, None), "1 document on the way"),
        ((12, 340_000_000, 0.0, None), "12 documents on the way, 340 MB to send"),
        (
            (12, 340_000_000, 3_200_000.0, 107),
            "12 documents on the way, 340 MB to send, 3.2 MB/s, about 2 min left",
        ),
        (
            (2, 900, 900.0, 1),
            "2 documents on the way, 900 bytes to send, 900 bytes/s, a few seconds left",
        ),
        (
            (2, 9_000, 900.0, 12),
            "2 documents on the way, 9.0 kB to send, 900 bytes/s, about 10 s left",
        ),
        (
            (2, 10**12, 1e6, 100_000),
            "2 documents on the way, 1.0 TB to send, 1.0 MB/s, about 1 d 3 h left",
        ),
    ],
)
def test_one_line_says_it_all(told: tuple[int, int, float, int | None], text: str) -> None:
    assert progress_text(*told) == text
