"""What a sweep can carry: one statistic a file, found by a walk over this package."""

from __future__ import annotations

from kreport.probes.observers._base import Observer, Seen, SeenActivation, SeenCall, SeenGradient

__all__ = ["Observer", "Seen", "SeenActivation", "SeenCall", "SeenGradient"]
