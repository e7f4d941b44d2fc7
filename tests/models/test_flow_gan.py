"""One step of a flow as a GAN: what it begins as, what its discriminator sees, and that training moves both."""

import dataclasses

import keras
import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig, FlowGanConfig, ShortcutConfig
from ecg_synth.errors import InputError
from ecg_synth.models import FlowGan, build_gan, get_preset
from ecg_synth.models.scaling import to_unit

RNG = np.random.default_rng(0)
CODEC = EcgImageCodec(length=256, fs=125.0).get_config()
TWO_LEADS = EcgImageCodec(leads=("i", "ii"), length=250, arrangement="hilbert", fs=125.0).get_config()
IMAGES = RNG.integers(0, 256, (6, 16, 16, 1), np.uint8)
NETWORK = {"grid": 64, "filters": (8, 16), "patch": 2}


def make(codec=CODEC, shape=(16, 16, 1), dtype="float32", augment=(), **model):
    config = dataclasses.replace(
        get_preset("flow-gan"), model=FlowGanConfig(**{**NETWORK, **model}), dtype=dtype, augment=augment
    )
    return build_gan(config, shape, 0, codec)


def trained(family=ShortcutConfig, codec=CODEC, shape=(16, 16, 1), **model):
    """A flow whose weights are no longer those it began with."""
    steps = {"steps": 1, "finest": 8} if family is ShortcutConfig else {"steps": 1, "solver": "euler"}
    config = dataclasses.replace(get_preset("flow-small"), model=family(**{**NETWORK, **steps, **model}))
    flow = build_gan(config, shape, 0, codec)
    draw = np.random.default_rng(1)
    for weight in flow.sampler.velocity.weights:
        weight.assign(draw.normal(0, 0.1, weight.shape))
    flow.sampler.mean.assign(np.full(shape[-1], -0.4))
    flow.sampler.deviation.assign(np.full(shape[-1], 0.3))
    return flow


@pytest.mark.parametrize(("codec", "shape"), [(CODEC, (16, 16, 1)), (TWO_LEADS, (16, 16, 2))])
def test_it_begins_as_the_flow_in_one_step(codec, shape):
    flow, gan = trained(codec=codec, shape=shape), make(codec, shape)
    taken, total = gan.start_from(flow)
    # All but what the discriminator says of what it sees.
    assert 0.95 * total < taken < total
    noise = RNG.standard_normal((3, flow.latent_dim)).astype("float32")
    np.testing.assert_allclose(gan(noise), flow(noise), atol=1e-5)
    np.testing.assert_array_equal(gan.sample(3, seed=2), flow.sample(3, seed=2))


def test_a_flow_that_is_told_no_lengths_fits_as_well():
    flow, gan = trained(FlowConfig), make()
    gan.start_from(flow)
    noise = RNG.standard_normal((3, 64)).astype("float32")
    np.testing.assert_allclose(gan(noise), flow(noise), atol=1e-5)


def test_the_discriminator_sees_what_the_flow_sees():
    flow, gan = trained(), make()
    gan.start_from(flow)
    unit = to_unit(IMAGES)
    seen = (flow._on_grid(unit) - flow.sampler.mean) / flow.sampler.deviation
    np.testing.assert_allclose(gan._on_grid(unit), seen, atol=1e-5)
    # Its last layer begins at zero.
    source = gan._looks.get_layer("source")
    source.kernel.assign(np.random.default_rng(2).normal(size=source.kernel.shape))
    logits = gan.judge(unit).source
    assert logits.shape == (6, 1)
    assert np.ptp(logits) > 0
    np.testing.assert_allclose(logits, gan.judge(seen).source, atol=1e-4)


