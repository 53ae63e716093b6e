"""The composition root: from settings to a running agent. Names every concrete class, once."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.config.settings import FolderSection, Settings
from agent.engine.engine import Engine, World
from agent.engine.rules import Rules, WatchedRoot
from agent.errors import AgentError, LedgerDamaged
from agent.filed.binders import Binders
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.graphql import Graph
from agent.filed.sign_in import SignIn
from agent.filed.transport import Transport
from agent.filed.uploads import Uploads
from agent.folders.disk import LocalDisk
from agent.folders.guarded import GuardedDisk
from agent.folders.hands import Hands
from agent.folders.near import SystemNear
from agent.folders.watch import NativeWatch
from agent.ledger.keeping import must_not_be_lost, note_damage, open_kept
from agent.ledger.ledger import Ledger
from agent.ledger.opening import copy_file
from agent.model.file import FileState
from agent.model.ignoring import Ignoring
from agent.model.naming import Layout
from agent.model.quiet import Quiet
from agent.system.asking_paths import real_path
from agent.system.claims import Locks
from agent.system.clock import SystemClock
from agent.system.descriptors import allow_open_files
from agent.system.mounts import share_kind
from agent.system.places import Home
from agent.system.secrets import Secrets

ATTACHING = 4  # clients at once: each call waits for the line, and no two are of one client

CONTACT_SECONDS = 3_600.0  # after so long without an answer Filed is asked whether we are welcome


def watched_root(folder: FolderSection) -> WatchedRoot:
    """One [[folder]] as the engine knows it; its path with every link resolved."""
    return WatchedRoot(
        path=os.fsencode(real_path(folder.path)),
        layout=Layout.parse(folder.layout),
        external_id=folder.external_id,
        tax_year=folder.tax_year,
        return_type=folder.return_type,
        create_clients=folder.create_clients,
        ignoring=Ignoring(folder.ignore),
        network=share_kind(folder.path) is not None,
        watch=folder.watch == "auto",
    )


def rules_of(settings: Settings) -> Rules:
    """The configuration as the engine knows it."""
    return Rules(
        roots=tuple(watched_root(folder) for folder in settings.folder),
        quiet=Quiet(settings.settle.quiet_seconds, settings.settle.network_quiet_seconds),
        chunk_size=settings.upload.chunk_size,
        with_creation=settings.upload.creation_with_upload,
        bandwidth=settings.upload.bandwidth,
        quiet_window=settings.attach.quiet_window_seconds,
        batch=settings.attach.batch,
        debounce=settings.attach.debounce_seconds,
        poll_first=settings.ingest.poll_seconds,
        poll_most=settings.ingest.poll_most_seconds,
        sweep_seconds=settings.scan.sweep_seconds,
        deep_seconds=settings.scan.deep_seconds,
        contact_seconds=CONTACT_SECONDS,
    )


@dataclass
class Filed:
    """Our side of the line to Filed."""

    transport: Transport
    sign_in: SignIn
    uploads: Uploads
    binders: Binders

    @classmethod
    def reach(cls, settings: Settings, key: Callable[[], str], clock: SystemClock) -> Filed:
        """Build it; nothing is sent, and `key` is not asked for, before the first question."""
        graphql = Endpoint.parse(settings.filed.graphql_url)
        upload = Endpoint.parse(settings.filed.upload_url)
        connections = settings.upload.parallel + ATTACHING + 4
        transport = Transport((graphql, upload), clock, connections=connections)
        exchange = Exchange(transport, graphql)
        sign_in = SignIn(exchange, key, clock, transport.server_time)
        uploads = Uploads(transport, upload, sign_in)
        return cls(transport, sign_in, uploads, Binders(Graph(transport, graphql, sign_in)))

    def close(self) -> None:
        """Close every connection."""
        self.transport.close()


def _told(secrets: Secrets, learn: Callable[[str], None]) -> Callable[[], str]:
    """The key as it is asked for, told to `learn` first."""

    def key() -> str:
        found = secrets.key()
        learn(found)
        return found

    return key


class Agent:
    """One agent: its locks, its ledger, its line to Filed and its engine."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        env: Mapping[str, str],
        learn: Callable[[str], None] = lambda key: None,
        locks: Locks | None = None,
    ) -> None:
        """Take the locks and open the ledger; nothing runs before start().

        `learn` is told each API key before it is used, so that no log ever shows it. `locks` are
        those of the agent before, in the same process. Raises ConfigProblem, AnotherAgent,
        LedgerTrouble; then all locks are given back.
        """
        allow_open_files(settings.upload.parallel)
        home.prepare()
        self.home = home
        self.settings = settings
        self.clock = SystemClock()
        self.rules = rules = rules_of(settings)
        self.locks = locks or Locks(home.lock)
        self.closed = False
        self._handed_over = False
        try:
            self.locks.add(root.path for root in rules.roots)
            self.locks.keep(root.path for root in rules.roots)
            self.ledger = open_kept(home.ledger, self.clock)
        except BaseException:
            self.locks.close()
            raise
        self.filed = Filed.reach(settings, _told(Secrets(home, env), learn), self.clock)
        self._hands = Hands()
        self._near = SystemNear()
        watched = any(folder.watch == "auto" for folder in settings.folder)
        self._watch = NativeWatch(watched, hands=self._hands)
        world = World(
            self.ledger,
            GuardedDisk(LocalDisk(), self._hands, self._near),
            self._watch,
            self.filed.uploads,
            self.filed.binders,
            self.clock,
            backups=self.ledger,
        )
        rng = random.Random()  # noqa: S311 - spreads pauses; nothing secret depends on it
        parallel = settings.upload.parallel
        self.engine = Engine(world, rules, rng, parallel=parallel, attaching=ATTACHING)
        self.ledger.on_change(self.engine.bell.ring)
        self._watch.on_hint(self.engine.bell.ring)

    def start(self) -> None:
        """Start the workers."""
        self.engine.start(self.engine.bell.ring)

    @property
    def fatal(self) -> AgentError | None:
        """The error that ended the work, if one did."""
        return self.engine.fatal

    @property
    def trouble(self) -> AgentError | None:
        """Why Filed is not asked just now, if something is the matter."""
        return self.engine.gate.room.trouble or self.engine.gate.trouble

    def take_up(self, settings: Settings) -> bool:
        """Go by new settings without a new start; False where they change more than the speed."""
        upload = self.settings.upload.model_copy(update={"bandwidth": settings.upload.bandwidth})
        if self.settings.model_copy(update={"upload": upload}) != settings:
            return False
        self.settings = settings
        self.engine.line.bandwidth.limit = settings.upload.bandwidth
        return True

    def limits(self) -> Mapping[bytes, str]:
        """Roots whose live watching is limited, with the sentence that says why and the remedy."""
        return self._watch.limits()

    def hand_over(self) -> Locks:
        """Its locks, which close() leaves alone from now on: the next agent's of this process."""
        self._handed_over = True
        return self.locks

    def close(self) -> None:
        """Ask the workers to end, wait at most five seconds, let go of everything.

        A worker that hangs on a dead share still uses ledger and line: then the process should end,
        or this be called again until `closed`.
        """
        ended = self.engine.stop()
        self._note_damage(self.fatal)
        self._watch.close()
        self._hands.close()
        self._near.close()
        if ended and not self.closed:
            self.closed = True
            self.filed.close()
            self.ledger.close()
        if not self._handed_over:
            self.locks.close()

    def _note_damage(self, error: object) -> None:
        if isinstance(error, LedgerDamaged):
            note_damage(self.home.ledger)

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._note_damage(error)
        self.close()


