"""A SavedModel with the signatures' shapes of ours, made without training."""

import pytest
import tensorflow as tf


def write_toy(folder, gain=1.0, broken=False):
    """Slices of 16 samples on 4x4 images; `gain` tells versions apart."""
    module = tf.Module()
    module.gain = tf.Variable(gain)
    none, one, zero = tf.constant(""), tf.constant(1.0), tf.constant(0, tf.int64)
    known = tf.constant(["", "NORM", "MI"])

    def of_rank(name, dtype=tf.int64):
        return tf.TensorSpec(None, dtype, name=name)

    def generate(count, seed, class_name=none, truncation=one, first=zero):
        count, first = tf.reshape(count, ()), tf.reshape(first, ())
        rules = [
            tf.debugging.Assert(count >= 1, ["count must be at least 1. Received: count=", count]),
            tf.debugging.Assert(
                tf.reduce_any(tf.reshape(class_name, ()) == known),
                ["class_name must be NORM or MI. Received: class_name=", class_name],
            ),
        ]
        with tf.control_dependencies(rules):
            number = first + tf.range(count)
        noise = tf.map_fn(
            lambda k: tf.random.stateless_normal((4, 4, 1), tf.stack([tf.reshape(seed, ()), k])),
            number,
            fn_output_signature=tf.float32,
        )
        signal = module.gain * tf.reshape(truncation, ()) * tf.reshape(noise, (-1, 16, 1))
        image = tf.cast(tf.clip_by_value(128 + 40 * noise, 0, 255), tf.uint8)
        return {"image": image, "signal_mv": signal, "label": number % 2}

    def decode(image):
        return {"signal_mv": tf.reshape(tf.cast(image, tf.float32) / 255.0, (-1, 16, 1))}

    def strange(value):
        value = tf.reshape(value, (-1,))
        return {"nan": tf.where(value > 0, value, float("nan")), "two": tf.constant([1, 2])}

    def text(words):
        return {"same": words, "raw_bytes": words}

    def slow(steps):
        count = tf.while_loop(lambda i: i < tf.reshape(steps, ()), lambda i: (i + 1,), (zero,))[0]
        return {"steps": tf.reshape(count, (1,))}

    def leaky(value):
        with tf.control_dependencies([tf.debugging.Assert(False, ["cannot open /etc/secret/model.pb", value])]):
            return {"value": tf.identity(value)}

    signatures = {
        "generate": (
            generate,
            [
                of_rank("count"),
                of_rank("seed"),
                of_rank("class_name", tf.string),
                of_rank("truncation", tf.float32),
                of_rank("first"),
            ],
        ),
        "decode": (decode, [tf.TensorSpec((None, 4, 4, 1), tf.uint8, name="image")]),
        "strange": (strange, [of_rank("value", tf.float32)]),
        "text": (text, [tf.TensorSpec((None,), tf.string, name="words")]),
        "slow": (slow, [of_rank("steps")]),
        "leaky": (leaky, [of_rank("value")]),
    }
    functions = {
        name: tf.function(function, input_signature=spec, autograph=False)
        for name, (function, spec) in signatures.items()
    }
    module.functions = functions
    tf.saved_model.save(module, str(folder), {"serving_default": functions["generate"], **functions})
    if broken:
        next((folder / "variables").glob("*.data*")).write_bytes(b"")
    return folder


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """Tests must not write into it."""
    return write_toy(tmp_path_factory.mktemp("toy") / "model")


@pytest.fixture(scope="session")
def toy_twice_as_loud(tmp_path_factory):
    """Tests must not write into it."""
    return write_toy(tmp_path_factory.mktemp("toy") / "model", gain=2.0)
