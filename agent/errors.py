"""Everything that can go wrong, as one tree.

AgentError
├── ConfigProblem            the configuration cannot be used                        exit 2
├── AnotherAgent             the ledger or a root belongs to a running agent         exit 6
├── LedgerTrouble            the ledger cannot be read or written                    exit 1
│   ├── LedgerFull           its disk is full; the work goes on when there is room
│   └── LedgerDamaged        its file is broken or gone; the next start restores it
├── SignInNeeded             Filed does not accept who we are                        exit 4
│   ├── KeyRefused           the API key is wrong, expired or revoked
│   ├── ReadOnlyKey          the key may look but not change anything
│   └── WrongWorkspace       the key belongs to another workspace than the ledger
├── FiledUnreachable         surely nothing happened at Filed; try later             exit 5
│   ├── ProxyRefused         the proxy on the way asks for credentials, or says no
│   ├── NotTrusted           the certificate that was shown is not one to trust
│   ├── RateLimited          Filed asks for patience (429), with a time
│   └── FiledTrouble         Filed answered, but not sensibly (5xx, HTML, cut reply)
├── ProtocolBroken           Filed's answer is none that tus knows; a few tries, then a person
├── OutcomeUnknown           a mutation was sent and its answer is unknown
├── FiledRefused             Filed said no, and will say no again
│   ├── TooLarge             413
│   ├── TypeNotAccepted      415
│   ├── VersionRefused       400, 405, 412: agent and server speak tus differently
│   ├── WrongEndpoint        the address does not speak tus or GraphQL
│   └── PointedElsewhere     the reply names another host; nothing was sent there
├── UploadGone               the upload ID is unknown or expired (404, 410)
├── UploadLocked             another connection still holds the upload (423)
├── UploadMismatch           Filed's offset or length contradicts ours: start anew
├── FileTrouble              a file cannot be read just now
│   ├── FileAbsent           it is surely not there (its root was seen in the same pass)
│   ├── FileBusy             another program holds it
│   ├── FileDenied           no permission
│   ├── FileChanged          it is not the file that was hashed
│   ├── NotRegular           a link, a folder, a device, a pipe
│   ├── SecondName           a hard link to a file that the folder's people may not read
│   ├── OnlineOnly           a placeholder of a cloud drive
│   └── DiskError            the disk or the share failed
└── RootUnavailable          the watched folder is not there, or suspiciously empty

Each class carries a title, an advice for a tax preparer, the retry class and the exit code.
Translation into these happens at the edges (filed, folders, system), nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """What the engine may do after an error."""

    later = "later"  # the same step again, after a pause
    again = "again"  # the step before: the ground has gone
    never = "never"  # not before something changes
    person = "person"  # somebody has to do something first
    fatal = "fatal"  # the agent stops


class AgentError(Exception):
    """Something went wrong that a person may have to read about."""

    title: ClassVar[str] = "Something unexpected happened"
    advice: ClassVar[str] = "Please send the log to whoever looks after your computers."
    retry: ClassVar[Retry] = Retry.later
    exit_code: ClassVar[int] = 1

    @property
    def said(self) -> str:
        """The sentence given when the error was raised, or the title."""
        return str(self) or self.title


class ConfigProblem(AgentError):
    """The configuration cannot be used; `problems` holds every fault found, one sentence each."""

    title = "The configuration cannot be used"
    advice = "Mend every line listed; `config.example.toml` shows each key with its meaning."
    retry = Retry.fatal
    exit_code = 2

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class AnotherAgent(AgentError):
    """The ledger or a watched folder belongs to another running agent."""

    title = "Another agent is already at work here"
    advice = "Use the running one, or stop it first."
    retry = Retry.fatal
    exit_code = 6


class LedgerTrouble(AgentError):
    """The ledger cannot be read or written."""

    title = "The ledger cannot be used"
    advice = "Free disk space and check that the folder can be written; nothing was sent meanwhile."
    retry = Retry.fatal


class LedgerFull(LedgerTrouble):
    """The disk that holds the ledger is full: nothing is done that could not be remembered."""

    title = "The disk that holds the ledger is full"
    advice = "Free space on it; a running agent goes on by itself."
    retry = Retry.later


class LedgerDamaged(LedgerTrouble):
    """The ledger's file is broken."""

    title = "The ledger is damaged"
    advice = "Start the agent again: it restores the ledger and sends nothing that is filed again."


class SignInNeeded(AgentError):
    """Filed does not accept who we are."""

    title = "Sign-in needed"
    advice = "Run `filed-agent login` with a key from Plugins > Filed API."
    retry = Retry.person
    exit_code = 4


class KeyRefused(SignInNeeded):
    """The API key is wrong, expired or revoked."""

    title = "Filed does not accept the API key"
    advice = "Make a new key under Plugins > Filed API and run `filed-agent login`."


class ReadOnlyKey(SignInNeeded):
    """The API key may look but not change anything."""

    title = "The API key may only read"
    advice = "Make a key with read and write access and run `filed-agent login`."


class WrongWorkspace(SignInNeeded):
    """The API key belongs to another workspace than the one this ledger was filled for."""

    title = "The API key belongs to another workspace"
    advice = "Sign in with a key of the first workspace, or use another FILED_AGENT_HOME."


class FiledUnreachable(AgentError):
    """Surely nothing happened at Filed: the request was never carried out."""

    title = "Filed cannot be reached"
    advice = "Check the network; a running agent goes on by itself as soon as Filed answers."
    exit_code = 5


class ProxyRefused(FiledUnreachable):
    """The proxy on the way to Filed asks for credentials (407), or does not let us through."""

    title = "The proxy does not let the agent through"
    advice = "Ask your IT to let this machine through to Filed; a running agent goes on by itself."


