"""The folder that a training companion writes into, line by line, and that a report is resumed from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kreport.document.codec import decode, encode, rounded
from kreport.errors import KreportError
from kreport.inputs.training_log import PARTS, EpochRecord, Reading, Row, TrainingLog, log_of

SUFFIX = ".kreport"
LINES, MODEL = "epochs.jsonl", "model.json"
"""Within a run: its epochs, one a line, and what the model was when it began, as a kreport report."""

SCHEMA = 1
_RUN = re.compile(r"run-(\d+)")
ACCEPTED = "a folder that kreport.ReportCallback wrote (report.html's is report.kreport) is accepted"


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordedRun:
    """One training as it stands in a folder.

    Attributes:
        path: of the run's own folder.
        number, of: which run of the folder it is.
        signature: tells models apart; see :class:`RunWriter`.
        log: everything up to the last finished epoch.
        model: the report of the model when the run began, as stored; None if there is none.
    """

    path: Path
    number: int
    of: int
    signature: str
    log: TrainingLog
    model: dict[str, Any] | None


def read_run(folder: object) -> RecordedRun:
    """Return the latest run of a folder, or the run that the folder itself is.

    Raises:
        KreportError: there is no such folder, or no run in it.
    """
    if not isinstance(folder, str | os.PathLike):
        message = f"`resume` is {type(folder).__name__}; {ACCEPTED}."
        raise KreportError(message)
    path = Path(os.fspath(folder))
    if not path.is_dir():
        found = "is a file" if path.is_file() else "does not exist"
        message = f"`resume` {path.name or str(path)!r} {found}; {ACCEPTED}."
        raise KreportError(message)
    numbered = runs(path)
    chosen = path if (path / LINES).is_file() else numbered[-1] if numbered else None
    if chosen is None:
        message = f"`resume` {path.name!r} holds no training; {ACCEPTED}."
        raise KreportError(message)
    number = int(match[1]) if (match := _RUN.fullmatch(chosen.name)) else 1
    return _run(chosen, number, max(number, len(runs(chosen.parent))))


def runs(folder: Path) -> list[Path]:
    """Return the runs of a folder in their order."""
    found = [p for p in folder.iterdir() if _RUN.fullmatch(p.name) and (p / LINES).is_file()] if folder.is_dir() else []
    return sorted(found, key=lambda p: int(p.name.partition("-")[2]))


def _run(path: Path, number: int, count: int) -> RecordedRun:
    notes: list[str] = []
    if count > 1:
        notes.append(f"The folder holds {count} runs; this is run {number}.")
    records: list[EpochRecord] = []
    starts: list[int] = []
    end: EpochRecord | None = None
    signature = ""
    for line in _lines(path / LINES, notes):
        kind = line.get("kind")
        if kind == "run":
            signature = str(line.get("signature", ""))
        elif kind == "fit":
            starts.append(int(line["epoch"]))
            records = [record for record in records if record.epoch < starts[-1]]
        elif kind == "note":
            notes.append(str(line["text"]))
        elif kind in ("epoch", "end"):
            record = decode(EpochRecord, line["record"])
            records, end = (records, record) if kind == "end" else ([*records, record], None)
    records = _with_rows(records)
    end = None if end is None else _with_rows([*records[-1:], end])[-1]
    return RecordedRun(
        path=path, number=number, of=count, signature=signature, model=_stored_model(path / MODEL),
        log=log_of(records, fits=_fits(records, starts), end=end, notes=notes),
    )  # fmt: skip


def _lines(path: Path, notes: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield what stands on each line; one that was cut off when its process was killed says nothing."""
    parts = path.read_bytes().split(b"\n")
    for number, text in enumerate(parts):
        try:
            line = json.loads(text) if text.strip() else None
        except ValueError:
            if number < len(parts) - 1:
                notes.append(f"Line {number + 1} of the log is not complete and was left out.")
            continue
        if isinstance(line, dict):
            yield line


def _with_rows(records: list[EpochRecord]) -> list[EpochRecord]:
    """Give each reading its rows: they are written once, and again only when they change."""
    last: dict[str, tuple[Row, ...]] = {}
    whole = []
    for record in records:
        parts: dict[str, Reading] = {part: getattr(record, part) for part in PARTS}
        for part, reading in parts.items():
            if reading.rows:
                last[part] = reading.rows
            elif reading.values:
                parts[part] = replace(reading, rows=last.get(part, ()))
        whole.append(replace(record, **parts))  # type: ignore[arg-type]
    return whole


def _fits(records: list[EpochRecord], starts: list[int]) -> list[int]:
    starts = sorted({*starts, 0})
    limits = [*starts[1:], float("inf")]
    counted = [
        sum(start <= record.epoch < limit for record in records) for start, limit in zip(starts, limits, strict=True)
    ]
    return [count for count in counted if count]


def _stored_model(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


class RunWriter:
    """Appends to one run; every line is on the disk before the next epoch begins."""

    def __init__(self, folder: Path) -> None:
        """Write below ``folder``; nothing is made yet."""
        self.folder = folder
        self.path: Path | None = None
        self._rows: dict[str, tuple[Row, ...]] = {}

    def begin(self, signature: str, created: str) -> None:
        """Start a new run beside those that are there."""
        self.folder.mkdir(exist_ok=True)
        numbers = [int(m[1]) for p in self.folder.iterdir() if (m := _RUN.fullmatch(p.name))]
        self.path = self.folder / f"run-{max(numbers, default=0) + 1}"
        self.path.mkdir()
        self._rows = {}
        self._append({"kind": "run", "schema": SCHEMA, "signature": signature, "created": created})

    def go_on(self, run: Path) -> None:
        """Continue a run; a line that was cut off is closed first."""
        self.path, self._rows = run, {}
        with (run / LINES).open("rb+") as file:
            if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                file.write(b"\n")

    def fit(self, epoch: int) -> None:
        """Say that a ``fit`` begins with this epoch, counted from 1."""
        self._append({"kind": "fit", "epoch": epoch})

    def note(self, text: str) -> None:
        """Write down one sentence."""
        self._append({"kind": "note", "text": text})

    def epoch(self, record: EpochRecord, *, end: bool = False) -> None:
        """Write down the state at the end of an epoch, or when the training is over."""
        parts: dict[str, Any] = {}
        for part in PARTS:
            reading: Reading = getattr(record, part)
            same = reading.rows == self._rows.get(part)
            parts[part] = replace(reading, rows=()) if same else reading
            if reading.rows:
                self._rows[part] = reading.rows
        slim = rounded(replace(record, **parts))
        self._append({"kind": "end" if end else "epoch", "record": encode(slim)})

    def model(self, report: str) -> None:
        """Keep what the model is, as the JSON of a report; replaces the file at once."""
        from kreport.render.files import write_atomically

        if self.path is not None:
            write_atomically(self.path / MODEL, report.encode("utf-8"))

    def _append(self, line: Mapping[str, Any]) -> None:
        """Add one line in a single write and wait until it is on the disk."""
        if self.path is None:
            return
        content = json.dumps(line, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        handle = os.open(self.path / LINES, flags, 0o666)
        try:
            written = os.write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        if written < len(content):
            message = f"only {written:,} of {len(content):,} bytes could be written"
            raise OSError(message)
