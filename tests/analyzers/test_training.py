"""Training: curves, table and settings of any history; what is missing is said."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest

from kreport.analyzers.training import Training, TrainingCurves
from kreport.document.blocks import Chart, Definitions, Notice, Row, Table
from kreport.document.codec import rounded
from kreport.document.text import plain
from kreport.errors import NotMeasuredError
from kreport.inputs.history import read_history
from kreport.probes.training_config import OptimizerConfig, Part, Schedule, Setting, TrainingConfig
from kreport.render.svg import drawn

FULL = {
    "loss": [2.0, 1.0, 0.5, 0.2],
    "val_loss": [2.1, 1.2, 0.8, 0.9],
    "accuracy": [0.25, 0.5, 0.75, 0.875],
    "val_accuracy": [0.25, 0.5, 0.75, 0.5],
    "learning_rate": [0.1, 0.1, 0.05, 0.05],
    "epoch_time": [5.0, 1.0, 1.0, 1.0],
}
CONFIG = TrainingConfig(
    compiled=True,
    optimizers=(OptimizerConfig(
        class_name="Adam", learning_rate=1e-7, iterations=12,
        settings=(Setting(name="beta_1", value=0.9, default=True), Setting(name="clipnorm", value=None, default=True),
                  Setting(name="use_ema", value=False), Setting(name="ema_momentum", value=0.99)),
    ),),
    losses=(Part(output="", name="categorical_crossentropy"),), metrics=(Part(output="", name="accuracy"),),
    policy="mixed_float16", jit_compile=False, run_eagerly=False, steps_per_execution=8,
)  # fmt: skip


def measure(source, config=None) -> TrainingCurves:
    return rounded(Training().measure(None if source is None else read_history(source), config))


def section(source, config=None):
    return Training().present(measure(source, config))


def blocks(made, kind):
    flat = [inner for block in made.blocks for inner in (block.blocks if isinstance(block, Row) else (block,))]
    return [block for block in flat if isinstance(block, kind)]


def cells(made):
    [table] = blocks(made, Table)
    return [
        [cell if cell is None or isinstance(cell, str) else plain(cell) for cell in row.cells] for row in table.rows
    ]


def test_a_full_history_has_five_charts_in_rows_that_fit():
    made = section(FULL, CONFIG)
    assert made.count == "4 epochs"
    charts = {chart.id: chart for chart in blocks(made, Chart)}
    assert set(charts) == {"training-loss", "training-1", "training-gap", "training-rate", "training-time"}
    assert charts["training-loss"].subtitle == "Categorical crossentropy per epoch, log scale"
    for chart in charts.values():
        width = float(re.search(r'\swidth="([\d.]+)"', str(drawn(chart)))[1])
        assert width <= (440 if chart.id in ("training-loss", "training-1") else 298)


def test_the_table_has_first_best_last_and_gap():
    assert cells(section(FULL)) == [
        ["loss", "lower", "2", "0.200 @4", "0.200", "2.10", "0.800 @3", "0.900", "0.700"],
        ["accuracy", "higher", "25.0\u202f%", "87.5\u202f% @4", "87.5\u202f%",
         "25.0\u202f%", "75.0\u202f% @3", "50.0\u202f%", "\u221237.5\u202fpp"],
    ]  # fmt: skip


def test_settings_show_what_says_something():
    optimizer, compiled = blocks(section(FULL, CONFIG), Definitions)
    assert plain(optimizer.title) == "Optimizer: Adam"
    assert [(plain(k), plain(v)) for k, v in optimizer.items] == [
        ("learning_rate", "1e-7"), ("beta_1", "0.9"), ("steps made", "12"),
    ]  # fmt: skip
    assert {plain(k): plain(v) for k, v in compiled.items} == {
        "loss": "categorical_crossentropy", "metrics": "accuracy", "dtype policy": "mixed_float16",
        "steps run": "as a graph, without XLA, 8 batches a call",
    }  # fmt: skip


def test_a_schedule_is_shown_with_its_arguments():
    schedule = Schedule(class_name="CosineDecay", settings=(Setting(name="decay_steps", value=100),))
    config = TrainingConfig(compiled=True, optimizers=(OptimizerConfig(class_name="SGD", schedule=schedule),))
    optimizer, compiled = blocks(section(None, config), Definitions)
    assert [(plain(k), plain(v)) for k, v in optimizer.items] == [
        ("learning_rate", "CosineDecay"), ("schedule: decay_steps", "100"),
    ]  # fmt: skip
    assert [(plain(k), plain(v)) for k, v in compiled.items] == [("loss", "none given")]


def test_settings_that_were_not_restored_are_called_so():
    stored = TrainingConfig(compiled=True, from_file=True, losses=(Part(output="", name="my_loss"),))
    [compiled] = blocks(section(None, stored), Definitions)
    assert "could not restore" in compiled.note


def test_without_a_history_it_says_how_to_get_the_curves():
    made = section(None, CONFIG)
    [notice] = blocks(made, Notice)
    assert "history=" in plain(notice.text)
    assert plain(made.lede) == "Compiled with Adam and the loss categorical_crossentropy; history= brings the curves."
    assert made.count == ""


def test_without_history_and_settings_there_is_no_section():
    for config in (None, TrainingConfig(compiled=False)):
        with pytest.raises(NotMeasuredError, match="pass history="):
            Training().measure(None, config)


def test_an_empty_history_is_a_notice():
    [notice] = blocks(section({"loss": []}), Notice)
    assert "no epochs" in plain(notice.text)


def test_values_that_are_no_numbers_are_named_below_the_chart():
    made = section({"loss": [2.0, math.nan, 1.0], "val_loss": [2.0, 1.0, math.inf]})
    chart = blocks(made, Chart)[0]
    assert chart.note == "Crosses: NaN or infinite; training loss at epoch 2, validation loss at epoch 3."


def test_a_resumed_training_shows_where_it_went_on():
    made = section([{"loss": [3.0, 2.0]}, {"loss": [1.5, 1.0]}])
    assert blocks(made, Chart)[0].note == "Dotted: another fit began after epoch 2."


def test_a_hundred_metrics_are_all_in_the_table_and_the_first_in_one_chart():
    made = section({f"metric{i}": [float(i), 2.0] for i in range(100)})
    more = next(chart for chart in blocks(made, Chart) if chart.id == "training-more")
    assert plain(more.title) == "8 of 98 other metrics"
    assert more.note == "The table has the other 90 metrics too."
    assert len(cells(made)) == 100
    assert len(blocks(made, Chart)) <= 8


def test_runs_stand_in_one_chart_each_with_a_colour():
    made = section({f"fold {i}": {"val_loss": [1.0, 0.5 + i / 10]} for i in range(3)})
    [chart] = blocks(made, Chart)
    text = str(drawn(chart))
    assert all(f">fold {i}<" in text for i in range(3))
    assert plain(chart.title) == "Loss: best 0.500 to 0.700"
    assert [row[:3] for row in cells(made)] == [["loss", f"fold {i}", "lower"] for i in range(3)]
    assert made.count == "3 runs"


def test_many_runs_are_grey_but_for_the_best():
    made = section({f"run {i}": {"loss": [1.0, 0.5 + i / 10]} for i in range(9)})
    text = str(drawn(blocks(made, Chart)[0]))
    assert ">run 0<" in text
    assert ">run 1<" not in text


def test_notes_of_the_reader_are_shown():
    made = section({"loss": [1.0] * 11, "val_loss": [1.0, 2.0]})
    assert "cannot be told" in blocks(made, Table)[0].note


@pytest.mark.parametrize(
    "source",
    [
        {"loss": [0.5]},
        {"loss": [0.5] * 3, "val_loss": [0.5] * 3},
        {"loss": [math.nan] * 3},
        {"val_loss": [1.0, 2.0]},
        {"lr": [0.1, 0.2]},
        {"lr": [math.nan, math.nan]},
        {"loss": [1e308, -1e308, 5e-324]},
        {"loss": [0.0, 0.0]},
        {"loss": np.linspace(1, 0, 3000), "val_accuracy": np.linspace(0, 1, 3000)},
        {"<b>\x00\n" * 20: [1.0, 2.0], "loss": [2.0, 1.0], "损失": [1.0, 2.0], "a\u202eb": [1.0, 0.5]},
        {"a": {"loss": [1.0]}, "b": {"loss": []}},
    ],
)
def test_unusual_histories_draw(source):
    made = section(source)
    for chart in blocks(made, Chart):
        assert "<svg" in str(drawn(chart))
        assert "\x00" not in plain(chart.title) + chart.alt


def test_needs_no_tensorflow():
    code = "import sys, kreport.analyzers.training, kreport.charts.spark; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
