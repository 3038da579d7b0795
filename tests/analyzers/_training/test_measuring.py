"""Curves: paired by split, summarised exactly, thinned only for drawing."""

import json
import math
import time

import numpy as np
import pytest

from kreport.analyzers._training.curves import RunCurves, TrainingCurves
from kreport.analyzers._training.measuring import POINTS, curves_of, headline
from kreport.document.codec import canonical, decode, rounded
from kreport.inputs.history import read_history


def measured(source: object) -> TrainingCurves:
    curves = tuple(curves_of(run) for run in read_history(source).runs)
    return TrainingCurves(curves=curves, headline=headline(curves))


def only(source: object) -> RunCurves:
    [run] = measured(source).curves
    return run


def test_pairs_training_and_validation_and_finds_first_best_last():
    loss = only({"loss": [3.0, 1.0, 2.0], "val_loss": [4.0, 5.0, 3.5]}).metric("loss")
    assert (loss.training.first, loss.training.best, loss.training.best_epoch, loss.training.last) == (3, 1, 2, 2)
    assert (loss.validation.best, loss.validation.best_epoch) == (3.5, 3)
    assert (loss.gap, loss.gap_epoch) == (1.5, 3)


def test_an_unknown_metric_has_no_best():
    odd = only({"loss": [1.0], "oddity": [2.0]}).metric("oddity")
    assert odd.direction == "unknown"
    assert odd.training.best is None


def test_values_that_are_no_numbers_are_counted_and_never_best():
    loss = only({"loss": [3.0, math.nan, -math.inf, 2.0]}).metric("loss").training
    assert (loss.best, loss.best_epoch) == (2.0, 4)
    assert (loss.bad, loss.bad_count) == ((2, 3), 2)


def test_validation_at_some_epochs_stands_at_those_epochs():
    loss = only({"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [3.5, 2.5]}).metric("loss")
    assert loss.validation.epochs.tolist() == [2, 4]
    assert loss.gap == pytest.approx(1.5)


def test_learning_rate_and_time_are_no_metrics():
    run = only({"loss": [1.0, 2.0], "lr": [0.1, 0.01], "epoch_time": [5.0, 4.0]})
    assert [metric.name for metric in run.metrics] == ["loss"]
    assert run.learning_rate.values.tolist() == [0.1, 0.01]
    assert run.seconds.values.tolist() == [5.0, 4.0]


def test_a_running_total_of_time_becomes_times_of_epochs():
    assert only({"loss": [1.0] * 4, "time": [2.0, 3.0, 4.5, 5.5]}).seconds.values.tolist() == [2.0, 1.0, 1.5, 1.0]


def test_the_loss_comes_first_and_losses_of_outputs_last():
    run = only({name: [0.5] for name in ("a_loss", "b_mae", "c_accuracy", "loss")})
    assert [metric.name for metric in run.metrics] == ["loss", "c_accuracy", "b_mae", "a_loss"]


def test_percent_needs_the_name_and_the_values():
    assert only({"accuracy": [0.5]}).metric("accuracy").share
    assert not only({"accuracy": [50.0]}).metric("accuracy").share
    assert not only({"val_auc": [0.5]}).metric("auc").share


class TestHeadline:
    def test_prefers_a_score_on_validation(self):
        best = measured({"loss": [1.0, 0.5], "accuracy": [0.5, 0.9], "val_accuracy": [0.7, 0.6]}).headline
        assert (best.metric, best.split, best.value, best.epoch) == ("accuracy", "validation", 0.7, 1)

    def test_falls_back_to_the_loss(self):
        best = measured({"loss": [1.0, 0.5], "oddity": [1.0, 2.0]}).headline
        assert (best.metric, best.split, best.value, best.direction) == ("loss", "training", 0.5, "lower")

    def test_names_the_run(self):
        best = measured({"a": {"val_loss": [1.0]}, "b": {"val_loss": [0.5]}}).headline
        assert (best.run, best.value) == ("b", 0.5)

    @pytest.mark.parametrize("source", [{"oddity": [1.0]}, {"loss": [math.nan]}, {"loss": []}])
    def test_is_none_where_nothing_is_better(self, source):
        assert measured(source).headline is None


class TestLongHistories:
    def test_are_thinned_but_summarised_exactly(self):
        values = np.random.default_rng(0).random(10_000)
        loss = only({"loss": values}).metric("loss").training
        assert len(loss.values) <= POINTS
        assert (loss.count, loss.best, loss.best_epoch) == (10_000, values.min(), values.argmin() + 1)
        assert only({"loss": values}).thinned

    def test_of_a_million_epochs_take_less_than_a_second(self):
        values = np.random.default_rng(0).random(1_000_000)
        history = read_history({"loss": values, "val_loss": values})
        start = time.process_time()
        curves_of(history.runs[0])
        assert time.process_time() - start < 1

    def test_with_many_metrics_keep_fewer_points_of_each(self):
        run = only({f"metric{i}": np.arange(3000.0) for i in range(100)})
        assert all(len(series.values) <= 500 for _, series in run.series())


def test_gives_one_row_a_run_and_epoch():
    rows = measured({"a": {"loss": [1.0, 2.0]}, "b": {"loss": [3.0], "lr": [0.1]}}).rows()
    assert rows == [
        {"run": "a", "epoch": 1, "loss": 1.0},
        {"run": "a", "epoch": 2, "loss": 2.0},
        {"run": "b", "epoch": 1, "loss": 3.0, "learning_rate": 0.1},
    ]


def test_comes_back_from_json_as_it_was():
    made = rounded(measured({"loss": [1.0, math.nan], "val_loss": [2.0, math.inf], "lr": [0.1, 0.2]}))
    assert canonical(decode(TrainingCurves, json.loads(canonical(made)))) == canonical(made)
