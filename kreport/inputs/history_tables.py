"""The text of a CSV log becomes columns: delimiter and decimal mark told by content, odd lines named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.history_numbers import BLANK, NotANumberError, Values, columns, parse

DELIMITERS = (",", ";", "\t", "|")
_ASIDES = ("#", "sep=")
QUICK = 2_000
"""Rows above which a plain table is parsed as a whole instead of line by line."""


@dataclass(kw_only=True)
class Block:
    """Rows under one line of names: a file has one for each time its header was written."""

    names: list[str]
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def tables_of(path: Path, text: str, notes: list[str]) -> list[dict[str, Values]]:
    """Return the columns of each block of the log, epochs included.

    Raises:
        KreportError: it has no line of names or no numbers, or a column of numbers holds a word.
    """
    start, delimiter = _sniffed(text)
    quick = _plain_tables(text, start, delimiter)
    if quick:
        return quick
    blocks = list(_blocks(path, text, start, delimiter, notes))
    tables = [_columns(path, block, notes) for block in blocks]
    if any(block.cells for block in blocks) and not any(tables):
        message = f"The history {str(path)!r} has no column of numbers; a CSVLogger .csv or a .json file is accepted."
        raise KreportError(message)
    return tables


def _sniffed(text: str) -> tuple[int, str]:
    """Return where the line of names begins, as an offset, and the delimiter; " " for any white space."""
    offset, forced = 0, ""
    for line in re.finditer(r"[^\n]*\n", text):
        bare = line[0].strip()
        said = re.fullmatch(r"sep=(.)", bare)
        if said:
            forced = said[1]
        elif bare and not bare.startswith("#"):
            break
        offset = line.end()
    header, _, rest = text[offset:].partition("\n")
    if forced:
        return offset, forced
    counts = {delimiter: len(_fields(header, delimiter)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: counts[delimiter])
    if counts[best] == 1:
        second = rest.lstrip("\n").partition("\n")[0]
        if len(header.split()) == len(second.split()) > 1:
            return offset, " "
    return offset, best


def _fields(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _plain_tables(text: str, start: int, delimiter: str) -> list[dict[str, Values]]:
    """Return a long log of numbers only, split where its header comes again; empty if a closer look is needed."""
    header, _, rest = text[start:].partition("\n")
    names = _fields(header, delimiter)
    if rest.count("\n") < QUICK or '"' in text or delimiter == " ":
        return []
    if len(set(names)) < len(names) or any(map(_is_numeric, names)):
        return []
    decimal = "," if delimiter != "," and "," in rest[:10_000] else "."
    found = []
    for body in f"\n{rest}".split(f"\n{header}\n"):
        table = _plain_table(body.lstrip("\n").encode("utf-8"), names, delimiter, decimal)
        if table is None:
            return []
        found.append(table)
    return found


def _plain_table(body: bytes, names: list[str], delimiter: str, decimal: str) -> dict[str, Values] | None:
    if not _same_width(body, delimiter, len(names)):
        return None
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.BytesIO(body), sep=delimiter, header=None, names=names, index_col=False, decimal=decimal,
            keep_default_na=False, na_values=["NA", "N/A", "None", "null"], low_memory=False, encoding="utf-8",
        )  # fmt: skip
    except ValueError:
        return None
    if any(frame[name].dtype.kind not in "fiu" for name in names):
        return None
    found = {}
    for name in names:
        numbers = frame[name].to_numpy(np.float64)
        found[name] = Values(numbers, np.isnan(numbers), np.zeros(len(numbers), bool))
    return found


def _same_width(body: bytes, delimiter: str, names: int) -> bool:
    # pandas fills short lines and shifts long ones without a word.
    content = np.frombuffer(body, np.uint8)
    ends = np.flatnonzero(content == ord("\n"))
    marks = np.flatnonzero(content == ord(delimiter))
    tail = body[body.rfind(b"\n") + 1 :]
    if len(marks) != (names - 1) * (len(ends) + bool(tail)):
        return False
    last = marks[names - 2 : (names - 1) * len(ends) : names - 1]
    first = marks[: (names - 1) * len(ends) : names - 1]
    return names == 1 or bool(np.all(last < ends) and np.all(first[1:] > ends[:-1]))


def _blocks(path: Path, text: str, start: int, delimiter: str, notes: list[str]) -> Iterator[Block]:
    block: Block | None = None
    odd: list[tuple[int, int]] = []  # line, values in it
    known: set[str] = set()
    for line, row in _rows(text[start:], delimiter, text.count("\n", 0, start) + 1):
        if block is None or (not known.isdisjoint(row) and not any(map(_is_numeric, row))):
            if block is not None:
                yield block
            elif any(map(_is_numeric, row)):
                raise _headless(path, line, row)
            block = Block(names=row)
            known |= set(filter(None, row))
        elif len(row) == len(block.names) or not any(row[len(block.names) :] or ["x"]):
            block.cells.append(row[: len(block.names)])
            block.lines.append(line)
        else:
            odd.append((line, len(row)))
    if block is None:
        return
    if odd and not block.cells:
        raise _ragged(path, *odd[0], len(block.names), delimiter)
    if odd:
        verbs = ("does", "was") if len(odd) == 1 else ("do", "were")
        notes.append(
            f"{_spans([line for line, _ in odd])} {verbs[0]} not have the {len(block.names)} values that the names "
            f"ask for, and {verbs[1]} left out."
        )
    yield block


def _rows(text: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(text, delimiter, first)
    return ((line, row) for line, row in lines if any(row) and not row[0].startswith(_ASIDES))


def _lines(text: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    if delimiter == " ":
        yield from ((first + index, line.split()) for index, line in enumerate(text.split("\n")))
        return
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            yield first + before, [cell.strip() for cell in row]
            before = reader.line_num
    except csv.Error as error:
        message = f"Line {first + before} of the history cannot be read as CSV: {error}."
        raise KreportError(message) from None


def _is_numeric(cell: str) -> bool:
    try:
        parsed = parse(cell)
    except ValueError:
        return False
    return parsed is not None and parsed is not BLANK


def _columns(path: Path, block: Block, notes: list[str]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    by_column: Sequence[Sequence[Any]] = list(zip(*block.cells, strict=True)) or [()] * len(block.names)
    for number, (name, cells) in enumerate(zip(block.names, by_column, strict=True), start=1):
        if name in found or (not name and number > 1):
            if any(cells):
                notes.append(f"Column {number} ({name or 'without a name'}) was left out: a name of its own is needed.")
            continue
        try:
            made, note = columns(name, cells)
        except NotANumberError as error:
            message = (
                f"The history {str(path)!r} has {error.cell!r} in column {name!r}, line {block.lines[error.position]}; "
                "numbers are accepted there."
            )
            raise KreportError(message) from None
        found |= made
        if note:
            notes.append(note)
    return found


def _headless(path: Path, line: int, row: list[str]) -> KreportError:
    return KreportError(
        f"The history {str(path)!r} begins with numbers ({' '.join(', '.join(row[:3]).split())} in line {line}); "
        "a first line with the names of the columns is needed, as CSVLogger writes it."
    )


def _ragged(path: Path, line: int, found: int, wanted: int, delimiter: str) -> KreportError:
    hint = " (decimal commas need another delimiter)" if delimiter == "," and found > wanted else ""
    return KreportError(
        f"The history {str(path)!r} has {found} values in line {line} where {wanted} columns are named{hint}; "
        "a CSVLogger .csv or a .json file is accepted."
    )


def _spans(lines: list[int]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]}"
    shown = ", ".join(map(str, lines[:5]))
    return f"Lines {shown}" + (f" and {len(lines) - 5} more" if len(lines) > 5 else "")
