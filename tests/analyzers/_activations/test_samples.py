"""Telling samples as blocks: which pictures, captions, sentences and alt texts come for which kind of input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kreport.analyzers._activations.samples import strip_title, telling_blocks
from kreport.document.blocks import Notice, ShareBars, Strip
from kreport.document.model import Gap
from kreport.document.text import plain
from kreport.probes.samples.inputs import InputView
from kreport.probes.samples.inside import LayerView
from kreport.probes.samples.telling import TellingSample, TellingSamples, Verdict

NONE, NOTHING = np.zeros((0, 0), np.uint8), np.zeros(0)


def verdict(**more: Any) -> Verdict:
    given = {"index": 7, "why": "Most confident and wrong", "truth": "cat", "said": "dog", "share": 0.75,
             "classes": ("dog", "cat"), "shares": np.array([0.75, 0.25]), "at_truth": 1, "at_said": 0}  # fmt: skip
    return Verdict(**(given | more))


def plain_verdict(**more: Any) -> Verdict:
    return verdict(truth="", said="", share=None, classes=(), shares=NOTHING, at_truth=-1, at_said=-1, **more)


def view(kind: str, **more: Any) -> InputView:
    return InputView(**({"kind": kind, "pixels": NONE, "values": NOTHING} | more))


IMAGE = view("image", pixels=np.arange(64, dtype=np.uint8).reshape(8, 8))


def layer(form: str, *shape: int, low: float = 0.0, note: str = "", samples: int = 1) -> LayerView:
    pixels = tuple(np.full(shape, 3, np.uint8) for _ in range(samples))
    return LayerView(call="block / a", layer="block / a", form=form, shape=shape, low=low, high=2.0, note=note,
                     pixels=pixels)  # fmt: skip


def shown(one: TellingSample, *layers: LayerView, **more: Any) -> Strip:
    given = {"samples": (one,), "layers": layers, "task": "classes", "input": "x", "inputs": 1, "outputs": 1, "of": 512,
             "gaps": ()} | more  # fmt: skip
    [strip] = telling_blocks(TellingSamples(**given))
    assert isinstance(strip, Strip)
    assert all(len(row.cells) == len(strip.columns) for row in strip.rows)
    return strip


def test_an_image_stands_before_what_layers_make_of_it_and_shares_after() -> None:
    strip = shown(TellingSample(verdict=verdict(), input=IMAGE), layer("maps", 8, 4, 4), layer("units", 1, 16))
    assert plain(strip.title) == "What one image looks like inside"
    assert [plain(column.label) for column in strip.columns] == ["Input", "a", "a", "Output"]
    assert [column.palette for column in strip.columns[:2]] == ["grey", "sequential"]
    [row] = strip.rows
    assert plain(row.title) == "Most confident and wrong"
    assert plain(row.subtitle) == "true cat, said dog, 75.0\u202f% · sample 7"
    picture, maps, units, shares = row.cells
    assert picture.picture.alt == "Input of sample 7"
    assert picture.picture.pixels.shape[0] * picture.zoom == 56
    assert maps.picture.alt == "8 feature maps of a for sample 7"
    assert units.picture.alt == "outputs of a for sample 7"
    assert isinstance(shares, ShareBars)
    assert (shares.right, shares.said, shares.shares) == (1, 0, [0.75, 0.25])
    for part in ("maps of convolutions", "units of layers", "green right, orange wrong"):
        assert part in plain(strip.subtitle).lower()
    assert plain(strip.note).startswith("Chosen among 512 samples.")


def test_colours_and_signs_choose_the_palette() -> None:
    coloured = view("image", pixels=np.zeros((4, 4, 3), np.uint8))
    strip = shown(TellingSample(verdict=verdict(), input=coloured), layer("time", 4, 9, low=-2.0))
    assert [column.palette for column in strip.columns[:2]] == ["rgb", "diverging"]
    assert strip.columns[1].note == "−2 to 2"
    assert "blue is negative, orange positive" in plain(strip.note)


@pytest.mark.parametrize(
    ("form", "shape", "said", "alt"),
    [
        ("maps", (8, 4, 4), "maps of convolutions", "8 feature maps of a for sample 7"),
        ("units", (2, 16), "units of layers without positions", "outputs of a for sample 7"),
        ("time", (24, 14), "units down and steps to the right", "outputs of a for sample 7"),
        ("tokens", (16, 12), "dimensions down and tokens to the right", "outputs of a for sample 7"),
        ("heads", (4, 12, 12), "attention weights of each head", "4 attention heads of a for sample 7"),
    ],
)
def test_every_form_is_explained_and_fits_its_cell(form: str, shape: tuple[int, ...], said: str, alt: str) -> None:
    strip = shown(TellingSample(verdict=verdict(), input=IMAGE), layer(form, *shape, note="first 8 of 64 of them"))
    assert said in plain(strip.subtitle).lower()
    assert "a: first 8 of 64 of them." in plain(strip.note)
    cell = strip.rows[0].cells[1]
    assert cell.picture.alt == alt
    height, width = (side * cell.zoom for side in cell.picture.pixels.shape)
    assert 10 <= height <= 120
    assert 40 <= width <= 120


@pytest.mark.parametrize("kind", ["tokens", "text"])
def test_a_text_stands_beside_its_name_not_in_a_column(kind: str) -> None:
    words = tuple(f"w{place}" for place in range(14)) if kind == "tokens" else ("so bad that it is good",)
    strip = shown(TellingSample(verdict=verdict(), input=view(kind, words=words)), layer("time", 4, 9))
    assert [plain(column.label) for column in strip.columns] == ["a", "Output"]
    told = "“w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 …”" if kind == "tokens" else "“so bad that it is good”"
    assert told in plain(strip.rows[0].subtitle)
    assert plain(strip.title) == "What one text looks like inside"


def test_a_series_is_a_band_of_colours_with_its_axis_named() -> None:
    series = view("series", values=np.sin(np.linspace(0, 6, 80))[:, None])
    strip = shown(TellingSample(verdict=verdict(), input=series))
    assert (strip.columns[0].palette, strip.columns[0].note) == ("diverging", "steps to the right")
    assert strip.rows[0].cells[0].picture.pixels.shape[1] == 80


def test_rows_of_a_table_have_no_picture() -> None:
    strip = shown(TellingSample(verdict=verdict(), input=view("table", values=np.ones(3), words=("a", "b", "c"))))
    assert [plain(column.label) for column in strip.columns] == ["Output"]


def test_a_reconstruction_stands_at_the_end() -> None:
    one = TellingSample(verdict=plain_verdict(why="Largest error", loss=0.5), input=IMAGE, output=IMAGE)
    strip = shown(one, layer("maps", 8, 4, 4))
    assert [plain(column.label) for column in strip.columns] == ["Input", "a", "Output"]
    assert plain(strip.rows[0].subtitle) == "loss 0.500 · sample 7"
    assert "probabilities" not in plain(strip.subtitle)


def test_values_are_told_in_numbers() -> None:
    one = TellingSample(verdict=plain_verdict(why="Largest error", value=1.5, label=2.0), input=IMAGE)
    assert plain(shown(one).rows[0].subtitle) == "true 2, said 1.50 · sample 7"


def test_what_is_not_finite_is_said_to_be_so() -> None:
    one = TellingSample(verdict=verdict(share=float("nan"), shares=np.full(2, np.nan)), input=IMAGE)
    assert plain(shown(one).rows[0].subtitle) == "true cat, said nothing: the output is not finite · sample 7"


def test_several_inputs_and_outputs_are_named() -> None:
    note = plain(shown(TellingSample(verdict=verdict(), input=IMAGE), inputs=2, outputs=3).note)
    assert "Shown is the input x, one of 2." in note
    assert "Judged by one of 3 outputs." in note


def test_the_title_counts_what_there_is() -> None:
    one = TellingSample(verdict=verdict(), input=IMAGE)
    many = TellingSamples(samples=(one,) * 3, layers=(), task="classes", input="", inputs=1, outputs=1, of=3, gaps=())
    assert strip_title(many) == "What three images look like inside"


def test_what_is_missing_is_told() -> None:
    gap = Gap("telling samples", "not shown: samples=False")
    [notice] = telling_blocks(
        TellingSamples(samples=(), layers=(), task="other", input="", inputs=0, outputs=0, of=0, gaps=(gap,))
    )  # fmt: skip
    assert isinstance(notice, Notice)
    assert "samples=False" in plain(notice.text)
