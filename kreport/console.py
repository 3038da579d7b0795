"""The terminal of the command line: our own lines on it, the noise of native libraries kept away from it."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

TAIL = 20
"""Lines of the noise that are shown when a stage failed."""


@dataclass
class Console:
    """Where the command line prints: results on stdout, everything else on what stderr was at the start.

    Attributes:
        quiet: print errors only.
        out, err: text streams, or ``None`` where the process has none.
        noise: what native libraries wrote to file descriptor 2 meanwhile.
    """

    quiet: bool = False
    out: TextIO | None = None
    err: TextIO | None = None
    noise: IO[bytes] | None = None
    _progress: Progress | None = field(default=None, repr=False)

    def result(self, line: str) -> None:
        """Print a line on stdout."""
        if not self.quiet:
            _write(self.out, line)

    def error(self, line: str) -> None:
        """Print a line on stderr, always."""
        _write(self.err, line)

    def step(self, title: str) -> None:
        """Say what is being done now."""
        if self.quiet or self.err is None:
            return
        if self._progress is None:
            _write(self.err, f"{title} …")
            return
        task = self._progress.task_ids[0]
        self._progress.update(task, description=title, advance=1)

    @contextmanager
    def steps(self, total: int) -> Iterator[None]:
        """Show a progress bar over ``total`` steps on a terminal, plain lines elsewhere."""
        if self.quiet or self.err is None or not self.err.isatty():
            yield
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(24), TimeElapsedColumn())
        with Progress(*columns, console=Terminal(file=self.err), transient=True) as self._progress:
            self._progress.add_task("", total=total, completed=-1)
            yield
        self._progress = None

    def noise_tail(self) -> list[str]:
        """Return the last lines that native libraries wrote."""
        if self.noise is None:
            return []
        self.noise.seek(0)
        return self.noise.read().decode("utf-8", "replace").splitlines()[-TAIL:]


def _write(stream: TextIO | None, line: str) -> None:
    if stream is None:
        return
    try:
        stream.write(line + "\n")
        stream.flush()
    except BrokenPipeError:  # somebody reads the first lines only, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def console(*, quiet: bool = False, verbose: bool = False) -> Iterator[Console]:
    """Yield the console; meanwhile file descriptor 2 points at a temporary file, unless ``verbose``.

    Environment variables do not silence TensorFlow, and Graphviz's libraries print from C. What they
    print is kept for :meth:`Console.noise_tail`.
    """
    out = _tolerant(sys.stdout)
    try:
        saved = os.dup(2)
    except OSError:  # started without stderr
        yield Console(quiet=quiet, out=out, err=None)
        return
    with os.fdopen(saved, "w", encoding=_encoding(sys.stderr), errors="backslashreplace", buffering=1) as err:
        noise = None if verbose else _scratch()
        if noise is None:
            yield Console(quiet=quiet, out=out, err=err)
            return
        with noise:
            _flush()
            os.dup2(noise.fileno(), 2)
            try:
                yield Console(quiet=quiet, out=out, err=err, noise=noise)
            finally:
                _flush()
                os.dup2(saved, 2)


def _tolerant(stream: TextIO | None) -> TextIO | None:
    # A name that the locale cannot write is written as \u escapes instead of ending the program.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _encoding(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _scratch() -> IO[bytes] | None:
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return None


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
