"""The server's process: token, socket, signals."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from ecg_synth.config import ServeConfig
from ecg_synth.errors import InputError, check_packages, check_port

logger = logging.getLogger(__name__)

NEEDED = ("fastapi", "orjson", "prometheus_client", "uvicorn")
TOKEN_VARIABLE = "ECG_SYNTH_TOKEN"


def read_token(
    token: str | None = None, token_file: str | None = None, environment: Mapping[str, str] = os.environ
) -> str | None:
    """Returns the token that requests must bear, from the command line, a file, or the environment, or None for none.

    Raises:
        InputError: Two are given, the file cannot be read, or the token is empty or not printable ASCII without spaces.
    """
    if token is not None and token_file is not None:
        raise InputError("A token comes from one place. Received: token and token_file. Leave one out.")
    if token_file is not None:
        try:
            token = Path(token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The token's file cannot be read ({error}). Received: token_file={token_file!r}."
            ) from None
    elif token is None:
        token = environment.get(TOKEN_VARIABLE)
    if token is not None and not (token and token.isascii() and token.isprintable() and " " not in token):
        raise InputError(
            "A token is one or more printable ASCII characters without spaces. Received: another one. "
            "'openssl rand -hex 32' makes one."
        )
    return token


def serve(model: str | Path, config: ServeConfig, token: str | None = None) -> None:
    """Serves until SIGTERM or SIGINT; requests in flight then have `config.grace` seconds to finish.

    Args:
        model: A SavedModel, or a folder of them whose names are version numbers.
        config: Where to listen, and limits.
        token: What requests must bear; None for none.

    Raises:
        InputError: The extra 'serve' is not installed, there is no SavedModel, a setting is out of range, or the port
            is taken.
    """
    check_installed()
    import uvicorn

    from ecg_synth.serving.rest.app import create_app
    from ecg_synth.serving.rest.logs import log_as_json
    from ecg_synth.serving.rest.versions import Versions

    check_config(config)
    app = create_app(Versions(model, config.name), config, token)
    listening = listen(config.host, config.port)
    host, port = listening.getsockname()[:2]
    log_as_json()
    # The workers' own lines are said by us; uvicorn's begin and end are worth as little to a log that is searched.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    if token is None and host not in ("127.0.0.1", "::1"):
        logger.warning("anyone who reaches this address is served: no token is set")
    place = f"[{host}]" if ":" in host else host
    logger.info(
        "listening", extra={"url": f"http://{place}:{port}/v1/models/{config.name}", "port": port, "pid": os.getpid()}
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            # The same everywhere, whatever else is installed.
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(config.grace) or 1,
            limit_concurrency=8 * config.max_pending,
        )
    )
    # uvicorn sends itself the signal again when all is done: a server that was asked to end has not failed.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)
        listening.close()
    logger.info("ended")


def check_installed() -> None:
    """Raises `InputError` where the extra 'serve' is not installed."""
    check_packages("Serving", NEEDED, "serve")


def check_config(config: ServeConfig) -> ServeConfig:
    """Returns `config` when its values can be served; raises `InputError` otherwise."""
    for name in ("max_count", "max_body_mb", "timeout", "threads", "max_pending", "poll", "grace"):
        value = getattr(config, name)
        if not value > 0:
            raise InputError(f"A server's limits must be above 0. Received: {name}={value!r}.")
    check_port(config.port)
    if not config.name or set("/:?#% ") & set(config.name):
        raise InputError(
            f"A model's name stands in paths and may hold none of '/:?#%' and spaces. Received: name={config.name!r}."
        )
    return config


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that is bound to an address; raises `InputError` where it cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise InputError(
            f"The server cannot listen there ({error.strerror}). Received: host={host!r}, port={port!r}. "
            f"Choose another port; 0 takes any that is free."
        ) from None
    return listening
