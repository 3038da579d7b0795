"""The small loss chart of the overview."""

import math
import re

import numpy as np
import pytest

from kreport.analyzers.training import Training
from kreport.charts.spark import WIDTH, loss_spark
from kreport.inputs.history import read_history
from kreport.render.svg import drawn


def spark(source):
    return loss_spark(Training().measure(read_history(source), None))


def test_shows_last_values_and_the_best_epoch():
    chart = spark({"loss": [3.0, 1.0, 0.5], "val_loss": [3.0, 0.75, 1.0]})
    text = str(drawn(chart))
    assert ">train 0.500<" in text
    assert ">val 1<" in text
    assert ">best: epoch 2<" in text
    assert chart.alt == "Loss at the end: train 0.500, val 1; best at epoch 2."


def test_fits_its_place():
    for source in ({"loss": [1.0]}, {"loss": np.random.default_rng(0).random(9999), "val_loss": [1e-12] * 9999}):
        text = str(drawn(spark(source)))
        assert float(re.search(r'\swidth="([\d.]+)"', text)[1]) <= WIDTH
        assert len(text) < 20_000


@pytest.mark.parametrize(
    "source", [{"accuracy": [1.0]}, {"loss": [math.nan]}, {"a": {"loss": [1.0]}, "b": {"loss": [2.0]}}]
)
def test_is_left_out_where_there_is_no_single_loss(source):
    assert spark(source) is None


def test_a_log_scale_is_said():
    assert spark({"loss": [10.0, 0.1]}).subtitle == "Per epoch, log scale"
    assert spark({"loss": [10.0, -0.1]}).subtitle == "Per epoch"
