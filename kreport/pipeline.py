"""Stages by type: a stage's parameters are what it needs, its return type is what it gives."""

from __future__ import annotations

import inspect
import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import PurePath
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from kreport.document.model import Gap
from kreport.errors import KreportError, NotMeasuredError

T = TypeVar("T")

_STRICT: ContextVar[bool] = ContextVar("strict", default=False)


@dataclass(frozen=True)
class Gaps:
    """Everything that is missing from a report, for the sections that say so."""

    gaps: tuple[Gap, ...]


class Facts:
    """Every value of a run, by type: each is made once, on demand, and a failure is a value too."""

    def __init__(
        self,
        given: Mapping[type, object],
        makers: Mapping[type, Callable[..., object]],
        *,
        strict: bool = False,
    ) -> None:
        """Start with the ``given`` values; ``makers`` say how the others come to be.

        Args:
            given: type to value; a :class:`Gap` says why a value is not there.
            makers: type to the function that makes it from the types its annotations name.
            strict: raise what a stage raises instead of turning it into a gap, and what parts of it raise likewise.
        """
        self.seconds: dict[str, float] = {}
        self._values: dict[type, object] = dict(given)
        self._makers = makers
        self._strict = strict
        self._in_progress: list[type] = []

    def get(self, wanted: type[T]) -> T | Gap:
        """Return the value of this type, made now if need be, or the gap in its place."""
        if wanted not in self._values:
            self._values[wanted] = self._make(wanted)
        return self._values[wanted]  # type: ignore[return-value]

    def _make(self, wanted: type[T]) -> T | Gap:
        name = wanted.__name__
        if wanted in self._in_progress:
            cycle = " → ".join(kind.__name__ for kind in (*self._in_progress, wanted))
            return Gap(name, f"stages need each other: {cycle}", failed=True)
        maker: Callable[..., Any] | None = self._makers.get(wanted)
        if maker is None:
            return Gap(name, "nothing provides it", failed=True)
        self._in_progress.append(wanted)
        try:
            return self.call(name, maker)
        finally:
            self._in_progress.pop()

    def call(self, stage: str, function: Callable[..., T | Gap]) -> T | Gap:
        """Call ``function`` with the values its annotations name; contain what it raises."""
        try:
            arguments: dict[str, Any] = {}
            for name, (wanted, optional) in needs(function).items():
                value: object = self.get(wanted)
                if isinstance(value, Gap) and not optional:
                    return replace(value, stage=stage)
                arguments[name] = None if isinstance(value, Gap) else value
        except Exception as error:
            if self._strict:
                raise
            return failure(stage, error)
        start, before = time.perf_counter(), _STRICT.set(self._strict)
        try:
            return contained(stage, function, **arguments)
        finally:
            _STRICT.reset(before)
            self.seconds[stage] = time.perf_counter() - start  # without what its arguments took

    def failures(self) -> Iterator[Gap]:
        """Yield the failed gaps among the values, whoever read them, and in their parts."""
        for kind, value in self._values.items():
            if isinstance(value, Gap) and value.failed:
                yield replace(value, stage=_in_words(kind.__name__))
        for value in self._values.values():
            yield from failures_in(value)


def failures_in(value: object) -> Iterator[Gap]:
    """Yield the failed gaps that stand in a value in place of its parts."""
    if not is_dataclass(value) or isinstance(value, Gap | type):
        return
    for field in fields(value):
        part = getattr(value, field.name)
        yield from (
            gap for gap in (part if isinstance(part, tuple) else (part,)) if isinstance(gap, Gap) and gap.failed
        )


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def is_strict() -> bool:
    """Tell whether what a part of the running stage raises is to be raised."""
    return _STRICT.get()


def contained(
    stage: str, function: Callable[..., T | Gap], *positional: Any, strict: bool | None = None, **named: Any
) -> T | Gap:
    """Return what ``function`` returns, or the gap its exception leaves under the name ``stage``.

    Args:
        stage: names the gap.
        function: called with the other arguments.
        positional: handed on.
        strict: whether to raise instead; None for as the run says, ``False`` where there is another way to go on.
        named: handed on.
    """
    try:
        return _run_to_its_end(function(*positional, **named))
    except NotMeasuredError as absence:
        return Gap(stage, str(absence), failed=False)
    except KreportError:
        raise  # the user's input: one sentence for the whole run, not a gap
    except Exception as error:
        if is_strict() if strict is None else strict:
            raise
        return failure(stage, error)


def failure(stage: str, error: Exception) -> Gap:
    """Return the gap a raised ``error`` leaves, with frames as ``package/module.py:line``."""
    first, *_ = str(error).strip().splitlines() or [""]
    reason = f"{type(error).__name__}: {first}" if first else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{short_path(f.filename)}:{f.lineno} in {f.name}" for f in frames]
    return Gap(stage, without_paths(reason), failed=True, details="\n".join([*lines, without_paths(reason)]))


def short_path(filename: str) -> str:
    """Return the last two parts: a report names no folder of the machine it was made on."""
    return "/".join(PurePath(filename).parts[-2:])


def without_paths(text: str) -> str:
    """Return ``text`` with every absolute path cut to its last two parts."""
    return re.sub(r"(?<![\w:/])(?:/[^\s/'\":,)\]]+){2,}", lambda m: short_path(m.group()), text)


def _run_to_its_end(result: T) -> T:
    # A rule is a generator: iterated later, it would raise outside the try above.
    return tuple(result) if isinstance(result, Iterator) else result  # type: ignore[return-value]


def needs(function: Callable[..., object]) -> dict[str, tuple[type, bool]]:
    """Return each parameter's type, and whether ``None`` will do: ``history: Curves | None``.

    Raises:
        TypeError: a parameter has no annotation.
    """
    hints = get_type_hints(function)
    found = {}
    for name in inspect.signature(function).parameters:
        if name not in hints:
            message = f"{function.__qualname__}: annotate {name}"
            raise TypeError(message)
        wanted = [hint for hint in get_args(hints[name]) if hint is not NoneType]
        optional = NoneType in get_args(hints[name])
        found[name] = (wanted[0], True) if optional else (hints[name], False)
    return found


def reachable(
    functions: Iterable[Callable[..., object]],
    given: Mapping[type, object],
    makers: Mapping[type, Callable[..., object]],
) -> frozenset[type]:
    """Return every type that these stages may read, themselves or through makers.

    A stage whose required input is a gap reads nothing, and neither does a maker.
    """
    found: set[type] = set()
    for function in functions:
        _reach(function, given, makers, found)
    return frozenset(found)


def _reach(
    function: Callable[..., object], given: Mapping[type, object], makers: Mapping[type, Callable[..., object]],
    found: set[type],
) -> None:  # fmt: skip
    wanted = needs(function)
    if any(isinstance(given.get(kind), Gap) and not optional for kind, optional in wanted.values()):
        return
    for kind, _ in wanted.values():
        if kind not in found and not isinstance(given.get(kind), Gap):
            found.add(kind)
            if kind in makers and kind not in given:
                _reach(makers[kind], given, makers, found)


def gives(function: Callable[..., T]) -> type[T]:
    """Return the type a stage gives: its return annotation."""
    return get_type_hints(function)["return"]  # type: ignore[no-any-return]
