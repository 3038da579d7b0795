"""Ledes and titles follow from the measurement, and stay neutral where it does not carry them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kreport.analyzers._activations.sentences import (
    beside,
    depth_title,
    function_title,
    lede,
    norms_summary,
    shares_title,
    troubled,
)
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput, NormFit
from kreport.document.text import plain
from kreport.probes.observers.functions import Shares

NOTHING = np.zeros(0, np.uint8)
RELU = Curve(
    names=("relu",), z=np.zeros(0), a=np.zeros(0), slope=np.zeros(0), least=np.zeros(0), most=np.zeros(0),
    flats=((-1e9, 0.0),), bounded=False, low=-1, high=1,
)  # fmt: skip
TANH = replace(RELU, names=("tanh",), flats=((-1e9, -2.6), (2.6, 1e9)), bounded=True)
HEALTHY = "ReLU is used as it should be, about half on; no unit is dead."


def output(call: str, **more: object) -> LayerOutput:
    fields = {
        "call": call, "layer": call, "class_name": "Dense", "kind": "dense", "output": 0, "inner": False,
        "container": False, "main": True, "calls": 1, "shape": (None, 10), "dtype": "float32", "masked": False,
        "size": 100, "nan": 0, "inf": 0, "zeros": 0, "mean": 0.0, "std": 1.0, "low": -1.0, "high": 1.0,
        "quantiles": (-1, -0.9, -0.5, 0, 0.5, 0.9, 1), "histogram": NOTHING, "units": 10, "silent": 0, "constant": 0,
    }  # fmt: skip
    return LayerOutput(**(fields | more))


def use(call: str, **more: object) -> FunctionUse:
    fields = {
        "call": call, "layer": call, "name": "relu", "after": "", "part": "", "steps": 1, "curve": 0, "mean": 0.0,
        "std": 1.0, "low": -3.0, "high": 3.0, "quantiles": (), "histogram": NOTHING, "spark": NOTHING, "outside": 0.0,
        "flat": 0.5, "units": 10, "dead": 0, "saturated": 0,
    }  # fmt: skip
    return FunctionUse(**(fields | more))


def stats(*uses: FunctionUse, outputs: tuple[LayerOutput, ...] = (), **more: object) -> ActivationStats:
    fields = {"outputs": outputs, "functions": uses, "curves": (RELU,), "samples": 64, "read": 64, "notes": ()}
    return ActivationStats(**(fields | more))


def norm(call: str, **more: object) -> NormFit:
    fields = {"layer": call, "channels": 4, "shift": 0.1, "shift_most": 0.2, "shifted": 0.0, "off": 0.0}
    return NormFit(**({"call": call, "ratios": (0.9, 1.0, 1.1)} | fields | more))


CASES = {
    "not finite comes first": (
        stats(use("a", dead=9), outputs=(output("a"), output("b", nan=7), output("c", nan=100))),
        "Activations are not finite from b onwards: 7 NaN of 100 values there.",
    ),
    "dead units": (
        stats(use("a", dead=4), use("b")),
        "a has 4 dead of 10 units. The other layer is about half on.",
    ),
    "saturated units": (
        stats(use("a", name="tanh", saturated=6, flat=0.7), *[use("b", name="tanh", flat=0.0)] * 2),
        "a has 6 saturated of 10 units. The other 2 activations are neither dead nor saturated.",
    ),
    "a gate": (
        stats(use("lstm", part="forget gate", flat=0.95)),
        "the forget gate of lstm is flat for 95.0\u202f% of its inputs. ",
    ),
    "half on": (stats(use("a"), use("b", flat=0.4)), HEALTHY),
    "rarely off": (stats(use("a", flat=0.1)), "No unit is dead or saturated in 1 activation."),
    "nothing seen": (
        stats(),
        "No layer is seen at work: a call that is a tf.function of its own hides what happens in it.",
    ),
    "a few units": (
        stats(use("a", flat=0.1, units=100, dead=3, saturated=1), use("b", flat=0.2)),
        "Few units are idle: 3 dead and 1 saturated of 110 in 2 activations.",
    ),
    "stale statistics": (
        stats(use("a"), norms=(norm("bn", off=0.5),)),
        f"The moving statistics of bn do not fit the data. {HEALTHY}",
    ),
    "a constant head": (
        stats(outputs=(output("head", constant=10),)),
        "head puts out the same for every sample. Outputs of 1 layer, measured on 64 samples.",
    ),
    "a constant embedding of places": (
        stats(outputs=(output("places", kind="embed", constant=10),)),
        "Outputs of 1 layer, measured on 64 samples.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_lede_says_what_is_wrong_first(case: str) -> None:
    measured, sentence = CASES[case]
    assert plain(lede(measured)) == sentence


@pytest.mark.parametrize(
    ("more", "trouble"),
    [
        ({"dead": 1}, False),
        ({"dead": 2}, True),
        ({"saturated": 3}, False),
        ({"saturated": 4}, True),
        ({"flat": 0.8}, False),
        ({"flat": 0.81}, True),
        ({"flat": None}, False),
    ],
)
def test_limits_are_those_of_the_rules(more: dict, trouble: bool) -> None:
    assert troubled(use("a", **more)) is trouble


@pytest.mark.parametrize(
    ("curve", "uses", "title"),
    [
        (RELU, [use("a", flat=0.0)], "relu: no input lies in the flat part"),
        (RELU, [use("a", flat=0.5)], "relu: 50.0\u202f% of the inputs in the flat part"),
        (RELU, [use("a", flat=0.4), use("b", flat=0.6)], "relu: 40.0–60.0\u202f% of the inputs in the flat part"),
        (RELU, [use("a", dead=5)], "relu: five of 10 units of a never come alive"),
        (RELU, [use("a", flat=0.9)], "relu: a has drifted into the flat part"),
        (TANH, [use("a", saturated=9)], "tanh: a hardly lands where the curve is steep"),
        (replace(RELU, flats=()), [use("a")], "relu: where its inputs lie"),
        (RELU, [use("a", flat=None)], "relu: where its inputs lie"),
    ],
)
def test_titles_of_pictures(curve: Curve, uses: list[FunctionUse], title: str) -> None:
    assert function_title(curve, uses) == title


def test_units_are_told_beside_the_ridge_only_where_they_matter() -> None:
    assert beside(use("a", dead=1), RELU) == "50.0\u202f% in the flat part"
    assert beside(use("a", dead=4), RELU) == "50.0\u202f% in the flat part, 4 of 10 units dead"
    assert beside(use("a"), replace(RELU, flats=())) == ""


def test_a_softmax_is_called_sure_only_if_it_is() -> None:
    peaks = Shares(choices=3, peaks=np.ones(20, np.int64), sure=0.95, entropy=0.1)
    assert "sure of itself" in shares_title([use("a", shares=peaks)])
    assert "sure of itself" not in shares_title([use("a", shares=replace(peaks, sure=0.4))])
    assert shares_title([use("a", shares=peaks)] * 2) == "softmax: how large the largest share is"


def test_depth_is_neutral_with_one_layer_and_names_the_ends_with_more() -> None:
    assert depth_title([output("a")]) == "Outputs over depth"
    assert "factor of 3" in depth_title([output("a"), output("b", std=2.0)])
    assert depth_title([output("a"), output("b", std=40.0)]).endswith("40 times larger in b than in a")


def test_moving_statistics_are_summed_up() -> None:
    assert norms_summary([norm("a")]) == "the data's variance equals the moving variance in the median channel"
    assert norms_summary([norm("a"), norm("b", ratios=(0, 3.0, 9))]).startswith("the data's variance is 1 to 3 times")
    assert "1 layer of 2" in norms_summary([norm("a"), norm("b", shifted=0.3)])
