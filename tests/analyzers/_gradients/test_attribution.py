"""Attributions as blocks: overlays for images, bars for tables, highlighted tokens, curves for series."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kreport.analyzers._gradients.attribution import attribution_blocks, attribution_title, completeness, overlaid
from kreport.document.blocks import Chart, Notice, Strip, Texts
from kreport.document.model import Gap
from kreport.document.text import plain
from kreport.probes.samples.attributed import Attributed
from kreport.probes.samples.attribution import Attribution
from tests.analyzers._activations.test_samples import IMAGE, NOTHING, plain_verdict, verdict, view

PEAK = np.zeros((8, 8), np.uint8)
PEAK[1, 6] = 8
SIGNED = np.full((8, 8), 4, np.uint8)
SIGNED[7, 0] = 8


def one(view_: Any, integrated: np.ndarray, *, cam: np.ndarray = NOTHING, said: Any = None, **more: Any) -> Attributed:
    given = {"saliency": np.abs(integrated), "score": 2.0, "base": 0.5, "error": 0.004, "nodes": 15} | more
    return Attributed(verdict=said or verdict(), input=view_, integrated=integrated, cam=cam, **given)


def attribution(kind: str, *samples: Attributed, **more: Any) -> Attribution:
    given = {"score": "logit of the class said", "baseline": "the mean of 40 samples", "nodes": 31, "layer": "",
             "map_size": (), "input": "x", "inputs": 1, "output": 0, "outputs": 1, "gaps": ()} | more  # fmt: skip
    return Attribution(kind=kind, samples=samples, **given)


class TestImages:
    def strip(self, **more: Any) -> Strip:
        shown = one(IMAGE, SIGNED, saliency=PEAK, cam=PEAK)
        [strip] = attribution_blocks(attribution("image", shown, layer="net / last", map_size=(4, 4), **more))
        assert isinstance(strip, Strip)
        return strip

    def test_input_saliency_integrated_gradients_and_grad_cam_stand_side_by_side(self):
        strip = self.strip()
        assert [plain(c.label) for c in strip.columns] == ["Input", "Saliency", "Integrated gradients", "Grad-CAM"]
        assert [c.palette for c in strip.columns] == ["grey", "overlay", "overlay-diverging", "overlay"]
        assert strip.columns[3].note == "4×4"
        told = plain(strip.subtitle)
        assert told.startswith("What speaks for s, the logit of the class said")
        assert "Grad-CAM at last" in told

    def test_pictures_say_where_they_are_strongest(self):
        assert [cell.picture.alt for cell in self.strip().rows[0].cells] == [
            "Input of sample 7",
            "Saliency of sample 7, most in the upper right",
            "Integrated gradients of sample 7, most in the lower left",
            "Grad-CAM of sample 7, most in the upper right",
        ]

    def test_a_flat_picture_is_said_to_be_one(self):
        shown = one(IMAGE, np.full((8, 8), 4, np.uint8), saliency=np.zeros((8, 8), np.uint8))
        [strip] = attribution_blocks(attribution("image", shown))
        assert [plain(c.label) for c in strip.columns] == ["Input", "Saliency", "Integrated gradients"]
        assert strip.rows[0].cells[1].picture.alt == "Saliency of sample 7, the same everywhere"
        assert "Grad-CAM" not in plain(strip.subtitle)

    def test_overlays_hold_the_heat_map_and_the_picture(self):
        pixels = self.strip().rows[0].cells[1].picture.pixels
        np.testing.assert_array_equal(pixels % 9, PEAK)
        np.testing.assert_array_equal(pixels // 9, IMAGE.pixels // 16)

    @pytest.mark.parametrize("picture", [np.full((2, 2), 255, np.uint8), np.full((2, 2, 3), 255, np.uint8)])
    def test_the_brightest_level_is_the_last_one(self, picture):
        np.testing.assert_array_equal(overlaid(picture, np.array([[0, 3], [8, 9]], np.uint8)), [[135, 138], [143, 143]])


class TestTables:
    def chart(self, *rows: list[float], **more: Any) -> Chart:
        names = view("table", values=np.array([1.5, -2.0]), words=("age", "<b>rooms</b>"))
        [chart] = attribution_blocks(attribution("table", *(one(names, np.array(row)) for row in rows), **more))
        assert isinstance(chart, Chart)
        return chart

    def test_the_feature_that_counts_most_is_named_in_title_and_alt(self):
        chart = self.chart([2.0, -0.5], [-1.0, 0.25])
        assert plain(chart.title) == "Attribution: age counts most"
        assert chart.alt.endswith("Most confident and wrong (true cat, said dog, 75.0\u202f%): age −1.")
        assert "age +2;" in chart.alt
        assert "orange speaks for it, blue against" in plain(chart.subtitle)

    def test_where_none_does_the_title_is_a_noun(self):
        assert plain(self.chart([1.0, -0.9]).title) == "Attribution of one sample"

    def test_the_saliency_is_told_in_words(self):
        assert "Saliency, the mean of |∂s/∂x|, is largest for age 1.50, <b>rooms</b> 0.375." in plain(
            self.chart([2.0, -0.5], [-1.0, 0.25]).note
        )

    def test_panels_say_what_the_model_says(self):
        spec = json.dumps(self.chart([2.0, -0.5]).spec, ensure_ascii=False)
        assert "true cat, said dog, 75.0" in spec
        assert "1.50" in spec

    def test_what_is_said_stands_on_two_lines_where_it_is_long(self):
        long = replace(verdict(), truth="a long-eared owl", said="a great horned owl")
        sample = one(view("table", words=("a", "b"), values=np.zeros(2)), np.array([2.0, -0.5]))
        [chart] = attribution_blocks(attribution("table", sample, replace(sample, verdict=long)))
        titles = [panel["title"]["subtitle"] for panel in chart.spec["hconcat"]]
        assert titles == [
            ["true cat", "said dog, 75.0 %"], ["true a long-eared owl", "said a great horned owl, 75.0 %"],
        ]  # fmt: skip


class TestTokens:
    def texts(self, values: list[float], **more: Any) -> Texts:
        words = view("tokens", words=("not", "so", "bad"), **more)
        [texts] = attribution_blocks(attribution("tokens", one(words, np.array(values))))
        assert isinstance(texts, Texts)
        return texts

    def test_each_token_has_a_step_of_its_text_s_own_scale(self):
        [tokens] = self.texts([-1.0, 0.0, 0.5]).texts
        assert (tuple(tokens.words), tokens.steps) == (("not", "so", "bad"), [0, 4, 6])
        assert plain(tokens.said) == "For: bad +0.500 · Against: not −1 · Largest saliency: not 1"
        assert plain(tokens.subtitle) == "true cat, said dog, 75.0\u202f% · sample 7"

    def test_nothing_speaks_where_all_is_zero(self):
        [tokens] = self.texts([0.0, 0.0, 0.0]).texts
        assert tokens.steps == [4, 4, 4]
        assert plain(tokens.said) == ""

    def test_long_texts_say_how_much_is_shown(self):
        assert "Shown: first 80 of 200 tokens." in plain(
            self.texts([1.0, 0.0, 0.0], note="first 80 of 200 tokens").note
        )


class TestSeries:
    def chart(self, channels: int) -> Chart:
        series = view("series", values=np.sin(np.arange(20.0))[:, None] * np.ones(channels))
        shares = np.zeros(20)
        shares[13] = -2.0
        [chart] = attribution_blocks(attribution("series", one(series, shares)))
        assert isinstance(chart, Chart)
        return chart

    def test_the_steepest_step_is_told(self):
        assert "Saliency, |∂s/∂x|, is largest at step 13." in plain(self.chart(2).note)

    def test_the_strongest_step_is_told(self):
        assert self.chart(1).alt.endswith("(true cat, said dog, 75.0\u202f%): most at step 13.")

    @pytest.mark.parametrize(("channels", "told"), [(1, ""), (2, "channel 1 dark or light, 2 blue"), (3, "3 violet")])
    def test_several_curves_are_told_apart(self, channels, told):
        assert told in plain(self.chart(channels).subtitle)
        assert ("curves" in plain(self.chart(channels).subtitle)) == bool(told)


class TestNote:
    def test_states_steps_baseline_and_how_complete_the_sum_is(self):
        names = view("table", values=np.ones(1), words=("a",))
        found = attribution("table", one(names, np.ones(1)), one(names, np.ones(1), error=None, nodes=63))
        told = completeness(found)
        assert told == (
            "Integrated gradients: 15 to 63 gradients along the line from the mean of 40 samples; "
            "their sum is off the change of the score by 0.4\u202f%."
        )  # fmt: skip

    def test_names_one_of_several_inputs_and_outputs(self):
        [strip] = attribution_blocks(attribution("image", one(IMAGE, SIGNED, saliency=PEAK), inputs=2, outputs=3))
        assert "Explained by the input x, one of 2; the others stay as they are." in plain(strip.note)
        assert "one of 3 outputs" in plain(strip.note)

    def test_titles_count_what_is_explained(self):
        found = attribution("image", *[one(IMAGE, SIGNED, said=plain_verdict())] * 4)
        assert attribution_title(found) == "Attribution of four images"


def test_what_is_missing_is_told_beside_what_is_there():
    failed = Gap("Grad-CAM", "ValueError: no", failed=True, details="somewhere")
    strip, notice = attribution_blocks(attribution("image", one(IMAGE, SIGNED, saliency=PEAK), gaps=(failed,)))
    assert isinstance(strip, Strip)
    assert isinstance(notice, Notice)
    assert notice.failed
    [alone] = attribution_blocks(attribution("other", gaps=(Gap("attribution", "needs an output"),)))
    assert isinstance(alone, Notice)
