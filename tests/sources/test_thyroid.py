import numpy as np
import pytest

from ecg_synth.codec import TableImageCodec
from ecg_synth.config import SplitConfig
from ecg_synth.errors import InputError
from ecg_synth.sources.thyroid import CLASS_NAMES, COLUMNS, fingerprint, read_rows, read_thyroid

BINARY = np.array([column.kind == "binary" for column in COLUMNS])
NAMES = [column.name for column in COLUMNS]
ROW = ["0.73", *"001000100000000", "0.0006", "0.015", "0.12", "0.082", "0.146", "3"]
UCI = ",".join(ROW) + ","
KEEL = """@relation thyroid
@attribute Age real[0.01,0.97]
@attribute Sex integer[0,1]
@inputs Age, Sex
@outputs Class
@data
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "t.data").write_bytes(text.encode("latin-1"))
        return read_rows(tmp_path / "t.data")

    return read


class TestFormats:
    @pytest.mark.parametrize(
        "text",
        [
            f"{UCI}\n{UCI}\n",
            f"{UCI}\n{UCI}",
            ", ".join([*NAMES, "Class"]) + f"\r\n\r\n{', '.join(ROW)}\r\n{', '.join(ROW)}\r\n\r\n",
            f"{KEEL}{', '.join(ROW)}\n{', '.join(ROW)}\n",
        ],
        ids=["uci", "no last newline", "plain header, CRLF", "keel"],
    )
    def test_the_same_rows(self, read, text):
        rows = read(text)
        np.testing.assert_array_equal(rows.values, [[float(cell) for cell in ROW[:-1]]] * 2)
        assert rows.labels.tolist() == [2, 2]
        assert rows.labels.dtype == np.int64
        assert rows.index.tolist() == [0, 1]

    def test_kinds(self):
        assert (BINARY.sum(), (~BINARY).sum()) == (15, 6)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ((0, "x"), "Age must be a finite number. Received: Age='x'. Correct the line, or leave it out."),
            ((0, "nan"), "Age must be a finite number. Received: Age='nan'"),
            ((0, "1_0"), "Received: Age='1_0'"),
            ((16, "1e999"), "TSH must be a finite number. Received: TSH='1e999'"),
            ((1, "2"), "Sex must be 0 or 1. Received: Sex='2'"),
            ((1, "?"), "Sex must be 0 or 1. Received: Sex='\\?'"),
            ((21, "4"), "a class must be 1, 2 or 3. Received: Class='4'"),
            ((5, ""), "Sick must be 0 or 1. Received: Sick=''"),
            ((5, "0,0"), "a row has 21 values and a class. Received: 23 values, line='0.73,0,0"),
        ],
    )
    def test_a_malformed_line_is_named(self, read, tmp_path, change, message):
        cells = list(ROW)
        cells[change[0]] = change[1]
        with pytest.raises(InputError, match=message) as caught:
            read(f"{UCI}\n\n{','.join(cells)},\n")
        assert str(caught.value).startswith(f"{tmp_path / 't.data'}, line 3: ")

    def test_a_damaged_byte_is_named(self, read):
        with pytest.raises(InputError, match="line 1: Age must be a finite number. Received: Age='\xff0.73'"):
            read("\xff" + UCI)

    def test_other_columns(self, read):
        with pytest.raises(InputError, match="line 1: column 2 of the Thyroid table must be Sex. Received: name='Sox'"):
            read(f"Age, Sox\n{UCI}\n")
        with pytest.raises(InputError, match="line 3: column 2 of the Thyroid table must be Sex. Received: name='TSH'"):
            read(KEEL.replace("Sex int", "TSH int") + UCI)

    def test_no_row(self, read):
        with pytest.raises(InputError, match="holds no row. Received: 7 lines without data. Fetch the file again."):
            read(KEEL)

    def test_no_file(self, tmp_path):
        with pytest.raises(InputError) as caught:
            read_thyroid(tmp_path)
        assert str(caught.value) == (
            "The folder must hold ann-train.data and ann-test.data (UCI), or thyroid.dat (KEEL). "
            f"Received: source_dir={str(tmp_path)!r}. Fetch them from https://doi.org/10.24432/C5D010."
        )


class TestReal:
    def test_counts(self, thyroid):
        parts = read_thyroid(thyroid)
        assert {name: len(rows) for name, rows in parts.items()} == {"train": 3772, "test": 3428}
        assert {name: np.bincount(rows.labels).tolist() for name, rows in parts.items()} == {
            "train": [93, 191, 3488],
            "test": [73, 177, 3178],
        }

    def test_both_copies_hold_the_same_rows(self, thyroid):
        uci, keel = read_thyroid(thyroid), read_rows(thyroid / "thyroid.dat")

        def multiset(parts):
            return sorted((*row, label) for rows in parts for row, label in zip(rows.values, rows.labels, strict=True))

        assert len(keel) == 7200
        assert np.bincount(keel.labels).tolist() == [166, 368, 6666]
        assert multiset(uci.values()) == multiset([keel])

    @pytest.mark.parametrize("placement", ["blocks", "rows", "center"])
    def test_every_row_decodes(self, thyroid, placement):
        rows = read_rows(thyroid / "thyroid.dat").values
        codec = TableImageCodec(COLUMNS, placement).fit(rows)
        images, saturated = codec.encode(rows)
        again = codec.decode(images)
        assert images.shape == (7200, 7, 7, 1)
        assert not saturated.any()
        np.testing.assert_array_equal(again[:, BINARY], rows[:, BINARY])
        half = np.ptp(rows, axis=0)[~BINARY] / 254 / 2
        assert (np.abs(again - rows)[:, ~BINARY] <= half + 1e-12).all()
        assert codec.null_area(images).all()
        # TSH's 63 true zeros are levels of their own, not NULL.
        tsh = images.reshape(7200, 49)[:, codec.position[NAMES.index("TSH")]]
        assert (rows[:, NAMES.index("TSH")] == 0).sum() == 63
        assert tsh.min() == 1

    def test_keel_alone_is_split_by_class_and_equal_rows_stay_together(self, thyroid, tmp_path):
        (tmp_path / "thyroid.dat").write_bytes((thyroid / "thyroid.dat").read_bytes())
        parts = read_thyroid(tmp_path)
        assert list(parts) == ["train", "validation", "test"]
        assert sum(map(len, parts.values())) == 7200
        assert 0.79 < len(parts["train"]) / 7200 < 0.81
        seen = {name: {row.tobytes() for row in rows.values} for name, rows in parts.items()}
        assert not seen["train"] & seen["test"] | seen["train"] & seen["validation"] | seen["test"] & seen["validation"]
        assert all(set(rows.labels) == {0, 1, 2} for rows in parts.values())
        assert fingerprint(parts) == fingerprint(read_thyroid(tmp_path))
        assert fingerprint(parts) != fingerprint(read_thyroid(tmp_path, SplitConfig(seed=1)))

    def test_uci_is_split_already(self, thyroid):
        with pytest.raises(InputError, match=r"test already. Received: split=SplitConfig\(.*seed=1\). Leave the split"):
            read_thyroid(thyroid, SplitConfig(seed=1))

    def test_class_names(self):
        assert CLASS_NAMES == ("class 1", "class 2", "normal")