class _AtOnce(Quiet):
    """No quiet time: a plan shows what lies there now."""

    def needed(
        self,
        name: bytes = b"",
        *,
        on_network: bool = False,
        learned: float | None = None,
        closed_hint: bool = False,
    ) -> float:
        """None at all."""
        return 0.0


class Rehearsal:
    """The engine on a copy of the ledger, some of its workers turned by hand: a plan.

    No lock is needed and nothing of the real ledger is written; `find` asks Filed for its clients
    and changes nothing there. The copy is removed at the end.
    """

    def __init__(self, settings: Settings, home: Home, env: Mapping[str, str]) -> None:
        """Copy the ledger, if there is one. Raises ConfigProblem, LedgerTrouble."""
        home.prepare()
        clock = SystemClock()
        self._folder = tempfile.TemporaryDirectory(prefix="plan-", dir=home.folder)
        copy = Path(self._folder.name) / "ledger.sqlite3"
        try:
            must_not_be_lost(home.ledger)
            if home.ledger.exists():
                copy_file(home.ledger, copy)
            self.ledger = Ledger.open(copy, clock, sound=False)
        except BaseException:
            self._folder.cleanup()
            raise
        self.rules = replace(rules_of(settings), quiet=_AtOnce())
        self._filed = Filed.reach(settings, Secrets(home, env).key, clock)
        self._watch = NativeWatch(native=False)
        binders, uploads = self._filed.binders, self._filed.uploads
        world = World(self.ledger, LocalDisk(), self._watch, uploads, binders, clock)
        rng = random.Random()  # noqa: S311 - spreads pauses; nothing secret depends on it
        self._engine = Engine(world, self.rules, rng, parallel=1)
        self._workers = {worker.name: worker for worker in self._engine.workers}

    def look(self) -> bool:
        """Scan on for a moment and settle what was found; whether something is left to look at."""
        self._engine.look.turn()
        self._workers["settle"].turn()
        return not self._engine.look.settled or self.ledger.counts().files[FileState.settling] > 0

    def find(self) -> AgentError | None:
        """Look the clients up at Filed; why that was not possible."""
        self._workers["find"].turn()
        return self._engine.gate.trouble

    def close(self) -> None:
        """Remove the copy."""
        self._watch.close()
        self._filed.close()
        self.ledger.close()
        self._folder.cleanup()

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