class NotTrusted(FiledUnreachable):
    """The certificate that was shown in Filed's name is not trusted; nothing was sent."""

    title = "The certificate of the connection is not trusted"
    advice = "Check this machine's date and time; if they are right, ask your IT who reads along."


class RateLimited(FiledUnreachable):
    """Filed asks for patience (429); `retry_after` is in seconds, already clamped to an hour."""

    title = "Filed asks us to slow down"
    advice = "Nothing to do: the agent waits as long as Filed asked."

    def __init__(self, said: str = "", retry_after: float = 5.0) -> None:
        self.retry_after = retry_after
        super().__init__(said)


class FiledTrouble(FiledUnreachable):
    """Filed answered a question (no mutation) unusably: 5xx, HTML, a cut reply."""

    title = "Filed has trouble"
    advice = "Nothing to do: the agent tries again. If it lasts for hours, ask Filed."


class ProtocolBroken(AgentError):
    """The answer to a tus request is one that tus does not have, such as 200 for a creation."""

    title = "Filed's answer is not understood"
    advice = "The agent tries a few more times; then ask Filed whether uploads work there."


class OutcomeUnknown(AgentError):
    """A mutation was sent and its answer is unknown: it may or may not have been carried out."""

    title = "Filed's answer was lost"
    advice = "Nothing to do: the agent waits, looks what Filed did, and only then repeats."
    exit_code = 5


class FiledRefused(AgentError):
    """Filed said no for good; `code` is Filed's own word for it, `status` is HTTP's."""

    title = "Filed refused"
    advice = "See Filed's message; retry the document when the cause is gone."
    retry = Retry.never
    exit_code = 3

    def __init__(self, said: str = "", code: str = "", status: int = 0) -> None:
        self.code = code
        self.status = status
        super().__init__(said)


class TooLarge(FiledRefused):
    """The file is over Filed's size cap (413)."""

    title = "The file is too large for Filed"
    advice = "Split the document or reduce its resolution, then save it again."


class TypeNotAccepted(FiledRefused):
    """Filed does not take files of this type (415)."""

    title = "Filed does not take this type of file"
    advice = "Save it as a PDF, or set it aside with `filed-agent ignore`."


class VersionRefused(FiledRefused):
    """Filed does not take the request as such (400, 405, 412): two versions of one protocol."""

    title = "Filed does not understand the agent"
    advice = "The agent's version or Filed's may be too old: update the agent, then retry."


class WrongEndpoint(FiledRefused):
    """The configured address does not speak tus or GraphQL."""

    title = "The configured address is not Filed's"
    advice = "Check `graphql_url` and `upload_url` under [filed]."
    exit_code = 2


class PointedElsewhere(FiledRefused):
    """The reply names another host; neither the token nor a byte was sent there."""

    title = "The server pointed to another host"
    advice = "Nothing was sent there. Ask your IT whether a proxy sits in between."


class UploadGone(AgentError):
    """The upload ID is unknown or has expired (404, 410)."""

    title = "The upload expired at Filed"
    advice = "Nothing to do: the agent starts that upload anew."
    retry = Retry.again


class UploadLocked(AgentError):
    """Another connection still holds the upload (423); it is waited out, never created anew."""

    title = "The upload is still held by an earlier connection"
    advice = "Nothing to do: the agent goes on in a moment."


class UploadMismatch(AgentError):
    """Filed's offset or length contradicts ours: this upload cannot be trusted."""

    title = "The upload at Filed does not match the file"
    advice = "Nothing to do: the agent abandons it and starts anew."
    retry = Retry.again


class FileTrouble(AgentError):
    """A file cannot be read just now."""

    title = "The file cannot be read"
    advice = "Open it yourself; if that works, the agent will manage as well."


class FileAbsent(FileTrouble):
    """The file is surely not there: its folder was listed in the same pass."""

    title = "The file is gone"
    advice = "If it was moved or renamed the agent finds it again."


class FileBusy(FileTrouble):
    """Another program holds the file."""

    title = "The file is open in another program"
    advice = "Close it there; the agent looks again every minute."


class FileDenied(FileTrouble):
    """The account that the agent runs under may not read the file."""

    title = "No permission to read the file"
    advice = "Give the agent's account the right to read this folder."


class FileChanged(FileTrouble):
    """The file is not the one that was hashed: it changed on the way."""

    title = "The file changed while it was read"
    advice = "Nothing to do: the agent waits until it is at rest."
    retry = Retry.again


class NotRegular(FileTrouble):
    """A link, a folder, a device or a pipe: only regular files under the root are read."""

    title = "Not a regular file"
    advice = "Put the file itself into the client's folder, not a link to it."
    retry = Retry.never


class SecondName(FileTrouble):
    """A hard link: the file has other names, and the people of this folder may not read it."""

    title = "The file is a hard link to a protected one"
    advice = "Put a copy of the file into the client's folder, not a second name of it."
    retry = Retry.never


class OnlineOnly(FileTrouble):
    """A placeholder of a cloud drive whose bytes are not on this machine."""

    title = "The file is online-only"
    advice = "Choose `Always keep on this device` for it."


class DiskError(FileTrouble):
    """The disk or the share failed while reading."""

    title = "The disk or the share failed"
    advice = "Check the disk or the network share; the agent tries again."


class RootUnavailable(AgentError):
    """The watched folder is not there, or suspiciously empty: nothing is concluded from that."""

    title = "The watched folder is unavailable"
    advice = "Reconnect the drive or share; the agent goes on by itself."
