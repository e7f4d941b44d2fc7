import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models.scaling import TOP, to_levels, to_unit


@pytest.mark.parametrize("dtype", list(TOP))
def test_every_grey_level_survives_the_round_trip(dtype):
    levels = np.arange(TOP[dtype] + 1, dtype=dtype)
    unit = np.asarray(to_unit(levels))
    assert (unit[0], unit[-1]) == (-1.0, 1.0)
    again = np.asarray(to_levels(unit, dtype))
    assert again.dtype == dtype
    np.testing.assert_array_equal(again, levels)
    np.testing.assert_array_equal(to_levels(np.array([-1.2, 1.2], np.float32), dtype), [0, TOP[dtype]])


def test_refuses_what_has_no_scale():
    with pytest.raises(InputError, match="must be uint8 or uint16. Received: images.dtype='int32'"):
        to_unit(np.zeros(2, np.int32))
