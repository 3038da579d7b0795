"""The hardest samples: pictures where inputs are such, texts in a table, labels of each output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kreport.analyzers._gradients.losses import sample_losses
from kreport.analyzers._gradients.stats import HardSample, SampleLoss
from kreport.analyzers._gradients.tables import hardest
from kreport.document.blocks import Images, Table
from kreport.document.text import plain
from kreport.probes.observers.sample_losses import Answer, SampleLosses
from kreport.probes.observers.sample_losses import HardSample as Observed
from kreport.probes.samples.hardest import HardestSamples
from kreport.tensors.cumulative import FineCounts
from tests.analyzers._activations.test_samples import IMAGE, view


def losses(*hard: HardSample) -> SampleLoss:
    return SampleLoss(
        samples=9, bad=0, mean=1.0, quantiles=(1.0,) * 7, edges=np.arange(3.0), counts=np.ones(2), logarithmic=False,
        hardest=hard, share=0.5,
    )  # fmt: skip


def hard(index: int = 1234, **more: Any) -> HardSample:
    given = {"loss": 2.5, "label": "cat", "said": "dog", "share": 0.98, "input": None} | more
    return HardSample(index=index, **given)


class TestPictures:
    def test_stand_with_label_prediction_loss_and_index(self):
        shown = hardest(losses(hard(input=IMAGE), hard(3, input=IMAGE, share=None)))
        assert isinstance(shown, Images)
        assert (plain(shown.title), shown.palette, shown.narrow) == ("The 2 hardest samples", "grey", True)
        first, second = shown.pictures
        np.testing.assert_array_equal(first.pixels, IMAGE.pixels)
        told = plain(first.label).replace("\N{NO-BREAK SPACE}", " ")
        assert told == "true cat, said dog, 98.0\u202f%, loss 2.50, sample 1,234"
        assert first.alt == "Input of sample 1234: true cat, said dog, 98.0\u202f%, loss 2.50"
        assert "98" not in plain(second.label)

    def test_without_labels_stand_with_their_loss(self):
        [picture] = hardest(losses(hard(input=IMAGE, label="", said="", share=None))).pictures
        assert plain(picture.label).replace("\N{NO-BREAK SPACE}", " ") == "loss 2.50, sample 1,234"
        assert picture.alt == "Input of sample 1234: loss 2.50"

    def test_in_colour_and_series_have_their_palettes(self):
        coloured = view("image", pixels=np.zeros((4, 4, 3), np.uint8), note="mean of 7 channels")
        shown = hardest(losses(hard(input=coloured)))
        assert (plain(shown.title), shown.palette, plain(shown.note)) == (
            "The hardest sample", "rgb", "Shown: mean of 7 channels.",
        )  # fmt: skip
        series = hardest(losses(hard(input=view("series", values=np.arange(9.0)[:, None]))))
        assert series.palette == "diverging"
        assert "steps to the right" in plain(series.subtitle)


class TestTables:
    def test_texts_have_a_column(self):
        shown = hardest(losses(hard(input=view("text", words=("so bad",))), hard(2, input=view("text", words=("no",)))))
        assert isinstance(shown, Table)
        assert [column.label for column in shown.columns] == ["Sample", "Label", "Model says", "Share", "Loss", "Text"]
        assert [row.cells[-1] for row in shown.rows] == ["“so bad”", "“no”"]

    @pytest.mark.parametrize("input_", [None, view("table", values=np.ones(3), words=("a", "b", "c"))])
    def test_rows_of_a_table_have_none(self, input_):
        shown = hardest(losses(hard(input=input_)))
        assert isinstance(shown, Table)
        assert [column.label for column in shown.columns] == ["Sample", "Label", "Model says", "Share", "Loss"]


def test_several_outputs_are_told_by_name() -> None:
    counts = FineCounts()
    counts.add(np.array([2.5, 1.0], np.float32))
    answers = (
        Answer(output="kind", label=1.0, said=0.0, share=0.9, classes=2),
        Answer(output="size", label=0.5, said=-0.25, share=None, classes=0),
        Answer(output="map", label=None, said=None, share=None, classes=0),
    )
    one = Observed(index=5, loss=2.5, label=None, said=None, share=None, answers=answers)
    found = SampleLosses(counts=counts, samples=2, bad=0, total=3.5, low=1.0, high=2.5, hardest=(one,), classes=True)
    [told] = sample_losses(found, ("cat", "dog"), HardestSamples(inputs=(IMAGE,))).hardest
    assert told.label == "kind: dog, size: 0.500"
    assert told.said == "kind: cat (90.0\u202f%), size: −0.250"
    assert told.input is IMAGE
