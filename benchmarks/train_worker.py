"""One side of `benchmarks/train.py` in a process of its own: reads JSON from stdin, trains, answers with JSON.

The first line is the job; after the answer to it, each line holds a number of steps to train. Threads and memory of the
sides cannot mix, and the parent runs them in turns.
"""

from __future__ import annotations

import dataclasses
import json
import math
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MATRIX = 2048


def random_slices(job: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Grey levels and labels: the time of a step does not depend on them."""
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (job["slices"], job["side"], job["side"], job["channels"]), np.uint8)
    return images, draw.integers(0, 3, job["slices"], np.int64)


def torch_step(job: dict[str, Any]) -> Callable[[], Any]:
    from train_torch import make_step

    images, labels = random_slices(job)
    size = job["batch"] * (5 if job["model"] == "wgan-gp" else 1)
    draw = np.random.default_rng(1)

    def batches() -> tuple[np.ndarray, np.ndarray]:
        chosen = draw.permutation(len(images))[:size]
        return images[chosen], labels[chosen]

    return make_step(job["model"], batches, job)


def our_gan(job: dict[str, Any]) -> tuple[Any, int]:
    from ecg_synth.models.build import build_gan
    from ecg_synth.models.presets import get_preset

    config = dataclasses.replace(get_preset(job["model"]), batch_size=job["batch"], dtype=job["dtype"])
    shape = (job["side"], job["side"], job["channels"])
    return build_gan(config, shape, n_classes=3 if job["model"] == "acgan" else 0), config.d_steps


def keras_step(job: dict[str, Any]) -> tuple[Callable[[], Any], Any]:
    """Returns the step that `fit` runs, on `fit`'s batches, and the model."""
    from ecg_synth.data.slice_set import SliceSet
    from ecg_synth.training.pipeline import epoch_batches

    images, labels = random_slices(job)
    if job["side_of"] == "ours":
        gan, d_steps = our_gan(job)
    else:
        from train_keras import make_gan

        gan, d_steps = make_gan(job["side"], job["channels"]), 1
    slice_set = SliceSet(images, labels, ("a", "b", "c"), {"standardization": "adapted"}, "simulated", "random")
    batches = epoch_batches(slice_set, job["batch"] * d_steps, 0, 0, 10**6, labels if job["model"] == "acgan" else None)
    if job["side_of"] == "keras":
        import tensorflow as tf

        batches = batches.map(lambda levels: tf.cast(levels, tf.float32) / 127.5 - 1.0)
    gan.make_train_function()
    iterator = iter(batches)
    # The values are asked for, so that the step has ended.
    return lambda: {name: float(value) for name, value in gan.train_function(iterator).items()}, gan


def flops_of_a_step(gan: Any, job: dict[str, Any], d_steps: int) -> int:
    """Multiplications and additions of the convolutions and matrix products in the graph of one step."""
    import tensorflow as tf

    size = job["batch"] * d_steps
    data: Any = tf.zeros((size, job["side"], job["side"], job["channels"]), tf.uint8)
    if job["model"] == "acgan":
        data = (data, tf.zeros(size, tf.int64))
    graph = tf.function(gan.train_step).get_concrete_function(data).graph
    total = 0
    for operation in graph.get_operations():
        if operation.type not in ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter", "MatMul"):
            continue
        shapes = [list(tensor.shape) for tensor in (*operation.inputs, *operation.outputs)]
        if operation.type == "MatMul":
            total += 2 * math.prod(shapes[2]) * shapes[0][0 if operation.get_attr("transpose_a") else 1]
        else:
            # (images, kernel, output), (sizes, kernel, gradient) or (images, sizes, gradient, kernel).
            kernel = shapes[3] if operation.type == "Conv2DBackpropFilter" else shapes[1]
            total += 2 * math.prod(shapes[2]) * math.prod(kernel[:3])
    return total


def matrix_product(dtype: str) -> Callable[[], Any]:
    """Returns the product of two large matrices: what the machine can do at best."""
    import tensorflow as tf

    left, right = (tf.cast(tf.random.normal((MATRIX, MATRIX)), dtype) for _ in range(2))
    product = tf.function(tf.matmul)
    return lambda: product(left, right).numpy()


def measure(step: Callable[[], Any], count: int) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        step()
    return {
        "wall_s": (time.perf_counter() - wall) / count,
        "cpu_s": (time.process_time() - cpu) / count,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Prints a JSON line for the job, and one for every number of steps that it is asked for."""
    answers = sys.stdout
    # Libraries that print must not speak for the benchmark.
    sys.stdout = sys.stderr
    job = json.loads(sys.stdin.readline())
    facts: dict[str, Any] = {}
    if job["side_of"] == "matrix":
        step: Callable[[], Any] = matrix_product(job["dtype"])
        facts["flops"] = 2 * MATRIX**3
    elif job["side_of"] == "torch":
        step = torch_step(job)
    else:
        import keras

        keras.utils.set_random_seed(0)
        step, gan = keras_step(job)
        if job["side_of"] == "ours":
            facts["flops"] = flops_of_a_step(gan, job, gan.d_steps)
    step()
    step()
    print(json.dumps(facts), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(step, int(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
