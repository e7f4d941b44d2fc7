"""What stands before the routes: token, limits of time and number, request ids, logs, metrics, the last word."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from ecg_synth.config import ServeConfig
from ecg_synth.serving.rest.metrics import Metrics
from ecg_synth.serving.rest.refusals import RequestError

logger = logging.getLogger("ecg_synth.serving.rest")

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

OPEN_PATHS = ("/healthz", "/readyz")
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Bytes of a refused body that are read all the same, in times of the limit: a sender that is cut off while it still
# sends never reads the answer that says why.
DRAINED = 8
JOB, READ, REQUEST_ID = "ecg_synth.job", "ecg_synth.read", "ecg_synth.request_id"
GONE = 499
"""Of a request whose sender went away; nginx's number, seen in logs and metrics alone."""


class Guard:
    """ASGI application around another.

    Args:
        app: The routes.
        config: The limits.
        token: What requests must bear; None for none.
        metrics: What is counted.
    """

    def __init__(self, app: App, config: ServeConfig, token: str | None, metrics: Metrics):
        self.app = app
        self.config = config
        self.metrics = metrics
        self._expected = None if token is None else f"Bearer {token}".encode()
        self._pending = 0

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if ID.fullmatch(given) else uuid.uuid4().hex
        scope[REQUEST_ID] = request_id
        started, status, sent = time.perf_counter(), 0, 0

        async def watched(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            async with asyncio.timeout(self.config.timeout):
                self._check_token(scope["path"], headers.get(b"authorization", b""))
                if scope["method"] == "POST":
                    await self._one_of_a_few(scope, receive, watched)
                else:
                    await self.app(scope, receive, watched)
        except Exception as error:
            refusal = self._refusal(error, scope)
            # An answer that has begun can only be broken off.
            if not status:
                await error_response(refusal)(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            # Labels are the routes' own patterns: a path that anyone can make up would make a series of its own.
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.requests.labels(route, status or GONE).inc()
            self.metrics.seconds.labels(route).observe(seconds)
            facts = {
                "request_id": request_id,
                "client": (scope.get("client") or ("",))[0],
                "method": scope["method"],
                "path": scope["path"],
                "status": status or GONE,
                "seconds": round(seconds, 6),
                "bytes": sent,
            }
            logger.info("request", extra=facts)

    def _refusal(self, error: Exception, scope: Message) -> RequestError:
        if isinstance(error, RequestError):
            return error
        if isinstance(error, TimeoutError):
            limit = f"within {self.config.timeout:g} s"
            if scope.get(READ):
                return RequestError(504, f"The answer was not ready {limit}. Ask for less at a time.")
            return RequestError(408, f"The request was not here {limit}.")
        logger.error("a request failed", exc_info=error, extra={"request_id": scope[REQUEST_ID]})
        return internal_error(scope)

    def _check_token(self, path: str, given: bytes) -> None:
        if self._expected is None or path in OPEN_PATHS:
            return
        if not hmac.compare_digest(given, self._expected):
            raise RequestError(401, "This server asks for a token: send the header 'Authorization: Bearer TOKEN'.")

    async def _one_of_a_few(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if self._pending >= self.config.max_pending:
            raise RequestError(503, f"All {self.config.max_pending} places are taken. Try again in a moment.")
        self._count(1)
        try:
            await self.app(scope, receive, send)
        finally:
            job: Future[Any] | None = scope.get(JOB)
            if job is None or job.done():
                self._count(-1)
            else:
                # What is being computed cannot be stopped, and holds its memory until it is done.
                loop = asyncio.get_running_loop()
                job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._count, -1))

    def _count(self, by: int) -> None:
        self._pending += by
        self.metrics.pending.set(self._pending)


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Returns a request's body.

    Raises:
        RequestError: 413; it has more than `max_bytes`.
    """
    parts, total = [], 0
    declared = request.headers.get("content-length", "0")
    too_long = RequestError(413, f"A request's body may have at most {max_bytes} bytes. Send fewer slices at a time.")
    if declared.isdecimal() and len(declared) < 19 and int(declared) > DRAINED * max_bytes:
        raise too_long
    async for part in request.stream():
        total += len(part)
        if total <= max_bytes:
            parts.append(part)
        elif total > DRAINED * max_bytes:
            break
    if total > max_bytes:
        raise too_long
    request.scope[READ] = True
    return b"".join(parts)


def internal_error(scope: Message) -> RequestError:
    """What is said of a fault of our own."""
    return RequestError(500, f"Internal error; the server's log tells of it under request id {scope[REQUEST_ID]}.")


def error_response(error: RequestError) -> JSONResponse:
    """Answers `{"error": message}`, as TensorFlow Serving does."""
    headers = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "1"}}.get(error.status)
    return JSONResponse({"error": error.message}, error.status, headers)
