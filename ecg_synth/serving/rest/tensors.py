"""JSON to arrays and back, as TensorFlow Serving reads and writes it.

https://www.tensorflow.org/tfx/serving/api_rest: `inputs` is columnar and answered by `outputs`, `instances` is a list
of rows and answered by `predictions`. Numbers are written with as many digits as bring the same bits back.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.serving.paused import paused_collection
from ecg_synth.serving.rest.refusals import bad_request

JSON_NAMES = {dict: "Object", list: "Array", str: "String", bool: "Bool", int: "Number", float: "Number"}
KINDS: dict[str, set[type]] = {"i": {int}, "u": {int}, "f": {int, float}, "b": {bool}, "O": {str, dict}}
# NumPy has at most 64 axes; no signature of ours has more than four.
MAX_RANK = 8
SHOWN = 60


class TensorInfo(NamedTuple):
    """What a signature says of an input or output.

    Attributes:
        dtype: NumPy's type; object for strings.
        shape: Sizes, None where any goes; None as a whole for any rank.
    """

    dtype: np.dtype[Any]
    shape: tuple[int | None, ...] | None


def parse_body(body: bytes) -> dict[str, Any]:
    """Returns the JSON object that a request's body is; NaN and Infinity are numbers, as for TensorFlow Serving."""
    import orjson

    if not body:
        raise bad_request("JSON Parse error: The document is empty")
    try:
        with paused_collection():
            document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        document = _with_nan(body, f"JSON Parse error: {error.msg} at offset: {error.pos}")
    if not isinstance(document, dict):
        raise bad_request(f"JSON Value: {_shown(document)} Is not object")
    return document


def _with_nan(body: bytes, message: str) -> Any:
    if b"NaN" in body or b"Infinity" in body:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    raise bad_request(message)


def signature_name(document: Mapping[str, Any], default: str) -> str:
    """Returns the signature that a request names."""
    name = document.get("signature_name", default)
    if not isinstance(name, str):
        raise bad_request(f"'signature_name' key must be a string value. Received: {_shown(name)}")
    return name or default


def read_inputs(
    document: Mapping[str, Any], infos: Mapping[str, TensorInfo], optional: Collection[str] = ()
) -> tuple[dict[str, np.ndarray[Any, Any]], bool]:
    """Returns the arrays of a request, and whether it is in the row form (`instances`).

    Args:
        document: The body.
        infos: What the signature takes.
        optional: Names among them that may be left out.

    Raises:
        RequestError: 400; an input is missing, unknown, ragged, or of another type or shape than the signature's.
    """
    if ("inputs" in document) == ("instances" in document):
        missing = "Missing 'inputs' or 'instances' key"
        raise bad_request("Only one of 'inputs' or 'instances' may be given" if "inputs" in document else missing)
    rows = "instances" in document
    if rows:
        columns = _columns(document["instances"], infos, optional)
    else:
        columns = _named(document["inputs"], infos, optional, "inputs")
    return {name: to_array(name, value, infos[name]) for name, value in columns.items()}, rows


def _columns(instances: Any, infos: Mapping[str, TensorInfo], optional: Collection[str]) -> dict[str, list[Any]]:
    if not isinstance(instances, list):
        raise bad_request("Expecting 'instances' to be a list")
    if not instances:
        raise bad_request("No values in 'instances' array")
    rows = [_named(row, infos, optional, f"element {number} of 'instances'") for number, row in enumerate(instances)]
    if any(row.keys() != rows[0].keys() for row in rows):
        raise bad_request("All elements of 'instances' must have the same keys")
    return {name: [row[name] for row in rows] for name in rows[0]}


