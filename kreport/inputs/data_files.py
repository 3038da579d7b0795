"""Data from files: ``.npz``, ``.npy`` pairs, ``.csv`` and ``.parquet`` tables, a folder of images by class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.data_arrays import read_arrays
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Source
from kreport.inputs.data_streams import read_stream
from kreport.inputs.data_tables import read_table

ACCEPTED = ".npz, .npy (inputs, then labels), .csv, .parquet, or a folder with one folder of images a class is accepted"

LABELS = ("y", "labels", "targets", "y_val", "y_test")
INPUTS = ("x", "inputs", "images", "data", "x_val", "x_test")
WEIGHTS = ("sample_weight", "w")
"""Names of arrays in a ``.npz``; arrays named as the model's inputs come first."""


def read_files(data: Any, checks: Checks, *, target: str | None, size: int) -> Source:
    """Return what the files hold. Nothing is unpickled.

    Raises:
        KreportError: there is no such file, or it holds something else.
    """
    paths = [Path(one) for one in (data if isinstance(data, list | tuple) else [data])]
    for path in paths:
        if not path.exists():
            message = f"`{checks.argument}` names {str(path.name)!r}, which does not exist; {ACCEPTED}."
            raise KreportError(message)
    first = paths[0]
    if first.is_dir():
        return _images(first, checks, size)
    suffix = first.suffix.lower()
    if suffix == ".npy":
        arrays = [_loaded(path, checks) for path in paths]
        return read_arrays(tuple(arrays) if len(arrays) > 1 else arrays[0], checks, size=size)
    if suffix == ".npz":
        return read_arrays(_archive(first, checks), checks, size=size)
    if suffix in (".csv", ".parquet"):
        return read_table(_table(first, checks), checks, target=target, size=size)
    message = f"`{checks.argument}` names {first.name!r}; {ACCEPTED}."
    raise KreportError(message)


def _loaded(path: Path, checks: Checks) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, OSError) as error:
        message = f"`{checks.argument}`: {path.name!r} cannot be read ({str(error).splitlines()[0]}); {ACCEPTED}."
        raise KreportError(message) from error


def _archive(path: Path, checks: Checks) -> Any:
    with _loaded(path, checks) as stored:
        names = list(stored.files)
        wanted = [name for name in checks.input_names if name in names]
        try:
            if wanted and len(wanted) == len(checks.input_names):
                x: Any = {name: stored[name] for name in wanted}
            else:
                x = next(stored[name] for name in INPUTS if name in names)
            y = next((stored[name] for name in LABELS if name in names), None)
            weight = next((stored[name] for name in WEIGHTS if name in names), None)
        except StopIteration:
            message = (
                f"`{checks.argument}`: {path.name!r} holds {', '.join(names)}; inputs are looked for as "
                f"{', '.join((*checks.input_names, *INPUTS))}, labels as {', '.join(LABELS)}."
            )
            raise KreportError(message) from None
        except ValueError as error:
            message = f"`{checks.argument}`: {path.name!r} holds Python objects, which are not unpickled; {ACCEPTED}."
            raise KreportError(message) from error
    return (x, y, weight)


def _table(path: Path, checks: Checks) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
    except (ValueError, OSError, ImportError, pd.errors.ParserError) as error:
        message = f"`{checks.argument}`: {path.name!r} is no table that can be read ({str(error).splitlines()[0]})."
        raise KreportError(message) from error


def _images(folder: Path, checks: Checks, size: int) -> Source:
    """Return a folder of images by class, sorted as Keras sorts it: by name as text, ``10`` before ``2``."""
    import keras

    shape = checks.specs[0].shape if len(checks.specs) == 1 else None
    if shape is None or len(shape) != 4 or shape[1] is None or shape[2] is None:
        message = f"`{checks.argument}` is a folder of images, which needs a model with one image input of known size."
        raise KreportError(message)
    loss = str(getattr(checks.model.loss, "name", getattr(checks.model, "loss", ""))).lower()
    one_hot = "categorical" in loss and "sparse" not in loss
    try:
        dataset = keras.utils.image_dataset_from_directory(
            folder, image_size=shape[1:3], shuffle=False, batch_size=size, verbose=False,
            color_mode={1: "grayscale", 4: "rgba"}.get(shape[3] or 3, "rgb"),
            label_mode="categorical" if one_hot else "int",
        )  # fmt: skip
    except ValueError as error:
        message = (
            f"`{checks.argument}`: the folder {folder.name!r} holds no images by class ({str(error).splitlines()[0]})."
        )
        raise KreportError(message) from error
    source = read_stream(dataset, checks, steps=None, size=size)
    return Source(
        kind="folder of images", samples=len(dataset.file_paths), class_names=source.class_names, read=source.read
    )
