"""Attention as blocks: a grid a layer with names on both axes, and the heads of one layer, a sample each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kreport.analyzers._activations.attention import attention_title, heads_title
from kreport.analyzers._activations.samples import telling_blocks
from kreport.document.blocks import Chart, Disclosure, Row, Strip
from kreport.document.text import plain
from kreport.probes.samples.attending import LEVELS, AttentionView, HeadsView
from kreport.probes.samples.telling import TellingSample, TellingSamples
from tests.analyzers._activations.test_samples import IMAGE, verdict, view


def attending(weights: np.ndarray, **more: Any) -> AttentionView:
    names = ("not", "so", "bad", "film")[: len(weights)]
    given = {"call": "net / attend", "layer": "net / attend", "heads": 4, "of": 4, "queries": names, "keys": names,
             "note": ""} | more  # fmt: skip
    return AttentionView(weights=weights, **given)


class TestAttention:
    def test_stands_below_the_strip_with_tokens_on_both_axes(self):
        view_ = attending(np.array([[0.1, 0.2, 0.7]] * 3), queries=("so", "so", "bad"), note="first 3 of 9 tokens")
        one = TellingSample(verdict=verdict(), input=view("tokens", words=("so", "so", "bad")))
        strip, row = telling_blocks(
            TellingSamples(samples=(one,), layers=(), task="classes", input="", inputs=1, outputs=1, of=9, gaps=(),
                           attention=(view_,))
        )  # fmt: skip
        assert isinstance(strip, Strip)
        assert isinstance(row, Row)
        [chart] = row.blocks
        assert isinstance(chart, Chart)
        assert plain(chart.title) == "Attention in attend: most on bad"
        assert plain(chart.subtitle) == "Weights of sample 7, mean of 4 heads: queries down, keys to the right"
        assert plain(chart.note) == "First 3 of 9 tokens."
        assert "3 queries and 3 keys, up to 0.700" in chart.alt
        cells = (
            next(iter(chart.spec["datasets"].values())) if "datasets" in chart.spec else chart.spec["data"]["values"]
        )
        assert len(cells) == 9  # equal tokens have a row each
        assert len({cell["y"] for cell in cells}) == 3
        assert {cell["y"].strip("\u200b") for cell in cells} == {"so", "bad"}

    def test_a_title_names_no_key_where_none_stands_out(self):
        assert attention_title(attending(np.full((4, 4), 0.25))) == "Attention in attend: about the same on all keys"
        assert attention_title(attending(np.array([[0.3, 0.7], [0.7, 0.3]]))) == "Attention in attend"

    @pytest.mark.parametrize(("heads", "of", "said"), [(1, 1, "one head"), (8, 12, "mean of the first 8 of 12 heads")])
    def test_says_how_many_heads_are_averaged(self, heads, of, said):
        one = TellingSample(verdict=verdict(), input=IMAGE)
        view_ = attending(np.eye(2), heads=heads, of=of)
        _, row = telling_blocks(
            TellingSamples(samples=(one,), layers=(), task="classes", input="", inputs=1, outputs=1, of=9, gaps=(),
                           attention=(view_,))
        )  # fmt: skip
        assert said in plain(row.blocks[0].subtitle)

    def test_weights_that_hardly_differ_look_so(self):
        one = TellingSample(verdict=verdict(), input=IMAGE)
        _, row = telling_blocks(telling(one, attention=(attending(np.full((4, 4), 0.25)),)))
        assert {cell["s"] for cell in row.blocks[0].spec["data"]["values"]} == {4}  # the middle of nine
        assert row.blocks[0].ramp.high == "0.500"

    def test_positions_are_called_so(self):
        view_ = attending(np.array([[0.1, 0.9]] * 2), keys=("1", "2"), positions=True)
        assert attention_title(view_) == "Attention in attend: most on position 2"


def telling(*samples: TellingSample, **more: Any) -> TellingSamples:
    given = {"samples": samples, "layers": (), "task": "classes", "input": "", "inputs": 1, "outputs": 1, "of": 9,
             "gaps": ()} | more  # fmt: skip
    return TellingSamples(**given)


def heads(weights: list[Any], sample: int = 0, **more: Any) -> HeadsView:
    values = np.asarray(weights, float)
    names = ("not", "so", "bad", "film")[: values.shape[1]]
    given = {"call": "net / attend", "layer": "net / attend", "of": len(values), "queries": names, "keys": names,
             "note": "", "high": float(values.max())} | more  # fmt: skip
    levels = np.round(values / values.max() * LEVELS).astype(np.uint8)
    return HeadsView(sample=sample, levels=levels, **given)


class TestHeads:
    LOOKS = ([[0.1, 0.9], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]], [[0.4, 0.6], [0.6, 0.4]])

    def test_each_has_a_picture_with_tokens_on_its_axes(self):
        one = TellingSample(verdict=verdict(), input=IMAGE)
        _, chart = telling_blocks(telling(one, heads=(heads(self.LOOKS),)))
        assert isinstance(chart, Chart)
        assert plain(chart.title) == "Heads of attend: head 1 most on so"
        assert "sample 7, three heads: queries down, keys to the right" in plain(chart.subtitle)
        assert chart.alt.endswith("head 1 most on so, head 2 most on not, head 3 most on not.")
        panels = chart.spec["hconcat"]
        assert [panel["title"] for panel in panels] == ["Head 1", "Head 2", "Head 3"]
        for panel, weights in zip(panels, self.LOOKS, strict=True):
            cells = {(cell["y"], cell["c"]): cell["v"] for cell in panel["data"]["values"]}
            expected = {(q, k): weights[i][j] for i, q in enumerate(("not", "so")) for j, k in enumerate(("not", "so"))}
            assert cells == pytest.approx(expected, abs=0.9 / LEVELS)
        assert [bool(panel["encoding"]["y"]["axis"]) for panel in panels] == [True, False, False]

    def test_of_more_than_four_begin_a_line_with_names(self):
        one = TellingSample(verdict=verdict(), input=IMAGE)
        _, chart = telling_blocks(telling(one, heads=(heads([self.LOOKS[0]] * 6, of=12),)))
        assert "the first 6 of 12 heads" in plain(chart.subtitle)
        assert [len(line["hconcat"]) for line in chart.spec["vconcat"]] == [4, 2]
        assert all(line["hconcat"][0]["encoding"]["y"]["axis"] for line in chart.spec["vconcat"])

    def test_of_other_samples_are_folded_under_their_reasons(self):
        samples = [TellingSample(verdict=verdict(why=why), input=IMAGE) for why in ("Highest loss", "Lowest loss")]
        views = tuple(heads(self.LOOKS, place) for place in range(2))
        _, first, folded = telling_blocks(telling(*samples, heads=views))
        assert isinstance(first, Chart)
        assert isinstance(folded, Disclosure)
        assert (plain(folded.title), plain(folded.summary)) == ("Heads of attend for other samples", "Lowest loss")
        assert [plain(chart.title) for chart in folded.blocks] == ["Lowest loss"]

    def test_a_title_names_no_head_where_none_stands_out(self):
        assert heads_title(heads([self.LOOKS[1], self.LOOKS[2]])) == "Heads of attend"
        assert heads_title(heads([self.LOOKS[0]], positions=True)) == "Heads of attend: head 1 most on position so"
