"""Run every benchmark and write the table into README.md: ratios against floors taken in the same run.

python benchmarks/run.py            # all, some ten minutes on two cores
python benchmarks/run.py ResNet50   # one model
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODELS = ("ResNet50", "EfficientNetV2L")
PEERS = ("cnn", "lstm", "transformer", "ResNet50")
IMPORT_RUNS, MEMORY_RUNS = 7, 3
FEW, MORE, MANY = 600, 6_000, 60_000


def main(models: tuple[str, ...]) -> None:
    """Measure each in a process of its own, print and keep the figures."""
    rows = [import_row()]
    for model in models:
        figures = child("report", model)
        rows.append(report_row(model, figures))
        rows.append(memory_row(model, child("memory", model)))
    for name in PEERS:
        rows += sweep_rows(name)
    rows.append(growth_row())
    rows += callback_rows()
    table = "\n".join(["| what | limit | measured | of it |", "| --- | --- | --- | --- |", *rows])
    print(table)
    readme = HERE / "README.md"
    text = readme.read_text("utf-8")
    readme.write_text(re.sub(r"(<!-- table -->\n).*?(\n<!-- end -->)", rf"\1{table}\2", text, flags=re.DOTALL), "utf-8")


def import_row() -> str:
    """Measure what ``import kreport`` adds to a bare Python."""

    def median(code: str) -> float:
        def once() -> float:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            return time.perf_counter() - start

        return statistics.median(once() for _ in range(IMPORT_RUNS))

    extra = median("import kreport") - median("pass")
    return f"| `import kreport` over bare Python | < 0.1 s | {extra:.3f} s | median of {IMPORT_RUNS} |"


def report_row(model: str, figures: dict[str, Any]) -> str:
    """Put the time of a report beside the floor it is made of."""
    floor = figures["floor"]
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in floor.items())
    charts = f"{figures['charts']} charts of {figures['chart_bytes'] / 1000:.0f} KB"
    return (
        f"| report of {model}, no spectra | ≤ 2× the floor | {figures['report'] / sum(floor.values()):.2f}× "
        f"({figures['report']:.2f} s) | {parts} ({charts}) |"
    )


def memory_row(model: str, figures: dict[str, Any]) -> str:
    """Put the peak of memory beside its limit."""
    limit = 2 * figures["largest"] + 250e6
    return (
        f"| peak memory above loaded {model} | ≤ 2× largest tensor + 250 MB | {figures['peak'] / limit:.2f}× "
        f"({figures['peak'] / 1e6:.0f} MB) | limit {limit / 1e6:.0f} MB |"
    )


def sweep_rows(name: str) -> list[str]:
    """Put the sweep with data beside ``evaluate`` and a plain gradient pass: time, tracing, memory."""
    took = child("time", name, script="sweeping.py")
    plain, sweep = (
        min(child("memory", name, what, script="sweeping.py")["peak"] for _ in range(MEMORY_RUNS))
        for what in ("plain", "sweep")
    )
    limit = 2.5 if name == "ResNet50" else 2
    ratio, tracing = took["sweep"] / took["floor"], took["tracing"] / took["plain tracing"]
    parts = f"evaluate {took['evaluate']:.2f} s, gradients {took['gradients']:.2f} s"
    return [
        row(f"sweep of {name}", f"≤ {limit}× evaluate + gradients", f"{ratio:.2f}× ({took['sweep']:.2f} s)", parts),
        row(
            f"tracing the sweep of {name}", "≤ 5× the plain gradient function",
            f"{tracing:.2f}× ({took['tracing']:.2f} s)", f"{took['plain tracing']:.2f} s",
        ),
        row(
            f"peak memory of the sweep of {name}", "≤ 1.2× the plain pass",
            f"{sweep / plain:.2f}× ({sweep / 1e6:.0f} MB)", f"{plain / 1e6:.0f} MB",
        ),
    ]  # fmt: skip


def row(*cells: str) -> str:
    """Return one row of the table."""
    return f"| {' | '.join(cells)} |"


def growth_row() -> str:
    """Put the memory of a hundred times the samples beside that of a few."""
    few, more, many = (child("growth", str(n), script="sweeping.py")["peak"] for n in (FEW, MORE, MANY))
    return (
        f"| peak memory, {MANY:,} against {FEW} images | the same | {many / few:.2f}× ({many / 1e6:.0f} MB) "
        f"| {few / 1e6:.0f} MB; {MORE:,} images {more / 1e6:.0f} MB |"
    )


def callback_rows() -> list[str]:
    """Put what ReportCallback adds to an epoch beside the epoch and beside what TensorBoard's histograms add.

    Both ways: by the time in hooks, and by the difference of epochs with and without.
    """
    found = child(script="callback.py")
    epoch, ours, theirs = found["epoch"], found["kreport"], found["tensorboard"]
    rows = []
    for way, words in (("hooks", "in its hooks"), ("difference", "as difference of epochs")):
        added = f"{100 * ours[way] / epoch:.1f} % ({ours[way]:.3f} s; in the first epoch {found['first']:.1f} s)"
        beside = f"{ours[way] / theirs[way]:.2f}" if theirs[way] > 0 else "–"
        rows += [
            row(f"`ReportCallback` on a small CNN, 60,000 images, {words}", "≤ 5 % of an epoch", added,
                f"epoch {epoch:.1f} s, median of {found['epochs']}"),
            row(f"beside `TensorBoard(histogram_freq=1)`, {words}", "≤ 1/3 of what it adds", beside,
                f"{theirs[way]:.3f} s"),
        ]  # fmt: skip
    return rows


def child(*arguments: str, script: str = "measure.py") -> dict[str, Any]:
    """Run one measurement in a fresh process."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or MODELS)
