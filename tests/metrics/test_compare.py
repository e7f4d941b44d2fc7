import csv
import json

import numpy as np
import pytest

from ecg_synth.cli.main import main
from ecg_synth.errors import InputError
from ecg_synth.metrics.compare import compared, names_of, read_report, summary


def entry(value, better="lower", kind="fidelity", spread=0.1):
    floor, ceiling = (0.0, 1.0) if better == "lower" else (1.0, 0.0)
    low, high = (None, None) if spread is None else (value - spread, value + spread)
    numbers = {"value": value, "low": low, "high": high, "floor": floor, "ceiling": ceiling}
    return {**numbers, "title": f"a {better} one", "kind": kind, "better": better, "unit": "mV", "source": "x"}


def report(folder, name, metrics, sections=None, **facts):
    folder.mkdir()
    real = {"name": "PTB-XL, test", "slices": 176}
    facts = {"candidate": {"name": name}, "reference": real, "judged": 100, "seed": 0, **facts}
    content = {"facts": facts, "metrics": metrics, "sections": sections or {}}
    (folder / "metrics.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def three(tmp_path):
    values = {"a": (0.2, 0.9), "b": (0.25, 0.95), "c": (0.8, 0.2)}
    return [
        report(tmp_path / name, name, {"near": entry(low), "rich": entry(high, "higher", spread=0.01)})
        for name, (low, high) in values.items()
    ]


def test_the_best_is_the_best_in_both_directions(three):
    near, rich = compared([read_report(path) for path in three])
    assert near.marks() == ["*", "=", ""]
    assert rich.marks() == ["", "*", ""]
    np.testing.assert_array_equal(near.ranks(), [1, 2, 3])
    np.testing.assert_array_equal(rich.ranks(), [2, 1, 3])
    np.testing.assert_allclose(rich.positions()[:, 0], [0.1, 0.05, 0.8])


def test_what_is_not_known_is_never_the_best(tmp_path):
    paths = [
        report(tmp_path / "a", "a", {"near": entry(0.5, spread=None)}),
        report(tmp_path / "b", "b", {"near": {**entry(0.1), "value": None}}),
        report(tmp_path / "c", "c", {}),
        report(tmp_path / "d", "d", {"near": entry(0.5)}),
    ]
    (row,) = compared([read_report(path) for path in paths])
    assert row.marks() == ["*", "", "", "*"]
    np.testing.assert_array_equal(row.ranks(), [1.5, np.nan, np.nan, 1.5])
    assert summary([row], "abcd") == ["No metric was measured of all candidates."]


def test_paired_metrics_decide_nothing(tmp_path):
    metrics = {"near": entry(0.2), "copies": entry(0.9, kind="paired")}
    other = {"near": entry(0.6), "copies": entry(0.0, kind="paired")}
    reports = [read_report(report(tmp_path / name, name, m)) for name, m in (("a", metrics), ("b", other))]
    first, second = summary(compared(reports), names_of(reports))
    assert first == "a: mean rank 1.00 of 2; best by 1 of 1 metrics, by 0 more not told apart from the best."
    assert second.startswith("b: mean rank 2.00 of 2; best by 0 of 1")


def test_use_counts_as_metrics(tmp_path):
    def use(mean):
        scores = ("accuracy", "balanced_accuracy", "macro_f1", "macro_auroc")
        of = {name: {"mean": mean, "low": mean - 0.1, "high": mean + 0.1} for name in scores}
        real = {name: {"mean": 0.9} for name in of}
        return {"use": {"TSTR": of, "TRTR": real, "chance": {name: {"mean": 0.5} for name in of}}}

    reports = [read_report(report(tmp_path / name, name, {}, use(mean))) for name, mean in (("a", 0.6), ("b", 0.85))]
    rows = compared(reports)
    assert [row.name for row in rows][-1] == "tstr_macro_auroc"
    assert rows[0].marks() == ["", "*"]
    assert (rows[0].floor, rows[0].ceiling) == (0.9, 0.5)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"judged": 50}, "in the same number and with the same seed. Received: judged=100 in .*judged=50 in"),
        (
            {"reference": {"name": "PTB, test", "slices": 9}},
            "Received: reference=.*PTB-XL, test.*PTB, test",
        ),
        ({"seed": 1}, "seed=0 in .*seed=1 in .*Evaluate both anew with the same settings, --count and --seed among"),
    ],
)
def test_refuses_reports_of_other_slices(tmp_path, facts, message):
    one, other = report(tmp_path / "a", "a", {}), report(tmp_path / "b", "b", {}, **facts)
    with pytest.raises(InputError, match=message):
        compared([read_report(one), read_report(other)])


def test_refuses_what_is_no_report(tmp_path):
    with pytest.raises(InputError, match=r"A report is a folder with metrics.json. Received: .*makes one"):
        read_report(tmp_path)
    (tmp_path / "metrics.json").write_text("[1")
    with pytest.raises(InputError, match="is not what 'ecg-synth evaluate' wrote .*JSONDecodeError"):
        read_report(tmp_path)
    (tmp_path / "metrics.json").write_text('{"facts": {"candidate": "a"}, "metrics": {"x": {}}}')
    with pytest.raises(InputError, match="wrote .KeyError: 'value'"):
        read_report(tmp_path)


def test_through_the_command_line(three, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["compare", *map(str, three), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "0.2 [0.1, 0.3] *" in printed
    assert "b: mean rank 1.50 of 3; best by 1 of 2 metrics, by 1 more not told apart from the best." in printed
    assert sorted(path.name for path in out.iterdir()) == ["compare.csv", "compare.md", "compare.png"]
    with open(out / "compare.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["candidate"], row["mark"]) for row in rows if row["metric"] == "near"] == [
        ("a", "*"),
        ("b", "="),
        ("c", ""),
    ]
    assert main(["compare", *map(str, three), "--out", str(out)]) == 1
    assert "not empty" in capsys.readouterr().err
    assert main(["compare", str(three[0])]) == 1
    assert "A comparison needs at least 2 reports. Received: 1." in capsys.readouterr().err


def test_candidates_of_one_name_are_told_apart(tmp_path):
    reports = [read_report(report(tmp_path / name, "x", {})) for name in "ab"]
    assert names_of(reports) == [f"x [{tmp_path / 'a'}]", f"x [{tmp_path / 'b'}]"]
