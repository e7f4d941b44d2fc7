"""A batch learnt in shares is the batch: their noise, their gradients, the step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.config import FcnConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, shares

GREY = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), np.uint8)
WASSERSTEIN = {"loss": "wasserstein", "gradient_penalty": 10.0, "d_steps": 2}


def fcn(**changes):
    return build_gan(TrainConfig(model=FcnConfig(hidden=(16,), activation="leaky_relu"), **changes), (8, 8, 1))


def variables(gan):
    return gan.variables + gan.d_optimizer.variables + gan.g_optimizer.variables


@pytest.mark.parametrize("changes", [{}, WASSERSTEIN, {"loss": "relativistic", "r1": 1.0, "r2": 1.0}])
def test_an_update_in_shares_is_the_update_of_the_batch(changes):
    whole, shared = fcn(**changes), fcn(**changes, accumulate=2)
    for _ in range(3):
        logs = [gan.train_on_batch(GREY, return_dict=True) for gan in (whole, shared)]
        assert logs[1] == pytest.approx(logs[0], rel=1e-4, abs=1e-6)
    for mine, theirs in zip(variables(whole), variables(shared), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=2e-5, err_msg=mine.path)


def test_shares_draw_the_rows_of_the_whole():
    seed = tf.constant([3, 4], tf.int64)
    whole = tf.random.stateless_normal((6, 2), seed)
    drawn = []

    def gradients_of(images):
        drawn.append(shares.rows(tf.random.stateless_normal, (len(images), 2), seed))
        return [tf.reduce_mean(images), None]

    mean, unconnected = shares.mean_gradients(gradients_of, 3, tf.range(6.0))
    np.testing.assert_array_equal(tf.concat(drawn, 0), whole)
    assert float(mean) == 2.5
    assert unconnected is None
    np.testing.assert_array_equal(shares.rows(tf.random.stateless_normal, (6, 2), seed), whole)


def ancestors(operation):
    found, todo = set(), [operation]
    while todo:
        for before in [*(tensor.op for tensor in todo[-1].inputs), *todo.pop().control_inputs]:
            if before not in found:
                found.add(before)
                todo.append(before)
    return found


def test_a_share_waits_for_the_one_before(make_gan, batch):
    graph = tf.function(make_gan(accumulate=3).train_step).get_concrete_function(tf.constant(batch)).graph
    convolutions = [operation for operation in graph.get_operations() if operation.type == "Conv2D"]
    at_once = [
        convolution
        for convolution in convolutions
        if not any(before.type == "Conv2DBackpropFilter" for before in ancestors(convolution))
    ]
    # Two layers of the discriminator, on real and on generated images, in the first of three shares.
    assert len(at_once) == 2 * 2
    assert len(convolutions) > 3 * 2 * 2


def test_reload_keeps_the_number_of_shares(tmp_path):
    gan = fcn(accumulate=2)
    gan.save(tmp_path / "gan.keras")
    assert keras.models.load_model(tmp_path / "gan.keras").accumulate == 2


def test_refuses_no_share():
    with pytest.raises(InputError, match="A batch is learnt in at least 1 share. Received: accumulate=0"):
        fcn(accumulate=0)


@pytest.mark.parametrize("side", ["d", "g"])
def test_an_overflow_skips_that_update_alone_and_lowers_its_scale(make_gan, batch, side):
    gan = make_gan(dtype="mixed_float16")
    networks = {"d": gan.discriminator, "g": gan.generator}
    optimizers = {"d": gan.d_optimizer, "g": gan.g_optimizer}
    other = "g" if side == "d" else "d"
    # Beyond float16's 65,504 in the gradients of one network, and not of the other.
    optimizers[side].dynamic_scale.assign(1e30)
    trainable = {name: [np.array(w) for w in network.trainable_weights] for name, network in networks.items()}
    gan.train_on_batch(batch)
    for name, network in networks.items():
        same = [np.array_equal(old, new) for old, new in zip(trainable[name], network.trainable_weights, strict=True)]
        assert all(same) if name == side else not any(same)
    assert float(optimizers[side].dynamic_scale) == pytest.approx(5e29)
    assert float(optimizers[other].dynamic_scale) == optimizers[other].initial_scale
    assert (int(optimizers[side].iterations), int(optimizers[other].iterations)) == (0, 1)
