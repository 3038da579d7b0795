"""Numbers as people read them."""

from __future__ import annotations

import pytest

from kreport.document.numbers import plural, quantity, shape


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (25_636_712, "count", "25.6 M"),
        (52_538, "count", "52.5 k"),
        (999, "count", "999"),
        (999_960, "count", "1.0 M"),
        (7.755e9, "flops", "7.8 GFLOPs"),
        (3_400_000, "bytes", "3.4 MB"),
        (210_000, "bytes", "210.0 KB"),
        (12, "bytes", "12 B"),
        (0.123, "share", "12.3 %"),
        (0.0, "share", "0 %"),
        (1.0, "share", "100 %"),
        (0.99999, "share", ">99.9 %"),
        (0.00001, "share", "<0.1 %"),
        (0.00041, "seconds", "410 µs"),
        (0.0123, "seconds", "12.3 ms"),
        (75.0, "seconds", "75 s"),
        (3725.0, "seconds", "1:02:05 h"),
        (0.00012, "number", "1.2e-4"),
        (-0.5, "number", "−0.500"),
        (0, "number", "0"),
        (-3, "number", "−3"),
        (12.345, "number", "12.3"),
        (1234.5, "number", "1,234"),
        (1.5e7, "number", "1.5e7"),
        (25_636_712, "exact", "25,636,712"),
        (None, "count", "–"),
        (float("nan"), "share", "NaN"),
        (float("-inf"), "number", "−∞"),
    ],
)
def test_formats(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("dimensions", "text"),
    [((None, 8, 8, 16), "8×8×16"), ((None, None, 3), "?×3"), ((None,), "scalar"), (None, "–")],
)
def test_shapes_leave_out_the_batch(dimensions: tuple[int | None, ...] | None, text: str) -> None:
    assert shape(dimensions) == text


def test_one_layer_two_layers() -> None:
    assert (plural(1, "layer"), plural(1200, "layer"), plural(2, "bias", "biases")) == (
        "1 layer",
        "1,200 layers",
        "2 biases",
    )
