"""Activations: NumPy's numbers on the outputs of plain sub-models, every part on its own, no TensorFlow to present."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.analyzers.activations import Activations, ActivationStats  # noqa: E402
from kreport.document.blocks import Chart, Disclosure, Notice, Table  # noqa: E402
from kreport.document.codec import canonical, decode  # noqa: E402
from kreport.document.model import Section  # noqa: E402
from kreport.document.text import plain  # noqa: E402
from tests.models import ZOO  # noqa: E402
from tests.zoo_data import inputs_for  # noqa: E402

L = keras.layers
RANDOM = np.random.default_rng(1)


def measured(model: Any, x: Any, **more: Any) -> tuple[ActivationStats, kreport.Report]:
    made = kreport.report(model, data=x, only=["activations"], **more)
    assert made.subject.unchanged
    return made.measurements["activations"], made


def section(stats: ActivationStats) -> Section:
    return Activations().present(stats)


def blocks(shown: Section, kind: type) -> list[Any]:
    found: list[Any] = []

    def walk(parts: Any) -> None:
        for part in parts:
            if isinstance(part, kind):
                found.append(part)
            walk(getattr(part, "blocks", ()))

    walk(shown.blocks)
    return found


@pytest.fixture(scope="module")
def cnn() -> tuple[Any, Any, ActivationStats, kreport.Report]:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)), L.Conv2D(4, 3, name="conv"), L.BatchNormalization(name="bn"), L.ReLU(name="act"),
            L.Flatten(name="flat"), L.Dense(5, "tanh", name="features"), L.Dense(3, "softmax", name="out"),
        ]
    )  # fmt: skip
    x = RANDOM.normal(size=(40, 6, 6, 2)).astype("float32")
    return model, x, *measured(model, x)


def test_figures_are_those_of_plain_sub_models(cnn: Any) -> None:
    model, x, stats, _ = cnn
    assert [one.call for one in stats.outputs] == ["conv", "bn", "act", "flat", "features", "out"]
    values = x
    for layer, one in zip(model.layers, stats.outputs, strict=True):
        values = layer(values)
        expected = values.numpy().astype("float64")
        np.testing.assert_allclose([one.mean, one.std], [expected.mean(), expected.std()], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose([one.low, one.high], [expected.min(), expected.max()], rtol=1e-4, atol=1e-6)
        assert one.zeros == (expected == 0).sum()
        np.testing.assert_allclose(
            one.quantiles[2:5], np.quantile(expected, (0.25, 0.5, 0.75)), rtol=0.08, atol=0.03
        )  # bins are 1/16 of their value wide


def test_the_table_leaves_out_what_only_leads_into_a_function(cnn: Any) -> None:
    *_, stats, _ = cnn
    [table] = [one for one in blocks(section(stats), Table) if one.search]
    assert [plain(row.cells[0].text) for row in table.rows] == ["act", "features", "out"]
    assert "3 layers that only lead into" in plain(table.note)
    assert "Inference mode, 40 samples" in plain(table.subtitle)


def test_the_explorer_has_every_layer(cnn: Any) -> None:
    *_, stats, _ = cnn
    assert set(section(stats).layers) == {"conv", "bn", "act", "flat", "features", "out"}


def test_every_function_and_the_softmax_have_a_picture(cnn: Any) -> None:
    *_, stats, _ = cnn
    charts = {chart.id for chart in blocks(section(stats), Chart)}
    assert {"activations-function-0", "activations-function-1", "activations-softmax", "activations-depth"} <= charts


def test_inputs_of_batch_normalisation_are_held_against_its_statistics(cnn: Any) -> None:
    model, x, stats, _ = cnn
    [norm] = stats.norms
    into = model.get_layer("conv")(x).numpy().astype("float64")
    ratio = (into.var((0, 1, 2)) + 1e-3) / (1 + 1e-3)
    np.testing.assert_allclose(norm.ratios, np.quantile(ratio, (0.05, 0.5, 0.95)), rtol=1e-4)
    assert norm.channels == 4
    assert any(part.title == "Batch normalisation" for part in blocks(section(stats), Disclosure))


def test_it_goes_to_json_and_back(cnn: Any) -> None:
    *_, stats, _ = cnn
    text = canonical(stats)
    assert canonical(decode(ActivationStats, json.loads(text))) == text


def test_rows_make_a_frame(cnn: Any) -> None:
    *_, made = cnn
    frame = made.activations.set_index("call")
    assert frame.loc["features", "function"] == "tanh"
    assert frame.loc["conv", "function"] == "linear"
    assert frame.loc["act", "flat"] == pytest.approx(frame.loc["act", "zeros"])


def test_a_loaded_report_needs_no_tensorflow(cnn: Any, tmp_path: Path) -> None:
    *_, made = cnn
    made.save(tmp_path / "r.json")
    code = (
        "import sys, kreport; r = kreport.load(sys.argv[1]); assert not {'tensorflow', 'keras'} & set(sys.modules);"
        "print([s.id for s in r.sections if s.blocks])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "r.json")]
    assert "activations" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_not_finite_is_said_to_start_where_it_does() -> None:
    model = keras.Sequential([keras.Input((3,)), *[L.Dense(4, "relu", name=f"d{i}") for i in range(4)]])
    weights = model.get_layer("d2").get_weights()
    weights[0][0, 1] = np.nan
    model.get_layer("d2").set_weights(weights)
    stats, _ = measured(model, RANDOM.normal(size=(20, 3)).astype("float32"))
    assert "not finite from d2 onwards: 20 NaN of 80" in plain(section(stats).lede)
    last = next(use for use in stats.functions if use.call == "d3")
    assert (last.flat, last.mean) == (None, None)


def test_dead_units_are_counted_and_warned_of() -> None:
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, "relu", name="half"), L.Dense(2)])
    kernel, _ = model.layers[0].get_weights()
    model.layers[0].set_weights([np.zeros_like(kernel), np.array([-1, -1, 1, 1], "float32")])
    stats, _ = measured(model, RANDOM.normal(size=(30, 4)).astype("float32"))
    assert (stats.functions[0].dead, stats.functions[0].flat) == (2, 0.5)
    assert "half has 2 dead of 4 units" in plain(section(stats).lede)


def test_gates_of_an_lstm_stand_in_table_and_pictures() -> None:
    model = keras.Sequential([keras.Input((5, 3)), L.LSTM(4, name="lstm"), L.Dense(1)])
    stats, _ = measured(model, RANDOM.normal(size=(20, 5, 3)).astype("float32"))
    assert [use.part for use in stats.functions] == [
        "input gate", "forget gate", "candidate", "output gate", "state",
    ]  # fmt: skip
    shown = section(stats)
    assert {"sigmoid", "tanh"} == {plain(c.title).split(":")[0] for c in blocks(shown, Chart) if "function" in c.id}
    [table] = [one for one in blocks(shown, Table) if one.search]
    assert "run eagerly" in plain(table.note)


def test_a_part_that_fails_costs_that_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from kreport.probes.observers.functions import Functions

    def broken(*_: object) -> None:
        message = "no luck"
        raise ValueError(message)

    monkeypatch.setattr(Functions, "reduce", broken)
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, "relu", name="d")])
    stats, _ = measured(model, RANDOM.normal(size=(20, 3)).astype("float32"))
    assert [one.call for one in stats.outputs] == ["d"]
    [notice] = [one for one in blocks(section(stats), Notice) if one.failed]
    assert plain(notice.title) == "Inputs of activation functions could not be made"
    assert "ValueError: no luck" in plain(notice.text)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ZOO if name not in ("huge_embedding", "deep_chain")])
def test_every_animal_is_measured_and_left_as_it_was(name: str, tmp_path: Path) -> None:
    model, shape = ZOO[name].make(), ZOO[name].input_shape
    x = inputs_for(model, shape)
    if x is None:
        pytest.skip("the model has never seen an input")
    stats, made = measured(model, (x,) if isinstance(x, list | tuple) else x, input_shape=shape)
    assert stats.gaps == ()
    assert made.save(tmp_path / "r.html").gaps == ()


def test_without_data_it_says_what_to_pass() -> None:
    made = kreport.report(keras.Sequential([keras.Input((3,)), L.Dense(2)]), only=["activations"])
    [shown] = [one for one in made.sections if one.id == "activations"]
    [notice] = shown.blocks
    assert not notice.failed
    assert "data=" in plain(notice.text)


def test_ids_of_tokens_are_not_compared_with_what_layers_make_of_them() -> None:
    model = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            L.TextVectorization(vocabulary=["good", "bad", "film"], output_sequence_length=4, name="words"),
            L.Embedding(5, 3, name="embed"), L.GlobalAveragePooling1D(name="pool"), L.Dense(2, "softmax", name="out"),
        ]
    )  # fmt: skip
    stats, _ = measured(model, np.array(["good film", "bad film", "good", "bad bad film"] * 3, dtype=object))
    assert "words" in [one.call for one in stats.outputs if one.main]
    [depth] = [chart for chart in blocks(section(stats), Chart) if chart.id == "activations-depth"]
    assert "words" not in str(depth.spec) + plain(depth.title)
    assert "embed" in str(depth.spec)
    assert "that does not put out ids" in plain(depth.subtitle)


def test_gates_of_both_directions_are_told_apart_however_long_the_layer_is_called() -> None:
    model = keras.Sequential([keras.Input((4, 2)), L.Bidirectional(L.GRU(3), name="reads_in_both_directions")])
    stats, _ = measured(model, RANDOM.normal(size=(8, 4, 2)).astype("float32"))
    pictures = [chart for chart in blocks(section(stats), Chart) if chart.id.startswith("activations-function")]
    drawn = str([chart.spec for chart in pictures])
    for gate in ("forward update gate", "backward update gate", "forward candidate", "backward candidate"):
        assert f" {gate}'" in drawn
    assert "#2" not in drawn
