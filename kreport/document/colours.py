"""The colours of a report by token: each follows the page's theme and falls back to its light value."""

from __future__ import annotations

LIGHT = {
    "bg": "#fcfcfa", "surface": "#ffffff", "fill": "#f4f4f0",
    "ink": "#16181b", "ink2": "#474d55", "ink3": "#666d76", "line": "#e5e5e0", "line2": "#c9cac4",
    "link": "#1a5bb8", "note": "#1a5bb8", "error": "#b3241a", "warn": "#835500", "ok": "#1a6d41",
    "c0": "#1f6fd0", "c1": "#b04000", "c2": "#1c7558", "c3": "#8e1f7c", "c4": "#a68000", "c5": "#3b4754",
    "muted": "#b9bcb8", "on-hi": "#ffffff",
    "k-conv": "#1d559f", "k-dense": "#7c62da", "k-norm": "#2d876a", "k-act": "#a13600", "k-shape": "#5c6570",
    "k-reg": "#ad8000", "k-merge": "#1f2429", "k-rnn": "#a8337e", "k-attn": "#0c7489", "k-embed": "#5b7315",
}  # fmt: skip
"""Token → light value; the style sheet has the dark ones."""

SEQUENTIAL = (*("#f2f5f9", "#dee8f3", "#c4d7eb", "#a3c2e1", "#7ca8d4", "#3f78b4", "#2d66a5", "#1a4e89", "#0d3666"),)
DIVERGING = (*("#0e4a86", "#3b78b6", "#82aed8", "#c6dbee", "#f0f0ec", "#f7d8bc", "#eba566", "#b85c10", "#853d02"),)
PICTURE = (*("#1f2c3b", "#26405a", "#2d5379", "#346897", "#4c80b0", "#6a99c5", "#8fb3d8", "#bad0e9", "#e6eff9"),)
"""Dark to light, for pictures: the same in both themes, zero not black, so that tiles stay visible."""

HEAT = (*("#f0f0ec", "#f7e3cf", "#f7d3ae", "#f3bf8a", "#eba566", "#dd8738", "#c96a16", "#b85c10", "#853d02"),)
"""Over a grey picture: where something is looked at."""

PICTURE_GROUND = "#8a9099"
"""Around and between pictures of one palette."""


def token(name: str) -> str:
    """Return a colour for SVG and Vega: ``var(--c0,#1f6fd0)``."""
    return f"var(--{name},{LIGHT[name]})"


def ramp(letter: str) -> tuple[str, ...]:
    """Return the nine steps of ``q`` (sequential) or ``d`` (diverging)."""
    steps = SEQUENTIAL if letter == "q" else DIVERGING
    return tuple(f"var(--{letter}{index},{colour})" for index, colour in enumerate(steps))


def kind_colour(kind: str) -> str:
    """Return the colour of a kind of layer; a kind without its own takes ``shape``'s."""
    return token(f"k-{kind}" if f"k-{kind}" in LIGHT else "k-shape")
