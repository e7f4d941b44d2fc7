import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.errors import InputError
from ecg_synth.signals import diagnoses, leads, slicing
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.resample import resample

mv = st.floats(-16, 16, width=32)


class TestLeads:
    @pytest.mark.parametrize("name", ["aVR", "AVR", "avr", " Lead aVR "])
    def test_spellings(self, name):
        assert leads.normalize_lead(name) == "avr"

    @given(arrays(np.float64, (2, 30), elements=mv))
    def test_einthoven_and_goldberger(self, limbs):
        six = leads.derive_limb_leads(*limbs)
        assert tuple(six) == leads.LIMB
        np.testing.assert_allclose(six["i"] + six["iii"], six["ii"], atol=1e-12)
        np.testing.assert_allclose(six["avr"] + six["avl"] + six["avf"], 0, atol=1e-12)

    def test_unknown_lead(self):
        with pytest.raises(InputError, match=r"Unknown lead in x. Received: lead='v7'. Valid: 'i', 'v1'"):
            leads.check_leads(["v7"], ["i", "v1"], where="x")


class TestDiagnoses:
    def test_the_549_records_of_ptb(self, ptbdb):
        with open(ptbdb / "record_info.csv", newline="", encoding="utf-8") as stream:
            rows = [row["reason_for_admission"] for row in csv.DictReader(stream)]
        nine = [diagnoses.diagnosis_of(reason) for reason in rows]
        three = [diagnoses.group_of(name) for name in nine]
        assert [nine.count(name) for name in diagnoses.DIAGNOSES] == [368, 20, 17, 16, 7, 6, 4, 31, 80]
        assert [three.count(name) for name in diagnoses.GROUPS] == [368, 101, 80]

    def test_no_diagnosis(self):
        with pytest.raises(InputError) as caught:
            diagnoses.reason_in(["age: 63", "Reason for admission:"], "patient001/s0010_re")
        assert str(caught.value) == (
            "Record patient001/s0010_re states no diagnosis: its header has no comment '# Reason for admission: ...'. "
            "Add the comment, or read the folder as source 'wfdb', which accepts records without a diagnosis."
        )

    def test_unknown_reason(self):
        with pytest.raises(
            InputError, match=r"reason for admission='myocardial infraction'. Did you mean 'myocardial inf"
        ):
            diagnoses.diagnosis_of("myocardial infraction")

    def test_unknown_diagnosis(self):
        with pytest.raises(InputError, match="Unknown diagnosis"):
            diagnoses.group_of("flu")


