"""What Keras raises while it reads a model becomes one sentence: what is wrong and what helps."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.model_files import FoundFile
from kreport.pipeline import without_paths

LOADING_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,  # RecursionError and NotImplementedError too
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file was seen to raise, in Keras, h5py and the ``from_config`` of others."""

GONE = {
    *("CuDNNGRU", "CuDNNLSTM", "Highway", "LocallyConnected1D", "LocallyConnected2D", "MaxoutDense", "Merge"),
    *("SlicingOpLambda", "SyncBatchNormalization", "TFOpLambda", "TensorFlowOpLayer", "ThresholdedReLU"),
    *("TimeDistributedDense", "ConvLSTM2DCell", "DenseFeatures", "ExperimentalBatchNormalization"),
}
"""Layers of Keras 1 and 2 that Keras 3 does not have."""

LIMIT = 160
"""Characters of a foreign message that are quoted."""

_UNKNOWN = re.compile(
    r"Could not (?:locate|find|interpret) (?:the )?(?:class|function|\w+)?\s*(?:identifier: )?'([^']+)'"
    r"|Unknown [\w ]+: ?'([^']+)'"
)
_REGISTERED = re.compile(r"[\w.]+>\w+")
_REFUSED = re.compile(r"(?:Unrecognized keyword arguments|not recognized)[^{]*(\{[^}]*\})")


def short(error: object) -> str:
    """Return the last telling line of a foreign message, without paths, at most 160 characters."""
    text = str(error).partition("Full object config")[0]
    lines = [line.strip() for line in text.rpartition("Exception encountered:")[2].splitlines() if line.strip()]
    lines = lines or [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    line = without_paths(lines[0]).rstrip(".")
    return line if len(line) <= LIMIT else f"{line[: LIMIT - 1]}…"


def refusal(
    found: FoundFile, error: Exception, keras_version: str, *, custom_objects: Mapping[str, object], safe_mode: bool
) -> KreportError:
    """Return the sentence for a file that has the form of a model and that Keras cannot build.

    Args:
        found: what the file holds.
        error: what Keras raised.
        keras_version: of the Keras that was asked.
        custom_objects: what the user brought along.
        safe_mode: as it was asked for.
    """
    text = str(error)
    return KreportError(
        f"`model` {found.path.name!r} "
        + (
            _unsafe(text, safe_mode=safe_mode)
            or _nameless(text)
            or _misfit(text)
            or _unknown(found, text, custom_objects)
            or _old(found, text, keras_version)
            or _damaged(error, text)
            or f"cannot be read by Keras {keras_version}: {short(error)}"
        )
        + "."
    )


def _unsafe(text: str, *, safe_mode: bool) -> str:
    if safe_mode and ("arbitrary code" in text or "safe_mode=False" in text or "unsafe" in text.lower()):
        return (
            "holds Python code (a Lambda layer), which runs when it is loaded; "
            "if you trust the file, pass safe_mode=False (--unsafe)"
        )
    return ""


def _nameless(text: str) -> str:
    if "identifier: {'value'" in text or "'<lambda>'" in text:
        return (
            "uses a Python lambda as an activation, which Keras cannot restore from a file; "
            "give the function a name, or pass the model itself instead of the file"
        )
    return ""


def _misfit(text: str) -> str:
    match = re.search(r"^Layer '.*' expected \d+ variables, but received \d+", text, re.MULTILINE)
    return f"holds weights that do not fit its layers as they are built here: {match[0]}" if match else ""


def _unknown(found: FoundFile, text: str, custom_objects: Mapping[str, object]) -> str:
    match = _UNKNOWN.search(text)
    if not match:
        return ""
    name = next(group for group in match.groups() if group).rpartition(">")[2]
    gone = sorted({entry for entry in _class_names(found.config) if entry in GONE})
    if name in GONE or (gone and name not in _class_names(found.config)):
        return (
            f"uses {name if name in GONE else gone[0]}, a layer of Keras {found.keras_version or '2'} that Keras 3 no "
            "longer has; rebuild the model in Keras 3 and load its weights there"
        )
    module = next((m for m, n in _classes(found.config) if n == name and m), "")
    origin = f" from {module}" if module and module not in ("builtins", "__main__") else ""
    known = sorted(key for key in custom_objects if ">" not in key)
    given = f"; custom_objects= holds {', '.join(known)}" if known else ""
    return f"uses {name!r}{origin}, which is not part of Keras; pass custom_objects={{{name!r}: …}} (--custom){given}"


def _old(found: FoundFile, text: str, keras_version: str) -> str:
    version = found.keras_version
    if version.startswith("3") or not (version or found.suffix == ".h5"):
        return ""
    wrote = f"was written by Keras {version}" if version else "was written by an old Keras"
    refused = _REFUSED.search(text)
    arguments = re.findall(r"'(\w+)':", refused[1]) if refused else []
    what = f"no longer knows {', '.join(arguments)}" if arguments else f"cannot read it: {short(text)}"
    return f"{wrote} and Keras {keras_version} {what}; load it where it was made and save it from Keras 3"


def _damaged(error: Exception, text: str) -> str:
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError) or (
        isinstance(error, OSError) and ("truncated" in text or "signature" in text or "Unable to" in text)
    ):
        return "is damaged: its weights cannot be read; copy or save it again"
    return ""


def _classes(config: object) -> Iterator[tuple[str, str]]:
    # (module, class name) of everything a configuration holds.
    if isinstance(config, Mapping):
        if "class_name" in config:
            inner = config.get("config")
            is_function = config["class_name"] == "function" and isinstance(inner, str)
            yield str(config.get("module") or ""), str(inner if is_function else config["class_name"])
        for value in config.values():
            yield from _classes(value)
    elif isinstance(config, list):
        for value in config:
            yield from _classes(value)


def _class_names(config: Any) -> set[str]:
    return {name for _, name in _classes(config)}


def registered_names(config: object) -> Iterator[str]:
    """Yield every name of the form ``package>Name`` under which a configuration asks for a class or function."""
    if isinstance(config, str) and _REGISTERED.fullmatch(config):
        yield config
    elif isinstance(config, Mapping | list):
        for value in config.values() if isinstance(config, Mapping) else config:
            yield from registered_names(value)
