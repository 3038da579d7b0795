"""What the name of a logged column says: whether lower or higher is better, and whether it is a metric at all."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

Direction = Literal["lower", "higher", "unknown"]

SHARES = frozenset(
    {
        *("accuracy", "acc", "precision", "recall", "sensitivity", "specificity", "tpr", "tnr", "hit_rate"),
        *("categorical_accuracy", "binary_accuracy", "top_k", "top_5", "top5", "top_1", "top1", "hits_at"),
    }
)
"""Higher is better, and written in percent where all values are within 0 and 1."""

HIGHER = SHARES | {
    *("auc", "roc_auc", "pr_auc", "f1", "f2", "f1_score", "f1score", "fbeta", "fbeta_score", "f_score", "f_beta"),
    *("iou", "io_u", "miou", "jaccard", "dice", "dice_coef", "dice_coefficient", "dice_score", "r2", "r2_score"),
    *("kappa", "cohen_kappa", "mcc", "matthews_corrcoef", "psnr", "ssim", "bleu", "rouge", "ndcg", "map", "mrr"),
    *("average_precision", "true_positives", "true_negatives", "cosine_similarity", "concordance", "c_index"),
    *("pearson", "pearson_r", "spearman", "pearson_correlation", "spearman_correlation", "correlation", "reward"),
}
"""Higher is better."""

LOWER = frozenset(
    {
        *("loss", "error", "err", "mse", "mae", "rmse", "mape", "msle", "rmsle", "crossentropy", "hinge"),
        *("cross_entropy", "bce", "cce", "nll", "negative_log_likelihood", "log_loss", "logloss"),
        *("kl_divergence", "kld", "kullback_leibler_divergence", "perplexity", "ppl", "poisson", "logcosh"),
        *("log_cosh", "huber", "false_positives", "false_negatives", "fpr", "fnr", "wer", "cer", "eer", "fid"),
        *("brier", "brier_score", "error_rate", "word_error_rate", "character_error_rate"),
        *("hausdorff", "hausdorff_distance", "crps", "smape", "wape"),
    }
)
"""Lower is better."""

FIRST = (HIGHER | LOWER) - {"loss", "error", "err", "map", "poisson", "correlation", "top_1", "top_5"}
"""These also tell when something follows them: ``f1_macro``, ``auc_roc``, ``mae_head``."""

ADVERSARIES = frozenset({"d", "g", "disc", "gen", "discriminator", "generator", "critic", "adversarial", "adv", "gan"})
"""Losses of players: one rising says nothing about the whole."""

LEARNING_RATES = frozenset({"lr", "learning_rate", "learningrate"})
SECONDS = frozenset(
    {
        *("time", "times", "seconds", "secs", "sec", "duration", "epoch_time", "epoch_seconds", "epoch_duration"),
        *("time_per_epoch", "time_s", "epoch_time_s", "time_sec", "elapsed", "elapsed_time", "total_time"),
        *("cumulative_time", "wall_time", "walltime", "timestamp", "time_stamp", "date"),
    }
)
"""Columns that tell time; rising ones are running totals."""


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the words of a column's name: ``valMeanIoU_2`` → ``val mean io u``."""
    bare = re.sub(r"\[\d+\]$", "", name)
    bare = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare)
    found = [word for word in re.split(r"[^a-z0-9]+", bare.casefold()) if word]
    while len(found) > 1 and found[-1].isdigit() and found[-2] not in ("at", "top"):
        found.pop()
    return tuple(found)


def is_learning_rate(name: str) -> bool:
    """Tell whether a column holds the learning rate."""
    return "_".join(words(name)) in LEARNING_RATES or "_".join(words(name)[-2:]) == "learning_rate"


def is_time(name: str) -> bool:
    """Tell whether a column holds how long epochs took, or when they ended."""
    return "_".join(words(name)) in SECONDS


def direction(name: str) -> Direction:
    """Return what is better for a metric: told by its last words, else by its first, else unknown."""
    found = words(name)
    if found and found[0] == "val":
        found = found[1:]
    if not found or (found[0] in ("neg", "negative") and "_".join(found) not in LOWER):
        return "unknown"
    if "loss" in found and ADVERSARIES & set(found):
        return "unknown"
    known = _known(found)
    return "higher" if known in HIGHER else "lower" if known in LOWER else "unknown"


def may_be_share(name: str) -> bool:
    """Tell whether a metric is one of those written in percent."""
    found = words(name)
    return _known(found[1:] if found and found[0] == "val" else found) in SHARES


def _known(found: tuple[str, ...]) -> str:
    """Return the name of the metric that these words say, or ""."""
    if "at" in found[1:]:  # recall_at_precision, hits_at_5: what stands before is measured
        before = found[: found.index("at", 1)]
        return "hits_at" if before[-1] in ("hit", "hits") else _known(before)
    for start in range(len(found)):
        if (name := "_".join(found[start:])) in HIGHER | LOWER:
            return name
    for end in range(len(found), 0, -1):
        if (name := "_".join(found[:end])) in FIRST:
            return name
    return ""
