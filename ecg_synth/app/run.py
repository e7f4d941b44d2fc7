"""Serving the page on this machine, with nothing from a network."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecg_synth.config import AppConfig
from ecg_synth.errors import InputError, check_packages, check_port

if TYPE_CHECKING:
    from ecg_synth.app.view import House

NEEDED = ("gradio", "neurokit2")
LOCAL = ("127.0.0.1", "localhost", "::1")
# Gradio's own scripts are inline; nothing is fetched from, or sent to, anywhere else.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
SILENT = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}

Send = Callable[[Any], Awaitable[None]]


class Guard:
    """Adds `HEADERS` to every answer, and answers a local page only by its local names.

    Else another site's script could reach it through a name that it points at this machine.

    Args:
        app: The application behind it.
        host: Where the page listens.
    """

    def __init__(self, app: Any, host: str):
        self.app = app
        self.names = {*LOCAL, "[::1]"} if host in LOCAL else None

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """Answers as ASGI asks for."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
        name = named if named.endswith("]") else named.rpartition(":")[0] or named
        if self.names is not None and name not in self.names:
            await send({"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"This page has a local name only.\n"})
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        await self.app(scope, receive, with_headers)


def check_installed() -> None:
    """Raises `InputError` where the extra 'app' is not installed."""
    check_packages("The page", NEEDED, "app")


def check_config(config: AppConfig) -> AppConfig:
    """Returns `config` when a page can be made of it; raises `InputError` otherwise."""
    for name in ("questions", "max_shown", "max_count"):
        value = getattr(config, name)
        if value < 1:
            raise InputError(f"A page's limits must be at least 1. Received: {name}={value!r}.")
    check_port(config.port)
    return config


def make_app(house: House, folder: str | Path) -> Any:
    """Returns the page as an ASGI application.

    Args:
        house: Models, real ECGs and limits.
        folder: For downloads; whoever made it removes it.

    Raises:
        InputError: A file that holds no answers stands where they shall be written.
    """
    os.environ.update(SILENT)
    # Gradio reads it when a component is made.
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    import gradio as gr
    from fastapi import FastAPI

    from ecg_synth.app.answers import AnswerFile
    from ecg_synth.app.page import build, settings

    page = build(house, AnswerFile(house.config.answers), folder)
    page.queue(api_open=False)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mounted = gr.mount_gradio_app(app, page, path="/", server_name=house.config.host, **settings())
    return Guard(mounted, house.config.host)


def serve_page(house: House, say: Callable[[str], None] = print) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        InputError: The port is taken, or the file of answers is something else.
    """
    import uvicorn

    from ecg_synth.serving.rest.run import listen

    with tempfile.TemporaryDirectory(prefix="ecg_synth_app_", ignore_cleanup_errors=True) as folder:
        app = make_app(house, folder)
        listening = listen(house.config.host, house.config.port)
        # From here on a browser may come: it waits until the page is there.
        listening.listen()
        host, port = listening.getsockname()[:2]
        if host not in LOCAL:
            say("Everyone who reaches this address can use the page: it has no password.")
        say(f"The page: http://{f'[{host}]' if ':' in host else host}:{port} (Ctrl-C ends it)")
        if house.real is not None:
            say(f"The quiz writes to {house.config.answers}")
        # An open page holds a connection for as long as it is open: nothing is lost by ending it.
        config = uvicorn.Config(app, log_level="critical", server_header=False, timeout_graceful_shutdown=1)
        # uvicorn sends itself the signal again when all is done: a page that was asked to end has not failed.
        before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            listening.close()
