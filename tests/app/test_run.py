"""What stands around the page: who may ask, what is sent along, and what the command refuses."""

import importlib.util

import pytest

from ecg_synth.app import run
from ecg_synth.app.run import Guard, check_config, check_installed
from ecg_synth.app.view import House
from ecg_synth.cli.main import main
from ecg_synth.config import AppConfig
from ecg_synth.errors import InputError

needs_gradio = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None, reason="needs the extra 'app': pip install 'ecg_synth[app]'"
)


def client_to(app):
    from starlette.testclient import TestClient

    return TestClient(app, base_url="http://127.0.0.1:7860")


class TestGuard:
    @pytest.fixture
    def plain(self):
        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})

        return app

    def test_every_answer_forbids_the_network(self, plain):
        answer = client_to(Guard(plain, "127.0.0.1")).get("/")
        assert answer.text == "hello"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "[::1]:7860", "[::1]"])
    def test_local_names(self, plain, host):
        assert client_to(Guard(plain, "127.0.0.1")).get("/", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "[::1].evil:80"])
    def test_a_name_that_someone_points_here(self, plain, host):
        assert client_to(Guard(plain, "127.0.0.1")).get("/", headers={"host": host}).status_code == 421
        assert client_to(Guard(plain, "0.0.0.0")).get("/", headers={"host": host}).status_code == 200


@pytest.fixture(scope="module")
def client(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    house = House({"tiny": model}, None, AppConfig(answers=str(folder / "quiz.csv")))
    (folder / "cache").mkdir()
    with client_to(run.make_app(house, folder / "cache")) as client:
        yield client


@needs_gradio
class TestApp:
    def test_the_page_names_no_other_place(self, client):
        page = client.get("/").text
        assert "Synthetic ECGs" in page
        for place in ("fonts.googleapis", "gstatic", "cdnjs", "cdn.jsdelivr", "api.gradio.app"):
            assert place not in page

    def test_files_beside_the_page_are_not_given_out(self, client, tmp_path):
        (tmp_path / "quiz.csv").write_text("secret")
        for path in (tmp_path / "quiz.csv", __file__, "/etc/hostname"):
            answer = client.get(f"/gradio_api/file={path}")
            assert answer.status_code in (403, 404)

    def test_functions_are_not_an_interface(self, client):
        assert client.get("/gradio_api/info").json().get("named_endpoints") == {}


class TestRefusals:
    @pytest.mark.parametrize("change", [{"questions": 0}, {"max_shown": 0}, {"max_count": -1}])
    def test_limits(self, change):
        with pytest.raises(InputError, match="A page's limits must be at least 1. Received: "):
            check_config(AppConfig(**change))

    def test_port(self):
        with pytest.raises(InputError, match="A port must be from 0 to 65535. Received: port=70000."):
            check_config(AppConfig(port=70000))

    def test_without_the_extra(self, monkeypatch, capsys):
        monkeypatch.setattr(run, "NEEDED", ("no_such_package_here",))
        with pytest.raises(InputError, match="missing=no_such_package_here. Install them: pip install 'ecg_synth"):
            check_installed()
        assert main(["app"]) == 1
        assert "The page needs packages that are not installed" in capsys.readouterr().err

    @needs_gradio
    def test_without_a_model(self, capsys, tmp_path):
        assert main(["app"]) == 1
        assert "'ecg-synth demo' trains a small one" in capsys.readouterr().err
        assert main(["app", "--model", str(tmp_path), "--model", "x"]) == 1
        assert "which is neither" in capsys.readouterr().err
