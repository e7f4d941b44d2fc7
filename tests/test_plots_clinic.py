import numpy as np

from ecg_synth.plots import save_figure
from ecg_synth.plots_clinic import violin_figure


def test_draws_a_panel_a_feature_and_names_the_sets(tmp_path):
    stream = np.random.default_rng(0)
    real = stream.normal(70, 10, (50, 5))
    real[:, 1] = np.nan
    real[:, 2] = 0.0
    real[:46, 3] = np.nan
    figure = violin_figure({"measured": real, "synthetic": real + 5}, [f"feature {n}" for n in range(5)], "title")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == [f"feature {n}" for n in range(5)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["measured", "synthetic"]
    assert shown[1].texts[0].get_text() == "not measured in any slice"
    assert len(shown[0].collections) > len(shown[3].collections)
    save_figure(figure, tmp_path / "a.png")
    save_figure(figure, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
