import json
import shutil
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ecg_synth.config import ServeConfig
from ecg_synth.errors import InputError
from ecg_synth.serving import export
from ecg_synth.serving.rest import model as model_module
from ecg_synth.serving.rest import run
from ecg_synth.serving.rest.app import create_app
from ecg_synth.serving.rest.logs import JsonFormatter
from ecg_synth.serving.rest.model import ServedModel, rule_of
from ecg_synth.serving.rest.refusals import RequestError
from ecg_synth.serving.rest.run import check_config, read_token, serve
from ecg_synth.serving.rest.versions import Versions

URL = "/v1/models/ecg_synth"
TEN_SECONDS = 10.0


def wait_for(condition):
    deadline = time.monotonic() + TEN_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass within ten seconds"
        time.sleep(0.02)


def serving(base, token=None, **changes):
    config = ServeConfig(**{"max_count": 8, "max_body_mb": 0.1, "timeout": 20.0, "poll": 0.05, **changes})
    return TestClient(create_app(Versions(base, config.name), config, token), raise_server_exceptions=True)


@pytest.fixture(scope="module")
def http(toy):
    with serving(toy) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200)
        yield client


def predict(http, signature="generate", url=URL, **document):
    return http.post(f"{url}:predict", json={"signature_name": signature, **document})


