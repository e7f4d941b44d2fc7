"""Tables: distances column by column and between columns, and classifiers that learn from rows."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from ecg_synth.config import FcnClassesConfig, TrainConfig
from ecg_synth.data.prepare_images import prepare_thyroid
from ecg_synth.data.prepared import open_prepared
from ecg_synth.errors import InputError
from ecg_synth.metrics import tables_section as section_module
from ecg_synth.metrics.table_loading import real_table, synthetic_table
from ecg_synth.metrics.tables import (
    TABLE_METRICS,
    TableSet,
    correlation_difference,
    kolmogorov_smirnov_by_column,
    noise_like,
    share_difference_by_column,
    table_metrics,
    wasserstein_by_column,
)
from ecg_synth.metrics.tables_section import tables_section
from ecg_synth.training import train

COLUMNS = ("age", "tsh", "sick", "ill")
BINARY = np.array([False, False, True, True])


def table(seed, count=300, origin="measured", name="rows", **changes):
    stream = np.random.default_rng(seed)
    labels = (stream.random(count) < 0.2).astype(np.int64)
    age = stream.normal(size=count)
    rows = np.stack([age, 2 * labels + 0.5 * stream.normal(size=count) + age, labels, age > 1], axis=1).astype(float)
    given = {"labels": labels, "class_names": ("well", "unwell"), **changes}
    return TableSet(rows, COLUMNS, BINARY, origin=origin, name=name, **given)


class TestByColumn:
    def test_agrees_with_scipy(self):
        one, other = table(0).rows, table(1, 200).rows
        span = np.ptp(other, axis=0)
        for k in range(4):
            assert wasserstein_by_column(one, other)[k] == wasserstein_distance(one[:, k], other[:, k]) / span[k]
            assert kolmogorov_smirnov_by_column(one, other)[k] == ks_2samp(one[:, k], other[:, k]).statistic

    def test_shares_and_correlations_in_closed_form(self):
        rows = np.array([[0, 0.0], [1, 1.0], [0, 2.0], [1, 3.0]])
        np.testing.assert_allclose(share_difference_by_column(rows[:, :1], np.ones((3, 1))), [0.5])
        expected = np.corrcoef(rows.T)
        found = correlation_difference(rows, rows * [1, -1])
        np.testing.assert_allclose(found, expected - np.corrcoef((rows * [1, -1]).T), atol=1e-12)

    def test_a_column_that_is_lost_costs_and_one_that_never_varied_does_not(self):
        real = table(0).rows
        lost = real * [1, 0, 1, 1]
        assert np.abs(correlation_difference(lost, real)).max() > 0.3
        assert correlation_difference(real, lost).shape == (3, 3)


@pytest.mark.parametrize("name", TABLE_METRICS)
def test_a_table_against_itself_is_nothing_and_noise_is_worse_by_degrees(name):
    distance, real = TABLE_METRICS[name][3], table(0, 600)
    assert distance(real.rows, real.rows, BINARY) == pytest.approx(0, abs=1e-12)
    noise = noise_like(real, 600, 1)
    found = []
    for share in (0.1, 0.4, 0.7, 1.0):
        mixed = np.where(np.arange(600)[:, None] < share * 600, noise, table(2, 600).rows)
        found.append(distance(mixed, real.rows, BINARY))
    assert found == sorted(found)
    assert distance(table(2, 600).rows, real.rows, BINARY) == pytest.approx(
        distance(real.rows, table(2, 600).rows, BINARY), rel=0.2
    )


def test_metrics_stand_beside_floor_and_ceiling():
    found = table_metrics(table(0), table(1), table(2, origin="synthetic"), seed=0)
    assert set(found) == set(TABLE_METRICS)
    for entry in found.values():
        assert entry["low"] <= entry["value"] <= entry["high"]
        assert entry["floor"] < entry["ceiling"]
        assert entry["better"] == "lower"
    assert found == table_metrics(table(0), table(1), table(2, origin="synthetic"), seed=0)


class TestSection:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr(section_module, "TREES", 10)
        monkeypatch.setattr(section_module, "SEEDS", 2)

    def test_the_floor_itself_is_as_good_as_it_is(self):
        floor = table(1)
        found = tables_section(table(0), floor, dataclasses.replace(floor, origin="synthetic"))
        use = found.values["use"]
        assert use["TSTR"] == use["TRTR"]
        assert use["TRTR"]["macro_f1"]["mean"] == 1.0
        assert use["chance"]["macro_f1"]["mean"] < 0.7
        assert len(next(iter(found.figures.values())).axes) == 3

    def test_classes_are_known_by_name(self):
        other = table(2)
        swapped = dataclasses.replace(other, labels=1 - other.labels, class_names=("unwell", "well"))
        one, again = (tables_section(table(0), table(1), rows).values["use"] for rows in (other, swapped))
        assert one == again

    def test_rows_without_classes_say_what_to_do(self):
        nothing = table(2, labels=np.full(300, -1), class_names=())
        found = tables_section(table(0), table(1), nothing)
        assert found.values["use"] == {}
        assert "the preset thyroid-classes for one" in found.text[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: table_metrics(table(0), table(1), dataclasses.replace(table(2), columns=(*COLUMNS[:3], "x")), 0),
         "column by column.*differ in ill, x"),
        (lambda: dataclasses.replace(table(0), rows=np.full((300, 4), np.nan)), "Received: age=nan in row 0 of 'rows'"),
        (lambda: dataclasses.replace(table(0), rows=np.zeros((300, 3))), r"Received: rows.shape=\(300, 3\)"),
    ],
)  # fmt: skip
def test_refuses(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.fixture(scope="module")
def prepared(thyroid, tmp_path_factory):
    return prepare_thyroid(thyroid, tmp_path_factory.mktemp("thyroid") / "data")


class TestThyroid:
    def test_a_run_with_classes_gives_rows_of_them_in_the_shares_of_the_real_table(self, prepared, tmp_path):
        model = FcnClassesConfig(hidden=(8,), activation="leaky_relu", output="tanh")
        run = train(TrainConfig(model=model, batch_size=128, epochs=1, balance="under"), prepared.load("train"),
                    tmp_path / "run", progress=False)  # fmt: skip
        real = real_table(prepared, "train")
        found = synthetic_table(run.path, real, 1000, 0)
        assert found.class_names == real.class_names
        shares = [np.bincount(each.labels, minlength=3) / len(each) for each in (found, real)]
        np.testing.assert_allclose(shares[0], shares[1], atol=0.03)

        from ecg_synth.cli.main import main

        out = tmp_path / "rows"
        assert main(["generate", "--run-dir", str(run.path), "--count", "30", "--out", str(out)]) == 0
        again = synthetic_table(out, real, 20, 0)
        assert len(again) == 20
        assert set(again.class_names) == set(real.class_names)
        (out / "synthetic.csv").write_text("origin,Age\nsynthetic,1\n")
        with pytest.raises(InputError, match="must hold numbers in the columns Age, Sex.*Generate it anew"):
            synthetic_table(out, real, 20, 0)

    def test_slices_are_no_table(self, prepared):
        assert open_prepared(prepared.path).name == prepared.name
        with pytest.raises(InputError, match="There is no run"):
            synthetic_table("nowhere", real_table(prepared, "test"), 10, 0)
