import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from ecg_synth._version import __version__
from ecg_synth.cli import main as main_module
from ecg_synth.cli.main import main
from ecg_synth.cli.train import train_default
from ecg_synth.config import WganConfig
from ecg_synth.errors import InputError, StorageError
from ecg_synth.models.presets import PRESETS

TINY = ["--filters", "4", "8", "--latent-dim", "5", "--batch-size", "8", "--epochs", "1"]


@pytest.fixture(scope="module")
def data_dir(simulated, tmp_path_factory):
    """Small images (16x16 at 125 Hz) of the simulated database, prepared through the command line."""
    path = tmp_path_factory.mktemp("cli") / "data"
    assert (
        main(["prepare", "--source-dir", str(simulated), "--data-dir", str(path), "--length", "256", "--fs", "125"])
        == 0
    )
    return path


@pytest.fixture(scope="module")
def run_dir(data_dir):
    path = data_dir.parent / "run"
    assert main(["train", "--data-dir", str(data_dir), "--run-dir", str(path), *TINY]) == 0
    return path


def test_help_answers_at_once_and_without_tensorflow():
    started = time.perf_counter()
    code = "import sys; from ecg_synth.cli.main import main; "
    code += "\ntry: main(['--help'])\nexcept SystemExit: assert 'tensorflow' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "simulate" in done.stdout
    assert done.stderr == ""
    # Ten times what it takes here: a heavy import would show, a busy machine would not.
    assert time.perf_counter() - started < 10


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ecg-synth {__version__}\n"


