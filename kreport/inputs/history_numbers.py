"""Cells of a log, whatever wrote them, become float64 columns that tell NaN from no value."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ABSENT_WORDS = frozenset({"na", "n/a", "none", "null", "<na>", "-", "–"})
"""Texts that say "no value"; ``nan`` is a value. CSVLogger writes ``NA``."""

MOST_ENTRIES = 100
"""Entries of an array logged as one metric; longer ones are left out and named."""

_WRAPPED = re.compile(
    r"<tf\.Tensor.*?numpy=(?P<eager>.*)>"
    r"|(?:tf\.Tensor|tensor|array|(?:np\.|numpy\.)?(?:float|int)\d+)\((?P<call>.*?)"
    r"(?:, ?(?:shape|dtype|device|grad_fn)=.*)?\)",
    re.DOTALL,
)
"""Numbers as ``json.dump(..., default=str)`` writes those of NumPy, TensorFlow and PyTorch."""


class NotANumberError(ValueError):
    """A cell that is no number: ``position`` in its column, and the ``cell``."""

    def __init__(self, position: int, cell: object) -> None:
        super().__init__(position, cell)
        self.position, self.cell = position, cell


class Values(NamedTuple):
    """One column, all of shape ``(rows,)``.

    Attributes:
        numbers: float64, NaN where there is none.
        absent: True where there is no value.
        blank: True where a table has an empty cell: no value, or a NaN that its writer left out.
    """

    numbers: NDArray[np.float64]
    absent: NDArray[np.bool_]
    blank: NDArray[np.bool_]

    @classmethod
    def of(cls, array: NDArray[Any]) -> Values:
        """Return a column in which every row has a value."""
        none = np.zeros(len(array), bool)
        return cls(array.astype(np.float64), none, none)

    def rows(self, chosen: Any) -> Values:
        """Return the chosen rows."""
        return Values(self.numbers[chosen], self.absent[chosen], self.blank[chosen])


def settled(name: str, values: Values) -> Values:
    """Decide what empty cells are: a NaN that pandas wrote as nothing, or no value.

    A loss that ends in empty cells has diverged; before its first value, at the regular gaps that
    ``validation_freq`` leaves, and in every other column, an empty cell is no value.
    """
    if not values.blank.any():
        return values
    filled = np.flatnonzero(~values.blank)
    step = filled[0] + 1 if len(filled) else 1
    periodic = step > 1 and np.array_equal(filled, np.arange(step, len(values.blank) + 1, step) - 1)
    nothing = values.blank.copy()
    if name.casefold().endswith("loss") and len(filled) and not periodic:
        nothing[filled[0] :] = False
    return Values(values.numbers, values.absent | nothing, np.zeros(len(nothing), bool))


def columns(name: str, cells: Any) -> tuple[dict[str, Values], str]:
    """Return the columns that ``cells`` hold: one, or one an entry where each cell is an array.

    Args:
        name: of the column; entries are called ``name[0]``, ``name[1]`` …
        cells: one an epoch: numbers, texts of numbers, arrays, ``None``.

    Returns:
        name → values, empty when none is usable; and a note on what was left out, or "".

    Raises:
        NotANumberError: some cells are numbers and this one is not.
    """
    plain = _plain(cells)
    if plain is not None:
        return {name: plain}, ""
    parsed: list[Any] = []
    wrong: NotANumberError | None = None
    for position, cell in enumerate(cells):
        try:
            parsed.append(parse(cell))
        except ValueError:
            wrong = wrong or NotANumberError(position, cell)
            parsed.append(None)
    if wrong is not None:
        if any(item is not None and item is not BLANK for item in parsed):
            raise wrong
        return {}, f"{name} holds text, such as {_shown(wrong.cell)}, and was left out."
    return _split(name, parsed)


BLANK = object()
"""What an empty cell of a table is parsed as."""


def parse(cell: Any) -> Any:
    """Return a float, a float64 array, ``None`` (no value) or :data:`BLANK`.

    Raises:
        ValueError: it is none of them.
    """
    if isinstance(cell, str):
        return _parse_text(cell.strip(" \t\r\n\"'"))  # CSVLogger puts arrays in quotes within quotes
    if cell is None or type(cell).__name__ == "NAType":
        return None
    if isinstance(cell, numbers.Real):
        try:
            return float(cell)
        except OverflowError:
            return math.inf if str(cell)[0] != "-" else -math.inf
    if isinstance(cell, Sequence) or hasattr(cell, "__array__"):
        return _parse_array(cell)
    message = f"{type(cell).__name__} is no number"
    raise ValueError(message)


def _parse_array(cell: Any) -> Any:
    array = np.asarray(cell)
    if array.dtype.kind in "cmM":
        message = f"{array.dtype} is no number"
        raise ValueError(message)
    try:
        array = array.astype(np.float64)  # bfloat16 has a kind of its own
    except TypeError as error:
        raise ValueError(str(error)) from None
    return float(array) if array.ndim == 0 else array.ravel()


def _parse_text(text: str) -> Any:
    if not text:
        return BLANK
    try:
        return float(text)
    except ValueError:
        pass
    if text.casefold() in ABSENT_WORDS:
        return None
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        return _parse_text((wrapped["eager"] or wrapped["call"] or "").strip())
    if text[0] in "[(" and text[-1] in "])":
        return np.array([_decimal(part) for part in re.split(r"[\[\](),;\s]+", text) if part])
    if text.endswith("%"):
        return _decimal(text[:-1].strip()) / 100
    return _decimal(text)


def _decimal(text: str) -> float:
    # 0,5 and 1.234,5 as spreadsheets write them; the last mark is the decimal one.
    if "," in text:
        whole, _, rest = text.rpartition(",")
        text = text.replace(",", "") if "." in rest else f"{whole.replace('.', '')}.{rest}"
    return float(text)


def _plain(cells: Any) -> Values | None:
    """Return the column where no cell needs a second look, without a loop in Python."""
    if isinstance(cells, np.ndarray):
        return Values.of(cells) if cells.ndim == 1 and cells.dtype.kind in "fiub" else None
    kinds = set(map(type, cells))
    try:
        if kinds <= {float, int, bool} or all(issubclass(kind, np.number | np.bool_) for kind in kinds):
            return Values.of(np.array(cells, np.float64))
        if kinds == {str}:
            return Values.of(np.array(cells).astype(np.float64))
    except (ValueError, TypeError, OverflowError):
        pass
    return None


def _split(name: str, parsed: list[Any]) -> tuple[dict[str, Values], str]:
    sizes = {item.size for item in parsed if isinstance(item, np.ndarray)}
    if not sizes:
        return {name: _column(parsed)}, ""
    scalars = any(isinstance(item, float) for item in parsed)
    [size, *others] = sorted(sizes)
    if others or scalars or not 0 < size <= MOST_ENTRIES:
        what = "changing size" if others or scalars else f"{size} entries"
        return {}, f"{name} holds arrays of {what} and was left out."
    if size == 1:
        return {name: _column([item[0] if isinstance(item, np.ndarray) else item for item in parsed])}, ""
    return {
        f"{name}[{index}]": _column([item[index] if isinstance(item, np.ndarray) else item for item in parsed])
        for index in range(size)
    }, ""


def _column(parsed: list[Any]) -> Values:
    return Values(
        np.array([math.nan if item is None or item is BLANK else item for item in parsed], np.float64),
        np.array([item is None for item in parsed], bool),
        np.array([item is BLANK for item in parsed], bool),
    )


def _shown(cell: object) -> str:
    text = repr(cell)
    return text if len(text) <= 40 else f"{text[:38]}…{text[-1]}"
