"""tuspy's uploader, with everything that touches the network or a file replaced.

tuspy opens a connection for each request, has no time-outs, follows the Location to any host with
the token, trusts every Upload-Offset and reads a whole chunk into memory (tus.md section 1). What
is kept of it is the protocol: its version header, metadata encoding and creation headers. Its URL
storage and its fingerprint are never used.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from tusclient.client import TusClient
from tusclient.uploader.uploader import Uploader

from agent.errors import FiledTrouble, ProtocolBroken, UploadMismatch
from agent.filed.endpoint import Endpoint
from agent.filed.location import upload_id, upload_url
from agent.filed.reply import ASKS_FOR_LOGIN, Reply
from agent.filed.transport import Body
from agent.filed.verdicts import Step, whole_number

OCTETS = {"Content-Type": "application/offset+octet-stream"}

Sender = Callable[[Step, str, dict[str, str], Body | None], Reply]


class _Announced(io.BytesIO):
    """Stands for the file where tuspy only asks for its size; holds no byte."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return offset if whence == io.SEEK_SET else self._size

    def tell(self) -> int:
        return self._size


class PooledUploader(Uploader):
    """One upload, request by request, through a `Sender` that judges the status.

    `next_body` gives the bytes from an offset on, as many as one request shall carry.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        send: Sender,
        size: int,
        *,
        metadata: dict[str, str] | None = None,
        known_id: str | None = None,
        next_body: Callable[[int], Body] | None = None,
    ) -> None:
        # no URL for tuspy: it would ask for the offset at once
        super().__init__(
            client=TusClient(endpoint.url),
            file_stream=_Announced(size),
            metadata=metadata,
        )
        self.location: str | None = None  # as Filed wrote it, for a warning
        self._endpoint = endpoint
        self._sender = send
        self._size = size
        self._next_body = next_body
        self._url: str | None = None if known_id is None else upload_url(known_id, endpoint)

    def create_url(self, body: Body | None = None) -> str:
        """POST, with the first bytes where `body` is given; sets `offset` to what Filed has.

        Raises what the sender raises, PointedElsewhere, ProtocolBroken (no usable Location) and
        UploadMismatch (more bytes acknowledged than sent).
        """
        headers: dict[str, str] = self.get_url_creation_headers()  # type: ignore[no-untyped-call]  # tuspy
        if body is not None:
            headers |= OCTETS
        reply = self._sender(Step.create, self._endpoint.url, headers, body)
        self.location = reply.header("location")
        url = upload_url(upload_id(self.location, self._endpoint), self._endpoint)
        self.offset = self._accepted(reply, body.length if body is not None else 0)
        return url

    def get_offset(self) -> int:
        """HEAD: how many bytes Filed has.

        Raises what the sender raises, UploadMismatch where Filed's length or offset contradict
        ours, ProtocolBroken where the reply does not tell them.
        """
        reply = self._sender(Step.offset, self._known(), self._headers(), None)
        offset = whole_number(reply.header("upload-offset"))
        length = whole_number(reply.header("upload-length"))
        if offset is None and reply.is_page:
            raise FiledTrouble(f"{ASKS_FOR_LOGIN}.")
        if offset is None or length is None:
            raise ProtocolBroken("Filed did not tell how far the upload is.")
        if length != self._size:
            raise UploadMismatch(f"Filed expects {length} bytes where the file has {self._size}.")
        if not 0 <= offset <= self._size:
            raise UploadMismatch(f"Filed has {offset} bytes of a file of {self._size}.")
        return offset

    def upload_chunk(self) -> None:
        """PATCH one body at `offset` and advance by what Filed acknowledged.

        A part of the body is enough; nothing, less or more than was sent is UploadMismatch. Where
        the reply does not tell, HEAD does. Raises what the sender, get_offset and the body raise.
        """
        if self._next_body is None:
            raise ValueError("an uploader without bodies can only create and ask")
        body = self._next_body(self.offset)
        headers = self._headers() | OCTETS | {"Upload-Offset": str(self.offset)}
        reply = self._sender(Step.send, self._known(), headers, body)
        new = whole_number(reply.header("upload-offset"))
        if new is None:
            new = self.get_offset()
        if not self.offset < new <= self.offset + body.length:
            raise UploadMismatch(
                f"Filed has {new} bytes after {body.length} were sent at {self.offset}."
            )
        self.offset = new

    def upload(self, stop_at: int | None = None) -> None:
        """Create where there is no URL yet, then chunk after chunk up to `stop_at` or the size."""
        if self._url is None:
            self._url = self.create_url()
        end = self._size if stop_at is None else min(stop_at, self._size)
        while self.offset < end:  # every chunk advances, or raises
            self.upload_chunk()

    def _headers(self) -> dict[str, str]:
        """tuspy's own: the protocol version."""
        headers: dict[str, str] = self.get_headers()  # type: ignore[no-untyped-call]  # tuspy
        return headers

    def _known(self) -> str:
        if self._url is None:
            raise ValueError("this upload was not created yet")
        return self._url

    def _accepted(self, reply: Reply, sent: int) -> int:
        """How much of a body that went along with the POST Filed took; 0 where it does not say."""
        offset = whole_number(reply.header("upload-offset")) or 0
        if not 0 <= offset <= sent:
            raise UploadMismatch(f"Filed has {offset} bytes after {sent} were sent.")
        return offset
