"""What the contract says of a simulated run, read off Filed's side, the disks and the lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.model.document import Stage
from agent.model.file import File, FileState
from agent.model.overview import Subject
from agent.model.reasons import Reason
from agent.words.catalogue import waiting_words
from tests.kit.disk import MemoryDisk
from tests.kit.people import client_key, sha256

if TYPE_CHECKING:
    from tests.kit.simulation import Simulation

SLOW = 60.0  # seconds that may pass between a look and what is written of it, at most
SETTLED_WITHIN = 3 * 180.0 + 600.0  # L2: seconds after all has healed; a gate may be shut till then


@dataclass
class Verdict:
    """What the contract says of a run; empty lists are well."""

    wrong_client: list[str] = field(default_factory=list)  # S1
    torn: list[str] = field(default_factory=list)  # S2
    twice: list[str] = field(default_factory=list)  # S3
    twin_clients: list[str] = field(default_factory=list)  # S4
    written: list[str] = field(default_factory=list)  # S5: only people touch the disk
    elsewhere: list[str] = field(default_factory=list)  # another workspace than the ledger's
    concluded: list[str] = field(default_factory=list)  # sentence 6: absence is not "deleted"
    stale: list[str] = field(default_factory=list)  # sentence 7: attached after its file had gone
    resent: list[str] = field(default_factory=list)  # S10
    missing: list[str] = field(default_factory=list)  # L1
    stuck: list[str] = field(default_factory=list)  # L2
    overruled: list[str] = field(default_factory=list)  # a person said no, and it was taken up
    excused: Counter[str] = field(default_factory=Counter)  # why files may be unfiled
    stages: Counter[Stage] = field(default_factory=Counter)  # how many documents stand where

    @property
    def broken(self) -> list[str]:
        """Every violation, one line each."""
        return [
            f"{name.replace('_', ' ')}: {line}"
            for name, lines in vars(self).items()
            if name not in ("excused", "stages")
            for line in lines
        ]


def judge(run: Simulation) -> Verdict:
    """The verdict on a run that has healed; the ledger is still open."""
    verdict = Verdict(
        wrong_client=list(run.filed.sent_to_others),
        elsewhere=list(run.filed.elsewhere),
        stale=list(run.stale),
        stages=Counter(run.ledger.counts().documents),
    )
    for disk in run.disks:
        if disk.strokes != run.people.strokes[disk.path]:
            verdict.written.append(f"{disk.path!r}: {disk.strokes} changes")
    for root_path, path in run.mishaps.ignored:
        file = run.ledger.file_at(run.ledger.root(root_path).id, path)
        if file is None or file.state is not FileState.ignored:
            verdict.overruled.append(f"{path!r}: {file.state if file else 'unknown'}")
    _judge_absences(run, verdict)
    filed = _judge_binders(run, verdict)
    _Lists(run, verdict).judge(filed)
    if run.ledger.open_operations():
        verdict.stuck.append("an operation is still open")
    elif run.settled_after is not None and run.settled_after > SETTLED_WITHIN:
        verdict.stuck.append(f"a call was in doubt for {run.settled_after:.0f} s after all healed")
    if run.told.still:
        _judge_bytes(run, verdict)
    return verdict


def _judge_binders(run: Simulation, verdict: Verdict) -> dict[str, Counter[str]]:
    """S1 to S4 of everything that Filed holds; how often each content, by client."""
    keys = {record.id: client_key(record.name.encode() + b"/") for record in run.filed.records}
    twins = Counter(client_key(r.external_id.encode() + b"/") for r in run.filed.records)
    verdict.twin_clients = [name for name, count in twins.items() if count > 1]
    filed: dict[str, Counter[str]] = defaultdict(Counter)
    for attached in run.filed.binder:
        filed[keys[attached.client_id]][attached.sha256] += 1
    rested = run.people.rested
    for client, documents in filed.items():
        for digest, count in documents.items():
            line = f"{client} {digest[:8]}"
            if count > 1:
                verdict.twice.append(f"{line} x {count}")
            if digest not in rested:
                verdict.torn.append(line)
            elif client not in rested[digest]:
                verdict.wrong_client.append(f"{line}, was only in {sorted(rested[digest])}")
    verdict.wrong_client += [
        f"nobody has a folder for {key}"
        for key in keys.values()
        if key not in run.people.clients_ever
    ]
    return filed


def _judge_absences(run: Simulation, verdict: Verdict) -> None:
    """Nothing counts as gone while it lies there: not for a share that is away, empty, exchanged,
    nor for a folder that cannot be read. A file that came back within SLOW is another matter."""
    roots = {root.path: root.path + b"/" for root in run.ledger.roots()}
    for line in run.ledger.history(limit=5_000):
        if line.subject is not Subject.file or line.after != "missing" or line.path is None:
            continue
        for root, prefix in roots.items():
            path = line.path[len(prefix) :]
            if line.path.startswith(prefix) and run.people.lay_there(
                root, path, line.at - SLOW, line.at
            ):
                verdict.concluded.append(f"{path!r} counted as missing {line.why!r}")


def _judge_bytes(run: Simulation, verdict: Verdict) -> None:
    """S10: at most one chunk more for each interruption, where nobody touched a file again."""
    broken = sum(
        1
        for line in run.crossings.trace
        if ": " in line and line.startswith(("filed.create:", "filed.send:", "filed.offset:"))
    )
    allowed = run.ledger.counts().bytes_filed + run.rules.chunk_size * (broken + run.crashes)
    if run.filed.bytes_taken > allowed + run.ledger.counts().bytes_open:
        verdict.resent.append(f"{run.filed.bytes_taken} bytes, {allowed} were enough")


class _Lists:
    """L1 and L6: what is not filed stands in a list with a reason and a remedy."""

    def __init__(self, run: Simulation, verdict: Verdict) -> None:
        self._run = run
        self._verdict = verdict
        self._waiting = {
            (waiting.subject, waiting.id): waiting_words(waiting)
            for waiting in run.ledger.waiting()
        }

    def judge(self, filed: dict[str, Counter[str]]) -> None:
        """Every file that lies there."""
        for disk in self._run.disks:
            root = self._run.ledger.root(disk.path)
            for path, inode in disk.files.items():
                if inode.content and filed[client_key(path)][sha256(inode.content)]:
                    continue
                file = self._run.ledger.file_at(root.id, path)
                why = self._excuse(disk, path, file)
                if why is not None:
                    self._verdict.excused[why] += 1
                    continue
                self._verdict.missing.append(f"{path!r}: {self._where(file)}")

    def _excuse(self, disk: MemoryDisk, path: bytes, file: File | None) -> str | None:
        """Why it may be unfiled, None where nothing allows it."""
        if file is None:
            return None
        if file.state is FileState.ignored:
            by_rule = file.reason == Reason.name_rule and b"~$" in path
            by_person = (disk.path, path) in self._run.mishaps.ignored
            return file.reason if by_rule or by_person else None
        if file.state is FileState.held:
            return self._listed(Subject.file, file.id, self._allowed(disk, path, file.reason))
        if file.document_id is None or file.client_id is None or file.state is not FileState.known:
            return None
        document = self._run.ledger.document(file.document_id)
        client = self._run.ledger.client(file.client_id)
        if client.state == "held":
            return self._listed(Subject.client, client.id, f"client {client.reason}")
        if document.stage is Stage.failed:
            return self._listed(Subject.document, document.id, f"failed: {document.problem}")
        return None

    def _allowed(self, disk: MemoryDisk, path: bytes, reason: str | None) -> str | None:
        """The reason, if the world gave cause for it."""
        if reason == Reason.empty:
            return reason if not disk.files[path].content else None
        if reason == Reason.disk_error:
            return reason if path in disk.troubles else None
        if reason in (Reason.layout, Reason.no_client):
            return reason if b"/" not in path else None
        return reason if reason == Reason.two_folders else None

    def _listed(self, subject: Subject, number: int, why: str | None) -> str | None:
        words = self._waiting.get((subject, number))
        return why if words is not None and words.sentence and words.next_step else None

    def _where(self, file: File | None) -> str:
        if file is None:
            return "never seen"
        where = f"{file.state} {file.reason or ''}".strip()
        if file.document_id is None or file.client_id is None:
            return where
        document = self._run.ledger.document(file.document_id)
        client = self._run.ledger.client(file.client_id)
        return f"{where}, document {document.stage}, client {client.state} {client.reason or ''}"