class TestSlicing:
    @given(st.integers(1, 50), st.integers(1, 400), st.integers(1, 3))
    def test_slices_are_the_record_without_its_tail(self, length, n_samples, n_leads):
        signal = np.arange(n_samples * n_leads, dtype=float).reshape(n_samples, n_leads)
        if length > n_samples:
            with pytest.raises(InputError, match="must not be longer than its record"):
                slicing.cut(signal, length)
            return
        slices = slicing.cut(signal, length)
        n = n_samples // length
        assert slices.signal_mv.shape == (n, length, n_leads)
        np.testing.assert_array_equal(slices.signal_mv.reshape(-1, n_leads), signal[: n * length])
        np.testing.assert_array_equal(slices.slice_index, np.arange(n))

    @given(st.integers(1, 50), st.integers(1, 60), st.integers(1, 300))
    def test_slice_k_begins_at_k_strides(self, length, stride, n_samples):
        signal = np.arange(n_samples, dtype=float)[:, None]
        if length > n_samples:
            return
        slices = slicing.cut(signal, length, stride=stride)
        starts = np.arange(0, n_samples - length + 1, stride)
        np.testing.assert_array_equal(slices.slice_index, np.arange(len(starts)))
        np.testing.assert_array_equal(slices.signal_mv[:, 0, 0], starts)
        np.testing.assert_array_equal(slices.signal_mv[:, -1, 0], starts + length - 1)

    def test_stride_must_be_positive(self):
        with pytest.raises(InputError, match="at least one sample apart. Received: stride=0"):
            slicing.cut(np.zeros((10, 1)), 5, stride=0)

    def test_a_slice_with_nan_is_dropped_and_counted(self):
        signal = np.random.default_rng(0).normal(size=(100, 2))
        signal[25, 1] = np.nan
        slices = slicing.cut(signal, 20)
        assert slices.slice_index.tolist() == [0, 2, 3, 4]
        assert slices.dropped_nan == 1

    def test_flat_and_clipped_slices_are_counted(self):
        signal = np.random.default_rng(0).normal(size=(300, 2))
        signal[:100, 0] = 0.5
        signal[130:160, 1] = 9.0
        slices = slicing.cut(signal, 100)
        assert (slices.flat, slices.clipped, slices.dropped_nan) == (1, 1, 0)

    def test_a_short_rest_at_the_peak_is_no_clipping(self):
        signal = np.random.default_rng(0).normal(size=(100, 1))
        signal[50 : 50 + slicing.CLIP_RUN - 1] = 9.0
        assert slicing.cut(signal, 100).clipped == 0

    def test_message_of_a_slice_longer_than_the_record(self):
        with pytest.raises(InputError) as caught:
            slicing.cut(np.zeros((100, 1)), 2025, "patient001/s0010_re")
        assert str(caught.value) == (
            "A slice must not be longer than its record. Received: length=2025 samples, record patient001/s0010_re "
            "with 100 samples. Choose a shorter length or a longer record."
        )

    def test_all_slices_invalid(self):
        slices = slicing.cut(np.full((100, 1), np.nan), 10)
        assert slices.signal_mv.shape == (0, 10, 1)
        assert slices.dropped_nan == 10


class TestResample:
    @pytest.mark.parametrize(("fs", "target"), [(500, 1000), (1000, 500), (360, 1000), (257, 1000)])
    def test_a_sine_stays_that_sine(self, fs, target):
        seconds = np.arange(10 * fs) / fs
        out = resample(np.sin(2 * np.pi * 7 * seconds)[:, None], fs, target)[:, 0]
        expected = np.sin(2 * np.pi * 7 * np.arange(len(out)) / target)
        inside = slice(target, -target)
        np.testing.assert_allclose(out[inside], expected[inside], atol=2e-3)

    def test_a_constant_stays_constant_to_its_ends(self):
        np.testing.assert_allclose(resample(np.full((500, 1), 1.5), 500, 1000), 1.5, atol=5e-3)

    def test_same_rate_is_the_same_array(self):
        signal = np.zeros((10, 1))
        assert resample(signal, 500, 500) is signal

    def test_nan_never_becomes_a_number(self):
        signal = np.zeros((500, 1))
        signal[250] = np.nan
        out = resample(signal, 500, 1000)
        assert np.isnan(out[500])
        assert np.isnan(out).sum() < 100

    @pytest.mark.parametrize(("fs", "target"), [(0, 1000), (500, -1), (np.nan, 1000)])
    def test_rates_must_be_positive(self, fs, target):
        with pytest.raises(InputError, match="must be positive"):
            resample(np.zeros((10, 1)), fs, target)

    def test_odd_ratios_are_refused(self):
        with pytest.raises(InputError, match="integers up to 1000"):
            resample(np.zeros((10, 1)), 999.983, 1000)


class TestRecord:
    def test_select_keeps_the_order_asked_for(self):
        record = EcgRecord("r", np.arange(6.0).reshape(3, 2), 500.0, ("i", "ii"), "p")
        np.testing.assert_array_equal(record.select(["II", "i"])[0], [1, 0])

    def test_shape_and_rate_are_checked(self):
        with pytest.raises(InputError, match="one column a lead"):
            EcgRecord("r", np.zeros((3, 2)), 500.0, ("i",), "p")
        with pytest.raises(InputError, match="must be positive"):
            EcgRecord("r", np.zeros((3, 1)), 0.0, ("i",), "p")
