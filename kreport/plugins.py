"""Find analyzers and rules: ours by walking our packages, others' by entry points."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import TypeVar

from kreport.document.model import Gap

T = TypeVar("T")


def discover(kind: type[T], package: str) -> Iterator[T | Gap]:
    """Yield every ``kind`` in ``package`` and in the entry points of the same name.

    An entry point names a module or package that holds them, exactly like ours. One that
    cannot be imported becomes a gap with the name of its distribution; the others still run.
    """
    yield from members(kind, importlib.import_module(package))
    for point in sorted(entry_points(group=package), key=lambda point: point.name):
        try:
            yield from members(kind, point.load())
        except Exception as error:  # noqa: BLE001 - somebody else's code
            owner = point.dist.name if point.dist else point.value
            yield Gap(f"plugin {owner}", f"{type(error).__name__}: {error}", failed=True)


def members(kind: type[T], module: ModuleType) -> Iterator[T]:
    """Yield the public ``kind`` objects, or classes to instantiate, defined in a module tree."""
    for value in list(vars(module).values()):
        if isinstance(value, kind):
            yield value
        elif (
            isinstance(value, type)
            and issubclass(value, kind)
            and value.__module__ == module.__name__
            and value is not kind
        ):
            yield value()
    for info in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not info.name.startswith("_"):
            yield from members(kind, importlib.import_module(f"{module.__name__}.{info.name}"))
