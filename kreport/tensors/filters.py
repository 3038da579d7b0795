"""Filters of a kernel: the columns of its matrix, their norms, dead ones and pairs that are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.pieces import PIECE, row_blocks

DEAD = 1e-3
"""A filter is dead below this share of the median norm: it passes on its bias alone. Rule of thumb; norms
as importance after Li et al. 2017 (https://arxiv.org/abs/1608.08710)."""

SAME = 0.999
"""Two filters are the same above this cosine: they answer alike up to a factor. Rule of thumb."""

LISTED = 32
"""Dead filters and pairs named; the counts are of all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filters:
    """The columns of a kernel matrix.

    Attributes:
        count: how many.
        least, median, greatest: of their L2 norms.
        dead: how many have a norm below 1/1000 of the median (all, when the median is 0).
        dead_at: the first 32 of them.
        duplicates: how many pairs have a cosine above 0.999, dead filters left out; None if not compared.
        pairs: the first 32 pairs, as ``(i, j)``.
    """

    count: int
    least: float
    median: float
    greatest: float
    dead: int
    dead_at: tuple[int, ...]
    duplicates: int | None = None
    pairs: tuple[tuple[int, int], ...] = ()


def column_norms(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Return the L2 norm of every column, in float64."""
    squares = np.zeros(matrix.shape[1])
    for _, block in row_blocks(matrix):
        np.square(block, out=block)
        squares += block.sum(axis=0)
    return np.sqrt(squares)


def row_norms(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Return the L2 norm of every row, in float64."""
    blocks = [np.square(block, out=block).sum(axis=1) for _, block in row_blocks(matrix)]
    return np.sqrt(np.concatenate(blocks)) if blocks else np.zeros(0)


Products = Callable[[int, int], NDArray[np.float64]]
"""``(start, stop)`` → scalar products of these filters with all, float64, ``(stop - start, filters)``."""


def products_of(matrix: NDArray[Any]) -> Products:
    """Return the products of a matrix's columns, computed a few columns at a time."""
    wide = matrix.astype(np.float64)
    return lambda start, stop: wide[:, start:stop].T @ wide


def filters(norms: NDArray[np.float64], products: Products | None = None) -> Filters:
    """Return what the ``norms`` say, and with ``products`` which pairs of filters are the same."""
    median = float(np.median(norms))
    dead = np.flatnonzero(norms < DEAD * median) if median > 0 else np.flatnonzero(norms == 0)
    duplicates, pairs = (None, ()) if products is None else _duplicates(products, norms, dead)
    return Filters(
        count=norms.size, least=float(norms.min()), median=median, greatest=float(norms.max()),
        dead=dead.size, dead_at=tuple(int(i) for i in dead[:LISTED]), duplicates=duplicates, pairs=pairs,
    )  # fmt: skip


def _duplicates(
    products: Products, norms: NDArray[np.float64], dead: NDArray[np.intp]
) -> tuple[int, tuple[tuple[int, int], ...]]:
    alive = norms > 0
    alive[dead] = False
    inverse = np.divide(1, norms, out=np.zeros(norms.size), where=alive)  # a dead filter is like no other
    count, pairs = 0, []
    rows = max(1, PIECE // norms.size)
    for start in range(0, norms.size, rows):
        block = products(start, start + rows) * inverse
        block *= inverse[start : start + rows, None]
        same = block > SAME
        if np.count_nonzero(same) == np.count_nonzero(alive[start : start + rows]):
            continue  # each is like itself only
        first, second = np.nonzero(same)
        later = second > first + start
        count += int(later.sum())
        pairs += [(int(i) + start, int(j)) for i, j in zip(first[later], second[later], strict=True)][:LISTED]
    return count, tuple(pairs[:LISTED])