def refused(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    return response.json()["error"]


class TestPredictions:
    def test_columns_and_rows_are_the_savedmodels_own_bits(self, http, toy):
        expected = tf.saved_model.load(str(toy)).signatures["generate"](
            count=tf.constant(3, tf.int64),
            seed=tf.constant(7, tf.int64),
            class_name=tf.constant("MI"),
            truncation=tf.constant(1.0),
            first=tf.constant(0, tf.int64),
        )
        columns = predict(http, inputs={"count": 3, "seed": 7, "class_name": "MI"}).json()["outputs"]
        rows = predict(http, instances=[{"count": 3, "seed": 7}]).json()["predictions"]
        assert sorted(columns) == ["image", "label", "signal_mv"]
        for name, value in expected.items():
            np.testing.assert_array_equal(np.array(columns[name], value.numpy().dtype), value)
            np.testing.assert_array_equal(np.array([row[name] for row in rows], value.numpy().dtype), value)

    def test_the_default_signature_and_a_version_by_number(self, http):
        named = predict(http, inputs={"count": 1, "seed": 0}).content
        assert http.post(f"{URL}:predict", json={"inputs": {"count": 1, "seed": 0}}).content == named
        assert predict(http, url=f"{URL}/versions/1", inputs={"count": [1], "seed": [0]}).content == named

    def test_a_lone_output_has_no_name(self, http):
        image = np.arange(16, dtype=int).reshape(1, 4, 4, 1).tolist()
        for form, answered in (("inputs", "outputs"), ("instances", "predictions")):
            np.testing.assert_allclose(
                np.ravel(predict(http, "decode", **{form: image}).json()[answered]), np.arange(16) / 255, rtol=1e-6
            )

    def test_what_json_has_no_number_for(self, http):
        assert json.loads(predict(http, "strange", inputs=[1.5, -1.0]).content)["outputs"]["nan"][0] == 1.5
        assert b"NaN" in predict(http, "strange", inputs=[1.5, -1.0]).content

    def test_strings_and_bytes(self, http):
        found = predict(http, "text", inputs=["a", {"b64": "Yg=="}]).json()["outputs"]
        assert found == {"same": ["a", "b"], "raw_bytes": [{"b64": "YQ=="}, {"b64": "Yg=="}]}

    def test_long_answers_come_whole(self, toy):
        with serving(toy, max_count=3000) as http:
            wait_for(lambda: http.get("/readyz").status_code == 200)
            found = predict(http, inputs={"count": 3000, "seed": 0})
            assert len(found.content) > 2**18
            assert len(found.json()["outputs"]["image"]) == 3000


class TestInformation:
    def test_status(self, http):
        state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        assert http.get(URL).json() == {"model_version_status": [state]}
        assert http.get(f"{URL}/versions/1").json() == {"model_version_status": [state]}

    def test_metadata(self, http):
        found = http.get(f"{URL}/versions/1/metadata").json()
        assert found == http.get(f"{URL}/metadata").json()
        assert found["model_spec"] == {"name": "ecg_synth", "signature_name": "", "version": "1"}
        decode = found["metadata"]["signature_def"]["signature_def"]["decode"]
        assert decode["method_name"] == "tensorflow/serving/predict"
        assert decode["inputs"]["image"]["dtype"] == "DT_UINT8"
        sizes = [dim["size"] for dim in decode["inputs"]["image"]["tensor_shape"]["dim"]]
        assert sizes == ["-1", "4", "4", "1"]
        assert "ecg_synth" not in found["metadata"]

    def test_the_card_is_in_the_metadata(self, toy, tmp_path):
        assert model_module.CARD == export.CARD
        folder = tmp_path / "model"
        shutil.copytree(toy, folder)
        (folder / "assets.extra").mkdir()
        (folder / "assets.extra" / export.CARD).write_text('{"origin": "synthetic"}')
        assert ServedModel(folder, 3).metadata("x")["metadata"]["ecg_synth"] == {"origin": "synthetic"}

    def test_health_and_metrics(self, http):
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"status": "ok", "version": "1"}
        predict(http, inputs={"count": 2, "seed": 0})
        text = http.get("/metrics").text
        assert "ecg_synth_model_version 1.0" in text
        assert 'ecg_synth_requests_total{route="/v1/models/{name}:predict",status="200"}' in text
        assert 'ecg_synth_model_loads_total{result="success"} 1.0' in text
        assert float(text.split("\necg_synth_slices_total ")[1].split("\n")[0]) >= 2
        assert http.get("/openapi.json").json()["info"]["title"] == "ecg_synth"

    def test_request_ids(self, http):
        assert http.get(URL, headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
        assert len(http.get(URL, headers={"x-request-id": "<script>"}).headers["x-request-id"]) == 32


class TestRefusals:
    @pytest.mark.parametrize(
        ("method", "path", "status", "message"),
        [
            ("GET", "/v1/models/half", 404, "Could not find any versions of model half"),
            ("GET", f"{URL}/versions/9", 404, "Could not find version 9 of model ecg_synth"),
            ("GET", f"{URL}/versions/9/metadata", 404, "Servable not found for request: Specific(ecg_synth, 9)"),
            ("POST", "/v1/models/half:predict", 404, "Servable not found for request: Latest(half)"),
            ("POST", f"{URL}/versions/9:predict", 404, "Servable not found for request: Specific(ecg_synth, 9)"),
            ("GET", f"{URL}:predict", 400, f"Malformed request: GET {URL}:predict"),
            ("POST", URL, 400, f"Malformed request: POST {URL}"),
            ("PUT", f"{URL}:predict", 400, f"Malformed request: PUT {URL}:predict"),
            ("POST", f"{URL}:classify", 400, f"Malformed request: POST {URL}:classify"),
            ("GET", f"{URL}/versions/one", 400, f"Malformed request: GET {URL}/versions/one"),
            ("GET", f"{URL}/versions/{'9' * 5000}", 400, f"Malformed request: GET {URL}/versions/{'9' * 200}"[:219]),
            ("GET", "/elsewhere", 404, "Not Found"),
            ("GET", "/v1/models/../../etc/passwd", 404, "Not Found"),
        ],
    )
    def test_paths(self, http, method, path, status, message):
        assert refused(http.request(method, path), status).startswith(message)

    def test_the_graphs_rules_come_through(self, http):
        message = "count must be at least 1. Received: count=0"
        assert refused(predict(http, inputs={"count": 0, "seed": 0}), 400) == message
        message = 'class_name must be NORM or MI. Received: class_name="none"'
        assert refused(predict(http, inputs={"count": 1, "seed": 0, "class_name": "none"}), 400).replace(
            "none]", "none"
        ) in (message, message.replace('"', ""))

    def test_no_path_of_the_graph_comes_through(self, http):
        assert refused(predict(http, "leaky", inputs=1), 400) == "The model does not take these values."

    def test_an_unknown_signature(self, http):
        message = refused(predict(http, "none", inputs=1), 400)
        assert message.startswith('Serving signature name: "none" not found in signature def. Known: decode, generate,')

    def test_more_slices_than_one_request_may_have(self, http):
        message = refused(predict(http, inputs={"count": 10**9, "seed": 0}), 400)
        assert message.startswith("One request may have at most 8 slices. Received: count of 1000000000.")

    def test_a_body_beyond_the_limit(self, http):
        for size in (100_001, 10_000_000):
            message = refused(http.post(f"{URL}:predict", content=b"x" * size), 413)
            assert message == "A request's body may have at most 100000 bytes. Send fewer slices at a time."

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.binary(max_size=60)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["inputs", "instances", "signature_name", "count", "seed"]), inner)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode())
    )
    def test_whatever_is_sent_is_answered(self, http, body):
        response = http.post(f"{URL}:predict", content=body)
        assert response.status_code == 200 or refused(response, 400)
        assert "Traceback" not in response.text
        assert "/site-packages" not in response.text


