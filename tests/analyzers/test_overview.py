"""The overview: one screen that is finished with a model alone, and with its training."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.analyzers._overview.task import task  # noqa: E402
from kreport.document.blocks import Block, Definitions, Headline, KeyFigures, Notice, Ribbon, Table  # noqa: E402
from kreport.document.text import plain  # noqa: E402
from tests.models import ZOO, plain_cnn  # noqa: E402

HISTORY = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.0, 1.2, 1.3], "val_accuracy": [0.2, 0.7, 0.6]}


def find(report: kreport.Report, kind: type[Block]) -> list:
    found = []

    def walk(blocks: object) -> None:
        for block in blocks:
            found.extend([block] if isinstance(block, kind) else [])
            walk(getattr(block, "blocks", ()))

    walk(report.sections[0].blocks)
    return found


def test_a_model_alone_says_what_it_is() -> None:
    made = kreport.report(plain_cnn())
    [head] = find(made, Headline)
    assert plain(head.facts).startswith("Image classifier, 5 classes · Sequential · 8 layers · compiled with Adam")
    assert plain(head.verdict).startswith("353 parameters in 8 layers")
    [figures] = find(made, KeyFigures)
    assert [figure.label for figure in figures.figures] == [
        *("Parameters", "Compute", "Size", "Activations", "Depth", "Input"),
    ]
    assert len(find(made, Ribbon)) == len(find(made, Table)) == 1


def test_a_training_leads_with_its_best_epoch() -> None:
    made = kreport.report(plain_cnn(), history=HISTORY)
    assert made.headline.startswith("Best validation accuracy 70.0\u202f% at epoch 2 of 3.")
    [figures] = find(made, KeyFigures)
    assert figures.figures[0].value == 0.7
    assert len(figures.figures) == 6


def test_what_is_missing_names_the_argument_that_brings_it() -> None:
    made = kreport.report(ZOO["open_sizes"].make())
    [missing] = find(made, Definitions)
    assert "input_shape=" in plain(missing.items[-1][1])
    [figures] = find(made, KeyFigures)
    assert [figure.value for figure in figures.figures if figure.label == "Compute"] == [None]


def test_an_empty_model_still_has_a_page() -> None:
    made = kreport.report(keras.Sequential(name="nothing"))
    assert made.headline
    assert find(made, Notice) == []


def test_a_recurrent_layer_counts_as_one() -> None:
    made = kreport.report(ZOO["lstm"].make())
    [largest] = find(made, Table)
    assert plain(largest.rows[0].cells[0].text).startswith("bidirectional")
    [strip] = find(made, Ribbon)
    assert len(strip.bars) == 3


@pytest.mark.parametrize(
    ("shape", "units", "activation", "loss", "told"),
    [
        ((4,), 3, "softmax", "sparse_categorical_crossentropy", "Classifier, 3 classes"),
        ((4,), 3, "softmax", None, "Classifier, 3 classes"),
        ((4,), 1, "sigmoid", "binary_crossentropy", "Binary classifier"),
        ((4,), 6, "sigmoid", "binary_crossentropy", "Multi-label classifier, 6 labels"),
        ((4,), 2, None, "mse", "Regression, 2 targets"),
        ((5, 4), 7, "softmax", "categorical_crossentropy", "Classifier, 7 classes per position"),
        ((4,), 2, None, None, ""),
    ],
)
def test_the_task_is_told_from_loss_and_output(
    shape: tuple[int, ...], units: int, activation: str | None, loss: str | None, told: str
) -> None:
    model = keras.Sequential([keras.Input(shape), keras.layers.Dense(units, activation)])
    if loss:
        model.compile("sgd", loss)
    made = kreport.report(model, skip=["weights"])
    assert task(made.measurements["architecture"], (loss,) if loss else ()) == told


def test_the_best_of_several_runs_names_its_run() -> None:
    made = kreport.report(plain_cnn(), history={"fold <1>": HISTORY, "fold 2": {"loss": [1.0], "val_accuracy": [0.9]}})
    assert "at epoch 1 in fold 2." in made.headline


def test_the_ribbon_of_a_deep_model_ends_at_its_output() -> None:
    made = kreport.report(ZOO["deep_chain"].make(), skip=["weights"])
    [strip] = find(made, Ribbon)
    assert len(strip.bars) == 114
    assert "one layer in 8 and the last" in plain(strip.subtitle)
    assert made.sections[-1].count == "900"


def test_the_largest_layers_have_names_that_fit() -> None:
    long = "a_block_with_a_name_that_is_quite_long_batch_normalization"
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(9, name=long), keras.layers.Dense(2, name="out")])
    made = kreport.report(model)
    [table] = [one for one in find(made, Table) if plain(one.title) == "Largest layers"]
    [first, second] = [row.cells[0].text[0] for row in table.rows]
    assert (first.layer, len(first.text)) == (long, 22)
    assert second.text == "out"
