"""Gradients: figures are those of NumPy on the same arrays, and sentences say what these carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from kreport.analyzers._gradients.losses import sample_losses
from kreport.analyzers._gradients.measuring import ends_in_probabilities, noise_scale, of_weights
from kreport.analyzers._gradients.sentences import (
    backflow_title,
    flow_title,
    lede,
    losses_title,
    noise_text,
    pulls_title,
    updates_text,
)
from kreport.analyzers._gradients.stats import NoiseScale, OutputGradient, OutputPull, VariableGradient
from kreport.analyzers._gradients.views import backflow_chart
from kreport.analyzers.gradients import Gradients, GradientStats
from kreport.document.blocks import Chart, Notice, Row, Stack, Table
from kreport.document.codec import decode, encode
from kreport.document.model import Gap
from kreport.document.text import plain
from kreport.inputs.batches import Batches
from kreport.probes.layer_graph import layer_graph
from kreport.probes.observers.gradients import VariableGradient as Observed
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.observers.sample_losses import HardSample, SampleLosses
from kreport.probes.sweep import Sweep
from kreport.probes.tree import tree_of
from kreport.probes.updates import Update
from kreport.tensors.cumulative import FineCounts

RANDOM = np.random.default_rng(3)
SIZES = np.array([4] * 9 + [2])


class Held:
    """Stands for a live variable."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape = values, values.shape

    def numpy(self) -> np.ndarray:
        return self.values


def observed(gradients: np.ndarray, *, layer: str = "a", name: str = "kernel", **more: Any) -> Observed:
    """Return what the sweep would observe of batch gradients, shape ``(batches, …)``."""
    flat, total, crosses = gradients.reshape(len(gradients), -1), 0.0, []
    for gradient, size in zip(flat, SIZES, strict=True):
        crosses.append(float(np.sum(size * gradient * total)))
        total = total + size * gradient
    mean = np.average(gradients, axis=0, weights=SIZES).astype("float32")
    given = {"connected": True, "optimizer": "", "update": Update(change=0.02, weight=4.0)} | more
    return Observed(
        layer=layer, name=name, variable=Held(np.ones(gradients.shape[1:])), squares=np.square(flat).sum(1),
        crosses=np.array(crosses), sizes=SIZES, read=lambda: mean, **given,
    )  # fmt: skip


def weights(*variables: Observed, **more: Any) -> WeightGradients:
    given = {"losses": np.full(10, 0.5), "samples": int(SIZES.sum())} | more
    return WeightGradients(gradients=variables, sizes=SIZES, **given)


def batches_of(shape: tuple[int, ...], signal: float = 1.0) -> np.ndarray:
    return signal + RANDOM.normal(size=(10, *shape)) / np.sqrt(SIZES).reshape(-1, *[1] * len(shape))


def variable(rms: float, *, layer: str = "a", zeros: float = 0.0, **more: Any) -> VariableGradient:
    given: dict[str, Any] = {
        "name": "kernel", "kind": "dense", "shape": (10, 10), "connected": True, "optimizer": "", "size": 100, "nan": 0,
        "zeros": round(100 * zeros), "norm": 10 * rms, "mean": 0.0, "std": rms, "low": -rms, "high": rms,
        "quantiles": (0.0,) * 7, "histogram": np.array([1, 255, 3], np.uint8), "batches": (rms / 2, rms, 2 * rms),
        "snr": 0.5, "weight": 2.0, "update": 0.002,
    }  # fmt: skip
    return VariableGradient(layer=layer, **(given | more))


def stats(*variables: VariableGradient, **more: Any) -> GradientStats:
    given = {"samples": 512, "batches": 16, "batch_size": 32} | more
    return GradientStats(variables=variables, **given)


