"""How the name of a metric is written in a sentence, above a chart and beside a figure."""

from __future__ import annotations

LONGEST = 40
"""Characters of a name; longer ones are cut in the middle."""

_CAPITALS = (
    *("mae", "mse", "rmse", "mape", "smape", "msle", "rmsle", "auc", "roc", "pr", "kl", "bce", "cce", "nll", "f1"),
    *("f2", "psnr", "ssim", "fid", "bleu", "ndcg", "mrr", "mcc", "wer", "cer", "tpr", "fpr", "tnr", "fnr", "lr"),
)

WRITTEN = {word: word.upper() for word in _CAPITALS} | {
    "iou": "IoU", "miou": "mIoU", "r2": "R²",
}  # fmt: skip
"""Words that people write in another way than code does."""


def said(name: str) -> str:
    """Return a metric's name in a sentence: on one line, with spaces for underscores: ``mean_io_u`` → ``mean IoU``."""
    text = "".join(c if c.isprintable() else " " for c in name.replace("_", " "))
    words = text.replace("io u", "iou").split(" ") if text.endswith("io u") else text.split(" ")
    text = " ".join(WRITTEN.get(word, word) for word in words)
    return text if len(text) <= LONGEST else f"{text[:24]}…{text[-15:]}"


def titled(name: str) -> str:
    """Return a metric's name at the beginning of a sentence: ``Accuracy``, ``MAE``, ``mIoU``."""
    return capital(said(name))


def capital(text: str) -> str:
    """Return ``text`` with its first letter capital, unless its second one is: ``mIoU`` stays."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]
