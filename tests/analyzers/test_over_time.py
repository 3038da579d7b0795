"""What a log tells over the epochs: titles state what the numbers carry, and stay nouns where they do not."""

import numpy as np
import pytest

from kreport.analyzers import _over_time as over_time
from kreport.analyzers._activations import over_time as activations
from kreport.analyzers._gradients import over_time as gradients
from kreport.analyzers._weights import over_time as weights
from kreport.document.blocks import Chart
from kreport.document.text import plain
from kreport.inputs.training_log import Row, Tracked, TrainingLog


def row(layer, name="kernel", kind="kernel", size=4):
    return Row(layer=layer, name=name, kind=kind, size=size)


def log(epochs=10, **parts):
    loss = np.linspace(2, 1, epochs)
    nothing = np.full(epochs, np.nan)
    given = {
        "epochs": np.arange(1, epochs + 1), "fits": (epochs,), "logs": {"loss": loss},
        "absent": {"loss": np.zeros(epochs, bool)}, "learning_rate": nothing, "seconds": nothing,
        "noise_scale": nothing,
        "samples": 128, "finished": True, "total_epochs": epochs,
    }  # fmt: skip
    return TrainingLog(**(given | parts))


def tracked(rows, **values):
    values = {name: np.asarray(v, np.float64) for name, v in values.items()}
    return Tracked(rows=tuple(rows), values=values, total=len(rows))


def ramped(*levels, epochs=10):
    """Return one row a level: a constant, or a course between two."""
    return np.array(
        [np.geomspace(*(level if isinstance(level, tuple) else (level, level)), epochs) for level in levels]
    )


def charts(blocks):
    return [chart for block in blocks for chart in getattr(block, "blocks", [block]) if isinstance(chart, Chart)]


class TestUpdateRatios:
    @pytest.mark.parametrize(
        ("values", "title"),
        [
            pytest.param(ramped(1e-3), "Update ratios: just right throughout", id="right"),
            pytest.param(ramped(0.05), "Update ratios: too large throughout", id="large"),
            pytest.param(
                ramped((0.1, 1e-6), epochs=30), "Update ratios: too large, then just right, then idle", id="all"
            ),
            pytest.param(ramped((1e-6, 1e-3)), "Update ratios: too small, then just right", id="warming up"),
            pytest.param(np.tile([[0.1, 1e-3]], (1, 5)), "Update ratios", id="to and fro"),
            pytest.param(np.full((2, 5), np.nan), "Update ratios", id="not measured"),
        ],
    )
    def test_title(self, values, title):
        assert gradients.update_title(values) == title

    def test_one_odd_epoch_in_many_is_no_phase(self):
        values = ramped(1e-3, epochs=60)
        values[0, 30] = 0.5
        assert gradients.update_title(values) == "Update ratios: just right throughout"

    def test_the_chart_says_how_far_apart_the_looks_are(self):
        one = log(weights=tracked([row("a")], update=ramped(1e-3)), update_batches=16)
        [chart] = charts(gradients.over_time_blocks(one))
        assert "16 batches apart" in plain(chart.note)
        assert "by kernel, under the loss" in plain(chart.subtitle)
        assert plain(chart.ramp.low).startswith("too small, below")


class TestGradients:
    @pytest.mark.parametrize(
        ("course", "title"),
        [
            ((1.0, 1e-3), "x: 1,000 times smaller at the end"),
            ((0.1, 5), "x: 50 times larger at the end"),
            ((1.0, 0.5), "x"),
        ],
    )
    def test_a_great_change_is_said_and_a_small_one_is_not(self, course, title):
        values = ramped(course)
        assert plain(gradients.course_title("x", values, log(), {"bad": values * 0})) == title

    def test_where_numbers_end_is_said_first(self):
        bad = np.zeros((2, 10))
        bad[1, 6:] = 1
        assert gradients.course_title("x", ramped(1, 1), log(), {"bad": bad}) == "x: NaN or infinite from epoch 7"

    def test_norms_are_shown_by_value(self):
        one = log(weights=tracked([row("a", size=100)]), gradients=tracked([row("a", size=100)], norm=ramped(5.0)))
        [chart] = charts(gradients.over_time_blocks(one))
        values = [r["value"] for part in chart.spec["vconcat"] for r in part.get("data", {}).get("values", ())]
        assert values == ["0.500"] * 10

    def test_the_noise_scale_is_told_where_it_was_measured(self):
        noise = np.full(10, np.nan)
        assert gradients.noise_note(log()) == ""
        noise[[0, 9]] = 20, 300
        assert "20 at epoch 1, 300 at epoch 10" in gradients.noise_note(log(noise_scale=noise))


