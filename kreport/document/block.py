"""What every block has in common, and the key of a layer."""

from __future__ import annotations

from typing import ClassVar

LayerId = str
"""Names from the root of the layer tree, joined by `` / ``; the only key for a layer anywhere."""


class Block:
    """A piece of a section; ``kind`` names its template."""

    kind: ClassVar[str]
