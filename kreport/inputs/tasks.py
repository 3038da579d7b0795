"""What an output of a model is asked to do: told from its loss, its shape and its labels, or by the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from kreport.errors import KreportError
from kreport.inputs.expected import OutputSpec, TaskKind

KINDS: tuple[TaskKind, ...] = tuple(kind for kind in get_args(TaskKind) if kind)

LONGEST = 3
"""Axes of an output of numbers up to which each column is a target, at each position; more are made anew."""

CANNOT = "what the output {name!r} is for cannot be told{why}: pass task="


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one output is for.

    Attributes:
        output: its name.
        kind: one of :data:`KINDS`, "" where it cannot be told.
        classes: their number for ``binary`` and ``multi-class``, of labels for ``multi-label``, of targets for
            ``regression``; of values a sample for ``reconstruction``.
        per_position: whether a sample has many answers: one a step, token or pixel.
        ignored: the class label that is left out.
        reason: why the kind cannot be told.
    """

    output: str
    kind: TaskKind
    classes: int = 0
    per_position: bool = False
    ignored: int | None = None
    reason: str = ""

    @property
    def of_classes(self) -> bool:
        """Whether each answer is one class of several."""
        return self.kind in ("binary", "multi-class")

    @property
    def of_shares(self) -> bool:
        """Whether the output is probabilities: of classes, or of labels."""
        return self.of_classes or self.kind == "multi-label"


def with_tasks(outputs: tuple[OutputSpec, ...], task: object) -> tuple[OutputSpec, ...]:
    """Return the outputs with what the user says that they are for: one kind for all, or output → kind.

    Raises:
        KreportError: it is no kind of task, or names no output.
    """
    given: dict[str, Any] = dict(task) if isinstance(task, Mapping) else {"": task} if task else {}
    for name, kind in given.items():
        if kind not in KINDS:
            message = f"`task` is {kind!r}; accepted are {', '.join(map(repr, KINDS))}, or a dict of output to one."
            raise KreportError(message)
        if outputs and name and name not in [output.name for output in outputs]:
            known = ", ".join(repr(output.name) for output in outputs)
            message = f"`task` names the output {name!r}; the model has {known}."
            raise KreportError(message)
    return tuple(replace(output, task=given.get(output.name, given.get("", ""))) for output in outputs)


def task_of(
    spec: OutputSpec, shape: tuple[int | None, ...], *, probabilities: bool, labels: Any, inputs: Any = None
) -> Task:
    """Tell what an output is for.

    Args:
        spec: its name, its loss, and what the user says of it.
        shape: of the output in the pass, with the batch axis.
        probabilities: whether a softmax or sigmoid made it.
        labels: of some samples, as they come.
        inputs: of the same samples, flattened: labels that equal one of them are to be made anew.
    """
    name, width = spec.name, shape[-1] if len(shape) > 1 else 1
    if labels is None:
        return Task(output=name, kind="", reason="labels are not given for it")
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "biuf":
        return Task(output=name, kind="", reason="its labels are not plain numbers")
    if not width or not labels.size:
        return Task(output=name, kind="", reason="it has no values, or their number is not known")
    if not _fits(shape, labels):
        return Task(output=name, kind="", reason="its labels have another shape")
    kind = spec.task or _kind(spec, shape, probabilities=probabilities, labels=labels, inputs=inputs)
    if not kind:
        return Task(output=name, kind="", reason=CANNOT.format(name=name, why=_why(spec)))
    if reason := _misfit(kind, shape, width, labels):
        return Task(output=name, kind="", reason=reason)
    return _with_sizes(Task(output=name, kind=kind, ignored=spec.ignored), shape, width, labels)


def _kind(spec: OutputSpec, shape: Any, *, probabilities: bool, labels: NDArray[Any], inputs: Any) -> TaskKind:
    width, told = shape[-1] if len(shape) > 1 else 1, spec.kind
    values: TaskKind = "regression" if len(shape) <= LONGEST else "reconstruction"
    many: TaskKind = "multi-class" if width > 1 else ""
    whole = labels[0].size == _size(shape)
    known: dict[str, TaskKind] = {"class": many, "one-hot": many, "values": values if whole else ""}
    if whole and told not in ("class", "one-hot") and any(_is_same(labels, one) for one in inputs or ()):
        return "reconstruction"
    if told in known:
        return known[told]
    yes_or_no = bool(np.isin(_finite(labels), (0, 1)).all())
    if told == "binary":
        if not yes_or_no:
            return "reconstruction" if _size(shape) > 1 and whole else ""
        return "binary" if width == 1 else "multi-label" if whole else ""
    return _by_labels(shape, width, labels, probabilities=probabilities, yes_or_no=yes_or_no, values=values)


def _by_labels(
    shape: Any, width: int, labels: NDArray[Any], *, probabilities: bool, yes_or_no: bool, values: TaskKind
) -> TaskKind:  # fmt: skip
    """Tell by output and labels alone, where both say the same."""
    each, whole = labels[0].size, bool((np.round(_finite(labels)) == _finite(labels)).all())
    if not probabilities:
        return values if not whole and each == _size(shape) else ""
    if width == 1:
        return "binary" if yes_or_no else ""
    if whole and each * width == _size(shape):
        return "multi-class"
    if yes_or_no and each == _size(shape):
        return "multi-class" if bool((labels.sum(-1) == 1).all()) else "multi-label"
    return ""


def _fits(shape: Any, labels: NDArray[Any]) -> bool:
    """Tell whether there is a label for each answer, or for each of its columns."""
    each, width = _size(shape), shape[-1] if len(shape) > 1 else 1
    return labels[0].size in (each, each // width)


def _misfit(kind: TaskKind, shape: Any, width: int, labels: NDArray[Any]) -> str:
    """Return why a kind, which the user may have named, does not go with output and labels; "" where it does."""
    if kind == "binary" and width > 2:
        return f"it has {width:,} columns, which are too many for task='binary'"
    if kind == "multi-class" and width == 1:
        return "it has one column, which is too few for task='multi-class'"
    if kind not in ("binary", "multi-class") and labels[0].size != _size(shape):
        return f"its labels have another shape, which does not go with task={kind!r}"
    return ""


def _with_sizes(task: Task, shape: Any, width: int, labels: NDArray[Any]) -> Task:
    if task.kind == "reconstruction":
        return replace(task, classes=int(labels[0].size))
    return replace(task, classes=2 if task.kind == "binary" else width, per_position=len(shape) > 2)


def _why(spec: OutputSpec) -> str:
    return f" from its loss {spec.loss!r}" if spec.loss else ", as it has no loss that tells"


def _is_same(labels: NDArray[Any], x: Any) -> bool:
    """Tell whether labels are an input once more; a single column may be so by chance."""
    if not isinstance(x, np.ndarray) or labels.shape != x.shape or labels[0].size < 2:
        return False
    return bool(np.array_equal(labels, x))


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values


def _size(shape: tuple[int | None, ...]) -> int:
    return int(np.prod([1 if size is None else size for size in shape[1:]], dtype=np.int64))
