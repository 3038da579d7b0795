"""Arguments of the command line as the values that the Python call takes."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from kreport.errors import KreportError


def histories(files: Sequence[str] | None, runs: Sequence[str] | None) -> Any:
    """Return one path, a list of paths (one training in parts) or a dict of name to path (separate runs).

    Raises:
        KreportError: both were given, or a run has no name or comes twice.
    """
    if files and runs:
        message = "--history and --run were both given; --history is one training, --run NAME=FILE is one of several."
        raise KreportError(message)
    if runs:
        named = [run.partition("=") for run in runs]
        for text, (name, _, file) in zip(runs, named, strict=True):
            if not name or not file:
                message = f"--run is {text!r}; NAME=FILE is accepted, such as fold1=fold1.csv."
                raise KreportError(message)
        names = [name for name, _, _ in named]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            message = f"--run names {twice!r} twice; each run needs its own name."
            raise KreportError(message)
        return {name: Path(file) for name, _, file in named}
    if not files:
        return None
    return Path(files[0]) if len(files) == 1 else [Path(file) for file in files]


def shapes(texts: Sequence[str] | None) -> Any:
    """Return a shape, a list of shapes or a dict of input name to shape.

    Raises:
        KreportError: a size is neither a number nor ``?``, or only some shapes have a name.
    """
    if not texts:
        return None
    named = [text.rpartition("=") for text in texts]
    if any(name for name, _, _ in named):
        if not all(name for name, _, _ in named):
            message = f"--input-shape has names for some inputs only: {', '.join(texts)}."
            raise KreportError(message)
        return {name: _shape(shape) for name, _, shape in named}
    found = [_shape(text) for text in texts]
    return found[0] if len(found) == 1 else found


def _shape(text: str) -> tuple[int | None, ...]:
    sizes = [
        size.strip() for size in text.strip("()[] ").replace("×", ",").replace("x", ",").split(",") if size.strip()
    ]
    if not sizes or not all(size.isdecimal() or size in ("?", "None") for size in sizes):
        message = f"--input-shape is {text!r}; sizes without the batch axis are accepted, such as 224,224,3."
        raise KreportError(message)
    return tuple(None if size in ("?", "None") else int(size) for size in sizes)


def files(paths: Sequence[str] | None) -> Any:
    """Return a path, a tuple of paths (inputs, labels), or None."""
    if not paths:
        return None
    return Path(paths[0]) if len(paths) == 1 else tuple(Path(path) for path in paths)


def class_names(text: str | None) -> list[str]:
    """Return names by class index, from ``a,b`` or from a file with one a line."""
    if not text:
        return []
    path = Path(text)
    lines = path.read_text("utf-8").splitlines() if path.is_file() else text.split(",")
    return [line.strip() for line in lines if line.strip()]


def tasks(texts: Sequence[str] | None) -> dict[str, str] | str | None:
    """Return the kind of task for all outputs, or output → kind from ``OUTPUT=KIND``."""
    if not texts:
        return None
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    named = (text.rpartition("=") for text in texts)
    return {name: kind for name, _, kind in named}


def max_samples(text: str | None) -> int | None:
    """Return how many samples to measure on, None for ``all``.

    Raises:
        KreportError: it is neither a positive number nor ``all``.
    """
    if text is None:
        from kreport.inputs.batches import MAX_SAMPLES

        return MAX_SAMPLES
    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        message = f"--max-samples is {text!r}; a positive number or all is accepted."
        raise KreportError(message)
    return int(text)


def section_ids(texts: Sequence[str] | None) -> list[str] | None:
    """Return the ids from ``a,b`` and repeated options, or ``None``."""
    return [part.strip() for text in texts for part in text.split(",") if part.strip()] if texts else None


def custom_objects(texts: Sequence[str] | None) -> dict[str, object] | None:
    """Return name → object for each ``MODULE:NAME``; a module alone is imported for what it registers.

    Raises:
        KreportError: the module cannot be imported or has no such name.
    """
    from kreport.pipeline import contained

    found: dict[str, object] = {}
    for text in texts or ():
        where, _, name = text.rpartition(":") if ":" in text[2:] else (text, "", "")
        module = contained("custom", _module, where)
        if not isinstance(module, ModuleType):
            message = f"--custom {text!r}: {where!r} cannot be imported ({module.reason})."
            raise KreportError(message)
        if name and not hasattr(module, name):
            message = f"--custom {text!r}: the module has no {name!r}."
            raise KreportError(message)
        if name:
            found[name] = getattr(module, name)
    return found or None


def _module(where: str) -> ModuleType:
    if not where.endswith(".py"):
        if "" not in sys.path:
            sys.path.insert(0, "")  # modules beside the user, as `python -m` finds them
        return importlib.import_module(where)
    spec = importlib.util.spec_from_file_location(Path(where).stem, where)
    if spec is None or spec.loader is None:
        message = f"{where} is no Python file"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
