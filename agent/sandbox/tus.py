"""The upload origin: tus 1.0.0 at /api/uploads, as Filed's guide on uploading documents has it.

Where that guide is silent, status codes are those that the reference server @tus/server gave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import PurePath
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from agent.sandbox.connection import connection_of
from agent.sandbox.heard import heard_of
from agent.sandbox.ids import http_date
from agent.sandbox.store import TooLongError, Upload
from agent.sandbox.tokens import Claims, TokenRefusedError
from agent.sandbox.tus_headers import BadHeaderError, length_of, location_of, metadata_of
from agent.sandbox.world import World

PATH = "/api/uploads"
VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
HAND_OVER_TURNS = 1000
Endpoint = Callable[[Request], Awaitable[Response]]


class StatusError(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _answer(status: int, headers: dict[str, str] | None = None, text: str = "") -> Response:
    return Response(text, status, {"Tus-Resumable": VERSION, **(headers or {})})


class UploadRoutes:
    """The endpoints of the upload origin."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Routes with and without a trailing slash; nothing is ever redirected."""
        methods = ["GET", "POST", "HEAD", "PATCH", "DELETE", "OPTIONS"]
        one = self._guarded(self._one)
        many = self._guarded(self._many)
        return [
            Route(PATH, many, methods=methods),
            Route(PATH + "/", many, methods=methods),
            Route(PATH + "/{id}", one, methods=methods),
            Route(PATH + "/{id}/", one, methods=methods),
            Route("/api/upload/direct", self._guarded(self._direct), methods=["POST"]),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                return await endpoint(request)
            except TokenRefusedError as error:
                return _answer(401, {"WWW-Authenticate": "Bearer"}, str(error))
            except BadHeaderError as error:
                return _answer(400, text=str(error))
            except StatusError as error:
                version = {"Tus-Version": VERSION} if error.status == 412 else {}
                return _answer(error.status, version, str(error))

        return guarded

    async def _many(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._options()
        if request.method != "POST":
            raise StatusError(405, "Uploads are created with POST.")
        return await self._create(request)

    async def _one(self, request: Request) -> Response:
        ways = {"HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete}
        if request.method == "OPTIONS":
            return self._options()
        if request.method not in ways:
            raise StatusError(405, "An upload knows HEAD, PATCH and DELETE.")
        return await ways[request.method](request)

    def _options(self) -> Response:
        """The tus core protocol, OPTIONS: what the server can do, without a token."""
        switches = self._world.switches
        extensions = ["creation", "expiration"]
        extensions += ["creation-with-upload"] if switches.creation_with_upload else []
        extensions += ["termination"] if switches.termination else []
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": ",".join(extensions),
            "Tus-Max-Size": str(switches.max_upload_size),
        }
        return _answer(204, headers)

    async def _create(self, request: Request) -> Response:
        """Guide on uploading documents, "Create the upload": 201 and a Location."""
        claims = self._admit(request)
        length = length_of(request.headers.get("upload-length"), "Upload-Length")
        raw = request.headers.get("upload-metadata")
        metadata = metadata_of(raw)
        self._check_policy(length, metadata)
        upload = self._world.store.create(claims.account.workspace_id, length, raw or "", metadata)
        if (heard := heard_of(request.scope)) is not None:
            heard.upload_id = upload.id
        headers = self._expiry(upload)
        location = location_of(request, self._world.switches.location, upload.id)
        if location is not None:
            headers["Location"] = location
        with_upload = request.headers.get("content-type") == OFFSET_TYPE
        if with_upload and self._world.switches.creation_with_upload:
            await self._take(request, upload)
            headers["Upload-Offset"] = str(upload.offset)
        return _answer(201, headers)

    async def _head(self, request: Request) -> Response:
        """The tus core protocol, HEAD: the offset to go on from."""
        upload = self._find(request, self._admit(request, writing=False))
        if self._world.switches.hand_over_lock:
            await self._end_holder(upload)
        headers = {
            "Upload-Offset": str(upload.offset),
            "Upload-Length": str(upload.length),
            "Cache-Control": "no-store",
            **self._expiry(upload),
        }
        if upload.raw_metadata:
            headers["Upload-Metadata"] = upload.raw_metadata
        return _answer(200, headers)

    async def _patch(self, request: Request) -> Response:
        """Guide on uploading documents, "Send the bytes": 204 and the new offset."""
        upload = self._find(request, self._admit(request))
        if request.headers.get("content-type") != OFFSET_TYPE:
            raise StatusError(400, f"Content-Type must be {OFFSET_TYPE}.")
        if "upload-offset" not in request.headers:
            raise StatusError(403, "Upload-Offset is missing.")
        offset = length_of(request.headers["upload-offset"], "Upload-Offset")
        if upload.holder is not None:
            if not self._world.switches.hand_over_lock:
                raise StatusError(423, "Another request is writing this upload.")
            await self._end_holder(upload)
        if offset != upload.offset:
            raise StatusError(409, f"The offset is {upload.offset}.")
        await self._take(request, upload)
        return _answer(204, {"Upload-Offset": str(upload.offset), **self._expiry(upload)})

    async def _delete(self, request: Request) -> Response:
        """The tus extension termination: the upload is gone, with an unattached one its bytes."""
        if not self._world.switches.termination:
            raise StatusError(405, "Uploads cannot be deleted.")
        upload = self._find(request, self._admit(request))
        if upload.holder is not None:
            raise StatusError(423, "Another request is writing this upload.")
        self._world.store.remove(upload, "deleted")
        return _answer(204)

    async def _direct(self, request: Request) -> Response:
        """Guide on uploading documents, "Direct upload": announced there, not available."""
        if not self._world.switches.direct_upload:
            raise StatusError(404, "Not found.")
        claims = self._admit(request, versioned=False)
        length = length_of(request.headers.get("content-length"), "Content-Length")
        upload = self._world.store.create(claims.account.workspace_id, length, "", {})
        await self._take(request, upload)
        return JSONResponse({"uploadId": upload.id})

    def _admit(self, request: Request, *, writing: bool = True, versioned: bool = True) -> Claims:
        if versioned and request.headers.get("tus-resumable") != VERSION:
            raise StatusError(412, f"Tus-Resumable must be {VERSION}.")
        claims = self._world.mint.bearer(request.headers.get("authorization"))
        if claims.kind != "workspace":
            raise TokenRefusedError("Uploads need a workspaceToken.")
        if writing and claims.account.access == "read_only":
            raise StatusError(403, "The API key may only read.")
        return claims

    def _find(self, request: Request, claims: Claims) -> Upload:
        upload = self._world.store.get(cast("str", request.path_params["id"]))
        if upload is None or upload.workspace_id != claims.account.workspace_id:
            raise StatusError(404, "There is no such upload.")
        if upload.holder is None:
            self._world.store.age(upload, self._world.switches.upload_lifetime_seconds)
        if upload.gone == "expired":
            raise StatusError(self._world.switches.expired_status, "The upload has expired.")
        if upload.gone:
            raise StatusError(404, "There is no such upload.")
        return upload

    def _check_policy(self, length: int, metadata: dict[str, str]) -> None:
        """Guide on uploading documents, "Troubleshooting": the size cap and the allowed types."""
        switches = self._world.switches
        if length > switches.max_upload_size:
            raise StatusError(413, f"The file is larger than {switches.max_upload_size} bytes.")
        allowed = switches.allowed_types
        ending = PurePath(metadata.get("filename", "")).suffix.lstrip(".").lower()
        if allowed is not None and ending not in allowed:
            raise StatusError(415, "This type of file is not allowed.")

    def _expiry(self, upload: Upload) -> dict[str, str]:
        if upload.complete:
            return {}
        end = upload.touched + self._world.switches.upload_lifetime_seconds
        return {"Upload-Expires": http_date(end)}

    async def _end_holder(self, upload: Upload) -> None:
        """Cut the connection that is writing an upload and wait until its bytes are stored."""
        if upload.holder is not None:
            upload.holder.cut()
        for _ in range(HAND_OVER_TURNS):
            if upload.holder is None:
                return
            await asyncio.sleep(0.001)
        raise StatusError(423, "Another request is writing this upload.")

    async def _take(self, request: Request, upload: Upload) -> None:
        """Stream a body to disk; what came before a cut stays. Raises StatusError when too long."""
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and upload.offset + int(declared) > upload.length:
            raise StatusError(413, "The body is longer than the rest of the upload.")
        upload.holder = connection_of(request.scope)
        before = upload.offset
        try:
            with FileIO(upload.path, "ab") as sink:
                await self._pour(request, upload, sink)
        except TooLongError as error:
            raise StatusError(413, "The body is longer than the rest of the upload.") from error
        finally:
            upload.holder = None
            if (heard := heard_of(request.scope)) is not None:
                heard.kept = upload.offset - before

    async def _pour(self, request: Request, upload: Upload, sink: FileIO) -> None:
        more = True
        while more:
            message = await self._part(request)
            body = message.get("body", b"")
            if body:
                self._world.store.append(upload, sink, body)
            more = message["type"] == "http.request" and message.get("more_body", False)

    async def _part(self, request: Request) -> Message:
        """The next part of a body; where none comes for too long the connection is cut."""
        seconds = self._world.switches.body_timeout_seconds
        try:
            return await asyncio.wait_for(request.receive(), seconds)
        except TimeoutError:
            connection_of(request.scope).cut()
            return {"type": "http.disconnect"}
