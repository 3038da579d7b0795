"""Cost of a prediction: through a whole report, on a small CNN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.document.blocks import Chart, Definitions, KeyFigures, Notice, Row, Table  # noqa: E402

L = keras.layers
X = np.random.default_rng(0).normal(size=(40, 16, 16, 3)).astype("float32")
Y = np.random.default_rng(1).integers(0, 4, 40)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def cnn() -> Any:
    model = keras.Sequential([
        keras.Input((16, 16, 3)), L.Conv2D(8, 3, activation="relu"), L.Conv2D(8, 3), L.BatchNormalization(),
        L.GlobalAveragePooling2D(), L.Dense(4, "softmax"),
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def section(made: Any) -> Any:
    [found] = [one for one in made.sections if one.id == "cost"]
    return found


@pytest.mark.parametrize("samples", [True, False])
def test_a_report_with_data_has_the_section(tmp_path: Path, samples: bool) -> None:
    model = cnn()
    made = kreport.report(model, data=(X, Y), only=["cost"], samples=samples, output=tmp_path / "r.html")
    assert made.subject.unchanged
    assert made.gaps == ()
    assert kreport.load(tmp_path / "r.html") == made
    figures, charts, rest = section(made).blocks
    assert isinstance(figures, KeyFigures)
    assert [figure.label for figure in figures.figures] == [
        "One sample", "Batch of 32", "Samples per second", "Peak memory",
    ]  # fmt: skip
    assert all(isinstance(chart, Chart) for chart in charts.blocks)
    calls = [sum(row["n"] for row in chart.spec["data"]["values"]) for chart in charts.blocks]
    assert calls == [len(batch.seconds) for batch in made.measurements["cost"].batches]
    table, how = rest.blocks
    assert isinstance(table, Table)
    assert isinstance(how, Definitions)
    rows = {row.cells[0].text: row.cells[1] for row in table.rows}
    assert rows == {"Conv2D": 2, "BatchNormalization": 1, "GlobalAveragePooling2D": 1, "Dense": 1}
    assert sum(row.cells[3] for row in table.rows) == pytest.approx(1)


def test_without_data_it_says_what_to_pass() -> None:
    made = kreport.report(cnn(), only=["cost"])
    [gap] = [gap for gap in made.gaps if gap.stage == "cost"]
    assert gap.reason.startswith("pass data=")
    assert not gap.failed
    [notice] = section(made).blocks
    assert isinstance(notice, Notice)


def test_inputs_alone_will_do() -> None:
    assert "cost" in kreport.report(cnn(), inputs=X, only=["cost"]).measurements


def test_it_stands_behind_the_evaluation() -> None:
    ids = [one.id for one in kreport.report(cnn(), only=["cost", "evaluation", "architecture"]).sections]
    assert ids == ["overview", "evaluation", "cost", "architecture"]


def test_no_times_stand_in_a_report_that_can_be_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = (kreport.report(cnn_of(), data=(X, Y), only=["cost"]) for cnn_of in (seeded, seeded))
    assert first == second
    assert "cost" not in first.measurements


def seeded() -> Any:
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()
    return cnn()


def test_layers_that_take_too_long_eagerly_leave_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    monkeypatch.setattr(importlib.import_module("kreport.probes.layer_times"), "MOST_FLOPS", 1)
    made = kreport.report(cnn(), data=(X, Y), only=["cost"])
    _, charts, rest = section(made).blocks
    assert isinstance(charts, Row)
    assert isinstance(rest.blocks[0], Notice)