class TestFigures:
    def test_of_the_mean_gradient_are_those_of_numpy(self):
        gradients = batches_of((6, 5))
        found = of_weights(weights(observed(gradients)), None).variables[0]
        mean = np.average(gradients, axis=0, weights=SIZES)
        assert found.norm == pytest.approx(np.linalg.norm(mean), rel=1e-6)
        assert found.rms == pytest.approx(np.sqrt(np.mean(mean**2)), rel=1e-6)
        assert (found.mean, found.std) == pytest.approx((mean.mean(), mean.std()), rel=1e-5)
        assert found.quantiles == pytest.approx(np.quantile(mean, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]), rel=1e-5)
        full = np.sqrt(np.square(gradients[:9]).mean((1, 2)))
        assert found.batches == pytest.approx((full.min(), np.median(full), full.max()))
        assert found.update_ratio == pytest.approx(0.005)
        assert found.ratio == pytest.approx(found.norm / 4.0)

    def test_signal_to_noise_is_that_of_a_batch_of_the_usual_size(self):
        found = of_weights(weights(observed(batches_of((40, 50), signal=0.5))), None).variables[0]
        assert found.snr == pytest.approx(0.5 / np.sqrt(1 / 4), rel=0.1)  # per value: signal 0.5, variance 1/4 a batch

    def test_a_layer_has_the_gradients_of_its_variables_together(self):
        kernel, bias = batches_of((6, 5)), batches_of((5,))
        found = of_weights(weights(observed(kernel), observed(bias, name="bias")), None)
        whole = np.concatenate([np.average(part, axis=0, weights=SIZES).ravel() for part in (kernel, bias)])
        assert [one.layer for one in found.layers] == ["a"]
        assert found.layers[0].norm == pytest.approx(np.linalg.norm(whole), rel=1e-5)

    def test_what_is_not_finite_is_counted_and_has_no_norm(self):
        gradients = batches_of((3, 4))
        gradients[2, 0, 0] = np.nan
        found = of_weights(weights(observed(gradients)), None).variables[0]
        assert (found.nan, found.norm, found.snr, found.batches) == (1, None, None, ())

    def test_a_disconnected_variable_has_figures_of_nothing(self):
        cut = replace(observed(batches_of((3, 4))), connected=False, update=None)
        found = of_weights(weights(cut), None).variables[0]
        assert (found.connected, found.norm, found.snr, found.update) == (False, None, None, None)
        assert found.weight == pytest.approx(np.sqrt(12))

    def test_a_recorded_train_step_has_no_loss_and_no_common_noise(self):
        parts = [observed(batches_of((9, 9)), layer=name, optimizer=name) for name in ("g", "d")]
        found = of_weights(weights(*parts, losses=np.full(10, np.nan), recorded=True), None)
        assert (found.loss, found.noise, found.optimizers) == (None, None, ("g", "d"))

    def test_few_batches_give_no_noise_scale(self):
        few = weights(observed(batches_of((9, 9))))
        assert noise_scale(few) is not None
        assert noise_scale(replace(few, sizes=SIZES[:3])) is None


class TestLosses:
    def found(self, losses: np.ndarray, **more: Any) -> SampleLosses:
        counts = FineCounts()
        counts.add(losses.astype("float32"))
        given = {"hardest": (), "classes": True, "bad": 0} | more
        return SampleLosses(
            counts=counts, samples=len(losses) + given["bad"], total=float(losses.sum()), low=float(losses.min()),
            high=float(losses.max()), **given,
        )  # fmt: skip

    @pytest.mark.parametrize("spread", [0.1, 3.0], ids=["even bins", "logarithmic bins"])
    def test_figures_are_those_of_numpy(self, spread):
        losses = np.exp(RANDOM.normal(size=5000) * spread)
        found = sample_losses(self.found(losses), ())
        assert found.logarithmic == (spread > 1)
        assert found.mean == pytest.approx(losses.mean())
        assert found.quantiles[1:6] == pytest.approx(np.quantile(losses, [0.05, 0.25, 0.5, 0.75, 0.95]), rel=0.02)
        assert found.counts.sum() == pytest.approx(5000)
        hardest = np.sort(losses)[-250:]
        assert found.share == pytest.approx(hardest.sum() / losses.sum(), rel=0.03)

    def test_classes_are_named(self):
        hard = HardSample(index=7, loss=2.0, label=1.0, said=0.0, share=0.9)
        found = sample_losses(self.found(np.array([1.0, 2.0]), hardest=(hard,)), ("cat", "dog"))
        assert (found.hardest[0].label, found.hardest[0].said) == ("dog", "cat")

    def test_no_finite_loss_is_nothing(self):
        assert sample_losses(replace(self.found(np.array([1.0])), samples=3, bad=3), ()) is None

    def test_equal_losses_have_a_histogram(self):
        found = sample_losses(self.found(np.full(9, 0.25)), ())
        assert found.counts.sum() == pytest.approx(9)


