"""The sweep against ``evaluate`` and one plain gradient pass: ``sweeping.py time|memory|growth NAME`` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import peers
from measure import resident

REPEATS = 3


def timed(name: str) -> dict[str, Any]:
    """Time tracing and running of both, interleaved, each the least of three.

    Tracing is what a first call takes longer than a second one. A sweep over all batches less one over a single batch
    is what the other batches take.
    """
    model, x, y = peers.model_of(name)
    size = peers.BATCH[name]
    batches = len(y) / size
    model.evaluate(x[:size], y[:size], batch_size=size, verbose=0)

    def run() -> tuple[float, ...]:
        gradient = peers.plain_gradient(model)
        plain = [_seconds(lambda: gradient(x[:size], y[:size])) for _ in range(2)]
        return (
            plain[0] - plain[1],
            _tracing(model, x[:size], y[:size], size),
            _swept(model, x[:size], y[:size], size),
            _evaluate(model, x, y, size),
            _gradients(gradient, x, y, size),
            _swept(model, x, y, size),
        )

    run()  # whatever is loaded or compiled once is not of interest
    runs = [run() for _ in range(REPEATS)]
    plain, tracing, one, evaluate, gradients, whole = (min(column) for column in zip(*runs, strict=True))
    return {
        "floor": evaluate + gradients, "evaluate": evaluate, "gradients": gradients,
        "sweep": (whole - one) * batches / (batches - 1), "tracing": tracing, "plain tracing": plain,
    }  # fmt: skip


def _tracing(model: Any, x: Any, y: Any, size: int) -> float:
    """Return what tracing the passes takes: making each function, and what its first call takes longer than another."""
    from kreport.probes import stepping

    made, took = stepping.Step._graph, []  # noqa: SLF001 - where a pass is traced is what is timed

    def timed_graph(step: Any, *args: Any) -> Any:
        functions: list[Any] = []
        took.append(_seconds(lambda: functions.append(made(step, *args))))

        def called(*inputs: Any) -> Any:
            found: list[Any] = []
            first, second = (_seconds(lambda: found.append(functions[0](*inputs))) for _ in range(2))
            took.append(first - second)
            return found[0]

        return called

    stepping.Step._graph = timed_graph  # type: ignore[method-assign]  # noqa: SLF001
    try:
        _sweep(model, x, y, size)
    finally:
        stepping.Step._graph = made  # type: ignore[method-assign]  # noqa: SLF001
    return sum(took)


def _swept(model: Any, x: Any, y: Any, size: int) -> float:
    return _seconds(lambda: _sweep(model, x, y, size))


def _sweep(model: Any, x: Any, y: Any, size: int, **more: Any) -> Any:
    from kreport.document.model import Gap
    from kreport.probes.sweep import Wanted, observers, swept
    from kreport.probes.tree import tree_of

    wanted = Wanted(kinds=frozenset(observers()))
    found = swept(tree_of(model), peers.batches_of(x, y, size, **more), wanted, None, None)
    if gaps := [gap.reason for gap in found.results.values() if isinstance(gap, Gap)]:
        raise RuntimeError("what is not measured takes no time: " + "; ".join(gaps))
    return found


def _evaluate(model: Any, x: Any, y: Any, size: int) -> float:
    return _seconds(lambda: model.evaluate(x, y, batch_size=size, verbose=0))


def _gradients(gradient: Any, x: Any, y: Any, size: int) -> float:
    def run() -> None:
        for start in range(0, len(y), size):
            gradient(x[start : start + size], y[start : start + size])

    return _seconds(run)


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _load() -> None:
    """Load what a sweep imports: modules are loaded once and are nobody's pass."""
    from kreport.probes.sweep import observers

    observers()


def memory(name: str, what: str) -> dict[str, Any]:
    """Return the peak of resident memory above that of model and data, in bytes (Linux)."""
    _load()
    model, x, y = peers.model_of(name)
    size = peers.BATCH[name]
    gradient = peers.plain_gradient(model)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    if what == "sweep":
        _sweep(model, x, y, size)
    else:
        _evaluate(model, x, y, size)
        _gradients(gradient, x, y, size)
    return {"peak": resident("VmHWM") - before}


def growth(samples: str) -> dict[str, Any]:
    """Return the peak of resident memory of a whole sweep over so many images, above that of model and data."""
    _load()
    model, _, _ = peers.model_of("cnn")
    random = np.random.default_rng(0)
    x = random.uniform(size=(int(samples), 28, 28, 1)).astype("float32")
    y = random.integers(0, 10, int(samples))
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    _sweep(model, x, y, 64)
    return {"peak": resident("VmHWM") - before}


if __name__ == "__main__":
    print(json.dumps({"time": timed, "memory": memory, "growth": growth}[sys.argv[1]](*sys.argv[2:])))
