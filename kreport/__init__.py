"""One Python call turns a Keras model, its history and a bit of data into one HTML file.

import kreport
report = kreport.report(model, history=history, output="report.html")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kreport.api import load, report
    from kreport.callback import ReportCallback
    from kreport.document.report import Report
    from kreport.errors import KreportError

__version__ = "0.1.0"
__all__ = ["KreportError", "Report", "ReportCallback", "__version__", "load", "report"]

_HOME = {
    "report": "kreport.api",
    "load": "kreport.api",
    "Report": "kreport.document.report",
    "ReportCallback": "kreport.callback",
    "KreportError": "kreport.errors",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import kreport`` stays light."""
    if name not in _HOME:
        message = f"module 'kreport' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