class TestLimits:
    def test_a_token(self, toy):
        with serving(toy, token="secret") as http:
            wait_for(lambda: http.get("/readyz").status_code == 200)
            assert http.get("/healthz").status_code == 200
            for headers in ({}, {"Authorization": "Bearer secre"}, {"Authorization": "secret"}):
                response = http.get(URL, headers=headers)
                assert "asks for a token" in refused(response, 401)
                assert response.headers["www-authenticate"] == "Bearer"
                assert http.get("/metrics", headers=headers).status_code == 401
            assert http.get(URL, headers={"Authorization": "Bearer secret"}).status_code == 200

    def test_time(self, toy, monkeypatch):
        with serving(toy, timeout=0.2) as http:
            wait_for(lambda: http.get("/readyz").status_code == 200)
            release = threading.Event()
            monkeypatch.setattr(ServedModel, "answer", lambda *_: release.wait(TEN_SECONDS))
            message = refused(predict(http, inputs={"count": 1, "seed": 0}), 504)
            assert message == "The answer was not ready within 0.2 s. Ask for less at a time."
            release.set()

    def test_places(self, toy, monkeypatch):
        with serving(toy, max_pending=1) as http:
            wait_for(lambda: http.get("/readyz").status_code == 200)
            entered, release = threading.Event(), threading.Event()
            answer = ServedModel.answer

            def slowly(*arguments):
                entered.set()
                release.wait(TEN_SECONDS)
                return answer(*arguments)

            monkeypatch.setattr(ServedModel, "answer", slowly)
            found = []
            first = threading.Thread(target=lambda: found.append(predict(http, inputs={"count": 1, "seed": 0})))
            first.start()
            assert entered.wait(TEN_SECONDS)
            response = predict(http, inputs={"count": 1, "seed": 0})
            assert refused(response, 503) == "All 1 places are taken. Try again in a moment."
            assert response.headers["retry-after"] == "1"
            # What only looks is let in all the same.
            assert http.get(URL).status_code == 200
            release.set()
            first.join()
            assert found[0].status_code == 200
            wait_for(lambda: predict(http, inputs={"count": 1, "seed": 0}).status_code == 200)

    def test_a_fault_of_our_own_says_nothing_of_itself(self, toy, monkeypatch, caplog):
        monkeypatch.setattr(ServedModel, "answer", lambda *_: 1 / 0)
        versions = Versions(toy, "ecg_synth")
        with TestClient(create_app(versions, ServeConfig(poll=0.05)), raise_server_exceptions=False) as http:
            wait_for(lambda: http.get("/readyz").status_code == 200)
            response = http.post(f"{URL}:predict", json={}, headers={"x-request-id": "this"})
            message = "Internal error; the server's log tells of it under request id this."
            assert refused(response, 500) == message
        failed = next(record for record in caplog.records if record.getMessage() == "a request failed")
        line = json.loads(JsonFormatter().format(failed))
        assert line["request_id"] == "this"
        assert "ZeroDivisionError" in line["traceback"]


