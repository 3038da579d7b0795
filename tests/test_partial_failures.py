"""What fails beside the main thing: the section goes on without it, the report says so, strict stops."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.cli import INCOMPLETE, main  # noqa: E402
from kreport.document.blocks import Block, Notice, Row, Stack  # noqa: E402
from kreport.document.model import Section  # noqa: E402
from kreport.document.text import plain  # noqa: E402
from kreport.probes.observers.norms import Norms  # noqa: E402
from kreport.probes.observers.sample_losses import Losses  # noqa: E402

SECTIONS = ["activations", "gradients"]

PARTS = {
    "attribution": ("kreport.probes.samples.attribution._attribution", "Attribution"),
    "gradients by class": ("kreport.probes.samples.classes._measured", "Gradients by class"),
    "telling samples": ("kreport.probes.samples.telling._chosen", "Telling samples"),
    "representation": ("kreport.analyzers.activations.represented", "Representation over depth"),
    "hardest samples": ("kreport.probes.samples.hardest._inputs", "Pictures or texts of the hardest samples"),
}


LOST = {
    "attribution": ["Attribution"],
    "gradients by class": ["Gradients by class", "Classes against each other"],
    "telling samples": ["What three samples", "Attribution"],
    "representation": ["Classes over depth", "Samples in hidden", "Samples in norm", "Similarity of layers"],
    "hardest samples": [],
}
"""Titles that go with a part."""


def small_model() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(6, "relu", name="hidden"), keras.layers.BatchNormalization(name="norm"),
         keras.layers.Dense(3, "softmax", name="out")], name="small",
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def small_data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(48, 5)).astype("float32"), random.integers(0, 3, 48)


def broken(*_: object, **__: object) -> None:
    message = "a wheel came off"
    raise ZeroDivisionError(message)


def blocks(parts: Any) -> Iterator[Block]:
    for block in parts:
        yield from blocks(block.blocks) if isinstance(block, Row | Stack) else [block]


def section(report: kreport.Report, name: str) -> Section:
    return next(one for one in report.sections if one.id == name)


def titles(report: kreport.Report) -> list[str]:
    shown = [block for name in SECTIONS for block in blocks(section(report, name).blocks)]
    return [plain(block.title) for block in shown if hasattr(block, "title")]


@pytest.fixture(scope="module")
def whole() -> kreport.Report:
    return kreport.report(small_model(), data=small_data(), only=SECTIONS)


def test_a_complete_report_has_no_failed_gap(whole: kreport.Report) -> None:
    assert [gap for gap in whole.gaps if gap.failed] == []


@pytest.mark.parametrize("stage", PARTS)
def test_a_part_that_fails_is_a_gap_and_the_rest_is_there(
    whole: kreport.Report, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    path, title = PARTS[stage]
    module, _, name = path.rpartition(".")
    monkeypatch.setattr(importlib.import_module(module), name, broken)
    made = kreport.report(small_model(), data=small_data(), only=SECTIONS)
    [gap] = [gap for gap in made.gaps if gap.failed]
    assert (gap.stage, gap.reason) == (stage, "ZeroDivisionError: a wheel came off")
    notices = [one for name in SECTIONS for one in blocks(section(made, name).blocks) if isinstance(one, Notice)]
    assert f"{title} could not be made" in [one.title for one in notices]
    assert all(one.failed and one.details for one in notices)
    lost = set(titles(whole)) - set(titles(made))
    expected = LOST[stage]
    assert len(lost) == len(expected), lost
    assert all(any(one.startswith(start) for one in lost) for start in expected)
    assert {"The 8 hardest samples", "∂L/∂w of 6 variables"} <= set(titles(made))
    with pytest.raises(ZeroDivisionError):
        kreport.report(small_model(), data=small_data(), only=SECTIONS, strict=True)


@pytest.mark.parametrize(("observer", "method"), [(Norms, "reduce"), (Losses, "add"), (Losses, "result")])
def test_an_observer_that_fails_is_a_gap_in_every_case(
    monkeypatch: pytest.MonkeyPatch, observer: type, method: str
) -> None:
    monkeypatch.setattr(observer, method, functools.wraps(getattr(observer, method))(lambda *_: broken()))
    made = kreport.report(small_model(), data=small_data(), only=SECTIONS)
    [gap] = [gap for gap in made.gaps if gap.failed]
    assert gap.stage == {"Norms": "norm inputs", "Losses": "sample losses"}[observer.__name__]
    assert "∂L/∂w of 6 variables" in titles(made)
    with pytest.raises(ZeroDivisionError):
        kreport.report(small_model(), data=small_data(), only=SECTIONS, strict=True)


def test_the_overview_and_the_exit_code_say_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    small_model().save(tmp_path / "model.keras")
    x, y = small_data()
    np.savez(tmp_path / "data.npz", x=x, y=y)
    monkeypatch.setattr("kreport.probes.samples.attribution._attribution", broken)
    given = ["report", str(tmp_path / "model.keras"), "--data", str(tmp_path / "data.npz"), "-o"]
    assert main([*given, str(tmp_path / "r.html"), "--only", "gradients"]) == INCOMPLETE
    assert "kreport: attribution failed: ZeroDivisionError: a wheel came off" in capfd.readouterr().err
    loaded = kreport.load(tmp_path / "r.html")
    assert [gap.stage for gap in loaded.gaps if gap.failed] == ["attribution"]
    assert "Attribution" in (tmp_path / "r.html").read_text("utf-8").partition('id="gradients"')[0]
    assert main([*given, str(tmp_path / "s.html"), "--strict"]) == INCOMPLETE
    assert not (tmp_path / "s.html").exists()


def test_passes_are_timed_apart_and_stated(whole: kreport.Report, monkeypatch: pytest.MonkeyPatch) -> None:
    times = dict(whole.timings.passes)
    assert {"passes over the data", "telling samples", "attribution", "gradients by class"} <= set(times)
    assert all(seconds > 0 for seconds in times.values())
    assert sum(times.values()) <= sum(seconds for _, seconds in whole.timings.seconds)
    page = whole._repr_html_()
    assert all(name in page for name in times)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert kreport.report(small_model(), data=small_data(), only=["gradients"]).timings is None
