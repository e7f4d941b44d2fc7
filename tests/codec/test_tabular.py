import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec import CODECS, PLACEMENTS, Column, EcgImageCodec, TableImageCodec, codec_from_config
from ecg_synth.errors import InputError

COLUMNS = [("age", "continuous"), ("sick", "binary"), ("tsh", "continuous"), ("male", "binary")]
# The order of Thyroid's kinds: Age, 15 binary ones, 5 continuous ones.
THYROID = np.array([False] + [True] * 15 + [False] * 5)


def codec(**changes):
    bounds = {"age": (0.0, 254.0), "tsh": (-1.0, 1.0)}
    return TableImageCodec(**{"columns": COLUMNS, "side": 3, "bounds": bounds, **changes})


class TestPlacements:
    @given(st.sampled_from(sorted(PLACEMENTS)), st.integers(1, 9), st.data())
    def test_every_column_has_a_pixel_of_its_own(self, name, side, data):
        is_binary = np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=side * side)))
        position = PLACEMENTS[name](is_binary, side)
        assert position.shape == is_binary.shape
        assert len(set(position.tolist())) == len(position)
        assert 0 <= position.min() <= position.max() < side * side

    def test_blocks_are_the_papers(self):
        image = np.full(49, ".")
        image[PLACEMENTS["blocks"](THYROID, 7)] = np.where(THYROID, "b", "c")
        assert ["".join(row) for row in image.reshape(7, 7)] == ["ccc....", "ccc...."] + ["bbb...."] * 5

    def test_center_and_rows(self):
        image = np.full(49, ".")
        image[PLACEMENTS["center"](THYROID, 7)] = np.where(THYROID, "b", "c")
        rows = ["".join(row) for row in image.reshape(7, 7)]
        assert rows == [".......", ".bbbbb.", ".bcccb.", ".bcccb.", ".bbbbb.", ".b.....", "......."]
        np.testing.assert_array_equal(PLACEMENTS["rows"](THYROID, 7), np.arange(21))

    def test_unknown(self):
        with pytest.raises(InputError) as caught:
            codec(placement="block")
        assert str(caught.value) == (
            "Unknown placement. Received: placement='block'. Did you mean 'blocks'? Valid: 'blocks', 'center', 'rows'."
        )


class TestLevels:
    def test_equation_2_with_a_1_by_hand(self):
        images, saturated = codec(placement="rows").encode([[0, 0, -1, 1], [254, 1, 1, 0], [100, 0, 0, 0]])
        assert images.shape == (3, 3, 3, 1)
        assert images.dtype == np.uint8
        assert images.reshape(3, 9).tolist() == [
            [1, 1, 1, 255, 0, 0, 0, 0, 0],
            [255, 255, 255, 1, 0, 0, 0, 0, 0],
            [101, 1, 128, 1, 0, 0, 0, 0, 0],
        ]
        assert not saturated.any()

    @given(st.sampled_from(sorted(PLACEMENTS)), st.integers(0, 2**32 - 1))
    def test_round_trip(self, placement, seed):
        rng = np.random.default_rng(seed)
        rows = np.column_stack(
            [rng.normal(50, 20, 40), rng.integers(0, 2, 40), rng.exponential(1, 40), rng.integers(0, 2, 40)]
        )
        fitted = TableImageCodec(COLUMNS, placement, 3).fit(rows)
        images, saturated = fitted.encode(rows)
        again = fitted.decode(images)
        half = np.ptp(rows, axis=0) / 254 / 2
        assert not saturated.any()
        assert (np.abs(again - rows) <= half + 1e-9).all()
        np.testing.assert_array_equal(again[:, [1, 3]], rows[:, [1, 3]])
        assert fitted.null_area(images).all()
        # No data pixel is NULL: a true lowest value is another level.
        assert ((images != 0).sum(axis=(1, 2, 3)) == 4).all()
        np.testing.assert_array_equal(fitted.encode(again).images, images)

    def test_beyond_the_bounds_is_saturated_and_reported(self):
        rows = np.array([[300, 0, 0, 0], [-0.4, 0, 0, 0], [5, 1, -3, 1], [5, 1, 0, 1]])
        images, saturated = codec(placement="rows").encode(rows)
        assert saturated.tolist() == [True, False, True, False]
        assert images.reshape(4, 9)[:, [0, 2]].tolist() == [[255, 128], [1, 128], [6, 1], [6, 128]]

    def test_constant_column(self):
        fitted = codec(bounds=None, placement="rows").fit([[7, 0, 0, 0], [7, 0, 1, 0]])
        images, saturated = fitted.encode([[7, 0, 0, 0], [8, 0, 0, 0], [6, 0, 0, 0]])
        assert saturated.tolist() == [False, True, True]
        assert images[:, 0, 0, 0].tolist() == [1, 255, 1]
        assert fitted.decode(images)[:, 0].tolist() == [7, 7, 7]

    def test_a_generated_image(self):
        image = np.array([0, 127, 255, 128, 9, 0, 0, 0, 0], np.uint8).reshape(1, 3, 3, 1)
        found = codec(placement="rows")
        # Level 0 on a column's pixel is its lowest value; pixels of the NULL area do not count.
        assert found.decode(image).tolist() == [[0, 0, 1, 1]]
        assert found.null_area(image).tolist() == [False]
        image[0, 1, 1, 0] = 0
        assert found.null_area(image).tolist() == [True]

    def test_a_full_image_has_no_null_area(self):
        full = TableImageCodec([("a", "binary")], side=1, bounds={})
        assert full.null_area(full.encode([[0], [1]]).images).tolist() == [True, True]


