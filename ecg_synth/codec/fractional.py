"""Levels between two levels: what a network says before it is rounded to an image, in mV."""

from __future__ import annotations

import numpy as np

from ecg_synth.codec.codec import EcgImageCodec
from ecg_synth.codec.independent import restore_leads
from ecg_synth.codec.levels import top_of
from ecg_synth.codec.offset import add_offset


def decode_fractional(codec: EcgImageCodec, unit: np.ndarray) -> np.ndarray:
    """Decodes samples that were never put on an image, of any length.

    The codec's table of levels is read between its entries along straight lines, and beyond them along the first and
    the last of these: what an image would cut off stays. Where the codec counts from a slice's minimum, the median of
    each stored lead is put at 0 mV, as decoding an image without its offset does.

    Args:
        codec: A codec of the domain time and the color rgb, its bounds fitted.
        unit: `(n, samples, stored leads)`: levels, counted from -1 for the lowest to 1 for the highest of the type.

    Returns:
        float32 `(n, samples, leads)` in mV.
    """
    # Below the lowest level of a sample the table does not go on, and the adapted range's first interval is no whole.
    levels = np.arange(codec.standardization.a + 1, top_of(codec.bits) + 1)
    found = (unit + 1.0) * (top_of(codec.bits) / 2)
    signal_mv = np.empty((found.shape[2], *found.shape[:2]), np.float32)
    for lead_mv, table, lead in zip(signal_mv, codec.table.astype(np.float64), np.moveaxis(found, 2, 0), strict=True):
        meaning = table[levels]
        below, above = np.minimum(lead - levels[0], 0.0), np.maximum(lead - levels[-1], 0.0)
        lead_mv[:] = np.interp(lead, levels, meaning)
        lead_mv += below * (meaning[1] - meaning[0]) + above * (meaning[-1] - meaning[-2])
    if codec.standardization.keeps_offset:
        add_offset(signal_mv, None, codec.stored_leads)
    if codec.stored_leads != codec.leads:
        signal_mv = np.stack(restore_leads(signal_mv, codec.stored_leads, codec.leads))
    return signal_mv.transpose(1, 2, 0)
