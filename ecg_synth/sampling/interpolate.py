"""Between two generated images: along the sphere that latents lie near, and from class to class."""

from __future__ import annotations

import tensorflow as tf

# Below it sin(angle) divides by next to nothing, and the straight line is the arc.
SMALLEST_ANGLE = 1e-4


def slerp(start: tf.Tensor, end: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    """Spherical interpolation: a Gaussian vector's length hardly varies, and a straight line would cut through where no
    latent of training ever was (White 2016, arXiv:1609.04468).

    Args:
        start: Latent (latent_dim,), returned exactly where a share is 0.
        end: Latent (latent_dim,), returned exactly where a share is 1, unless both point the same way.
        shares: float32 (n,), from 0 to 1.

    Returns:
        (n, latent_dim).
    """
    shares = shares[:, None]
    cosine = tf.reduce_sum(tf.math.l2_normalize(start) * tf.math.l2_normalize(end))
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    straight = start + shares * (end - start)
    sine = tf.sin(angle)
    safe = tf.where(sine < SMALLEST_ANGLE, 1.0, sine)
    arc = tf.sin((1.0 - shares) * angle) / safe * start + tf.sin(shares * angle) / safe * end
    return tf.where(sine < SMALLEST_ANGLE, straight, arc)
