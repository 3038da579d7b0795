"""The arguments of ``ReportCallback``, checked before any training begins."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.training_folder import SUFFIX
from kreport.render.files import writable

OWN = frozenset({"model", "history", "data", "inputs", "resume", "output", "strict", "progress", "verbose"})
"""Arguments of ``kreport.report`` that the callback gives itself, or that would stop a training."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """What the user asked for.

    Attributes:
        output: where the report goes, absolute; None for the log alone.
        data: as for a report, or None.
        every: epochs between two reports; None for one at the end.
        folder: of the log, absolute.
        noise: whether to record the noise scale.
        options: the other arguments of ``kreport.report``.
    """

    output: Path | None
    data: Any
    every: int | None
    folder: Path
    noise: bool
    options: Mapping[str, Any]


def settings_of(
    output: object, *, data: Any, every: object, log: object, noise: object, options: Mapping[str, Any]
) -> Settings:
    """Return the checked arguments.

    Raises:
        KreportError: one of them cannot be used.
    """
    if output is None and log is None:
        message = "`output` and `log` are both None; the path of a report, or a folder for its log, is accepted."
        raise KreportError(message)
    target = None if output is None else writable(output)
    if every is not None and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
        message = f"`every` is {every!r}; a number of epochs from 1 on, or None for one report at the end, is accepted."
        raise KreportError(message)
    if not isinstance(noise, bool):
        message = f"`noise` is {noise!r}; True or False is accepted."
        raise KreportError(message)
    _check_options(options)
    folder = target.with_suffix(SUFFIX) if log is None and target is not None else _folder(log)
    if folder.exists() and not folder.is_dir():
        message = f"`log` {folder.name!r} is a file; a folder, there or not, is accepted."
        raise KreportError(message)
    return Settings(output=target, data=data, every=every, folder=folder, noise=noise, options=dict(options))


def _folder(log: object) -> Path:
    if not isinstance(log, str | os.PathLike) or not os.fspath(log):
        message = f"`log` is {log!r}; the path of a folder is accepted."
        raise KreportError(message)
    folder = Path(os.fspath(log)).absolute()
    if not folder.parent.is_dir():
        message = f"`log` {folder.name!r}: the folder {folder.parent.name!r} it belongs in does not exist."
        raise KreportError(message)
    if not os.access(folder if folder.is_dir() else folder.parent, os.W_OK):
        message = f"`log` {folder.name!r} cannot be written to."
        raise KreportError(message)
    return folder


def _check_options(options: Mapping[str, Any]) -> None:
    from kreport.api import check_sections, report

    known = set(inspect.signature(report).parameters) - OWN
    for name in options:
        if name not in known:
            message = (
                f"ReportCallback has no argument {name!r}; those of kreport.report are {', '.join(sorted(known))}."
            )
            raise KreportError(message)
    check_sections(options.get("only"), options.get("skip"))
