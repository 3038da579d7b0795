"""Run every benchmark and write the table into README.md: ratios against floors taken in the same run.

python benchmarks/run.py            # all, some five minutes on two cores
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
IMPORT_RUNS = 7
LIMITS = {"import": 0.1, "report": 2.0, "memory": 1.0}


def main(models: tuple[str, ...]) -> None:
    """Measure each in a process of its own, print and keep the figures."""
    rows = [import_row()]
    for model in models:
        figures = child("report", model)
        rows.append(report_row(model, figures))
        rows.append(memory_row(model, child("memory", model)))
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


def child(what: str, model: str) -> dict[str, Any]:
    """Run one measurement in a fresh process."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, str(HERE / "measure.py"), what, model]
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