class TestSentences:
    @pytest.mark.parametrize(
        ("variables", "sentence"),
        [
            ([variable(1.0)], "Gradients reach the only trainable variable."),
            ([variable(1.0), variable(2.0)], "Gradients reach all 2 trainable variables."),
            ([variable(1.0, nan=3)], "Gradients are not finite: a/kernel has 3 such values of 100."),
            ([variable(1.0), variable(1.0, layer="b", connected=False)], "1 variable gets no gradient: b."),
            ([variable(0.0, zeros=1.0)], "1 variable has gradients of exactly 0 everywhere: a."),
            (
                [variable(1.0, zeros=0.6)],
                "Gradients reach every variable, but 60.0\u202f% of those of a are exactly zero.",
            ),
            ([variable(1.0, zeros=0.6, kind="embed")], "Gradients reach the only trainable variable."),
            (
                [variable(10.0**-power) for power in (9, 8, 7, 3, 2, 1)],
                "Gradients vanish towards the input, 1.0e7 times smaller there.",
            ),
            (
                [variable(10.0**power) for power in (6, 5, 4, 1, 0, 0)],
                "Gradients explode towards the input, 5.5e5 times larger there.",
            ),
        ],
    )
    def test_the_lede_says_what_stands_out_first(self, variables, sentence):
        assert plain(lede(stats(*variables))) == sentence

    def test_flow_titles_are_neutral_where_nothing_stands_out(self):
        assert flow_title(stats(variable(1.0))) == "Gradient flow"
        assert flow_title(stats(variable(1.0), variable(2.0, layer="b"))) == "Flow: all kernels within a factor of 2"
        assert flow_title(stats(variable(1.0), variable(90.0, layer="b"))) == "Flow: largest in b, smallest in a"

    @pytest.mark.parametrize(
        ("rms", "words"), [((1e-6, 1.0), "weaker"), ((1e6, 1.0), "stronger"), ((0.5, 1.0), "reaches")]
    )
    def test_backflow_titles(self, rms, words):
        calls = [
            OutputGradient(
                call=str(i), layer=str(i), kind="dense", inner=False, container=False, rms=r, zeros=0.0, bad=0
            )
            for i, r in enumerate(rms)
        ]
        assert words in backflow_title(calls)
        assert backflow_title(calls[:1]) == "Signal that comes back"

    @pytest.mark.parametrize(
        ("value", "low", "high", "words"),
        [
            (3200.0, 2000.0, 5000.0, "far above batches of 32"),
            (32.0, 20.0, 60.0, "makes 50.0\u202f% of the progress of one without noise"),
            (1.0, 0.5, 2.0, "far below batches of 32"),
            (None, 900.0, None, "Noise scale above 900 samples, from 16 batches of 32: far above"),
            (None, 40.0, None, "does not stand out from the noise"),
            (None, None, None, "does not stand out from the noise"),
            (None, None, 2.0, "Noise scale below 2 samples, from 16 batches of 32: far below"),
            (None, None, 20.0, "Noise scale below 20 samples, not to be told closer"),
        ],
    )
    def test_the_noise_scale_says_no_more_than_its_interval(self, value, low, high, words):
        assert words in plain(noise_text(NoiseScale(value=value, low=low, high=high, batch_size=32, batches=16)))

    def test_one_loss_is_named_only_when_it_dominates(self):
        pulls = [OutputPull(name=n, weight=1.0, value=1.0, norm=v) for n, v in (("a", 300.0), ("b", 1.0))]
        assert plain(pulls_title(pulls)) == "a pulls 300 times as hard as b at the weights they share"
        even = [replace(pulls[0], norm=2.0), pulls[1]]
        assert pulls_title(even) == "Losses at the weights they share"

    def test_steps_say_what_they_were_rehearsed_with(self):
        said = plain(updates_text(stats(variable(1.0), update_notes=("the optimizer was never used",))))
        assert "by a median of 0.00100" in said or "by a median of 1.0e-3" in said
        assert said.endswith("first batch; the optimizer was never used.")
        none = replace(variable(1.0), update=None)
        assert updates_text(stats(none, no_update="no optimizer")) == "Next step not measured: no optimizer."
        assert updates_text(stats(none)) == ""

    def test_losses_are_titled_when_few_samples_carry_them(self):
        few = sample_losses(TestLosses().found(np.array([1e-3] * 99 + [9.0])), ())
        assert losses_title(few).startswith("Loss per sample: the hardest 5 % carry")
        assert losses_title(replace(few, share=0.2)) == "Loss per sample"