def test_its_way_down_is_the_flows():
    flow, gan = trained(), make()
    gan.start_from(flow)
    theirs = {weight.path: weight for weight in flow.sampler.velocity.weights}
    shared = [weight for weight in gan._looks.weights if weight.path in theirs]
    assert {"stem/kernel", "middle_conv_2/kernel", "told_dense/kernel"} <= {weight.path for weight in shared}
    for weight in shared:
        np.testing.assert_array_equal(weight, theirs[weight.path])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_step_moves_both_networks_and_a_reload_goes_on_with_the_same_bits(tmp_path, dtype):
    gan = make(dtype=dtype, augment=("shift", "gain", "offset"))
    gan.start_from(trained())
    source = gan._looks.get_layer("source")
    source.kernel.assign(np.random.default_rng(2).normal(size=source.kernel.shape))
    before = [keras.ops.convert_to_numpy(weight).copy() for weight in gan.variables]
    logs = gan.train_on_batch(IMAGES, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())
    assert logs["g_grad"] > 0
    moved = {weight.path for weight, old in zip(gan.variables, before, strict=True) if not np.array_equal(weight, old)}
    assert {"velocity/kernel", "source/kernel"} <= moved
    assert not [path for path in moved if path.endswith(("/mean", "/deviation"))]
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.get_config() == gan.get_config()
    np.testing.assert_array_equal(again.sample(2), gan.sample(2))
    for model in (gan, again):
        model.train_on_batch(IMAGES)
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one, other, one.path)


def test_from_scratch_it_learns_what_slices_are_like_and_a_flows_stay():
    """After the first batch slices have mean 0 and deviation 1 on both sides."""
    gan = make()
    gan.train_on_batch(IMAGES)
    seen = keras.ops.convert_to_numpy(gan._on_grid(to_unit(IMAGES)))
    assert seen.mean() == pytest.approx(0.0, abs=1e-4)
    assert seen.std() == pytest.approx(1.0, abs=1e-4)
    for network in (gan.generator, gan.average_generator):
        sampler = network.get_layer("sampler")
        np.testing.assert_array_equal(sampler.mean, gan._on_grid.mean)
        np.testing.assert_array_equal(sampler.deviation, gan._on_grid.deviation)


def test_samples_are_drawn_from_the_average():
    gan = make()
    gan.start_from(trained())
    for weight in gan.average_generator.trainable_weights:
        raise AssertionError(f"{weight.path} of the average learns by itself")
    old = np.array(gan.sampling_generator.get_weights()[0])
    gan.train_on_batch(IMAGES)
    new, mean = gan.generator.get_weights()[0], gan.sampling_generator.get_weights()[0]
    # In the first step the average moves by 9 tenths.
    np.testing.assert_allclose(mean, 0.1 * old + 0.9 * new, atol=1e-6)


class TestRefusals:
    def test_another_grid_or_emphasis_is_another_flow(self):
        with pytest.raises(InputError, match=r"Received: grid, emphasis = \(64, 1.0\), and a flow of \(64, 0.5\)"):
            make().start_from(trained(emphasis=0.5))

    def test_a_gan_of_images_is_no_flow(self):
        dcgan = build_gan(get_preset("demo"), (16, 16, 1))
        with pytest.raises(InputError, match="none that fits"):
            make().start_from(dcgan)

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            ({"latent_dim": 100}, "64 here. Received: latent_dim=100"),
            ({"grid": 300}, "Received: grid=300"),
            ({"filters": (8, 6)}, r"a multiple of 4. Received: filters=\(8, 6\)"),
            ({"ema": 1.0}, "below 1. Received: ema=1.0"),
        ],
    )
    def test_bad_numbers_are_named(self, model, said):
        with pytest.raises(InputError, match=said):
            make(**model)

    def test_it_knows_no_classes(self):
        with pytest.raises(InputError, match="FlowGan knows no classes. Received: n_classes=3"):
            FlowGan((16, 16, 1), codec=CODEC, n_classes=3)

    def test_a_codec_without_positions_is_refused(self):
        beats = EcgImageCodec(length=256, fs=125.0, arrangement="beats")
        with pytest.raises(InputError, match="arrangement='beats'"):
            FlowGan(beats.image_shape, codec=beats.get_config())