class TestTheWholeWay:
    def test_prepare_says_what_became_of_the_records(self, simulated, tmp_path, capsys):
        assert main(["prepare", "--source-dir", str(simulated), "--data-dir", str(tmp_path)]) == 0
        out = capsys.readouterr().out
        assert "saturated" in out
        named = f"--data-dir {tmp_path} --dataset ptb_ecg_images/simulated_i_adapted_z --run-dir runs/first\n"
        assert out.endswith(f"Next: ecg-synth train {named}")
        assert "Healthy control" in out
        assert "ptb_ecg_images/simulated_i_adapted_z (simulated)" in out

    def test_prepare_ptbxl(self, made_ptbxl, tmp_path, capsys):
        base = ["prepare", "--source", "ptbxl", "--source-dir", str(made_ptbxl), "--data-dir", str(tmp_path)]
        folds = ["--train-folds", "1", "2", "--validation-folds", "7", "--test-folds"]
        shutil.copytree(made_ptbxl, tmp_path / "xl")
        (tmp_path / "xl" / "records100" / "00000" / "00003_lr.dat").unlink()
        base[4] = str(tmp_path / "xl")
        assert main([*base, *folds, "--rate", "100", "--skip-bad"]) == 0
        out = capsys.readouterr().out
        assert "Skipped: records100/00000/00003_lr: Record " in out
        assert "Left out, in a fold of no split: 7 records" in out
        assert "share" in out
        assert "ptbxl_ecg_images/i_adapted_z_records100_folds-1.2-7-none (measured)" in out

    def test_prepare_csv_with_a_table(self, tmp_path, capsys):
        (tmp_path / "db").mkdir()
        rng = np.random.default_rng(0)
        for name in "abcd":
            np.savetxt(tmp_path / "db" / f"{name}.csv", rng.normal(0, 0.2, (80, 1)), header="II", comments="")
        (tmp_path / "t.csv").write_text("record,patient,diagnosis\n" + "".join(f"{n},p{n},n/a\n" for n in "abcd"))
        base = ["prepare", "--source", "csv", "--source-dir", str(tmp_path / "db"), "--data-dir", str(tmp_path / "d")]
        small = ["--table", str(tmp_path / "t.csv"), "--length", "36", "--fs", "100", "--leads", "ii"]
        assert main([*base, *small, "--csv-fs", "100"]) == 0
        out = capsys.readouterr().out
        assert "Miscellaneous" in out
        assert "ptb_ecg_images/csv_ii_adapted_z_36samples_100hz (measured)" in out

    def test_generate_gives_the_same_bytes_as_python(self, run_dir, tmp_path):
        from ecg_synth.sampling.load import load_sampler
        from ecg_synth.signals.wfdb_io import read_record

        arguments = ["generate", "--run-dir", str(run_dir), "--count", "3", "--seed", "5", "--out"]
        assert main([*arguments, str(tmp_path / "a")]) == 0
        assert main([*arguments, str(tmp_path / "b")]) == 0
        for path in (tmp_path / "a").iterdir():
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        signal_mv = load_sampler(run_dir)[0].sample(3, 5).decoded
        record = read_record(tmp_path / "a" / "synthetic_000002")
        np.testing.assert_allclose(record.p_signal, signal_mv[2], atol=1e-6)

    def test_generate_in_another_format(self, run_dir, tmp_path, capsys):
        generate = ["generate", "--run-dir", str(run_dir), "--count", "2", "--out", str(tmp_path / "out")]
        assert main([*generate, "--format", "csv", "--truncation", "0.5"]) == 0
        assert "2 synthetic CSV files" in capsys.readouterr().out
        assert "# Truncation: 0.5" in (tmp_path / "out" / "synthetic_000001.csv").read_text()
        for arguments, message in (
            (("--format", "xml"), "Unknown format in a model that generates each a slice. Received: format='xml'."),
            (("--truncation", "nan"), "The truncation, which latents are multiplied by, must be a number from 0 to 2"),
        ):
            assert main([*generate, "--overwrite", *arguments]) == 1
            assert message in capsys.readouterr().err
        assert (tmp_path / "out" / "synthetic_000001.csv").is_file()

    def test_export(self, run_dir, tmp_path, capsys):
        assert main(["export", "--run-dir", str(run_dir), "--out", str(tmp_path / "model")]) == 0
        assert (tmp_path / "model" / "saved_model.pb").is_file()
        command = capsys.readouterr().out.split("Next: ")[1]
        env = {**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, env=env)
        assert "(2, 256, 1)" in done.stdout

    def test_best_weights(self, simulated, tmp_path, capsys):
        small = ["--length", "256", "--fs", "125", "--stride", "32", "--data-dir", str(tmp_path / "data")]
        assert main(["prepare", "--source-dir", str(simulated), *small]) == 0
        train = ["train", "--data-dir", str(tmp_path / "data"), "--run-dir", str(tmp_path / "run"), *TINY]
        assert main([*train, "--evaluate-every", "1", "--validation-split", "train"]) == 0
        assert "Best by frechet: epoch 1, kept in" in capsys.readouterr().out
        generate = ["generate", "--run-dir", str(tmp_path / "run"), "--count", "2", "--best", "--out"]
        assert main([*generate, str(tmp_path / "best")]) == 0
        assert (tmp_path / "best" / "synthetic_000001.dat").is_file()

    def test_no_best_weights(self, run_dir, tmp_path, capsys):
        for command in ("generate", "export", "interpolate"):
            assert main([command, "--run-dir", str(run_dir), "--best", "--out", str(tmp_path / "x")]) == 1
            assert "The best weights are kept where frechet is measured" in capsys.readouterr().err

    def test_the_same_command_again_finds_the_run_finished(self, data_dir, run_dir):
        before = {path: path.stat().st_mtime_ns for path in run_dir.rglob("*.h5")}
        assert main(["train", "--data-dir", str(data_dir), "--run-dir", str(run_dir), *TINY]) == 0
        assert {path: path.stat().st_mtime_ns for path in run_dir.rglob("*.h5")} == before

    def test_another_config_in_the_same_folder_is_refused(self, data_dir, run_dir, capsys):
        arguments = ["train", "--data-dir", str(data_dir), "--run-dir", str(run_dir), *TINY, "--label-smoothing", "0.1"]
        assert main(arguments) == 1
        assert (
            "holds another run: config.label_smoothing differs. There: 0.0. Received: 0.1." in capsys.readouterr().err
        )

    def test_simulate(self, tmp_path, capsys):
        out = tmp_path / "db"
        assert main(["simulate", "--out", str(out), "--patients", "4", "--duration", "3"]) == 0
        assert len((out / "RECORDS").read_text().split()) >= 4
        assert main(["simulate", "--out", str(out), "--patients", "4"]) == 1
        assert "The output folder is not empty" in capsys.readouterr().err

    def test_presets(self, capsys):
        assert main(["presets"]) == 0
        out = capsys.readouterr().out
        for name, preset in PRESETS.items():
            assert any(line.split()[0] == name and preset.about in line for line in out.splitlines() if line)
        assert main(["presets", "dcgan"]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert (printed["batch_size"], printed["epochs"], printed["model"]["filters"]) == (30, 200, [64, 128, 256])


class TestValues:
    def test_preset_then_toml_then_flags(self, tmp_path):
        (tmp_path / "run.toml").write_text("batch_size = 60\nepochs = 7\n")
        found = train_default(
            ["train", "--preset", "dcgan-smooth", f"--config={tmp_path / 'run.toml'}", "--epochs", "9"]
        )
        assert found.settings.label_smoothing == 0.1
        assert (found.settings.batch_size, found.settings.epochs) == (60, 7)

    def test_flags_come_last(self, data_dir, tmp_path):
        (tmp_path / "run.toml").write_text("batch_size = 8\nepochs = 7\n[model]\nfilters = [4, 8]\nlatent_dim = 5\n")
        toml, run_dir = f"--config={tmp_path / 'run.toml'}", tmp_path / "run"
        assert main(["train", "--data-dir", str(data_dir), "--run-dir", str(run_dir), toml, "--epochs", "1"]) == 0
        resolved = json.loads((run_dir / "config.json").read_text())["config"]
        assert (resolved["epochs"], resolved["batch_size"], resolved["model"]["filters"]) == (1, 8, [4, 8])

    def test_a_file_may_name_another_family_and_flags_follow_it(self, data_dir, tmp_path):
        (tmp_path / "run.toml").write_text('batch_size = 8\nepochs = 1\n[model]\nname = "fcn"\nhidden = [8]\n')
        run = ["--run-dir", str(tmp_path / "run"), f"--config={tmp_path / 'run.toml'}", "--output", "tanh"]
        assert main(["train", "--data-dir", str(data_dir), *run, "--latent-dim", "3"]) == 0
        model = json.loads((tmp_path / "run" / "config.json").read_text())["config"]["model"]
        assert (model["name"], model["hidden"], model["output"], model["latent_dim"]) == ("fcn", [8], "tanh", 3)

    def test_a_flag_may_name_another_family_that_starts_from_its_own_defaults(self, capsys):
        found = train_default(["train", "--preset", "thyroid", "--model", "wgan"])
        assert found.settings.model == WganConfig()
        assert found.settings.batch_size == 20
        assert train_default(["train", "--preset", "demo", "--model", "dcgan"]).settings.model.filters == (16, 32, 64)
        assert main(["train", "--model", "wgn", "--data-dir", "x", "--run-dir", "y"]) == 1
        assert "Unknown model in --model. Received: model='wgn'. Did you mean 'wgan'?" in capsys.readouterr().err

    def test_bad_toml(self, tmp_path, capsys):
        (tmp_path / "run.toml").write_text("batchsize = 60\n")
        assert main(["train", "--config", str(tmp_path / "run.toml"), "--data-dir", "x", "--run-dir", "y"]) == 1
        assert (
            "run.toml (TrainConfig). Received: field='batchsize'. Did you mean 'batch_size'?" in capsys.readouterr().err
        )


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["train", "--preset", "dcgam"], "Unknown preset. Received: preset='dcgam'. Did you mean 'dcgan'?"),
            (["prepare", "--data-dir", "d", "--source-dir", "none"], "There is no folder of records."),
            (["train", "--data-dir", "none", "--run-dir", "r"], "There is no prepared dataset."),
            (["generate", "--run-dir", "none", "--out", "o"], "There is no run"),
            (["export", "--run-dir", "none", "--out", "o"], "There is no run"),
            (["simulate", "--out", "o", "--seed", "-1"], "Received: seed=-1."),
            (["demo", "--out", "o", "--seed", "4294967296"], "Received: seed=4294967296."),
            (["presets", "none"], "Unknown preset."),
        ],
    )
    def test_exit_code_1_and_one_line(self, arguments, message, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(arguments) == 1
        err = capsys.readouterr().err
        assert err.startswith("ecg-synth: error: ")
        assert message in err
        assert "Traceback" not in err
        assert list(tmp_path.iterdir()) == []

    def test_unknown_arrangement_and_standardization(self, simulated, tmp_path, capsys):
        base = ["prepare", "--source-dir", str(simulated), "--data-dir", str(tmp_path / "d")]
        assert main([*base, "--arrangement", "zz"]) == 1
        assert "Unknown arrangement. Received: arrangement='zz'." in capsys.readouterr().err
        assert main([*base, "--standardization", "adaptive"]) == 1
        assert "Did you mean 'adapted'?" in capsys.readouterr().err
        assert main([*base, "--leads", "v9"]) == 1
        assert "Unknown lead in record" in capsys.readouterr().err
        assert not (tmp_path / "d" / "ptb_ecg_images").exists()

    def test_unknown_flag_is_2(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main(["simulate", "--patiens", "3"])
        assert caught.value.code == 2

    @pytest.mark.parametrize(
        ("raised", "code"), [(InputError("x"), 1), (StorageError("x"), 1), (KeyboardInterrupt(), 130)]
    )
    def test_exit_codes(self, raised, code, monkeypatch):
        class Command:
            def run(self):
                raise raised

        monkeypatch.setattr(main_module.tyro, "cli", lambda *_, **__: Command())
        assert main(["presets"]) == code


def test_demo_makes_everything_it_announces(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--epochs", "1"]) == 0
    out = tmp_path / "runs" / "demo"
    assert (out / "simulated_and_synthetic.png").stat().st_size > 10_000
    assert len((out / "synthetic" / "RECORDS").read_text().split()) == 10
    assert (out / "saved_model" / "saved_model.pb").is_file()
    assert "Look at runs/demo/simulated_and_synthetic.png" in capsys.readouterr().out
    assert main(["demo", "--epochs", "1"]) == 0  # an older demo is replaced
    (out / "DEMO.txt").unlink()
    assert main(["demo", "--epochs", "1"]) == 1  # anything else is not


def test_a_terminated_command_clears_away_what_it_had_not_finished(tmp_path):
    arguments = [sys.executable, "-m", "ecg_synth.cli.main", "simulate", "--patients", "500", "--out", "db"]
    process = subprocess.Popen(arguments, cwd=tmp_path)
    while not list(tmp_path.rglob("*.hea")):
        time.sleep(0.05)
    process.terminate()
    assert process.wait(timeout=60) == 143
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_gets_no_traceback():
    command = [sys.executable, "-m", "ecg_synth", "presets", "dcgan"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, "")