class TestWeights:
    def test_the_one_that_changed_most_is_named(self):
        norm = ramped((1, 1.1), (2, 5))
        one = log(weights=tracked([row("a"), row("b")], norm=norm, bad=norm * 0))
        assert plain(weights.title(one.weights, weights.relative(norm), one)) == (
            "Weights over time: b grew most, to 2.50 times"
        )

    def test_steady_norms_are_called_so(self):
        norm = ramped((1, 1.02), (2, 1.97))
        one = log(weights=tracked([row("a"), row("b")], norm=norm))
        assert weights.title(one.weights, weights.relative(norm), one) == (
            "Weights over time: all norms within 5 % of epoch 1"
        )

    @pytest.mark.parametrize(("end", "said"), [(1.02, "above 1.07"), (1.5, "above 2")])
    def test_small_changes_have_fine_colours(self, end, said):
        norm = ramped((1, end), (2, 1.97))
        [chart] = charts(weights.over_time_blocks(log(weights=tracked([row("a"), row("b")], norm=norm))))
        assert chart.ramp.high == said

    def test_what_was_zero_is_compared_with_its_first_value(self):
        found = weights.relative(np.array([[0.0, 2.0, 3.0], [np.nan, np.nan, np.nan]]))
        np.testing.assert_array_equal(found, [[0.0, 1.0, 1.5], [np.nan] * 3])

    def test_restored_weights_are_told(self):
        norm = ramped((1, 2))
        one = log(weights=tracked([row("a")], norm=norm), restored=7)
        [chart] = charts(weights.over_time_blocks(one))
        assert plain(chart.note) == "At the end the weights were set back to those of epoch 7."

    def test_one_epoch_is_no_course(self):
        one = log(epochs=1, weights=tracked([row("a")], norm=[[1.0]]))
        assert weights.over_time_blocks(one) == []


class TestActivations:
    def test_dead_units_are_shown_where_there_are_any(self):
        std = ramped(1.0, 1.0)
        dead = np.array([[0.0] * 10, [0.0] * 5 + [0.25] * 5])
        one = log(activations=tracked([row("a", "a", "dense"), row("b", "b", "act")], std=std, dead=dead, bad=std * 0))
        spread, units = charts(activations.over_time_blocks(one))
        assert plain(spread.title) == "Activations over time: steady"
        assert plain(units.title) == "Dead units: 25.0\u202f% of b at the end"
        none = log(activations=tracked([row("a", "a", "dense")], std=std[:1], dead=dead[:1]))
        assert len(charts(activations.over_time_blocks(none))) == 1

    def test_the_first_epoch_without_numbers_is_named(self):
        bad = np.zeros((1, 10))
        bad[0, 3:] = 1
        one = log(activations=tracked([row("a", "a", "dense")], std=np.where(bad, np.nan, 1.0), bad=bad))
        assert activations.spread_title(one) == "Activations over time: NaN or infinite from epoch 4"


class TestRows:
    def test_have_short_names_and_longer_ones_where_needed(self):
        rows = [row("enc / dense"), row("dec / dense"), row("lstm"), row("lstm", "recurrent_kernel"), row("out")]
        assert over_time.labels(rows) == ["enc / dense", "dec / dense", "lstm/kernel", "lstm/recurrent", "out"]

    def test_repeated_calls_of_a_layer_are_told_apart(self):
        rows = [row("d", "d", "dense"), row("d", "d@2", "dense")]
        assert len(set(over_time.labels(rows))) == 2

    def test_containers_and_layers_that_hand_on_are_left_out(self):
        rows = [row("block", "block", "other"), row("block / conv", "c", "conv"), row("flat", "flat", "shape")]
        wanted = over_time.inner_most(rows)
        assert [one.layer for one in rows if wanted(one)] == ["block / conv"]

    def test_that_are_left_out_are_counted(self):
        rows = [row(f"layer{i}") for i in range(100)]
        one = log(weights=tracked(rows, norm=ramped(*[(1, 2)] * 100)))
        [chart] = charts(weights.over_time_blocks(weights.kept_log(one)))
        assert "40 of 100 kernels" in plain(chart.subtitle)
