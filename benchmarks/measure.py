"""One measurement in a process of its own: ``measure.py report|memory MODEL`` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import floor


def report(name: str) -> dict[str, Any]:
    """Time floor and report on the same loaded model."""
    import keras
    import vl_convert

    import kreport
    from kreport.analyzers.weights import Weights
    from kreport.diagram import layout
    from kreport.document.report import section_charts

    Weights.spectra = False
    small = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    kreport.report(small)  # imports and first calls are nobody's floor
    floor.plain_trace(small)
    vl_convert.vegalite_to_svg(json.dumps({"data": {"values": []}, "mark": "point"}))
    model = getattr(keras.applications, name)(weights=None)
    parts = {
        "NumPy pass": floor.seconds(lambda: floor.numpy_pass(model)),
        "trace": floor.seconds(lambda: floor.plain_trace(model)),
    }
    dots: list[str] = []
    written = layout._source  # noqa: SLF001 - what it hands to Graphviz is what is timed

    def noted(*sizes: Any, **direction: Any) -> str:
        dots.append(written(*sizes, **direction))
        return dots[-1]

    layout._source = noted  # noqa: SLF001
    with tempfile.TemporaryDirectory() as folder:
        made: list[Any] = []
        took = floor.seconds(lambda: made.append(kreport.report(model, output=Path(folder) / "report.html")))
    specs = [dict(chart.spec) for section in made[0].sections for chart in section_charts(section)]
    parts["Graphviz"] = floor.seconds(lambda: floor.graphviz(dots))
    parts["charts"] = floor.seconds(lambda: floor.conversion(specs[:20]))
    return {
        "floor": parts,
        "report": took,
        "charts": len(specs),
        "chart_bytes": sum(len(json.dumps(spec)) for spec in specs),
    }


def memory(name: str) -> dict[str, Any]:
    """Return the peak of resident memory above that of the loaded model, in bytes (Linux)."""
    import keras

    import kreport

    small = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    kreport.report(small)
    model = getattr(keras.applications, name)(weights=None)
    largest = max(variable.value.numpy().nbytes for variable in model.variables)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    with tempfile.TemporaryDirectory() as folder:
        kreport.report(model, output=Path(folder) / "report.html")
    return {"peak": resident("VmHWM") - before, "largest": largest}


def resident(line: str) -> int:
    """Return a figure of this process in bytes: ``VmRSS`` now, ``VmHWM`` at its highest (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) * 1024


if __name__ == "__main__":
    print(json.dumps({"report": report, "memory": memory}[sys.argv[1]](sys.argv[2])))
