import errno
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import wfdb

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError, StorageError
from ecg_synth.models.build import build_gan
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving import records as records_module
from ecg_synth.serving.export import export_saved_model
from ecg_synth.serving.write import write_synthetic
from ecg_synth.signals.leads import STANDARD_12
from ecg_synth.signals.wfdb_io import read_record
from ecg_synth.training.train import train

LENGTH = 256
COUNT = BLOCK + 6


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """A tiny run of two leads on 16x16 images."""
    rng = np.random.default_rng(0)
    codec = EcgImageCodec(("i", "v2"), length=LENGTH, fs=250.0)
    encoded = codec.encode_slices(rng.normal(0, 0.3, (40, LENGTH, 2)))
    slice_set = SliceSet(encoded.images, np.zeros(40, np.int64), ("only",), codec.get_config(), "simulated", "toy")
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)), batch_size=8, epochs=1)
    path = tmp_path_factory.mktemp("run") / "run"
    train(config, slice_set, path, preset="toy", progress=False)
    return path


@pytest.fixture(scope="module")
def loaded(run_dir):
    return load_sampler(run_dir)


@pytest.fixture(scope="module")
def saved_model(loaded, tmp_path_factory):
    return export_saved_model(*loaded, tmp_path_factory.mktemp("export") / "model")


def int64(value):
    return tf.constant(value, tf.int64)


class TestSampler:
    def test_shapes_and_units(self, loaded):
        images, signal_mv, _ = loaded[0].sample(COUNT, 3)
        assert (images.shape, images.dtype) == ((COUNT, 16, 16, 2), np.uint8)
        assert (signal_mv.shape, signal_mv.dtype) == ((COUNT, LENGTH, 2), np.float32)
        np.testing.assert_array_equal(signal_mv, loaded[0].codec.decode(images))

    def test_a_slice_depends_on_the_seed_and_its_number_alone(self, loaded):
        sampler, _ = loaded
        images = sampler.sample(COUNT, 3).images
        np.testing.assert_array_equal(sampler.sample(2, 3)[0], images[:2])
        assert not np.array_equal(sampler.sample(2, 4)[0], images[:2])
        assert len(np.unique(images.reshape(COUNT, -1), axis=0)) == COUNT

    def test_another_process_gives_the_same_bytes(self, loaded, run_dir, tmp_path):
        code = (
            "import sys, numpy as np; from ecg_synth.sampling.load import load_sampler; "
            "np.save(sys.argv[2], load_sampler(sys.argv[1])[0].sample(70, 3)[1])"
        )
        subprocess.run([sys.executable, "-c", code, str(run_dir), str(tmp_path / "s.npy")], check=True, cwd=tmp_path)
        np.testing.assert_array_equal(np.load(tmp_path / "s.npy"), loaded[0].sample(COUNT, 3)[1])

    @pytest.mark.parametrize("count", [0, -1, 1_000_001, 2.0, True])
    def test_bad_count(self, loaded, count):
        with pytest.raises(InputError) as caught:
            loaded[0].sample(count, 0)
        assert str(caught.value) == f"A count must be an integer from 1 to 1000000. Received: count={count!r}."

    @pytest.mark.parametrize("seed", [-1, 2**32])
    def test_bad_seed(self, loaded, seed):
        with pytest.raises(InputError, match=f"from 0 to 4294967295 .* Received: seed={seed}"):
            loaded[0].sample(1, seed)


