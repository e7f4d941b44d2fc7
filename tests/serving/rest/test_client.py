import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
import requests
from test_rest import serving, wait_for

from ecg_synth.errors import InputError
from ecg_synth.serving import client as client_module
from ecg_synth.serving.client import Client


class Bridge(requests.adapters.BaseAdapter):
    """Takes the client's requests to an application in this process."""

    def __init__(self, http):
        super().__init__()
        self.http = http
        self.sent = []

    def send(self, request, **kwargs):
        self.sent.append(request)
        answer = self.http.request(
            request.method, request.path_url, content=request.body, headers=dict(request.headers)
        )
        response = requests.Response()
        response.status_code, response._content = answer.status_code, answer.content
        response.request, response.url, response.headers = (
            request,
            request.url,
            requests.structures.CaseInsensitiveDict(),
        )
        return response

    def close(self):
        pass


@pytest.fixture(scope="module")
def http(toy):
    with serving(toy, token="secret") as http:
        wait_for(lambda: http.get("/readyz").status_code == 200)
        yield http


@pytest.fixture
def client(http):
    client = Client("http://here/", "secret", batch=3)
    client.bridge = Bridge(http)
    client._session.mount("http://", client.bridge)
    return client


def message_of(function, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_generates_in_batches_what_one_request_would(client):
    found = client.generate(8, seed=5, class_="MI", truncation=0.5, first=2)
    whole = client.predict("generate", count=8, seed=5, class_name="MI", truncation=0.5, first=2)
    assert [value.dtype for value in found.values()] == [whole[name].dtype for name in found]
    assert (found["image"].shape, found["image"].dtype) == ((8, 4, 4, 1), np.uint8)
    assert (found["signal_mv"].shape, found["signal_mv"].dtype) == ((8, 16, 1), np.float32)
    for name, value in whole.items():
        np.testing.assert_array_equal(found[name], value)
    counts = [json.loads(request.body)["inputs"]["count"] for request in client.bridge.sent if request.body]
    assert counts == [3, 3, 2, 8]


def test_all_inputs_are_sent_because_tensorflow_serving_wants_them(client):
    client.generate(1)
    sent = json.loads(client.bridge.sent[-1].body)
    assert sent == {
        "signature_name": "generate",
        "inputs": {"count": 1, "seed": 0, "first": 0, "class_name": "", "truncation": 1.0},
    }


def test_a_lone_output_gets_its_name(client):
    found = client.decode(np.full((2, 4, 4, 1), 255, np.uint8))
    assert list(found) == ["signal_mv"]
    np.testing.assert_array_equal(found["signal_mv"], np.ones((2, 16, 1), np.float32))


def test_information(client):
    assert client.health()
    assert client.status() == {1: "AVAILABLE"}
    assert "signature_def" in client.metadata()["metadata"]
    assert {request.headers["Authorization"] for request in client.bridge.sent} == {"Bearer secret"}


def test_a_netrc_does_not_replace_the_token(client, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine here login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client.status()
    assert client.bridge.sent[-1].headers["Authorization"] == "Bearer secret"


def test_what_the_client_refuses(client):
    assert message_of(Client, "localhost:8501") == (
        "A server's address begins with http:// or https://. Received: url='localhost:8501'."
    )
    assert message_of(client.generate, 0) == "A count must be an integer of at least 1. Received: count=0."
    assert message_of(client.generate, 1, seed=-1).startswith("A seed must be")
    assert message_of(client.predict, "none").startswith(
        "The model has no such signature. Received: signature='none'. Known: decode, generate,"
    )
    assert message_of(client.predict, "decode", picture=1) == (
        "An input must be one that the signature takes. Received: picture. "
        "The signature 'decode' of 'ecg_synth' takes: image."
    )
    sent = len(client.bridge.sent)
    assert message_of(client.predict, "generate", count=float("nan"), seed=0) == (
        "The numbers of a request must be finite: JSON has no NaN and no infinity. Received: others, for "
        "url='http://here/v1/models/ecg_synth:predict'. Replace them, or drop their slices."
    )
    assert len(client.bridge.sent) == sent


def test_what_the_server_refuses(client, http):
    assert message_of(client.generate, 1, class_="none").endswith(
        "Received: status=400, url='http://here/v1/models/ecg_synth:predict'."
    )
    client.version = 9
    assert message_of(client.metadata) == (
        "The server refuses: Servable not found for request: Specific(ecg_synth, 9) "
        "Received: status=404, url='http://here/v1/models/ecg_synth/versions/9/metadata'."
    )
    client.token = "other"
    assert "status=401" in message_of(client.status)
    assert not client.health()


@pytest.fixture
def scripted():
    """A server that does what it is told, in turn; it stands for one that is not ours."""
    todo, seen = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            step = todo.pop(0)
            if step is None:
                return
            if isinstance(step, float):
                time.sleep(step)
                return
            status, body = step
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", todo, seen
    server.shutdown()
    thread.join()
    server.server_close()


STATUS = b'{\n "model_version_status": [\n  {\n   "version": "123",\n   "state": "AVAILABLE"\n  }\n ]\n}\n'


def test_a_broken_connection_is_tried_again(scripted, monkeypatch):
    monkeypatch.setattr(client_module, "BACKOFF", 0.001)
    url, todo, seen = scripted
    todo += [None, None, (200, STATUS)]
    assert Client(url).status() == {123: "AVAILABLE"}
    assert len(seen) == 3
    todo += [None, None]
    assert message_of(Client(url, tries=2).status) == (
        f"No server answers (ConnectionError). Received: url={url!r}. 'ecg-synth serve' starts one."
    )


def test_an_answer_is_not_asked_for_again(scripted):
    url, todo, seen = scripted
    todo += [(503, b"busy"), (200, b"<html>"), (302, b"{}")]
    client = Client(url)
    for reason, status in (("Service Unavailable", 503), ("OK", 200), ("Found", 302)):
        assert message_of(client.status) == (
            f"The server refuses: {reason} Received: status={status}, url='{url}/v1/models/ecg_synth'."
        )
    assert len(seen) == 3


def test_an_answer_that_does_not_come(scripted):
    url, todo, _ = scripted
    todo.append(0.5)
    assert message_of(Client(url, timeout=0.1).status) == (
        f"The server must answer within 0.1 s (ReadTimeout). Received: url='{url}/v1/models/ecg_synth'. "
        f"Ask for less at a time, or wait longer by 'timeout'."
    )
