"""A client of the REST server, and of TensorFlow Serving: it asks for nothing that only one of them has."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ecg_synth.errors import InputError, check_seed
from ecg_synth.serving.paused import paused_collection

if TYPE_CHECKING:
    import requests

# Names of TensorFlow's types where NumPy calls them otherwise.
DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_STRING": "object"}
VALUES = {"f": "float_val", "d": "double_val", "q": "int64_val", "l": "int64_val", "O": "string_val"}
BACKOFF = 0.2
"""Seconds: the first pause between two tries, which doubles."""


class Client:
    """Speaks to a served model.

    Args:
        url: Of the server: 'http://localhost:8501'.
        token: Token that the server asks for; None for none. It is sent to `url` alone.
        name: Name of the model.
        version: Version to ask for; None for the one that serves.
        timeout: Seconds to wait for an answer.
        tries: How often a request is sent that meets no connection, or one that breaks. An answer, whatever it says,
            is not asked for again.
        batch: Slices asked for in one request; more are fetched request by request.

    Raises:
        InputError: `url` is not an http or https address.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        name: str = "ecg_synth",
        version: int | None = None,
        timeout: float = 60.0,
        tries: int = 4,
        batch: int = 256,
    ):
        import requests

        if not url.startswith(("http://", "https://")):
            raise InputError(f"A server's address begins with http:// or https://. Received: url={url!r}.")
        self.url = url.rstrip("/")
        self.token = token
        self.name = name
        self.version = version
        self.timeout = timeout
        self.tries = tries
        self.batch = batch
        self._session = requests.Session()
        if token is not None:
            # As `auth`, because a header alone gives way to what the user's .netrc says of the host.
            self._session.auth = self._bear
        self._known: dict[str, Any] | None = None

    def generate(
        self,
        count: int,
        seed: int = 0,
        class_: str | None = None,
        truncation: float | None = None,
        first: int | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Returns `count` generated slices, the same for the same seed.

        Args:
            count: How many.
            seed: From 0 to 2**32 - 1.
            class_: Class of a model with classes; None, where they take turns.
            truncation: What the latents are multiplied by; None for the model's own.
            first: Number of the first; None for 0.

        Returns:
            `image` (count, height, width, channels); of ECGs `signal_mv` (count, length, leads) in mV, of tables `row`;
            of models with classes `label` (count,).

        Raises:
            InputError: An argument is out of range, the model does not take it, or no server answers.
        """
        check_seed(seed)
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InputError(f"A count must be an integer of at least 1. Received: count={count!r}.")
        given = {"class_name": class_, "truncation": truncation, "first": first}
        inputs = {"seed": seed, **{name: value for name, value in given.items() if value is not None}}
        if "first" not in self._signature("generate")["inputs"]:
            return self.predict("generate", count=count, **inputs)
        start = first or 0
        parts = [
            self.predict("generate", **{**inputs, "count": min(self.batch, count - done), "first": start + done})
            for done in range(0, count, self.batch)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def predict(self, signature: str, /, **inputs: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Computes any signature of the model.

        Args:
            signature: Its name.
            inputs: Arrays, lists or single values by name; one that has a default may be left out.

        Returns:
            The outputs by name, of the signature's types.

        Raises:
            InputError: The model has no such signature or input, the server refuses the values, or none answers.
        """
        known = self._signature(signature)
        unknown = sorted(inputs.keys() - known["inputs"].keys())
        if unknown:
            raise InputError(
                f"An input must be one that the signature takes. Received: {', '.join(unknown)}. "
                f"The signature {signature!r} of {self.name!r} takes: {', '.join(sorted(known['inputs']))}."
            )
        # TensorFlow Serving wants all of them.
        defaults = {name: _default(tensor) for name, tensor in known.get("defaults", {}).items()}
        body = {name: _plain(value) for name, value in {**defaults, **inputs}.items()}
        answer = self._ask("POST", self._path(":predict"), {"signature_name": signature, "inputs": body})["outputs"]
        infos = known["outputs"]
        # A lone output comes without its name.
        named = answer if len(infos) > 1 else {next(iter(infos)): answer}
        return {name: np.array(value, _dtype(infos[name])) for name, value in named.items()}

    def decode(self, image: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Returns what images (n, height, width, channels) mean; see `predict`."""
        return self.predict("decode", image=image)

    def metadata(self) -> dict[str, Any]:
        """Returns `metadata.signature_def`, the signatures, and of our server the card, `metadata.ecg_synth`."""
        return self._ask("GET", self._path("/metadata"))

    def status(self) -> dict[int, str]:
        """Returns the state of each version: LOADING, AVAILABLE, UNLOADING or END."""
        found = self._ask("GET", f"/v1/models/{self.name}")["model_version_status"]
        return {int(version["version"]): version["state"] for version in found}

    def health(self) -> bool:
        """Tells whether the server answers and a version serves."""
        try:
            return "AVAILABLE" in self.status().values()
        except InputError:
            return False

    def _bear(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _path(self, rest: str) -> str:
        return f"/v1/models/{self.name}{'' if self.version is None else f'/versions/{self.version}'}{rest}"

    def _signature(self, name: str) -> dict[str, Any]:
        # A version that took the other's place may have more than we know of.
        if self._known is None or name not in self._known:
            self._known = self.metadata()["metadata"]["signature_def"]["signature_def"]
        if name not in self._known:
            known = ", ".join(sorted(key for key in self._known if not key.startswith("__")))
            raise InputError(f"The model has no such signature. Received: signature={name!r}. Known: {known}.")
        return self._known[name]

    def _ask(self, method: str, path: str, document: Any = None) -> Any:
        import requests

        for tried in range(self.tries):
            try:
                response = self._session.request(
                    method, self.url + path, json=document, timeout=self.timeout, allow_redirects=False
                )
                break
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                # The same request has the same answer, so that one whose answer was lost can be sent again.
                if tried + 1 == self.tries:
                    raise InputError(
                        f"No server answers ({type(error).__name__}). Received: url={self.url!r}. "
                        f"'ecg-synth serve' starts one."
                    ) from None
                time.sleep(BACKOFF * 2**tried)
            except requests.exceptions.InvalidJSONError:
                raise InputError(
                    f"The numbers of a request must be finite: JSON has no NaN and no infinity. "
                    f"Received: others, for url={self.url + path!r}. Replace them, or drop their slices."
                ) from None
            except requests.RequestException as error:
                raise InputError(
                    f"The server must answer within {self.timeout:g} s ({type(error).__name__}). "
                    f"Received: url={self.url + path!r}. Ask for less at a time, or wait longer by 'timeout'."
                ) from None
        return self._read(response, path)

    def _read(self, response: requests.Response, path: str) -> Any:
        import requests

        try:
            with paused_collection():
                document = response.json()
        except requests.JSONDecodeError:
            document = None
        if response.status_code == 200 and isinstance(document, dict):
            return document
        said = document.get("error") if isinstance(document, dict) else None
        raise InputError(
            f"The server refuses: {said or response.reason or 'no reason given'} "
            f"Received: status={response.status_code}, url={self.url + path!r}."
        )


def _dtype(tensor: dict[str, Any]) -> str:
    return DTYPES.get(tensor["dtype"], tensor["dtype"].removeprefix("DT_").lower())


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _default(tensor: dict[str, Any]) -> Any:
    """The first value of a TensorProto in JSON: our signatures' defaults are scalars."""
    dtype = np.dtype(_dtype(tensor))
    value = tensor[VALUES[dtype.char]][0]
    return base64.b64decode(value).decode() if dtype.char == "O" else dtype.type(value).item()