class TestVersions:
    @pytest.fixture
    def base(self, toy, tmp_path):
        shutil.copytree(toy, tmp_path / "base" / "2")
        return tmp_path / "base"

    def states(self, versions):
        return {int(entry["version"]): entry["state"] for entry in versions.status("ecg_synth")["model_version_status"]}

    def test_a_newer_version_takes_over_and_the_old_one_finishes(self, base, toy_twice_as_loud):
        versions = Versions(base, "ecg_synth")
        with pytest.raises(RequestError, match="Servable not found"):
            versions.acquire("ecg_synth")
        versions.look()
        held = versions.acquire("ecg_synth")
        shutil.copytree(toy_twice_as_loud, base / "10")
        versions.look()
        assert self.states(versions) == {10: "AVAILABLE", 2: "UNLOADING"}
        inputs = {"count": np.int64(1), "seed": np.int64(0)}
        quiet = held.model.predict("generate", inputs)["signal_mv"]
        versions.release(held)
        assert self.states(versions) == {10: "AVAILABLE", 2: "END"}
        newer = versions.acquire("ecg_synth", 10)
        loud = newer.model.predict("generate", inputs)["signal_mv"]
        versions.release(newer)
        np.testing.assert_array_equal(loud, 2 * quiet)
        with pytest.raises(RequestError, match=r"Specific\(ecg_synth, 2\)"):
            versions.acquire("ecg_synth", 2)
        shutil.rmtree(base / "10")
        versions.look()
        assert self.states(versions) == {10: "END", 2: "AVAILABLE"}
        shutil.rmtree(base)
        versions.look()
        assert versions.version == 2

    def test_a_broken_version_is_passed_over_until_it_is_whole(self, base, toy_twice_as_loud):
        loads = []
        versions = Versions(base, "ecg_synth", loads.append)
        shutil.copytree(toy_twice_as_loud, base / "3")
        data = next((base / "3" / "variables").glob("*.data*"))
        whole = data.read_bytes()
        data.write_bytes(b"")
        (base / "draft").mkdir()
        (base / "4").mkdir()
        versions.look()
        versions.look()
        assert loads == [False, True]
        assert self.states(versions) == {3: "END", 2: "AVAILABLE"}
        error = versions.status("ecg_synth", 3)["model_version_status"][0]["status"]["error_message"]
        assert error == "This version could not be loaded; the server's log says why."
        data.write_bytes(whole)
        versions.look()
        assert self.states(versions) == {3: "AVAILABLE", 2: "END"}

    def test_a_savedmodel_that_is_replaced_is_loaded_again(self, toy, toy_twice_as_loud, tmp_path):
        shutil.copytree(toy, tmp_path / "model")
        versions = Versions(tmp_path / "model", "ecg_synth")
        versions.look()
        first = versions.acquire("ecg_synth", 1)
        shutil.rmtree(tmp_path / "model")
        shutil.copytree(toy_twice_as_loud, tmp_path / "model")
        versions.look()
        assert versions.acquire("ecg_synth", 1) is not first
        assert self.states(versions) == {1: "AVAILABLE"}

    def test_nothing_to_serve(self, tmp_path):
        with pytest.raises(InputError) as caught:
            Versions(tmp_path, "ecg_synth")
        assert str(caught.value) == (
            f"A server needs a SavedModel, or a folder of SavedModels whose names are version numbers. "
            f"Received: model={str(tmp_path)!r}. 'ecg-synth export' writes one."
        )

    def test_not_ready_while_nothing_is_loaded(self, toy, monkeypatch):
        monkeypatch.setattr(Versions, "look", lambda self: None)
        with serving(toy) as http:
            assert refused(http.get("/readyz"), 503) == "No version of model ecg_synth is loaded yet."
            assert http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (
            "Graph\n\nassertion failed: [a must be 1. Received: a=] [0]\n\t [[{{node A}}]] [Op:x]",
            "a must be 1. Received: a=0",
        ),
        ("x\nInput to reshape is 2\n\t [[{{node R}}]] [Op:y]", "Input to reshape is 2"),
        ('x\n  File "/a/b.py", line 1\n\t [[{{node R}}]]', "The model does not take these values."),
        ("", "The model does not take these values."),
    ],
)
def test_rules_of_graphs(message, rule):
    assert rule_of(message) == rule


class TestSettings:
    def test_where_the_token_comes_from(self, tmp_path):
        (tmp_path / "token").write_text("of-file\n")
        variable = {"ECG_SYNTH_TOKEN": "of-environment"}
        assert read_token(None, None, {}) is None
        assert read_token(None, None, variable) == "of-environment"
        assert read_token(None, str(tmp_path / "token"), variable) == "of-file"
        assert read_token("of-line", None, variable) == "of-line"

    @pytest.mark.parametrize("token", ["", "two words", "\x00", "ä"])
    def test_tokens_that_are_none(self, token):
        with pytest.raises(InputError) as caught:
            read_token(token, None, {})
        assert str(caught.value) == (
            "A token is one or more printable ASCII characters without spaces. Received: another one. "
            "'openssl rand -hex 32' makes one."
        )

    def test_tokens_of_two_places(self, tmp_path):
        with pytest.raises(InputError, match="A token comes from one place. Received: token and token_file. Leave one"):
            read_token("a", "b", {})
        with pytest.raises(InputError, match="The token's file cannot be read .*Received: token_file='none'"):
            read_token(None, "none", {})

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"max_count": 0}, "A server's limits must be above 0. Received: max_count=0."),
            ({"timeout": float("nan")}, "A server's limits must be above 0. Received: timeout=nan."),
            ({"port": 70000}, "A port must be from 0 to 65535. Received: port=70000."),
            (
                {"name": "a/b"},
                "A model's name stands in paths and may hold none of '/:?#%' and spaces. Received: name='a/b'.",
            ),
        ],
    )
    def test_settings_out_of_range(self, changes, message):
        with pytest.raises(InputError) as caught:
            check_config(ServeConfig(**changes))
        assert str(caught.value) == message

    def test_without_the_extra(self, monkeypatch):
        monkeypatch.setattr(run, "NEEDED", ("uvicorn", "no_such_package"))
        with pytest.raises(InputError) as caught:
            run.check_installed()
        assert str(caught.value) == (
            "Serving needs packages that are not installed. Received: missing=no_such_package. "
            "Install them: pip install 'ecg_synth[serve]'."
        )

    def test_an_address_that_is_not_ours(self, toy):
        with pytest.raises(InputError, match="The server cannot listen there .*Received: host='192.0.2.1', port=0"):
            serve(toy, ServeConfig(host="192.0.2.1", port=0))
