"""Rows that come batch by batch and are kept where they will stay: putting parts together would hold them twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import joined


@dataclass(eq=False)
class Pile:
    """Rows of one array or tensor.

    Attributes:
        most: rows that arrays are given room for; memory that is not written to is not taken.
        lasting: whether rows stay as they are, so that they need no copy until they are asked for.
    """

    most: int
    lasting: bool = False
    _array: NDArray[Any] | None = None
    _size: int = 0
    _parts: list[Any] = field(default_factory=list)

    def add(self, rows: Any) -> None:
        """Put rows on top."""
        if isinstance(rows, np.ndarray) and self._array is None and not self._parts and not self.lasting:
            self._array = np.empty((self.most, *rows.shape[1:]), rows.dtype)
        room = self._room_for(rows)
        if room is not None:
            room[:] = rows
            self._size += len(rows)
            return
        if self._array is not None:
            self._parts, self._array = [self._array[: self._size]], None
        self._parts.append(rows)

    def _room_for(self, rows: Any) -> NDArray[Any] | None:
        """Return where rows go; None where they are of another kind, or too many."""
        mine = self._array
        if mine is None or not isinstance(rows, np.ndarray):
            return None
        room = mine[self._size : self._size + len(rows)]
        return room if (room.shape, room.dtype) == (rows.shape, rows.dtype) else None

    def rows(self) -> Any:
        """Return all of them; None if there are none."""
        if self._array is not None:
            return self._array[: self._size]
        return joined(self._parts) if self._parts else None


@dataclass(eq=False)
class Piles:
    """Rows of every array of a structure that stays the same; what is None once is None altogether.

    Attributes:
        most: rows that there is room for; size: rows that there are.
        lasting: as of a :class:`Pile`.
    """

    most: int
    size: int = 0
    lasting: bool = False
    _structure: Any = None
    _piles: list[Pile | None] | None = None

    def add(self, structure: Any, size: int) -> None:
        """Put ``size`` rows of each array on its pile."""
        import tensorflow as tf

        self.size += size
        leaves = tf.nest.flatten(structure, expand_composites=False)
        if self._piles is None:
            self._structure = tf.nest.map_structure(lambda _: None, structure, expand_composites=False)
            self._piles = [None if leaf is None else Pile(self.most, self.lasting) for leaf in leaves]
        for index, (pile, leaf) in enumerate(zip(self._piles, leaves, strict=True)):
            if pile is None or leaf is None:
                self._piles[index] = None
            else:
                pile.add(leaf)

    def rows(self) -> Any:
        """Return the structure with all rows; None if there are none."""
        import tensorflow as tf

        if self._piles is None:
            return None
        leaves: Sequence[Any] = [None if pile is None else pile.rows() for pile in self._piles]
        return tf.nest.pack_sequence_as(self._structure, leaves)

    def and_then(self, other: Piles) -> Piles:
        """Return all rows of both."""
        both = Piles(self.size + other.size)
        for one in (self, other):
            if one.size:
                both.add(one.rows(), one.size)
        return both
