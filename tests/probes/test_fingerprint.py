"""The fingerprint: sees every kind of change, names it, and is the same in every process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from kreport.probes.fingerprint import SHORT, Fingerprint, fingerprint  # noqa: E402
from tests.models import ZOO, plain_cnn  # noqa: E402

needs_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs the TensorFlow backend")


def compiled() -> object:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.Input((3,)),
        layers.Dense(2),
        layers.BatchNormalization(),
        layers.Dropout(0.5, seed=7),
        layers.Dense(1),
    ])  # fmt: skip
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)  # no tracing: these are many models
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    return model


def nudge(variable: object) -> None:
    variable.assign(variable + 1e-3)


def of_layer(index: int, **attributes: object) -> object:
    def change(model: object) -> None:
        for name, value in attributes.items():
            setattr(model.layers[index], name, value)

    return change


@pytest.mark.parametrize(
    ("part", "change"),
    [
        pytest.param("variables", lambda m: nudge(m.layers[0].kernel), id="a weight"),
        pytest.param("variables", lambda m: nudge(m.layers[1].moving_mean), id="a moving mean"),
        pytest.param("seeds", lambda m: m.layers[2].seed_generator.next(), id="a seed"),
        pytest.param("optimizer", lambda m: m.optimizer.iterations.assign(9), id="a step of the optimizer"),
        pytest.param("metrics", lambda m: [nudge(v) for x in m.metrics for v in x.variables][:1], id="a metric"),
        pytest.param("flags", of_layer(0, trainable=False), id="freezing"),
        pytest.param("flags", lambda m: m.layers[0](keras.Input((3,))), id="an inbound node"),
        pytest.param("flags", lambda m: setattr(m, "stop_training", True), id="stop_training"),
        pytest.param("functions", lambda m: setattr(m, "predict_function", print), id="a compiled function"),
        pytest.param("random", lambda m: random.random(), id="Python's random state"),  # noqa: S311
        pytest.param("random", lambda m: np.random.random(), id="NumPy's random state"),  # noqa: NPY002
        pytest.param("random", lambda m: keras.random.normal((1,)), id="Keras's random state"),
    ],
)
def test_a_change_is_named_by_its_part_alone(part: str, change: object) -> None:
    model = compiled()
    before = fingerprint(model)
    change(model)
    assert fingerprint(model).changed(before) == (part,)


def test_the_smallest_change_of_one_value_is_seen() -> None:
    model = compiled()
    before = fingerprint(model)
    kernel = np.array(model.layers[0].kernel)
    kernel[0, 0] = np.nextafter(kernel[0, 0], np.float32(9))
    model.layers[0].kernel.assign(kernel)
    assert fingerprint(model).changed(before) == ("variables",)
    assert fingerprint(model).text != before.text


@needs_tensorflow
def test_states_that_keras_does_not_list_are_seen() -> None:
    stateful, raw = ZOO["stateful_lstm"].make(), ZOO["raw_variable"].make()
    before = fingerprint(stateful), fingerprint(raw)
    stateful(np.ones((2, 5, 3), "float32"))
    raw.layers[1].hidden.assign([1.0, 2.0, 4.0])
    assert fingerprint(stateful).changed(before[0]) == ("states",)
    assert fingerprint(raw).changed(before[1]) == ("states",)


@needs_tensorflow
def test_training_is_seen_and_undone_by_setting_the_weights_back() -> None:
    model = compiled()
    before, kept = fingerprint(model), model.get_weights()
    model.fit(np.zeros((4, 3)), np.ones((4, 1)), verbose=0)
    assert {"variables", "optimizer"} <= set(fingerprint(model).changed(before))
    model.set_weights(kept)
    assert "variables" not in fingerprint(model).changed(before)


@pytest.mark.parametrize("name", ["empty", "vae", "stateful_lstm", "int4", "bfloat16", "zero_sized_weights"])
def test_taking_it_changes_nothing(name: str) -> None:
    model = ZOO[name].make()
    first = fingerprint(model)
    assert fingerprint(model).changed(first) == ()
    assert first == fingerprint(model)
    assert len(first.text) == SHORT


def test_shapes_count_beside_values() -> None:
    def zeros(*shape: int) -> str:
        model = keras.Sequential([keras.Input((shape[0],)), layers.Dense(shape[1], "relu", use_bias=False)])
        model.layers[0].set_weights([np.zeros(shape)])
        return fingerprint(model).text

    assert zeros(2, 3) != zeros(3, 2)


def test_each_part_has_a_digest_of_its_own() -> None:
    taken = fingerprint(plain_cnn())
    assert fields(Fingerprint)[0].name == "variables"
    assert all(len(getattr(taken, field.name)) == 64 for field in fields(Fingerprint))


SCRIPT = "import sys, keras; from kreport.probes.fingerprint import fingerprint as f; print(f(keras.models.load_model(sys.argv[1])).text)"  # noqa: E501


@pytest.mark.slow
def test_a_file_has_one_digest_in_every_process_and_format(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.5), layers.Dense(1)])
    found = {fingerprint(model).text}
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"m.{suffix}")
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / f"m.{suffix}")],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(run.stdout.strip())
    assert len(found) == 1
