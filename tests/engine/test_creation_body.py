"""How much goes along with the creation of an upload: what a kill or a lost answer may cost.

Until the ID of an upload is durable nobody can go on with it, so its bytes come again. Killed 100
times in a storm (tests/life, seed 41), an agent that let creations carry what the line had taught
its chunks sent 94 of 1,420 MB again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.model.patience import MIB
from tests.engine.kit import Office
from tests.kit.simulation import RULES


def test_a_creation_carries_the_configured_chunk_however_much_a_request_may_carry(
    opened: Callable[..., Office],
) -> None:
    office = opened(rules=replace(RULES, chunk_size=MIB))
    office.engine.line.chunk.took(MIB, 0.001)
    learned = office.engine.line.chunk.size
    assert learned >= 4 * MIB
    office.uploaded(content=bytes(4 * MIB))
    asked = office.asked()
    assert (asked["create"], asked["send"]) == (1, 1)
    assert office.filed.bytes_taken == 4 * MIB
    assert office.engine.line.chunk.size >= learned, "a small body says nothing of a fast line"