class TestConfig:
    @pytest.mark.parametrize("placement", sorted(PLACEMENTS))
    def test_round_trips_through_json(self, placement):
        fitted = codec(placement=placement, bounds=None).fit([[0.1, 0, 1 / 3, 1], [0.7, 1, 2, 0]])
        again = codec_from_config(json.loads(json.dumps(fitted.get_config())))
        assert isinstance(again, TableImageCodec)
        assert again.get_config() == fitted.get_config()
        np.testing.assert_array_equal(again.position, fitted.position)

    def test_without_a_family_it_is_an_ecg(self):
        assert codec_from_config(EcgImageCodec().get_config()).get_config() == EcgImageCodec().get_config()
        assert set(CODECS) == {"ecg", "table", "picture"}

    def test_unknown_family(self):
        with pytest.raises(InputError, match="Unknown codec. Received: codec='tables'. Did you mean 'table'"):
            codec_from_config({"codec": "tables"})

    def test_another_config(self):
        with pytest.raises(
            InputError, match=r"codec 'table' cannot be built: TypeError: .* Received: {'codec': 'table'"
        ):
            codec_from_config({"codec": "table", "column": []})

    def test_no_image_at_all(self):
        assert codec().decode(codec().encode(np.zeros((0, 4))).images).shape == (0, 4)

    def test_columns(self):
        assert codec().columns[1] == Column("sick", "binary")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": []}, r"needs at least one column. Received: columns=\(\)."),
        ({"columns": [("a", "binari")]}, "Unknown kind. Received: kind='binari'. Did you mean 'binary'"),
        ({"columns": [("a", "binary")] * 2}, "must have different names. Received: 'a' twice."),
        ({"side": 1}, r"pixel of its own. Received: 4 columns, side=1 \(1 pixels\). Choose a side of at least 2."),
        ({"bounds": {"age": (0, 1)}}, "every continuous column and no other: age, tsh. Received: age."),
        ({"bounds": {"age": (0, 1), "tsh": (1, 0)}}, r"not be above its upper bound.* Received: tsh=\(1, 0\)."),
        ({"bounds": {"age": (0, 1), "tsh": (0, np.inf)}}, r"Received: tsh=\(0, inf\)."),
    ],
)
def test_bad_arguments(changes, message):
    with pytest.raises(InputError, match=message):
        codec(**changes)


def test_bad_rows_and_images():
    with pytest.raises(InputError, match=r"Rows must be \(rows, 4\). Received: shape=\(1, 3\)."):
        codec().encode(np.zeros((1, 3)))
    with pytest.raises(InputError, match="Rows must be numbers, as many in each. Received: could not convert string"):
        codec().encode([[0, 0, 0, "?"]])
    with pytest.raises(InputError, match="must be finite. Received: tsh=nan in row 1. Leave the row out"):
        codec().encode([[0, 0, 0, 0], [0, 0, np.nan, 0]])
    with pytest.raises(InputError, match="0 or 1, for the column is binary. Received: male=0.5 in row 0. Correct the"):
        codec().encode([[0, 0, 0, 0.5]])
    with pytest.raises(InputError, match=r"no bounds yet. Received: bounds=None. Call codec.fit\(rows\) on the train"):
        codec(bounds=None).encode(np.zeros((1, 4)))
    with pytest.raises(InputError, match="on no row at all. Received: 0 rows. Give the training rows."):
        codec().fit(np.zeros((0, 4)))
    with pytest.raises(InputError, match=r"Images must be \(n, 3, 3, 1\). Received: shape=\(1, 3, 3\)."):
        codec().decode(np.zeros((1, 3, 3), np.uint8))
    with pytest.raises(InputError, match="Images must be uint8 grey levels. Received: dtype=float64."):
        codec().null_area(np.zeros((1, 3, 3, 1)))
