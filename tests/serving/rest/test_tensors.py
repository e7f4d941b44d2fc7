import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_synth.serving.rest.refusals import RequestError
from ecg_synth.serving.rest.tensors import TensorInfo, check_amount, parse_body, read_inputs, to_array, write_outputs

ANY = {name: TensorInfo(np.dtype(name), None) for name in ("int64", "uint8", "float32", "float64", "bool")}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["count", "seed", "b64"]), inner),
    max_leaves=12,
)


def refusal(function, *args):
    with pytest.raises(RequestError) as caught:
        function(*args)
    assert caught.value.status == 400
    return caught.value.message


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(ANY)), st.booleans())
def test_arrays_come_back_to_the_bit(data, dtype, rows):
    array = data.draw(hnp.arrays(dtype, hnp.array_shapes(max_dims=3, max_side=3)))
    body = json.loads(write_outputs({"x": array}, rows))["predictions" if rows else "outputs"]
    np.testing.assert_array_equal(to_array("x", body, ANY[dtype]), array)


def test_many_outputs_have_names_and_one_has_none():
    one, two = np.array([[1, 2], [3, 4]], np.uint8), np.array([0.1, 0.2], np.float32)
    assert write_outputs({"a": one, "b": two}, False) == b'{"outputs":{"a":[[1,2],[3,4]],"b":[0.1,0.2]}}'
    assert write_outputs({"a": one, "b": two}, True) == b'{"predictions":[{"a":[1,2],"b":0.1},{"a":[3,4],"b":0.2}]}'
    assert write_outputs({"a": one}, True) == b'{"predictions":[[1,2],[3,4]]}'
    strings = np.array([b"caf\xc3\xa9"], object)
    assert json.loads(write_outputs({"s": strings, "s_bytes": strings}, False))["outputs"] == {
        "s": ["café"],
        "s_bytes": [{"b64": "Y2Fmw6k="}],
    }


def test_outputs_without_common_rows():
    assert "no rows in common" in refusal(write_outputs, {"a": np.zeros(2), "b": np.zeros(3)}, True)
    assert "no rows in common" in refusal(write_outputs, {"a": np.zeros(())}, True)


@pytest.mark.parametrize(
    ("value", "info", "message"),
    [
        (True, ANY["int64"], "JSON Value: true Type: Bool is not of expected type: int64. Input: x"),
        (1.0, ANY["int64"], "JSON Value: 1.0 Type: Number is not of expected type: int64. Input: x"),
        (None, ANY["float32"], "JSON Value: null Type: Null is not of expected type: float32. Input: x"),
        ("a" * 99, ANY["bool"], f'JSON Value: "{"a" * 59}... Type: String is not of expected type: bool. Input: x'),
        ([{"a": 1}], ANY["bool"], "JSON Value: Object Type: Object is not of expected type: bool. Input: x"),
        (256, ANY["uint8"], "Values of input x must be uint8, from 0 to 255. Received one beyond"),
        (
            [2**64],
            ANY["int64"],
            f"Values of input x must be int64, from {-(2**63)} to {2**63 - 1}. Received one beyond",
        ),
        ([[1], 2], ANY["int64"], "Input x must be a tensor: all lists of one level must be of one size"),
        ([[1], [2, 3]], ANY["int64"], "Input x must be a tensor: all lists of one level must be of one size"),
        (
            [[[[[[[[[1]]]]]]]]],
            ANY["int64"],
            "Input x must have shape at most 8 axes. Received: (1, 1, 1, 1, 1, 1, 1, 1, 1)",
        ),
        ([1], TensorInfo(np.dtype("uint8"), (None, 2)), "Input x must have shape (?, 2). Received: (1)"),
        (["a", {"b64": "!"}], TensorInfo(np.dtype(object), None), "A string must be JSON's, or {'b64': base64 text}"),
    ],
)
def test_what_is_refused(value, info, message):
    assert refusal(to_array, "x", value, info) == message


def test_a_float_beyond_its_type():
    rule = (
        "Values of input x must be float32, from -3.4028234663852886e+38 to 3.4028234663852886e+38. Received one beyond"
    )
    assert refusal(to_array, "x", [1e39], ANY["float32"]) == rule
    assert refusal(to_array, "x", [10**400], ANY["float32"]) == rule


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"[1]", "JSON Value: Array Is not object"),
        (b"NaN,", "JSON Parse error: "),
        (b"[" * 100_000, "JSON Parse error: "),
        (b'{"a":NaN,"b":' + b"[" * 100_000, "JSON Parse error: "),
        (b"\xff\xfe", "JSON Parse error: "),
    ],
)
def test_bodies_that_are_none(body, message):
    assert refusal(parse_body, body).startswith(message)


def test_not_a_number_is_a_number_of_the_form():
    assert np.isnan(to_array("x", parse_body(b'{"inputs":[NaN]}')["inputs"], ANY["float64"])).all()


TWO = {"count": ANY["int64"], "seed": ANY["int64"]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"inputs": 1, "instances": [1]}, "Only one of 'inputs' or 'instances' may be given"),
        ({"instances": 1}, "Expecting 'instances' to be a list"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"inputs": [1]}, "inputs must be an object with one value for each of: count, seed. Received: Array"),
        ({"inputs": {"count": 1, "sed": 2}}, "The keys of inputs must be: count, seed. Received: count, sed"),
        ({"instances": [{}]}, "The keys of element 0 of 'instances' must be: count, seed. Received: no keys"),
    ],
)
def test_requests_that_are_none(document, message):
    assert refusal(read_inputs, document, TWO) == message


def test_what_has_a_default_may_be_left_out():
    arrays, rows = read_inputs({"instances": [{"count": 1}, {"count": 2}]}, TWO, ["seed"])
    assert rows
    assert list(arrays) == ["count"]
    message = refusal(read_inputs, {"inputs": {}}, TWO, ["seed"])
    assert message == "The keys of inputs must be: count, and may be: seed. Received: no keys"
    mixed = {"instances": [{"count": 1}, {"count": 2, "seed": 1}]}
    assert refusal(read_inputs, mixed, TWO, ["seed"]) == "All elements of 'instances' must have the same keys"


def test_the_limit_of_slices():
    check_amount({"count": np.array(5), "image": np.zeros((5, 2))}, 5)
    rule = "One request may have at most 4 slices. Received: {} of 5. "
    remedy = "Send several requests, or start the server with a larger --max-count"
    assert refusal(check_amount, {"count": np.array([5])}, 4) == rule.format("count") + remedy
    assert refusal(check_amount, {"image": np.zeros((5, 2))}, 4) == rule.format("image") + remedy


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["inputs", "instances", "signature_name"]), JSON))
def test_any_json_is_read_or_refused(document):
    try:
        arrays, _ = read_inputs(document, TWO)
    except RequestError as error:
        assert error.status == 400
        assert len(error.message) < 1000
    else:
        assert {array.dtype for array in arrays.values()} == {np.dtype("int64")}
