"""Sentences about curves: what they state holds, and without a statement they are plain nouns."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kreport.analyzers._training.curves import TrainingCurves
from kreport.analyzers._training.measuring import curves_of, headline
from kreport.analyzers._training.sentences import curve_title, gap_title, lede, listed, rate_title, time_title
from kreport.document.text import plain
from kreport.inputs.history import read_history

FALLING = [2.0, 1.0, 0.5, 0.25, 0.2, 0.19]


def measured(source):
    return TrainingCurves(curves=tuple(curves_of(run) for run in read_history(source).runs))


def only(source):
    [run] = measured(source).curves
    return run


def said_of(source):
    return plain(lede(measured(source)))


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        ({"loss": FALLING, "val_loss": [2.0, 1.0, 0.5, 0.51, 0.5, 0.52]},
         "Validation loss is lowest at epoch 3 of 6; the last three epochs gained nothing."),
        ({"loss": FALLING, "val_loss": [2.0, 1.0, 0.5, 0.9, 1.2, 1.5]},
         "Validation loss is lowest at epoch 3 of 6 (0.500) and has risen to 1.50 since."),
        ({"loss": FALLING, "val_loss": FALLING},
         "Validation loss is lowest at epoch 6 of 6, the last; it was still falling."),
        ({"loss": [3.0, 1.0, 1.2, 0.9]}, "Training loss is lowest at epoch 4 of 4, the last."),
        ({"loss": [4.0, 3.0, 2.0], "val_loss": [5.0]}, None),
        ({"loss": [0.5], "val_loss": [0.75]}, "One epoch: validation loss 0.750, training loss 0.500."),
        ({"loss": [0.5, 0.5, 0.5]}, "Training loss stays at 0.500 in all 3 epochs."),
        ({"loss": [math.nan] * 3}, "Training loss is never a number in 3 epochs."),
        ({"loss": [2.0, 1.0, math.nan]},
         "Training loss is lowest at epoch 2 of 3. The training loss is NaN or infinite at epoch 3."),
        ({"oddity": [1.0, 2.0]}, "Training oddity goes from 1 to 2 in 2 epochs."),
        ({"accuracy": [0.1, 0.9, 0.8, 0.5, 0.4]},
         "Training accuracy is highest at epoch 2 of 5 (90.0\u202f%) and has fallen to 40.0\u202f% since."),
        ({"lr": [0.1, 0.2]}, "2 epochs without a metric."),
        ({"loss": []}, "The history holds no epochs."),
    ],
)  # fmt: skip
def test_the_lede_states_what_happened(history, sentence):
    assert sentence is None or said_of(history) == sentence


def test_validation_at_some_epochs_only_is_said_so():
    history = {"loss": [5.0, 4.0, 3.0, 2.5, 2.0, 1.0, 0.9], "val_loss": [3.0, 2.9, 1.0]}
    assert said_of(history) == "Validation loss is lowest at epoch 6 of 7, the last that was validated."


def test_several_runs_are_averaged():
    folds = {
        "one": {"val_loss": [0.9, 0.4]},
        "two": {"val_loss": [0.5, 0.55]},
        "three": {"val_loss": [0.7, 0.36, 0.41]},
    }
    assert said_of(folds) == (
        "3 runs of 2 to 3 epochs: the best validation losses average 0.420, from 0.360 (three, epoch 2) to 0.500."
    )


def test_the_main_score_is_told_beside_the_loss():
    source = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.75], "val_accuracy": [0.5, 0.25]}
    made = measured(source)
    sentence = plain(lede(replace(made, headline=headline(made.curves))))
    assert sentence == (
        "Training loss is lowest at epoch 2 of 2, the last. Validation accuracy is highest at epoch 1: 50.0\u202f%."
    )


def title_of(name, values, val=None):
    columns = {name: values} | ({f"val_{name}": val} if val is not None else {})
    return curve_title(only(columns).metric(name))


@pytest.mark.parametrize(
    ("name", "values", "title"),
    [
        ("loss", [3.0, 1.0, 1.01, 1.01, 1.02], "Loss: flat since epoch 2"),
        ("loss", [3.0, 1.0, 1.5, 2.0, 2.5], "Loss: rising since epoch 2"),
        ("loss", [100.0, 0.01, 0.05, 0.06, 0.05], "Loss"),
        ("loss", [3.0, 1.0, 1.5, 1.0, 1.2], "Loss"),
        ("loss", [5.0, 4.0, 3.0, 2.0, 1.0], "Loss: still falling at epoch 5"),
        ("loss", [1.0, 1.0], "Loss: 1 throughout"),
        ("loss", [1.0, math.nan, 2.0], "Loss: not a number at 1 epoch"),
        ("loss", [1.0], "Loss"),
        ("oddity", [1.0, 5.0, 2.0], "Oddity"),
        ("accuracy", [0.5, 0.75], "Accuracy: 75.0\u202f% in training, at best"),
        ("mae", [1.0, 2.0, 1.5], "MAE"),
        ("auc", [0.5, 0.9, 0.7, 0.6, 0.5], "AUC: falling since epoch 2"),
    ],
)
def test_titles_state_a_result_or_are_the_plain_noun(name, values, title):
    assert title_of(name, values) == title


@pytest.mark.parametrize(
    ("rates", "title"),
    [
        ([0.1, 0.1, 0.05, 0.05, 0.025], "Learning rate: halved at 3 and 5"),
        ([0.1, 0.1, 0.01], "Learning rate: lowered at 3"),
        ([0.1, 0.2], "Learning rate: raised at 2"),
        ([0.1, 0.2, 0.1], "Learning rate: 0.100 to 0.100"),
        ([0.1, 0.09, 0.08, 0.07, 0.06], "Learning rate: 0.100 to 0.0600"),
        ([0.1, 0.1], "Learning rate"),
        ([0.1, math.nan], "Learning rate"),
    ],
)
def test_the_learning_rate_is_told_by_its_changes(rates, title):
    assert rate_title(only({"lr": rates}).learning_rate) == title


def test_gap_and_time_are_told_in_numbers():
    run = only({"loss": [1.0, 1.0], "val_loss": [2.0, 1.25], "time": [4.0, 2.0]})
    assert gap_title(run.metric("loss")) == "Gap: 0.250 at the end"
    assert time_title(run.seconds) == "Time: 3\u202fs an epoch"


def test_lists_end_with_and():
    assert listed(["1"]) == "1"
    assert listed(["1", "2"], more=3) == "1, 2 and 3 more"


def test_random_curves_never_break_a_sentence():
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.choice([0.0, 1.0, math.nan, math.inf, 1e-9, 1e12, -3.0], size=(4, rng.integers(1, 8)))
        source = {"loss": values[0], "val_loss": values[1], "accuracy": values[2], "val_odd": values[3]}
        assert said_of(source).endswith(".")
        assert all(curve_title(metric) for metric in only(source).metrics)
