"""Names of metrics as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kreport.analyzers._metric_names import LONGEST, said, titled

ROOT = Path(__file__).parents[2] / "kreport"


@pytest.mark.parametrize(
    ("name", "in_a_sentence", "at_its_beginning"),
    [
        ("accuracy", "accuracy", "Accuracy"),
        ("mae", "MAE", "MAE"),
        ("mse", "MSE", "MSE"),
        ("head_rmse", "head RMSE", "Head RMSE"),
        ("pr_auc", "PR AUC", "PR AUC"),
        ("auc_1", "AUC 1", "AUC 1"),
        ("mean_io_u", "mean IoU", "Mean IoU"),
        ("io_u", "IoU", "IoU"),
        ("miou", "mIoU", "mIoU"),
        ("r2_score", "R² score", "R² score"),
        ("f1_score", "F1 score", "F1 score"),
        ("kl_divergence", "KL divergence", "KL divergence"),
        ("root_mean_squared_error", "root mean squared error", "Root mean squared error"),
        ("sparse_top_k_categorical_accuracy", "sparse top k categorical accuracy", "Sparse top k categorical accuracy"),
        ("MyMetric", "MyMetric", "MyMetric"),
        ("", "", ""),
    ],
)
def test_are_those_that_people_write(name, in_a_sentence, at_its_beginning):
    assert said(name) == in_a_sentence
    assert titled(name) == at_its_beginning


def test_stay_on_one_short_line():
    assert said("my_long\nname\x00") == "my long name "
    assert len(said("x" * 300)) == LONGEST


def test_are_made_in_one_place():
    elsewhere = [
        path.name for path in ROOT.rglob("*.py")
        if 'replace("_", " ")' in path.read_text("utf-8") and path.name != "_metric_names.py"
    ]  # fmt: skip
    assert elsewhere == []
