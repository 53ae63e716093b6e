"""Cuts of the power that tests.ledger.test_torn_writes found: ledger and evidence on one disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.torn_cuts import SOUND, cut_at, on_the_way, outcome
from tests.ledger.torn_life import Acked, Life, Undone, lived, recovered
from tests.life.regressions.origin import Origin, met

CAME_BACK = Origin(
    seed=1,
    world="SEED=1, 1,000 cuts: tests.ledger.test_torn_writes of e897c3a on the ledger before it",
    broke="an operation is announced that was refused",
    failed_at="af9fe2e",
    mended_by="e897c3a",
)
BEHIND = Origin(
    seed=1,
    world="SEED=1, CUTS=2000, -k start_after: the same, with taking back synced already",
    broke="the evidence is behind",
    failed_at="af9fe2e",
    mended_by="e897c3a",
)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return lived(tmp_path_factory.mktemp("life"))


@met(CAME_BACK)
def test_the_line_of_a_refused_commit_does_not_come_back(life: Life, tmp_path: Path) -> None:
    """It announced a call for a content that was lost meanwhile: the call could have been made."""
    undone = [at for at, event in enumerate(life.events) if isinstance(event.word, Undone)]
    assert len(undone) == 3
    for count, at in enumerate(undone):
        cut = cut_at(life, at + 1)
        assert outcome(cut.platter.surely(), cut, tmp_path / str(count)) == SOUND


@met(BEHIND)
def test_what_a_start_read_in_the_evidence_is_durable_before_it_goes_on(
    life: Life, tmp_path: Path
) -> None:
    """The process was killed between a line, or its taking back, and the sync. A line that the
    next start had taken in was gone, one that it had not seen was there again."""
    taken_in = 0
    for count, at in enumerate(on_the_way(life)[::11]):
        cut, folder = cut_at(life, at), tmp_path / str(count)
        following = recovered(cut.platter, cut.may, cut.mark, folder / "first")
        acked = (at for at, one in enumerate(following.events) if isinstance(one.word, Acked))
        after = cut_at(following, next(acked) + 1)
        taken_in += after.mark != cut.mark
        assert outcome(after.platter.surely(), after, folder / "second") == SOUND
    assert taken_in > 3
