"""The public calls: one report, whole whatever fails, equal after loading, written at once or not at all."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.analyzers import Analyzer  # noqa: E402
from kreport.analyzers.weights import Weights, WeightStats  # noqa: E402
from kreport.document.model import Section  # noqa: E402
from kreport.plugins import discover  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.weights import WeightSweep  # noqa: E402
from tests.models import ZOO, plain_cnn  # noqa: E402
from tests.zoo_data import inputs_for, loss_and_labels_for  # noqa: E402

NEEDED = {"overview", "data", "evaluation", "training", "architecture", "weights", "activations", "gradients", "layers"}

HISTORY = {
    "loss": [2.0, 1.0, 0.5, 0.4],
    "val_loss": [2.1, 1.2, 0.9, 1.0],
    "accuracy": [0.2, 0.5, 0.8, 0.9],
    "val_accuracy": [0.2, 0.4, 0.7, 0.65],
}


@pytest.fixture(scope="module")
def made() -> kreport.Report:
    return kreport.report(plain_cnn(), history=HISTORY, title="Small <CNN>")


@pytest.mark.parametrize("suffix", ["html", "json"])
def test_a_saved_report_loads_as_an_equal_one(made: kreport.Report, tmp_path: Path, suffix: str) -> None:
    made.save(tmp_path / f"report.{suffix}")
    loaded = kreport.load(tmp_path / f"report.{suffix}")
    assert loaded == made
    assert loaded.headline == made.headline
    assert [section.id for section in loaded.sections] == [section.id for section in made.sections]
    assert loaded.layers.equals(made.layers)


def test_a_loaded_report_writes_the_same_file(made: kreport.Report, tmp_path: Path) -> None:
    made.save(tmp_path / "first.html")
    kreport.load(tmp_path / "first.html").save(tmp_path / "second.html")
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


def test_different_reports_differ(made: kreport.Report) -> None:
    assert kreport.report(plain_cnn(), history=HISTORY) != made
    assert made != "a report"


def test_tables_are_data_frames(made: kreport.Report) -> None:
    assert {"id", "class", "parameters", "flops"} <= set(made.layers.columns)
    assert len(made.layers) == len(plain_cnn().layers)
    assert made.layers["parameters"].sum() == plain_cnn().count_params()
    assert len(made.history) == 4
    assert isinstance(made.weights, pd.DataFrame)
    assert len(made.weights) >= len(plain_cnn().weights)


def test_what_data_brings_is_in_data_frames_too() -> None:
    model = plain_cnn()
    x = inputs_for(model)
    loss, y = loss_and_labels_for(model, x)
    made = kreport.report(model, data=(x, y), loss=loss)
    assert set(made.activations["layer"]) <= set(made.layers["id"])
    assert made.activations["mean"].notna().any()
    assert len(made.gradients) == len(model.trainable_variables)
    assert made.gradients["norm"].gt(0).all()
    assert made.metrics["metric"].iloc[0] == "loss"


def test_charts_are_altair_charts_with_the_report_s_ids(made: kreport.Report) -> None:
    assert made.charts
    assert all(chart.to_dict(validate=False) for chart in made.charts.values())


def test_what_no_rule_has_judged_is_empty(made: kreport.Report) -> None:
    assert made.findings == made.verdicts == ()


def test_the_best_epoch_is_the_headline(made: kreport.Report) -> None:
    assert "epoch 3 of 4" in made.headline


def test_nothing_is_written_or_printed_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kreport.report(plain_cnn())
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_verbose_tells_each_stage_and_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kreport.report(plain_cnn(), output=tmp_path / "r.html", verbose=True)
    told = capsys.readouterr().out
    assert "Weights" in told
    assert "r.html" in told


def test_only_and_skip_choose_sections() -> None:
    kept = kreport.report(plain_cnn(), only=["weights"])
    assert [section.id for section in kept.sections] == ["overview", "weights"]
    left = kreport.report(plain_cnn(), history=HISTORY, skip=["weights", "activations", "layers"])
    assert {"overview", "training", "architecture"} <= {section.id for section in left.sections}
    assert not {"weights", "activations", "layers"} & {section.id for section in left.sections}


@pytest.mark.parametrize("argument", ["only", "skip"])
def test_an_unknown_section_is_named_with_those_there_are(argument: str) -> None:
    with pytest.raises(kreport.KreportError, match=rf"`{argument}` names the section 'wights'; there are overview"):
        kreport.report(plain_cnn(), **{argument: ["wights"]})


def test_a_failing_stage_costs_its_section_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(self: Weights, sweep: object) -> object:
        message = f"{tmp_path}/secret is broken"
        raise ZeroDivisionError(message)

    broken.__annotations__ = {"sweep": WeightSweep, "return": WeightStats}
    monkeypatch.setattr(Weights, "measure", broken)
    made = kreport.report(plain_cnn(), history=HISTORY, output=tmp_path / "r.html")
    [gap] = [gap for gap in made.gaps if gap.failed]
    assert gap.stage == "weights"
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Weights could not be made" in page
    assert str(tmp_path) not in page
    assert {section.id for section in made.sections} == {a.id for a in discover(Analyzer, "kreport.analyzers")}
    with pytest.raises(ZeroDivisionError):
        kreport.report(plain_cnn(), strict=True)


def test_a_section_that_cannot_be_presented_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Weights, measured: object) -> object:
        raise RuntimeError

    broken.__annotations__ = {"measured": WeightStats, "return": Section}
    monkeypatch.setattr(Weights, "present", broken)
    made = kreport.report(plain_cnn())
    assert [(gap.stage, gap.failed) for gap in made.gaps if gap.failed] == [("weights", True)]
    assert not made.weights.empty


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("report.pdf", "ends in '.pdf'"),
        ("missing/report.html", "its folder 'missing' does not exist"),
        ("report", "has no suffix"),
    ],
)
def test_a_bad_output_is_refused_before_any_work(tmp_path: Path, output: str, words: str) -> None:
    with pytest.raises(kreport.KreportError, match=words):
        kreport.report(object(), output=tmp_path / output)


def test_an_output_that_fails_leaves_the_old_file(
    made: kreport.Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(kreport.KreportError, match="No space left on device"):
        made.save(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        ("<html>", "holds no kreport report"),
        ("{}", "holds no kreport report"),
        (b"\xff", "cannot be read"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | bytes | None, words: str) -> None:
    path = tmp_path / "report.html"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(kreport.KreportError, match=words):
        kreport.load(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": "224"}, "`input_shape` is '224'"),
        ({"input_shape": (0, 3)}, "`input_shape` is"),
        ({"data": 3}, "without a shape"),
    ],
)
def test_bad_shapes_get_one_sentence(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(kreport.KreportError, match=words):
        kreport.report(plain_cnn(), **arguments)


def test_a_batch_counts_for_its_shape() -> None:
    made = kreport.report(ZOO["open_sizes"].make(), data=(np.zeros((2, 12, 10, 3), "float32"), np.zeros(2)))
    assert made.layers["flops"].iloc[0] > 0


@pytest.mark.parametrize("name", ZOO)
def test_every_model_of_the_zoo_gets_a_whole_report(name: str, tmp_path: Path) -> None:
    animal = ZOO[name]
    model = animal.make()
    x = inputs_for(model, animal.input_shape)
    loss, y = loss_and_labels_for(model, x)
    data = {} if x is None else {"data": (x, y), "loss": loss}
    before = fingerprint(model)
    made = kreport.report(model, input_shape=animal.input_shape, output=tmp_path / "r.html", **data)
    assert fingerprint(model).changed(before) == ()
    assert made.subject.unchanged
    assert [gap for gap in made.gaps if gap.failed] == []
    without = {"data", "evaluation", "activations", "gradients"} if x is None else {"evaluation", "gradients"}
    assert {gap.stage for gap in made.gaps if gap.stage in NEEDED} <= {"training", *without, *animal.gaps}
    page = (tmp_path / "r.html").read_text("utf-8")
    assert {f'<section id="{section.id}"' in page for section in made.sections} == {True}
    assert kreport.load(tmp_path / "r.html") == made
    advised = set(re.findall(r"<code>(\w+)=</code>", page))
    assert advised <= set(inspect.signature(kreport.report).parameters)


def test_an_archived_report_is_read_and_written_without_tensorflow(made: kreport.Report, tmp_path: Path) -> None:
    made.save(tmp_path / "old.html")
    code = (
        "import sys, kreport; report = kreport.load('old.html'); report.save('new.html'); "
        "print(len(report.layers), *sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(len(made.layers))]
    assert (tmp_path / "new.html").read_bytes() == (tmp_path / "old.html").read_bytes()


SCRIPT = """
import sys, keras, kreport, numpy as np
keras.utils.set_random_seed(3)
inputs = keras.Input((8, 8, 1))
x = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, activation="relu")(inputs))
model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(x), name="same")
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
data = np.random.default_rng(0).normal(size=(50, 8, 8, 1)), np.arange(50) % 3
kreport.report(model, history={"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}, data=data, output=sys.argv[1])
"""


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    for number in (1, 2):
        environment = os.environ | {"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": str(number)}
        subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / f"{number}.html")], check=True, env=environment)
    first, second = ((tmp_path / f"{number}.html").read_bytes() for number in (1, 2))
    assert first == second
    assert b"14 Nov 2023" in first


@pytest.mark.slow
def test_another_backend_gives_structure_weights_and_history(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "r.html")], check=True, env=environment)
    made = kreport.load(tmp_path / "r.html")
    assert not any(gap.failed for gap in made.gaps)
    assert list(made.layers["parameters"]) == [0, 40, 0, 435]
    assert made.layers["flops"].isna().all()
    assert len(made.weights) == 4
    assert len(made.history) == 2
    assert "needs the TensorFlow backend" in (tmp_path / "r.html").read_text("utf-8")


def test_no_folder_user_or_host_is_in_the_file(made: kreport.Report, tmp_path: Path) -> None:
    made.save(tmp_path / "r.html")
    content = (tmp_path / "r.html").read_text("utf-8") + json.dumps(made.to_dict(), default=str)
    for secret in (str(tmp_path), str(Path.home()), os.uname().nodename, sys.prefix):
        assert len(secret) < 3 or secret not in content


def test_the_notebook_frame_keeps_style_and_script_to_itself(made: kreport.Report) -> None:
    frame = made._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts')
    assert "<style" not in frame
    assert "&lt;style" in frame
