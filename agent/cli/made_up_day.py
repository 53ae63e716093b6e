"""A day at the made-up firm, in half a minute: who saves what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.cli import made_up_images as images
from agent.cli import made_up_papers as papers
from agent.cli.made_up_firm import ClientFolder, Firm
from agent.cli.made_up_habits import Habits

SHARES = ("pdf",) * 9 + ("jpg",) * 3 + ("xlsx", "csv") * 2 + ("png", "tif", "tiff", "eml")
TITLES = (
    "Form W-2 (made up)",
    "Form 1099-INT (made up)",
    "Form 1098 (made up)",
    "Schedule K-1 (made up)",
    "Bank statement (made up)",
    "Receipt (made up)",
    "Engagement letter (made up)",
)
THERE_BEFORE = 0.3  # so much of the ordinary papers lies there before the agent starts


@dataclass(frozen=True)
class Step:
    """Something that a person does, `at` so many seconds after the day began."""

    at: float
    act: Callable[[], object]


@dataclass
class Day:
    """Everything that happens, in order. `said` is what a step wants to be told to the viewer."""

    firm: Firm
    seconds: float
    steps: list[Step] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    next: int = 0

    def at(self, share: float, act: Callable[[], object], say: str = "") -> None:
        """Add a step at a share (0 to 1) of the day; below 0: before the agent starts."""

        def step() -> None:
            act()
            if say:
                self.said.append(say)

        self.steps.append(Step(share * self.seconds, step))

    def live(self, seconds: float, *, budget: int = 8) -> None:
        """Do what is due so long after the day began, `budget` steps at most."""
        for _ in range(budget):
            if self.over or self.steps[self.next].at > seconds:
                return
            self.next += 1
            self.steps[self.next - 1].act()

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.next == len(self.steps)

    def tell(self) -> list[str]:
        """What was said since the last call."""
        said, self.said = self.said, []
        return said


def plan_day(firm: Firm, seconds: float, ordinary: int, big: int) -> Day:
    """The day: `ordinary` everyday papers, a scan of `big` bytes, and every awkward habit."""
    day = Day(firm, seconds)
    for number in range(ordinary):
        client = firm.clients[number % len(firm.clients)]
        share = number / ordinary - THERE_BEFORE
        when = -1.0 if share < 0 else share / (1 - THERE_BEFORE) * 0.96
        day.at(when, _ordinary(firm, client, number))
    habits = Habits(firm)
    for share, act, say in (*habits.plan(), *habits.big_scan(big)):
        day.at(share, act, say)
    day.steps.sort(key=lambda step: step.at)
    return day


def _ordinary(firm: Firm, client: ClientFolder, number: int) -> Callable[[], object]:
    def save() -> None:
        kind = firm.rng.choice(SHARES)
        title = firm.rng.choice(TITLES)
        folder = client.path / "Receipts" if number % 5 == 4 else client.path
        folder.mkdir(exist_ok=True)
        name = f"{title.partition(' (')[0]} {number:03}.{kind}"
        firm.save(folder / name, content(firm, kind, title), client)

    return save


def content(firm: Firm, kind: str, title: str) -> bytes:
    """A file of this type; no two are alike."""
    rng = firm.rng
    if kind == "pdf":
        return papers.pdf(rng, title, rng.randrange(20_000, 300_000))
    if kind == "jpg":
        return images.jpeg(rng, comment=rng.randrange(50_000, 400_000))
    if kind == "png":
        return images.png(rng)
    if kind in ("tif", "tiff"):
        return images.tiff(rng)
    if kind == "xlsx":
        return papers.xlsx(rng, title)
    return papers.eml(rng, title) if kind == "eml" else papers.csv(rng)
