"""Who was told what: each problem once while it lasts, and again when it was over and came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

AGAIN_FIRST = 600.0  # seconds: what comes and goes is not told more often than that
FORGET = 86_400.0  # seconds after which a problem that is over is no longer known
MOST = 500  # problems known; the oldest are forgotten first


@dataclass(slots=True)
class Tellings:
    """`told` is by key: when it was told last (wall clock seconds), and whether it still lasts."""

    told: dict[str, tuple[float, bool]] = field(default_factory=dict)

    @classmethod
    def read(cls, known: object) -> Tellings:
        """What `told` was, as JSON gives it back; what cannot be understood is left out."""
        told: dict[str, tuple[float, bool]] = {}
        for key, entry in known.items() if isinstance(known, dict) else ():
            match entry:
                case [int() | float() as at, bool() as lasts]:
                    told[str(key)] = (float(at), lasts)
        return cls(told)

    def see(self, keys: Iterable[str], now: float) -> None:
        """What lasts just now; all else is over. A clock that was set back is gone by."""
        lasting = frozenset(keys)
        for key, (at, lasts) in list(self.told.items()):
            if key not in lasting and now - at > FORGET:
                del self.told[key]
            else:
                self.told[key] = (min(at, now), lasts and key in lasting)

    def due(self, key: str, now: float, again: float) -> bool:
        """Whether it is to be told, `again` seconds after the last time (0: never) if it lasts."""
        if key not in self.told:
            return True
        at, lasts = self.told[key]
        if lasts:
            return again > 0 and now - at >= again
        return now - at >= AGAIN_FIRST

    def tell(self, key: str, now: float) -> None:
        """It is told now."""
        self.told.pop(key, None)
        self.told[key] = (now, True)
        while len(self.told) > MOST:
            del self.told[next(iter(self.told))]
