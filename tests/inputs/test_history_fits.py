"""Fits are joined by their epochs; names are joined only where Keras has numbered them."""

import numpy as np
import pytest

from kreport.inputs.history_fits import Fit, continued_names, joined
from kreport.inputs.history_numbers import Values


def fit(*epochs, value=0.0, from_one=False):
    column = Values.of(np.full(len(epochs), value))
    return Fit(columns={"loss": column}, rows=len(epochs), epochs=np.array(epochs), from_one=from_one)


@pytest.mark.parametrize(
    ("fits", "epochs", "rows"),
    [
        ([fit(0, 1), fit(0, 1)], [1, 2, 3, 4], (2, 2)),
        ([fit(0, 1), fit(2, 3)], [1, 2, 3, 4], (2, 2)),
        ([fit(1, 2), fit(1, 2)], [1, 2, 3, 4], (2, 2)),
        ([fit(1, 2), fit(3)], [1, 2, 3], (2, 1)),
        ([fit(0, 1, 2), fit(2, 3)], [1, 2, 3, 4], (2, 2)),
        ([fit(1, 2, 3, from_one=True), fit(7, 8, from_one=True)], [1, 2, 3, 7, 8], (3, 2)),
    ],
)
def test_epochs_are_counted_on(fits, epochs, rows):
    found, columns, lengths = joined(fits, [])
    assert (found.tolist(), lengths) == (epochs, rows)
    assert len(columns["loss"].numbers) == len(epochs)


@pytest.mark.parametrize(
    ("names", "renamed"),
    [
        ([["auc"], ["auc_1"]], {"auc_1": "auc"}),
        ([["auc_2"], ["auc"], ["auc_1"]], {"auc_1": "auc", "auc_2": "auc"}),
        ([["auc", "auc_1"], ["auc_2", "auc_3"]], {"auc_2": "auc", "auc_3": "auc_1"}),
        ([["recall_3"], ["recall_5"]], {"recall_5": "recall_3"}),
        ([["sex_auc"], ["sex_auc_1"]], {"sex_auc_1": "sex_auc"}),
        ([["auc", "auc_1"], ["auc", "auc_1"]], {}),
        ([["auc"], ["auc", "auc_1"]], {}),
        ([["hits_at_1"], ["hits_at_5"]], {}),
        ([["loss"], ["loss"]], {}),
    ],
)
def test_numbered_names_continue_each_other_only_across_fits(names, renamed):
    assert {old: new for found in continued_names(names) for old, new in found.items()} == renamed
