"""tus 1.0.0 at Filed: the port `Uploads` of the engine, fulfilled on top of the uploader."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from agent.errors import FiledTrouble, FiledUnreachable
from agent.filed.endpoint import Endpoint
from agent.filed.location import is_downgrade, upload_id
from agent.filed.reply import Reply
from agent.filed.shapes import without_surrogates
from agent.filed.sign_in import SignIn
from agent.filed.transport import Body, ReplyLost, Transport
from agent.filed.verdicts import Step, verdict
from agent.model.upload import Created

if TYPE_CHECKING:
    from agent.filed.uploader import PooledUploader

log = logging.getLogger(__name__)

INTENT = "client-document"  # the only intent Filed documents (filed-api.md 3.1)
ASK_AGAIN = 600.0  # seconds before OPTIONS is tried again after it failed


class Uploads:
    """Uploads by ID; one object serves all upload threads.

    Any method may raise SignInNeeded, RateLimited, FiledUnreachable, FiledTrouble, ProtocolBroken,
    FiledRefused.
    """

    def __init__(self, transport: Transport, endpoint: Endpoint, sign_in: SignIn) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._with_creation: bool | None = None
        self._ask_at = 0.0
        self._doubted: str | None = None  # a token renewed for a body and not yet accepted
        self._warned = False

    def with_creation(self) -> bool:
        """Whether the server takes the first bytes along with the POST; asked once, by OPTIONS."""
        with self._lock:
            if self._with_creation is not None:
                return self._with_creation
            now = self._transport.steady()
            if now < self._ask_at:
                return False
            self._ask_at = now + ASK_AGAIN
            self._with_creation = self._ask_options()
            return bool(self._with_creation)

    def create(self, name: str, media_type: str, size: int, body: Body | None = None) -> Created:
        """POST. The ID is to be stored before anything else is sent.

        Raises PointedElsewhere, UploadMismatch (more acknowledged than sent), TooLarge,
        TypeNotAccepted, WrongEndpoint beside what the class names, and what `body` raises.
        """
        told = {"filename": name, "filetype": media_type, "intent": INTENT}
        metadata = {key: without_surrogates(value) for key, value in told.items() if value}
        uploader = _uploader()(self._endpoint, self._send, size, metadata=metadata)
        url = uploader.create_url(body)
        self._warn_of_downgrade(uploader.location)
        return Created(upload_id(url, self._endpoint), uploader.offset)

    def offset(self, upload_id: str, size: int) -> int:
        """HEAD: the truth of how many bytes Filed has.

        Raises UploadGone, UploadLocked, UploadMismatch (its length or offset contradict `size`).
        """
        uploader = _uploader()(self._endpoint, self._send, size, known_id=upload_id)
        return uploader.get_offset()

    def send(self, upload_id: str, offset: int, size: int, body: Body) -> int:
        """PATCH one body at `offset`; the new offset, which may lie within the body.

        Raises UploadGone, UploadLocked, UploadMismatch (409 too: ask offset() and go on), and
        what `body` raises, untouched.
        """
        uploader = _uploader()(
            self._endpoint, self._send, size, known_id=upload_id, next_body=lambda _: body
        )
        uploader.offset = offset
        uploader.upload_chunk()
        return uploader.offset

    def _send(self, step: Step, url: str, headers: dict[str, str], body: Body | None) -> Reply:
        """One signed request; the reply wanted, or the error that another one stands for."""
        try:
            if body is None:
                reply = self._sign_in.ask(
                    lambda token: self._signed(step, url, headers, None, token),
                    lambda reply: reply.status == 401,
                )
            else:
                reply = self._send_once(step, url, headers, body)
        except ReplyLost as error:
            raise FiledTrouble(str(error)) from error
        trouble = verdict(step, reply, self._transport.now())
        if trouble is not None:
            raise trouble
        return reply

    def _send_once(self, step: Step, url: str, headers: dict[str, str], body: Body) -> Reply:
        """A body can be iterated once: after a 401 the token is renewed and the caller resumes."""
        token = self._sign_in.token()
        reply = self._signed(step, url, headers, body, token)
        if reply.status != 401:
            self._doubted = None
            return reply
        if token == self._doubted:
            raise self._sign_in.give_up(token)
        self._doubted = self._sign_in.renew(token)
        raise FiledTrouble("The token had to be renewed; the upload goes on where it stands.")

    def _signed(
        self, step: Step, url: str, headers: dict[str, str], body: Body | None, token: str
    ) -> Reply:
        signed = headers | {"Authorization": f"Bearer {token}"}
        return self._transport.send(step.value, url, signed, body)

    def _ask_options(self) -> bool | None:
        """What OPTIONS says of creation-with-upload, None where it says nothing."""
        headers = {"Tus-Resumable": "1.0.0"}
        try:
            reply = self._sign_in.ask(
                lambda token: self._transport.send(
                    "OPTIONS", self._endpoint.url, headers | {"Authorization": f"Bearer {token}"}
                ),
                lambda reply: reply.status == 401,
            )
        except (FiledUnreachable, ReplyLost):
            return None
        offered = reply.header("tus-extension")
        if reply.status not in (200, 204) or offered is None:
            return None
        return "creation-with-upload" in [word.strip().lower() for word in offered.split(",")]

    def _warn_of_downgrade(self, location: str | None) -> None:
        if is_downgrade(location, self._endpoint) and not self._warned:
            self._warned = True
            log.warning("Filed's upload server names http:// addresses; https:// is used.")


def _uploader() -> type[PooledUploader]:
    """Loaded at the first upload: tuspy brings requests and aiohttp along, 20 MB of memory and half
    of the time to start, which an agent that has nothing to send does not need."""
    from agent.filed.uploader import PooledUploader

    return PooledUploader
