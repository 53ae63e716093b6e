"""Every sentence for a reason, a state or a stage: what happened, why, what to do next.

Keys are complete by a test: a new reason or state without words does not pass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.incident import Found, Incident
from agent.model.operation import OperationState
from agent.model.overview import Waiting
from agent.model.reasons import Reason
from agent.words.buttons import by_button


class AgentState(StrEnum):
    """What the agent as a whole is doing; its words are in AGENT_STATES."""

    looking = "looking"  # a first scan runs
    working = "working"
    idle = "idle"
    paused = "paused"
    offline = "offline"
    signed_out = "signed-out"
    disk_full = "disk-full"
    stopped = "stopped"


class Words(NamedTuple):
    """What a person reads of a reason; `person`: it does not end by itself.

    `here` is the next step for people with buttons, where `next_step` names a command.
    """

    label: str
    sentence: str
    next_step: str
    person: bool = True
    here: str = ""

    @property
    def step(self) -> str:
        """The next step for people at page, tray or notice."""
        return self.here or by_button(self.next_step)


ITSELF = False

REASONS: dict[Reason, Words] = {
    Reason.in_use: Words(
        "in use",
        "Another program still has the file open.",
        "Close it there; the agent looks again every minute.",
        ITSELF,
    ),
    Reason.empty: Words(
        "empty file",
        "The file has no content, so there is nothing to file.",
        "Save or scan it again; the agent notices by itself.",
    ),
    Reason.incomplete: Words(
        "incomplete",
        "The file's end is missing, so it may still be on its way.",
        "Nothing to do: it is taken as it is after ten minutes without a change.",
        ITSELF,
    ),
    Reason.online_only: Words(
        "online-only",
        "A cloud drive has not downloaded the file to this machine.",
        "Choose `Always keep on this device` for it, or for its folder.",
    ),
    Reason.link: Words(
        "a link",
        "This is a link to another place, and links are never followed.",
        "Put the file itself into the client's folder.",
    ),
    Reason.not_regular: Words(
        "not a file",
        "This is no regular file (a pipe, a device), so it is not read.",
        "Remove it, or leave it out with `filed-agent ignore`.",
        here="Remove it, or leave it out.",
    ),
    Reason.second_name: Words(
        "a hard link",
        "The file has a second name elsewhere, and not all who may write into this folder may "
        "read it.",
        "Put a copy of it here instead, or let the group of this folder read it.",
    ),
    Reason.denied: Words(
        "no permission",
        "The agent's account may not read it.",
        "Give it the right to read this folder; the agent tries again.",
    ),
    Reason.disk_error: Words(
        "disk error",
        "The disk or the share failed while the file was read.",
        "Check the disk or the share; the agent tries again.",
        ITSELF,
    ),
    Reason.no_client: Words(
        "no client",
        "The file lies in no client's folder.",
        "Move it into the client's folder, or leave it out with `filed-agent ignore`.",
        here="Move it into the client's folder, or leave it out.",
    ),
    Reason.layout: Words(
        "folder not understood",
        "The folder's name does not say what the configured layout needs.",
        "Rename the folder to fit the layout, or change the layout.",
    ),
    Reason.name_unusable: Words(
        "name not usable",
        "The folder's name has characters that no client's name can have, or it is too long.",
        "Rename the folder.",
    ),
    Reason.unexpected: Words(
        "trouble",
        "Something unexpected happened with this file; the log has the details.",
        "The agent looks again by itself; if it lasts, send the log to whoever looks after it.",
    ),
    Reason.renamed: Words(
        "renamed?",
        "The folder looks like another client's, renamed.",
        "Give it its old name back, or make it a client with `filed-agent retry --client`.",
        here="Give it its old name back; if it is a client of its own, try again.",
    ),
    Reason.record_taken: Words(
        "record taken",
        "Filed's record with this external ID is already another client's.",
        "Correct the external IDs at Filed, then run `filed-agent retry --client` with its name.",
        here="Correct the external IDs at Filed, then try again.",
    ),
    Reason.name_rule: Words(
        "ignored by name",
        "Files of this name are never documents, by a rule.",
        'To send it, add a pattern that begins with "!" to `ignore` of its folder.',
    ),
    Reason.person: Words(
        "left out",
        "A person left the file out.",
        "To take it in again, run `filed-agent ignore --undo` with its path.",
        here="To send it after all, take it in again.",
    ),
    Reason.two_folders: Words(
        "two folders",
        "Two folders stand for the same client.",
        "Rename one of them, or put their files together.",
    ),
    Reason.same_name: Words(
        "namesake at Filed",
        "Filed has a client of the same name under another external ID.",
        "If they are one client, give both the same external ID.",
    ),
    Reason.other_year: Words(
        "another tax year",
        "Filed has this external ID for another tax year.",
        "Correct the year, or use an external ID for each year.",
    ),
    Reason.other_type: Words(
        "another return type",
        "Filed has this external ID with another return type.",
        "Correct one of them, or use another external ID.",
    ),
    Reason.archived: Words(
        "archived",
        "The client is archived at Filed.",
        "Restore it there; the agent looks again every quarter of an hour.",
    ),
    Reason.not_allowed: Words(
        "not at Filed",
        "Filed does not have this client, and `create_clients` is false.",
        "Create the client at Filed, or allow it for this folder.",
    ),
    Reason.unconfirmed: Words(
        "creation unclear",
        "Filed never said whether it created this client.",
        "Look for it at Filed; if it is not there, run `filed-agent retry --client` with its name.",
        here="Look for it at Filed; if it is not there, try again.",
    ),
    Reason.refused: Words(
        "refused",
        "Filed refused to create this client.",
        "See Filed's message, mend the cause, then run `filed-agent retry --client` with its name.",
        here="See Filed's message, mend the cause, then try again.",
    ),
}

STAGES: dict[Stage, str] = {
    Stage.ready: "waiting to be sent",
    Stage.uploading: "being sent",
    Stage.uploaded: "sent, not attached yet",
    Stage.attaching: "being attached",
    Stage.ingesting: "being read by Filed",
    Stage.filed: "filed",
    Stage.lost: "gone before it was sent",
    Stage.failed: "failed",
}

FILE_STATES: dict[FileState, str] = {
    FileState.settling: "settling",
    FileState.held: "waiting",
    FileState.ignored: "left out",
    FileState.known: "taken up",
    FileState.missing: "not there any more",
}

CLIENT_STATES: dict[ClientState, str] = {
    ClientState.new: "not looked up at Filed yet",
    ClientState.absent: "to be created at Filed",
    ClientState.creating: "being created at Filed",
    ClientState.known: "known at Filed",
    ClientState.held: "waiting for a decision",
}

OPERATION_STATES: dict[OperationState, str] = {
    OperationState.announced: "sent",
    OperationState.unknown: "answer lost",
    OperationState.done: "carried out",
    OperationState.refused: "refused",
}

AGENT_STATES: dict[AgentState, str] = {
    AgentState.looking: "Going through the folders",
    AgentState.working: "Filing",
    AgentState.idle: "Watching",
    AgentState.paused: "Paused",
    AgentState.offline: "Offline",
    AgentState.signed_out: "Sign-in needed",
    AgentState.disk_full: "Disk full",
    AgentState.stopped: "Stopped",
}

STILL_WRITTEN = Words(
    "still being written",
    "The file may still be written, so it is not sent yet.",
    "Nothing to do while the agent runs; else run `filed-agent sync` when it is finished.",
    ITSELF,
    here="Nothing to do: it is sent when it is finished.",
)
ROOT_AWAY = Words(
    "folder unavailable",
    "The watched folder cannot be looked at; nothing is concluded from that.",
    "Reconnect the drive or share, or correct the folder's path in the configuration.",
)
OPEN_LEFT = Words(
    "not finished",
    "The document is still on its way.",
    "Nothing to do while the agent runs; else run `filed-agent sync`, which goes on with it.",
    ITSELF,
    here="Nothing to do: the agent goes on with it.",
)
FAILED = Words(
    "failed",
    "The document could not be filed.",
    "Mend the cause, then run `filed-agent retry` with its number.",
    here="Mend the cause, then try again.",
)
UNKNOWN = Words(
    "waits",
    "It waits for a reason that this version does not know.",
    "Install the newest version of the agent.",
)

BEFELL: dict[Found, str] = {
    Found.damaged: "The agent's memory (its ledger) was found damaged",
    Found.lost: "The agent's memory (its ledger) was found gone or empty",
    Found.old: "An older copy of the agent's memory (its ledger) was found in its place",
    Found.evidence: "The second memory of the agent (its evidence) was found damaged, old or gone",
}

_LABELS: dict[str, dict[str, str]] = {
    "operation": {str(state): label for state, label in OPERATION_STATES.items()},
    "client": {str(state): label for state, label in CLIENT_STATES.items()},
    "file": {str(state): label for state, label in FILE_STATES.items()},
    "document": {str(stage): label for stage, label in STAGES.items()},
}


def words_for(reason: str | None) -> Words:
    """The words of a stored reason code; also of one that only a newer version knows."""
    try:
        return REASONS[Reason(reason or "")]
    except ValueError:
        return UNKNOWN


PROVE = (
    "Nothing proves what was filed since then, so the agent waits: see what would be sent "
    "with `filed-agent plan`, compare it with Filed, then run `filed-agent resume`."
)
PROVE_HERE = (
    "Nothing proves what was filed since then, so the agent waits: compare the clients' documents "
    "here with those at Filed, then resume."
)


def incident_sentences(
    incident: Incident, when: str, copied: str, *, here: bool = False
) -> list[str]:
    """What befell the ledger at `when`, what was done, what to do; `copied`: the copy's time.

    `here`: for people with buttons.
    """
    told = [f"{BEFELL[incident.found]} ({when})."]
    if incident.found is Found.old:
        told.append("It was brought up to date from the evidence of what was sent.")
    elif incident.found is Found.evidence:
        told.append("It was written anew from the ledger, which is sound.")
    elif incident.backup_of is not None:
        told.append(f"It was restored from the copy of {copied} and brought up to date.")
    else:
        told.append("It was made anew from the evidence of what was sent.")
    if incident.aside is not None:
        told.append(f"What was there before is kept in {incident.aside}.")
    if incident.unsound:
        told.append("A newer copy was damaged as well: please have the disk checked.")
    if not incident.proven:
        told.append(PROVE_HERE if here else PROVE)
    elif incident.lost_lines and incident.found is not Found.evidence:
        told.append(
            "A part of the evidence could not be read: should a document stand at Filed twice, "
            "remove one there."
        )
    else:
        told.append("Nothing that was filed is sent again; there is nothing to do.")
    return told


def label_of(subject: str, state: str) -> str:
    """A short label for the state of a file, document, client or operation."""
    return _LABELS.get(subject, {}).get(state, state)


def waiting_words(waiting: Waiting) -> Words:
    """Label, sentence and next step of something that waits, with what was noted about it."""
    if waiting.reason is not None:
        words = words_for(waiting.reason)
        noted = waiting.said and waiting.said != waiting.reason and waiting.subject == "client"
        return words._replace(sentence=waiting.said) if noted else words
    words = FAILED if waiting.state == Stage.failed else OPEN_LEFT
    said = waiting.said or words.sentence
    if not waiting.remedy:
        return words._replace(sentence=said)
    return words._replace(sentence=said, next_step=waiting.remedy, here="")