class TestRecords:
    def test_wfdb_reads_the_same_millivolts_back(self, loaded, tmp_path):
        sampler, facts = loaded
        write_synthetic(sampler, facts, COUNT, 3, tmp_path / "out")
        names = (tmp_path / "out" / "RECORDS").read_text().split()
        assert len(names) == COUNT
        signal_mv = sampler.sample(COUNT, 3).decoded
        for name, expected in zip(names, signal_mv, strict=True):
            record = wfdb.rdrecord(str(tmp_path / "out" / name))
            assert (record.fs, record.sig_name, record.units) == (250, ["i", "v2"], ["mV", "mV"])
            np.testing.assert_allclose(record.p_signal, expected, atol=1e-6)

    def test_each_record_is_marked_synthetic_by_what_made_it(self, loaded, tmp_path):
        write_synthetic(*loaded, 2, 7, tmp_path / "out")
        record = read_record(tmp_path / "out" / "synthetic_000001")
        assert record.origin == "synthetic"
        text = "\n".join(record.comments)
        for fact in ("Model: dcgan", "Preset: toy", "Epoch: 1", "Seed: 7", "Slice: 1", "Trained on: toy (simulated)"):
            assert fact in text
        assert "ecg_synth 0." in record.comments[0]
        assert "Privacy audit: none" in text

    def test_same_seed_same_bytes(self, loaded, tmp_path):
        for name in ("a", "b"):
            write_synthetic(*loaded, 3, 7, tmp_path / name)
        files = sorted(path.name for path in (tmp_path / "a").iterdir())
        assert len(files) == 7
        for name in files:
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

    def test_a_progress_bar_sees_each_record_and_its_end(self, loaded, tmp_path):
        seen = []

        def bar(numbers):
            yield from map(lambda number: seen.append(number) or number, numbers)
            seen.append("end")

        write_synthetic(*loaded, 3, 7, tmp_path / "out", progress=bar)
        assert seen == [0, 1, 2, "end"]

    def test_an_output_folder_in_use_is_refused(self, loaded, tmp_path):
        (tmp_path / "kept").touch()
        with pytest.raises(InputError, match="not empty, and nothing in it was changed"):
            write_synthetic(*loaded, 1, 0, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["kept"]

    def test_a_full_disk_leaves_the_old_records_whole(self, loaded, tmp_path, monkeypatch):
        out = tmp_path / "out"
        write_synthetic(*loaded, 2, 0, out)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        calls = []

        def full(*arguments):
            calls.append(arguments)
            if len(calls) == 3:
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(records_module, "write_record", full)
        with pytest.raises(StorageError, match="The disk is full"):
            write_synthetic(*loaded, 5, 1, out, overwrite=True)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


class TestSavedModel:
    def test_the_same_bytes_as_python(self, loaded, saved_model):
        model = tf.saved_model.load(str(saved_model))
        images, signal_mv, _ = loaded[0].sample(COUNT, 3)
        every = {"truncation": tf.constant(1.0), "first": int64(0)}
        out = model.signatures["generate"](count=int64(COUNT), seed=int64(3), **every)
        np.testing.assert_array_equal(out["image"].numpy(), images)
        np.testing.assert_array_equal(out["signal_mv"].numpy(), signal_mv)
        decoded = model.signatures["decode"](image=tf.constant(images))["signal_mv"]
        np.testing.assert_array_equal(decoded.numpy(), signal_mv)

    def test_works_where_only_tensorflow_is(self, loaded, saved_model, tmp_path):
        code = (
            "import sys\n"
            "class Block:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name.split('.')[0] in ('ecg_synth', 'tfds_ptb', 'wfdb', 'tensorflow_datasets'):\n"
            "            raise ImportError(name)\n"
            "sys.meta_path.insert(0, Block())\n"
            "import numpy as np, tensorflow as tf\n"
            "model = tf.saved_model.load(sys.argv[1])\n"
            "out = model.generate(tf.constant(70, tf.int64), tf.constant(3, tf.int64))\n"
            "np.save(sys.argv[2], out['signal_mv'].numpy())\n"
        )
        target = str(tmp_path / "s.npy")
        subprocess.run([sys.executable, "-c", code, str(saved_model), target], check=True, cwd=tmp_path)
        np.testing.assert_array_equal(np.load(target), loaded[0].sample(COUNT, 3)[1])

    def test_scalars_as_rest_clients_send_them(self, saved_model):
        model = tf.saved_model.load(str(saved_model))
        assert model.generate(int64([2]), int64([0]))["image"].shape == (2, 16, 16, 2)

    @pytest.mark.parametrize(
        ("count", "seed", "message"),
        [
            (0, 0, "count must be from 1 to 104857. For more, ask again with another first"),
            (10**9, 0, "count must be"),
            (1, -1, "seed must be from 0 to 429"),
        ],
    )
    def test_bad_requests_state_the_rule(self, saved_model, count, seed, message):
        model = tf.saved_model.load(str(saved_model))
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            model.generate(int64(count), int64(seed))

    def test_the_card_says_what_it_is(self, loaded, saved_model):
        card = json.loads((saved_model / "assets.extra" / "ecg_synth.json").read_text())
        assert card["origin"] == "synthetic"
        assert card["trained_on_origin"] == "simulated"
        assert card["privacy_audit"].startswith("none")
        assert EcgImageCodec.from_config(card["codec"]).get_config() == loaded[0].codec.get_config()

    def test_a_folder_in_use_is_refused(self, loaded, saved_model):
        with pytest.raises(InputError, match="The output folder is not empty"):
            export_saved_model(*loaded, saved_model)


@pytest.fixture(scope="module")
def tiled():
    """An untrained generator of 12 leads: 8 stored on 3x3 tiles, 15 samples on 4x4 pixels each."""
    codec = EcgImageCodec(STANDARD_12, length=15, fs=250.0, arrangement="hilbert", layout="tiles", independent=True)
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)))
    return Sampler(build_gan(config, codec.full_shape), codec)


class TestTwelveLeadsOnTiles:
    """Another layout, NULL pixels and computed leads, from the generator to files that others read."""

    def test_the_saved_model_gives_the_same_bytes(self, tiled, tmp_path):
        model = tf.saved_model.load(str(export_saved_model(tiled, {}, tmp_path / "model")))
        images, signal_mv, _ = tiled.sample(3, 0)
        assert (images.shape, signal_mv.shape) == ((3, 12, 12, 1), (3, 15, 12))
        np.testing.assert_array_equal(signal_mv[..., 2], signal_mv[..., 1] - signal_mv[..., 0])
        out = model.generate(int64(3), int64(0))
        np.testing.assert_array_equal(out["image"].numpy(), images)
        np.testing.assert_array_equal(out["signal_mv"].numpy(), signal_mv)
        np.testing.assert_array_equal(model.decode(tf.constant(images))["signal_mv"].numpy(), signal_mv)
        card = json.loads((tmp_path / "model" / "assets.extra" / "ecg_synth.json").read_text())
        assert card["signatures"]["generate"]["image"] == "out: uint8 (count, 12, 12, 1)"

    def test_einthoven_holds_in_the_records_to_the_unit(self, tiled, tmp_path):
        facts = dict.fromkeys(("model", "preset", "epoch", "trained_on", "trained_on_origin"), "x")
        write_synthetic(tiled, facts, 2, 0, tmp_path / "out")
        record = wfdb.rdrecord(str(tmp_path / "out" / "synthetic_000001"), physical=False)
        i, ii, iii = record.d_signal.astype(int).T[:3]
        np.testing.assert_array_equal(iii, ii - i)
        read = wfdb.rdrecord(str(tmp_path / "out" / "synthetic_000001")).p_signal
        np.testing.assert_allclose(read, tiled.sample(2, 0)[1][1], atol=1e-6)


def test_no_such_run(tmp_path):
    with pytest.raises(InputError, match="There is no run"):
        load_sampler(tmp_path / "none")
