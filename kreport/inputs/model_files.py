"""What a file is, told by its content: a model of Keras, or one sentence on what it is instead."""

from __future__ import annotations

import difflib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py

from kreport.errors import KreportError

ACCEPTED = "a keras.Model or the path of a .keras, .h5 or .hdf5 file"

ZIP, HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x1f\x8b", "a gzip archive; unpack it first"),
    (257, b"ustar", "a tar archive; unpack it first"),
    (4, b"TFL3", "a TensorFlow Lite model, which has no Keras layers left"),
    (8, b'{"', "a safetensors file, which holds weights only"),
    (0, b"\x93NUMPY", "a NumPy array"),
)
"""Offset, bytes and the name of what begins like that."""

PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """A file that holds a Keras model.

    Attributes:
        path: where it is.
        suffix: what Keras expects such a content to be called.
        config: the model's configuration; training: its compile settings, ``{}`` for none.
        rewritten: whether ``config`` differs from what is in the file, so that Keras must read a copy.
        training_defect: why Keras must not be asked to compile from it, or "".
        keras_version: of the Keras that wrote it, "" when the file does not say.
        notes: what Keras reads differently from what was saved, one sentence each.
    """

    path: Path
    suffix: Literal[".keras", ".h5"]
    config: dict[str, Any]
    training: dict[str, Any]
    rewritten: bool = False
    training_defect: str = ""
    keras_version: str = ""
    notes: tuple[str, ...] = ()


def look_at(path: Path) -> FoundFile:
    """Return what is known of a model file without building anything.

    Raises:
        KreportError: it is missing, damaged, unreadable or something else.
    """
    _check_place(path)
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise _said(path, f"cannot be read: {error.strerror or error}") from None
    if head.startswith(ZIP):
        return _keras_archive(path)
    if head.startswith(HDF5):
        return _hdf5(path)
    raise _said(path, f"is {_kind(head, path)}; {ACCEPTED} is accepted")


def _said(path: Path, what: str) -> KreportError:
    return KreportError(f"`model` {path.name or str(path)!r} {what}{'' if what.endswith('?') else '.'}")


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise _said(path, _folder(path))
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if _listable(path.parent) else []
        close = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.75)
        raise _said(path, f"does not exist{f'; did you mean {close[0]!r}?' if close else ''}")
    if not path.is_file():
        raise _said(path, f"is not a regular file; {ACCEPTED} is accepted")


def _listable(folder: Path) -> bool:
    try:
        return next(folder.iterdir(), None) is not None
    except OSError:
        return False


