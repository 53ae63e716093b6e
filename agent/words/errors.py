"""Codes and labels for everything that can go wrong, beside the errors' own title and advice.

A code is stable: scripts and notices go by it. `transient`: it ends by itself, so nobody has to
act (features.md 7 asks for this of every error that people see).
"""

from __future__ import annotations

from typing import NamedTuple

from agent import errors
from agent.errors import AgentError
from agent.words.catalogue import Words


class ErrorWords(NamedTuple):
    """The short words of an error; its sentence and next step are its title and advice."""

    code: str
    label: str
    transient: bool = False


ITSELF = True

ERRORS: dict[type[AgentError], ErrorWords] = {
    AgentError: ErrorWords("unexpected", "trouble"),
    errors.ConfigProblem: ErrorWords("configuration", "configuration"),
    errors.AnotherAgent: ErrorWords("another-agent", "another agent"),
    errors.LedgerTrouble: ErrorWords("ledger", "ledger not usable"),
    errors.LedgerFull: ErrorWords("ledger-full", "disk for records full"),
    errors.LedgerDamaged: ErrorWords("ledger-damaged", "ledger damaged"),
    errors.SignInNeeded: ErrorWords("sign-in", "sign-in needed"),
    errors.KeyRefused: ErrorWords("key-refused", "key refused"),
    errors.ReadOnlyKey: ErrorWords("key-reads-only", "key may only read"),
    errors.WrongWorkspace: ErrorWords("wrong-workspace", "wrong workspace"),
    errors.FiledUnreachable: ErrorWords("unreachable", "waiting for network", ITSELF),
    errors.ProxyRefused: ErrorWords("proxy-refused", "proxy refused"),
    errors.NotTrusted: ErrorWords("not-trusted", "certificate not trusted"),
    errors.RateLimited: ErrorWords("rate-limited", "asked to slow down", ITSELF),
    errors.FiledTrouble: ErrorWords("filed-trouble", "Filed has trouble", ITSELF),
    errors.ProtocolBroken: ErrorWords("not-understood", "answer not understood", ITSELF),
    errors.OutcomeUnknown: ErrorWords("answer-lost", "answer lost", ITSELF),
    errors.FiledRefused: ErrorWords("filed-refused", "Filed refused"),
    errors.TooLarge: ErrorWords("too-large", "too large"),
    errors.TypeNotAccepted: ErrorWords("type-not-accepted", "type not accepted"),
    errors.VersionRefused: ErrorWords("version-refused", "versions differ"),
    errors.WrongEndpoint: ErrorWords("wrong-address", "wrong address"),
    errors.PointedElsewhere: ErrorWords("pointed-elsewhere", "sent elsewhere"),
    errors.UploadGone: ErrorWords("upload-expired", "upload expired", ITSELF),
    errors.UploadLocked: ErrorWords("upload-locked", "upload still held", ITSELF),
    errors.UploadMismatch: ErrorWords("upload-mismatch", "upload does not match", ITSELF),
    errors.FileTrouble: ErrorWords("file-trouble", "not readable"),
    errors.FileAbsent: ErrorWords("file-gone", "gone", ITSELF),
    errors.FileBusy: ErrorWords("file-busy", "in use", ITSELF),
    errors.FileDenied: ErrorWords("file-denied", "no permission"),
    errors.FileChanged: ErrorWords("file-changed", "changed while being sent", ITSELF),
    errors.NotRegular: ErrorWords("not-a-file", "not a file"),
    errors.SecondName: ErrorWords("hard-link", "a hard link"),
    errors.OnlineOnly: ErrorWords("file-online-only", "online-only"),
    errors.DiskError: ErrorWords("file-disk-error", "disk error", ITSELF),
    errors.RootUnavailable: ErrorWords("folder-away", "folder unavailable"),
}

LASTING = frozenset(words.code for words in ERRORS.values() if not words.transient)
PATIENCE = ERRORS[errors.RateLimited].code


def error_words(kind: type[AgentError]) -> ErrorWords:
    """Code and label of an error's class; one that is defined elsewhere has its parent's."""
    return next(ERRORS[one] for one in kind.__mro__ if one in ERRORS)


def code_of(kind: type[AgentError]) -> str:
    """The stable code of an error's class."""
    return error_words(kind).code


def words_of_error(kind: type[AgentError]) -> Words:
    """Label, sentence and next step of an error's class, as those of a reason."""
    told = error_words(kind)
    return Words(told.label, f"{kind.title}.", kind.advice, not told.transient)