def _named(value: Any, infos: Mapping[str, TensorInfo], optional: Collection[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or _is_base64(value):
        if len(infos) != 1:
            rule = f"{where} must be an object with one value for each of: {', '.join(sorted(infos))}"
            raise bad_request(f"{rule}. Received: {_kind(value)}")
        return {next(iter(infos)): value}
    needed = infos.keys() - set(optional)
    if not needed <= value.keys() <= infos.keys():
        received = ", ".join(sorted(map(_clipped, value))[:10]) or "no keys"
        may = f", and may be: {', '.join(sorted(optional))}" if optional else ""
        raise bad_request(f"The keys of {where} must be: {', '.join(sorted(needed))}{may}. Received: {received}")
    return value


def to_array(name: str, value: Any, info: TensorInfo) -> np.ndarray[Any, Any]:
    """Returns nested lists, or a single value, as the array that the signature asks for.

    Raises:
        RequestError: 400, with the rule.
    """
    shape, leaves = _flat(name, value)
    if info.shape is None:
        fits = len(shape) <= MAX_RANK
    else:
        fits = len(shape) == len(info.shape) and all(
            asked in (None, size) for asked, size in zip(info.shape, shape, strict=True)
        )
    if not fits:
        asked = f"at most {MAX_RANK} axes" if info.shape is None else shape_text(info.shape)
        raise bad_request(f"Input {name} must have shape {asked}. Received: {shape_text(tuple(shape))[:SHOWN]}")
    type_name = "string" if info.dtype.kind == "O" else info.dtype.name
    for kind in set(map(type, leaves)) - KINDS.get(info.dtype.kind, set()):
        wrong = next(leaf for leaf in leaves if type(leaf) is kind)
        raise bad_request(
            f"JSON Value: {_shown(wrong)} Type: {_kind(wrong)} is not of expected type: {type_name}. Input: {name}"
        )
    if info.dtype.kind == "O":
        return np.array([_text(leaf) for leaf in leaves], object).reshape(shape)
    try:
        with np.errstate(over="raise"):
            return np.array(leaves, info.dtype).reshape(shape)
    except (OverflowError, FloatingPointError):
        limits = np.finfo(info.dtype) if info.dtype.kind == "f" else np.iinfo(info.dtype)
        raise bad_request(
            f"Values of input {name} must be {type_name}, from {limits.min} to {limits.max}. Received one beyond"
        ) from None


def _flat(name: str, value: Any) -> tuple[list[int], list[Any]]:
    shape: list[int] = []
    level = [value]
    while level and list in set(map(type, level)):
        sizes = {len(item) if type(item) is list else None for item in level}
        if len(sizes) > 1:
            raise bad_request(f"Input {name} must be a tensor: all lists of one level must be of one size")
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
    return shape, level


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def _text(leaf: Any) -> bytes:
    try:
        if isinstance(leaf, str):
            return leaf.encode()
        if _is_base64(leaf):
            return base64.b64decode(leaf["b64"], validate=True)
    except (binascii.Error, UnicodeEncodeError):
        pass
    raise bad_request("A string must be JSON's, or {'b64': base64 text}")


def check_amount(arrays: Mapping[str, np.ndarray[Any, Any]], max_count: int) -> None:
    """Raises `RequestError` (400) where more slices are asked for or sent than one request may have."""
    for name, array in arrays.items():
        rows = array.shape[0] if array.ndim else 1
        asked = int(array.max()) if name == "count" and array.dtype.kind in "iu" and array.size else rows
        if max(asked, rows) > max_count:
            raise bad_request(
                f"One request may have at most {max_count} slices. Received: {name} of {max(asked, rows)}. Send "
                f"several requests, or start the server with a larger --max-count"
            )


def write_outputs(arrays: Mapping[str, np.ndarray[Any, Any]], rows: bool) -> bytes:
    """Returns the body of the answer: `predictions`, a list of rows, or `outputs`; a lone output goes without its name.

    Raises:
        RequestError: 400; rows were asked for and the outputs have not the same number of them.
    """
    import orjson

    columns = {name: _writable(name, array) for name, array in arrays.items()}
    body: Any = columns if len(columns) > 1 else next(iter(columns.values()))
    if rows:
        sizes = {name: array.shape[:1] for name, array in arrays.items()}
        if len(set(sizes.values())) > 1 or () in sizes.values():
            raise bad_request(f"The outputs of this signature have no rows in common: use 'inputs'. Received: {sizes}")
        n_rows = next(iter(sizes.values()))[0]
        each = [{name: column[row] for name, column in columns.items()} for row in range(n_rows)]
        body = each if len(columns) > 1 else list(next(iter(columns.values())))
    document = {"predictions" if rows else "outputs": body}
    if all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"):
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    # orjson writes null for what JSON has no number for.
    return json.dumps(document, default=lambda array: array.tolist()).encode()


def _writable(name: str, array: np.ndarray[Any, Any]) -> Any:
    if array.dtype.kind != "O":
        return np.ascontiguousarray(array).reshape(array.shape)

    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(item) for item in value]
        if name.endswith("_bytes"):
            return {"b64": base64.b64encode(value).decode()}
        return value.decode(errors="replace")

    return written(array.tolist())


def shape_text(shape: tuple[int | None, ...]) -> str:
    """'(?, 45, 45, 1)'."""
    return "(" + ", ".join("?" if size is None else str(size) for size in shape) + ")"


def _kind(value: Any) -> str:
    return JSON_NAMES.get(type(value), "Null")


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _shown(value: Any) -> str:
    # A list may be megabytes long: its kind says enough.
    return _kind(value) if isinstance(value, list | dict) else _clipped(json.dumps(value))