def _folder(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return (
            "is a SavedModel folder, which holds a graph without Keras layers and is not supported; "
            "save the model as one file with model.save('model.keras')"
        )
    if (path / "config.json").exists():
        return "is an unpacked .keras file; the .keras file itself is accepted"
    return f"is a folder; {ACCEPTED} is accepted"


def _kind(head: bytes, path: Path) -> str:
    if not head:
        return "empty"
    for offset, signature, name in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return name
    if head.startswith(PICKLES):
        return "a pickle, which is not opened because it could run code"
    if path.suffix == ".pb":
        return "one file of a SavedModel, which is not supported"
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    if all(c.isprintable() or c.isspace() for c in text[:-3]) and "\ufffd" not in text[:-3]:  # 512 bytes may cut one
        return _kind_of_text(text)
    return "no file of Keras"


def _kind_of_text(text: str) -> str:
    start = text.lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<svg")):
        return "a web page"
    if start.startswith("version https://git-lfs"):
        return "a Git LFS pointer; fetch the file itself with git lfs pull"
    if start.startswith(("{", "[")):
        return "JSON text, which holds no weights"
    if "," in start.partition("\n")[0] or ";" in start.partition("\n")[0]:
        return "a CSV table; a training log is passed as history= (--history)"
    return "plain text"


def _keras_archive(path: Path) -> FoundFile:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            if "config.json" not in members:
                raise _said(path, f"is {_kind_of_archive(members)}; {ACCEPTED} is accepted")
            if not members & {"model.weights.h5", "model.weights.npz"}:
                raise _said(path, "is a .keras file without weights; save the model again with model.save()")
            config = json.loads(archive.read("config.json"))
            about = json.loads(archive.read("metadata.json")) if "metadata.json" in members else {}
    except zipfile.BadZipFile:
        raise _said(path, "is damaged: the .keras file is cut off or was changed; copy or save it again") from None
    except (ValueError, EOFError, OSError, NotImplementedError, RuntimeError):
        raise _said(path, "is damaged: the configuration in the .keras file cannot be read") from None
    if not isinstance(config, dict):
        raise _said(path, "is damaged: the configuration in the .keras file describes no model")
    training = config.get("compile_config") or {}
    return FoundFile(
        path=path,
        suffix=".keras",
        config=config,
        training=training,
        training_defect=_without_optimizer(training),
        keras_version=str(about.get("keras_version", "")),
    )


def _without_optimizer(training: dict[str, Any]) -> str:
    # After save("x.h5") Keras 3.15 has lost the optimizer of the model, and puts RMSprop in its place on loading.
    if training and "optimizer" not in training and "loss" in training:
        return "the file does not say which optimizer the model was compiled with"
    return ""


def _kind_of_archive(members: set[str]) -> str:
    if any(name.endswith("data.pkl") for name in members):
        return "a PyTorch file"
    if members and all(name.endswith(".npy") for name in members):
        return "a NumPy .npz archive"
    if "[Content_Types].xml" in members:
        return "an Office document"
    inside = sorted(name for name in members if name.endswith((".keras", ".h5", ".hdf5")))
    return f"a zip archive; unpack {inside[0]!r} from it first" if inside else "a zip archive that holds no Keras model"


def _hdf5(path: Path) -> FoundFile:
    try:
        with h5py.File(path, "r") as file:
            texts = {name: _text(file.attrs.get(name)) for name in ("model_config", "training_config", "keras_version")}
            weights_only = "model_config" not in file.attrs and _holds_weights(file)
    except OSError:
        raise _said(path, "is damaged: the HDF5 file is cut off or was changed; copy or save it again") from None
    if weights_only:
        raise _said(
            path,
            "holds weights only, without the model's layers; "
            "build the model in Python, call model.load_weights() on it and pass the model",
        )
    if not texts["model_config"]:
        raise _said(path, f"is an HDF5 file without a Keras model; {ACCEPTED} is accepted")
    try:
        config = json.loads(texts["model_config"])
        training = json.loads(texts["training_config"] or "{}")
    except ValueError:
        raise _said(path, "is damaged: the configuration in the HDF5 file is no JSON") from None
    if not isinstance(config, dict):
        raise _said(path, "is damaged: the configuration in the HDF5 file describes no model")
    rewritten = _with_input_layer(config)
    notes = _changed_meanings(config, texts["keras_version"])
    if rewritten:
        notes.append("The input layer was added from the shape that the file states, which Keras would misread.")
    return FoundFile(
        path=path,
        suffix=".h5",
        config=rewritten or config,
        rewritten=rewritten is not None,
        training=training if isinstance(training, dict) else {},
        keras_version=texts["keras_version"],
        notes=tuple(notes),
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _holds_weights(file: Any) -> bool:
    return "layer_names" in file.attrs or bool({"layers", "_layer_checkpoint_dependencies", "vars"} & set(file))


def _with_input_layer(config: Any) -> dict[str, Any] | None:
    # Without one, Keras 3.15 reads the (None, 2) of a Sequential's first layer as (None, None, 2).
    layers = config.get("config", {}).get("layers") if isinstance(config.get("config"), dict) else None
    if config.get("class_name") != "Sequential" or not layers or layers[0].get("class_name") == "InputLayer":
        return None
    first = layers[0].get("config", {})
    if not first.get("batch_input_shape"):
        return None
    shape = {"batch_shape": first["batch_input_shape"], "dtype": first.get("dtype", "float32"), "name": "input"}
    layer = {"class_name": "InputLayer", "config": shape}
    return {**config, "config": {**config["config"], "layers": [layer, *layers]}}


def _changed_meanings(config: dict[str, Any], version: str) -> list[str]:
    if version.startswith("3"):
        return []
    wrote = f"Keras {version}" if version else "an old Keras"
    if "hard_sigmoid" in json.dumps(config):
        return [f"The file was written by {wrote}, whose hard_sigmoid is steeper than that of Keras 3: outputs differ."]
    return []
