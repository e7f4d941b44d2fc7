"""The model that comes with the package: small, described, and drawn from in one command."""

import numpy as np

from ecg_synth.cli.main import main
from ecg_synth.models.pretrained import FOLDER, pretrained_names
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import read_record


def test_models_are_small_and_have_a_card():
    assert "ptbxl-i" in pretrained_names()
    for name in pretrained_names():
        assert sum(path.stat().st_size for path in (FOLDER / name).iterdir()) < 10e6
        card = (FOLDER / name / "README.md").read_text()
        assert all(word in card for word in ("CC BY 4.0", "not audited", "not for clinical use"))


def test_the_demo_draws_from_it_once(tmp_path, capsys, monkeypatch):
    out, drawn, blocks = tmp_path / "demo", [], Sampler.iter_told

    def counted(*given):
        for samples, told in blocks(*given):
            drawn.append(len(samples.images))
            yield samples, told

    monkeypatch.setattr(Sampler, "iter_told", counted)
    assert main(["demo", "--pretrained", "--out", str(out)]) == 0
    assert drawn == [12]
    assert "measured), not yet audited" in capsys.readouterr().out
    names = list_records(out / "synthetic", "synthetic")
    assert len(names) == 10
    records = [read_record(out / "synthetic" / name) for name in names]
    asked = [line for record in records for line in record.comments if line.startswith("Asked for")]
    assert asked == [f"Asked for: heart rate {rate} /min; synthetic" for rate in (*[60] * 6, *[90] * 4)]
    for words in ("Synthetic: yes", "Begun with: the weights of a run of preset flow, trained on ptbxl_ecg_images/"):
        assert all(any(line.startswith(words) for line in record.comments) for record in records)
    # Beats: something of each slice stands far above the rest of it, at the height of a QRS complex.
    heights = [np.ptp(record.p_signal) for record in records]
    assert 0.2 < np.median(heights) < 3.0
    assert (out / "synthetic.png").stat().st_size > 10_000
    # A demo may be made anew over a demo.
    assert (out / "DEMO.txt").is_file()
