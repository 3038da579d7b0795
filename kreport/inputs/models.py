"""A model, as an object or as a file of Keras, becomes the subject's model; the file is only ever read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from kreport.errors import KreportError
from kreport.inputs.model_files import ACCEPTED, FoundFile, look_at
from kreport.inputs.model_refusals import LOADING_ERRORS, refusal, registered_names
from kreport.inputs.subject import KerasModel, ModelFile
from kreport.inputs.training_config import compile_from

DEEP = 100_000
"""Frames allowed while a file is read: Keras walks a chain of layers by recursion, some nine frames a layer."""


def read_model(
    source: object, *, custom_objects: Mapping[str, object] | None = None, safe_mode: bool = True
) -> KerasModel:
    """Return the model that ``source`` is or names.

    Args:
        source: a ``keras.Model``, or the path of a ``.keras``, ``.h5`` or ``.hdf5`` file; the content decides, not
            the suffix.
        custom_objects: name → class or function, for files that use any.
        safe_mode: ``False`` lets Keras run code that a file brings along.

    Raises:
        KreportError: it is no model; the file is missing, damaged, of another kind, or Keras refuses it.
    """
    _check_custom_objects(custom_objects)
    if isinstance(source, str | os.PathLike):
        found = look_at(Path(os.fspath(source)))
        return _read_file(found, _by_every_name(custom_objects or {}, found), safe_mode=safe_mode)
    return KerasModel(model=_checked(source))


def _check_custom_objects(value: object) -> None:
    if value is None or (isinstance(value, Mapping) and all(isinstance(name, str) for name in value)):
        return
    message = f"`custom_objects` is {type(value).__name__}; a dict of name to class or function is accepted."
    raise KreportError(message)


def _by_every_name(given: Mapping[str, object], found: FoundFile) -> dict[str, object]:
    # Keras looks for "package>Name" only; people know the class as Name.
    asked = {name for part in (found.config, found.training) for name in registered_names(part)}
    aliases = {name: given[name.rpartition(">")[2]] for name in asked if name.rpartition(">")[2] in given}
    return {**aliases, **given}


def _checked(model: object) -> Any:
    owner = type(model).__module__.partition(".")[0]
    name = f"{type(model).__module__}.{type(model).__name__}"
    if isinstance(model, type):
        message = f"`model` is the class {model.__name__!r}; an instance of it is accepted: {model.__name__}(...)."
    elif owner == "tf_keras":
        message = (
            "`model` is a tf_keras model (Keras 2); a model of Keras 3 is accepted: build it with keras, not tf_keras."
        )
    elif isinstance(model, keras_package().Model):
        return model
    elif isinstance(model, keras_package().Layer):
        message = f"`model` is a single layer ({type(model).__name__}); keras.Sequential([layer]) makes it a model."
    elif isinstance(model, list | tuple | dict | set):
        message = f"`model` is a {type(model).__name__} of {len(model)}; one model at a time is accepted, {ACCEPTED}."
    else:
        message = f"`model` is {'None' if model is None else name}; {ACCEPTED} is accepted."
    raise KreportError(message)


def keras_package() -> Any:
    """Return the ``keras`` module.

    Raises:
        KreportError: its backend is not installed.
    """
    try:
        import keras
    except ImportError as error:
        missing = error.name or str(error)
        if missing.partition(".")[0] != "tensorflow":
            message = f"Keras cannot be imported: {error}."
            raise KreportError(message) from None
        message = 'TensorFlow is not installed; pip install "kreport[tensorflow]" brings it.'
        raise KreportError(message) from None
    return keras


def _read_file(found: FoundFile, custom_objects: dict[str, object], *, safe_mode: bool) -> KerasModel:
    keras = keras_package()
    arguments: dict[str, Any] = {"custom_objects": custom_objects, "safe_mode": safe_mode}
    notes = list(found.notes)
    with named_by_content(found) as path, deep_recursion(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is in the notes
        model, failed = _load(keras, found, path, arguments)
        if failed:
            notes += compile_from(model, found.training, failed, **arguments)
    return KerasModel(
        model=model,
        file=ModelFile(
            name=found.path.name,
            size_bytes=found.path.stat().st_size,
            sha256=_sha256(found.path),
            training=json.dumps(found.training) if failed and found.training else "",
            notes=tuple(notes),
        ),
    )


def _load(keras: Any, found: FoundFile, path: Path, arguments: dict[str, Any]) -> tuple[Any, str]:
    # The model and, if it had to be read without its training configuration, why.
    why = found.training_defect
    try:
        if not why:
            return keras.saving.load_model(path, **arguments), ""
    except LOADING_ERRORS as error:
        why = str(error) or type(error).__name__
    try:
        return keras.saving.load_model(path, compile=False, **arguments), why
    except LOADING_ERRORS as error:
        raise refusal(found, error, keras.__version__, **arguments) from error


@contextmanager
def named_by_content(found: FoundFile) -> Iterator[Path]:
    """Yield a path whose suffix fits the content: Keras goes by the suffix alone."""
    fits = found.path.suffix == found.suffix or (found.suffix == ".h5" and found.path.suffix == ".hdf5")
    if fits and not found.rewritten:
        yield found.path
        return
    with tempfile.TemporaryDirectory(prefix="kreport-") as folder:
        alias = Path(folder, f"model{found.suffix}")
        if found.rewritten:
            shutil.copyfile(found.path, alias)
            with h5py.File(alias, "r+") as copy:
                copy.attrs["model_config"] = json.dumps(found.config)
            yield alias
            return
        try:
            alias.symlink_to(found.path.absolute())
        except OSError:  # Windows, without the right to make links
            shutil.copyfile(found.path, alias)
        yield alias


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow chains of thousands of layers, then set the limit back."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