def batches() -> Batches:
    return Batches(
        source="arrays", samples=38, batch_size=4, labels=True, weights=False, input_names=("x",), read=lambda: iter(())
    )  # fmt: skip


def measured(**parts: Any) -> Any:
    names = ("gradients", "backflow", "losses", "pulls", "attribution", "classes", "hard", "graph", "log")
    results = parts.pop("results", {})
    sweep = Sweep(results=results, samples=38, chosen=38, notes=("it ran eagerly",))
    return Gradients().measure(sweep, batches(), **{name: parts.get(name) for name in names})


class TestSection:
    def test_states_batches_and_mode_and_shows_one_row_a_variable(self):
        found = measured(gradients=weights(observed(batches_of((6, 5))), observed(batches_of((5,)), name="bias")))
        section = Gradients().present(found)
        table = section.blocks[-1]
        assert isinstance(table, Table)
        assert len(table.rows) == 2
        assert "10 batches of 4 samples, training mode" in plain(table.subtitle)
        assert "It ran eagerly." in plain(table.note)
        row = section.blocks[0]
        assert isinstance(row, Row)
        charts = [b for block in row.blocks for b in (block.blocks if isinstance(block, Stack) else [block])]
        assert [c.id for c in charts if isinstance(c, Chart)] == ["gradients-flow"]
        assert len(section.layers["a"]) == 3

    def test_disconnected_and_frozen_variables_stand_in_the_table_as_such(self):
        cut = replace(observed(batches_of((3, 4)), layer="cut"), connected=False, update=None)
        section = Gradients().present(measured(gradients=weights(cut, frozen=(("base", "kernel"),))))
        texts = [plain(row.cells[0].text) for row in section.blocks[-1].rows]
        assert texts == ["cut/kernel none: cut off", "base/kernel frozen"]

    @pytest.mark.parametrize("failed", [True, False])
    def test_without_gradients_the_reason_is_handed_on(self, failed):
        found = measured(results={WeightGradients: Gap("backward pass", "pass labels", failed=failed)})
        assert isinstance(found, Gap)
        assert (found.stage, found.reason, found.failed) == ("gradients", "pass labels", failed)

    def test_what_is_missing_is_said_above_what_there_is(self):
        found = GradientStats(missing=Gap("gradients", "pass labels"))
        section = Gradients().present(found)
        assert isinstance(section.blocks[0], Notice)
        assert section.count == ""

    def test_goes_to_json_and_back_without_loss(self):
        found = measured(gradients=weights(observed(batches_of((6, 5))), frozen=(("b", "bias"),)))
        again = decode(GradientStats, encode(found))
        assert encode(again) == encode(found)
        assert [row["variable"] for row in again.rows()] == ["kernel"]


@pytest.mark.parametrize(("end", "logits"), [("softmax", True), ("sigmoid", True), ("linear", False), ("relu", False)])
def test_logits_are_spoken_of_where_there_are_some(end, logits):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "softmax"), keras.layers.Dense(1, end)])
    graph = layer_graph(tree_of(model), None)
    assert ends_in_probabilities(graph) == logits
    assert ends_in_probabilities(None)
    output = OutputGradient(call="a", layer="a", kind="dense", inner=False, container=False, rms=1.0, zeros=0.0, bad=0)
    chart = backflow_chart(stats(variable(1.0), outputs=(output,), probabilities=ends_in_probabilities(graph)))
    assert ("logits" in plain(chart.note)) == logits
