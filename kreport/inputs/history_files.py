"""The text of a log file, whatever saved it: opened for reading only, judged by its content."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Any

from kreport.errors import KreportError

ACCEPTED = "what fit returned, a dict of lists, a DataFrame, or a CSVLogger .csv or a .json log is accepted"

_MAGIC = (
    (b"PK\x03\x04", "a zip file (a spreadsheet, .npz or .keras file)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, perhaps the model"),
    (b"\x80", "a pickle; opening one runs its code: save the history with json.dump instead"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKUP = ("<!doctype", "<html", "<?xml", "<svg")


def refused(place: str, what: str) -> KreportError:
    """Return the error for a history that is ``what``."""
    return KreportError(f"`{place}` is {what}; {ACCEPTED}.")


def text_of(path: Path, notes: list[str]) -> str:
    r"""Return the text of a log file with line ends as ``\n`` and without git's conflict markers.

    Raises:
        KreportError: the file is missing, unreadable, empty or no text.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        message = f"The history {str(path)!r} does not exist; the path of a CSVLogger .csv or a .json file is accepted."
        raise KreportError(message) from None
    except IsADirectoryError:
        message = f"The history {str(path)!r} is a folder; the path of a CSVLogger .csv or a .json file is accepted."
        raise KreportError(message) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"The history {str(path)!r} cannot be read: {reason}."
        raise KreportError(message) from None
    text = _decoded(path, content, notes)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = re.search(r"\S", text)
    if first is None:
        raise _unusable(path, f"is empty ({len(content)} bytes)")
    if text[first.start() : first.start() + 20].casefold().startswith(_MARKUP):
        raise _unusable(path, "is a web page or XML")
    return _without_conflicts(text, notes) if "<<<<<<<" in text else text


def _unusable(path: Path, what: str) -> KreportError:
    return KreportError(f"The history {str(path)!r} {what}; a CSVLogger .csv or a .json file is accepted.")


def _decoded(path: Path, content: bytes, notes: list[str]) -> str:
    for magic, name in _MAGIC:
        if content.startswith(magic):
            raise _unusable(path, f"is {name}")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    head = content[:1000]
    if b"\0" in head:
        odd, even = head[1::2].count(0), head[::2].count(0)
        if max(odd, even) < len(head) // 2 * 0.7 or min(odd, even):
            raise _unusable(path, "is a binary file")
        return content.decode("utf-16-le" if odd else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in content or sum(byte < 9 for byte in head):
            raise _unusable(path, "is a binary file") from None
        line = content[: error.start].count(b"\n") + 1
        notes.append(f"{path.name} is not UTF-8 (line {line}) and was read as Windows-1252; names may look wrong.")
        return content.decode("cp1252", errors="replace")


def _without_conflicts(text: str, notes: list[str]) -> str:
    """Return the first side of every conflict that git left; the other side is named, never mixed in."""
    kept: list[str] = []
    side, dropped, first = "", 0, ""
    for line in text.split("\n"):
        if re.match(r"<{7}( |$)", line):
            side, first = "ours", line[7:].strip()
        elif side and re.match(r"(={7}|\|{7}.*)$", line):
            side = "theirs"
        elif side and re.match(r">{7}( |$)", line):
            side = ""
        elif side == "theirs":
            dropped += 1
        else:
            kept.append(line)
            continue
        kept.append("")  # line numbers stay true
    if dropped or first:
        notes.append(
            f"The file holds an unresolved git conflict: the lines of {first or 'the first side'} are shown, "
            f"{dropped} of the other side left out."
        )
    return "\n".join(kept)


def json_of(path: Path, text: str) -> Any:
    """Return the value of a JSON or JSON-lines text; NaN and Infinity may stand bare.

    Raises:
        KreportError: it is neither.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise _unusable(path, "is JSON nested too deeply to be a log") from None
    except json.JSONDecodeError as whole:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines]
        except (json.JSONDecodeError, RecursionError):
            where = f"line {whole.lineno}, column {whole.colno}: {whole.msg}"
        raise _unusable(path, f"is not valid JSON ({where})") from None
