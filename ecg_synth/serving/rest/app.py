"""The routes: TensorFlow Serving's for one model, and health, readiness and metrics."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ecg_synth._version import __version__
from ecg_synth.config import ServeConfig
from ecg_synth.serving.rest.guard import GONE, JOB, Guard, error_response, internal_error, read_body
from ecg_synth.serving.rest.metrics import Metrics
from ecg_synth.serving.rest.model import Answer
from ecg_synth.serving.rest.refusals import RequestError, bad_request
from ecg_synth.serving.rest.versions import Lease, Versions

# Bytes that are handed to the connection at once: a slow reader then holds one answer, not two.
CHUNK = 1 << 18
VERSION = re.compile(r"[0-9]{1,18}")
MODEL = "/v1/models/{name}"
PREDICT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "signature_name": {"type": "string", "default": "serving_default"},
                        "inputs": {"description": "columnar; answered by 'outputs'"},
                        "instances": {"type": "array", "description": "rows; answered by 'predictions'"},
                    },
                }
            }
        },
    }
}


class LongJson(Response):
    """A JSON body that is sent piece by piece, as the reader takes it."""

    media_type = "application/json"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Sends the answer."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), CHUNK):
            piece = bytes(self.body[start : start + CHUNK])
            await send({"type": "http.response.body", "body": piece, "more_body": start + CHUNK < len(self.body)})


def create_app(versions: Versions, config: ServeConfig, token: str | None = None) -> Guard:
    """Makes the ASGI application; it looks for versions while it runs.

    Args:
        versions: What is served.
        config: Limits.
        token: What requests must bear (RFC 6750), but for health and readiness; None for none.
    """
    metrics = Metrics()
    versions.on_load = metrics.loaded
    max_bytes = int(config.max_body_mb * 1e6)
    pool = ThreadPoolExecutor(config.threads, thread_name_prefix="predict")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        versions.start(config.poll)
        yield
        await asyncio.to_thread(versions.stop)
        await asyncio.to_thread(pool.shutdown)

    # The pages that would show openapi.json fetch their scripts from elsewhere.
    app = FastAPI(title="ecg_synth", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)

    async def computed(lease: Lease, body: bytes, request: Request) -> Answer:
        job = pool.submit(lease.model.answer, body, config.max_count)
        job.add_done_callback(lambda _: versions.release(lease))
        request.scope[JOB] = job
        return await asyncio.wrap_future(job)

    @app.post(MODEL + "/versions/{version}:predict", openapi_extra=PREDICT_BODY)
    @app.post(MODEL + ":predict", openapi_extra=PREDICT_BODY)
    async def predict(request: Request, name: str, version: str | None = None) -> Response:
        """Computes a signature of the version that serves."""
        wanted = _number(request, version)
        body = await read_body(request, max_bytes)
        answer = await computed(versions.acquire(name, wanted), body, request)
        metrics.slices.inc(answer.slices)
        return LongJson(answer.body)

    @app.get(MODEL + "/versions/{version}/metadata")
    @app.get(MODEL + "/metadata")
    async def metadata(request: Request, name: str, version: str | None = None) -> Response:
        """Signatures with their inputs and outputs, and the model's card."""
        lease = versions.acquire(name, _number(request, version))
        try:
            return JSONResponse(await asyncio.to_thread(lease.model.metadata, name))
        finally:
            versions.release(lease)

    @app.get(MODEL + "/versions/{version}")
    @app.get(MODEL)
    async def status(request: Request, name: str, version: str | None = None) -> Response:
        """The state of the versions."""
        if ":" in name:
            raise _malformed(request)
        return JSONResponse(versions.status(name, _number(request, version)))

    @app.get("/healthz")
    async def health() -> Response:
        """The process lives."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    async def ready() -> Response:
        """A version serves."""
        if versions.version is None:
            raise RequestError(503, f"No version of model {config.name} is loaded yet.")
        return JSONResponse({"status": "ok", "version": str(versions.version)})

    @app.get("/metrics")
    async def figures() -> Response:
        """Prometheus's text format."""
        return Response(metrics.text(versions.version), media_type="text/plain; version=0.0.4")

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        # Of paths and methods that no route takes; TensorFlow Serving answers 400 to those below /v1.
        below = request.url.path.startswith("/v1/")
        return error_response(_malformed(request) if below else RequestError(error.status_code, "Not Found"))

    @app.exception_handler(RequestError)
    async def refused(request: Request, error: RequestError) -> Response:
        return error_response(error)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=GONE)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        # Starlette raises it again once this is sent, and Guard logs it.
        return error_response(internal_error(request.scope))

    return Guard(app, config, token, metrics)


def _malformed(request: Request) -> RequestError:
    return bad_request(f"Malformed request: {request.method[:20]} {request.url.path[:200]}")


def _number(request: Request, version: str | None) -> int | None:
    if version is not None and not VERSION.fullmatch(version):
        raise _malformed(request)
    return None if version is None else int(version)
