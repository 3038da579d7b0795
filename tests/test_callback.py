"""ReportCallback: the training is the same to the bit, the log survives, the report tells of every epoch."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

import kreport
from kreport.inputs.training_folder import read_run

RNG = np.random.default_rng(0)
X = RNG.normal(size=(192, 8, 8, 3)).astype("float32")
Y = RNG.integers(0, 5, 192)


def cnn(**compiled):
    import keras

    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.RandomFlip(name="flip"),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="bn"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.3, name="drop"),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(5, activation="softmax", dtype="float32", name="out"),
        ],
        name="cnn",
    )
    settings = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    model.compile(**(settings | compiled))
    return model


def trained(make, callbacks=(), *, epochs=2, **fit):
    model = make()
    data = {"x": X, "y": Y, "batch_size": 32, "validation_data": (X[:64], Y[:64]), "epochs": epochs}
    history = model.fit(**(data | fit), callbacks=list(callbacks), verbose=0)
    return model, history.history


def same(one, other):
    """Tell whether two trainings ended with the same bits and logged the same numbers."""
    (a, logged), (b, logged_too) = one, other
    pairs = list(zip(a.variables, b.variables, strict=True))
    pairs += zip(a.optimizer.variables, b.optimizer.variables, strict=True)
    equal = all(np.array_equal(np.asarray(p), np.asarray(q), equal_nan=True) for p, q in pairs)
    return equal and repr(logged) == repr(logged_too)


@pytest.fixture
def half_precision():
    import keras

    keras.mixed_precision.set_global_policy("mixed_float16")
    yield
    keras.mixed_precision.set_global_policy("float32")


class TestTrainingIsTheSame:
    @pytest.mark.parametrize(
        ("compiled", "options"),
        [
            pytest.param({}, {"every": 1, "noise": True, "only": ["training"]}, id="a report every epoch, noise"),
            pytest.param({"jit_compile": True}, {"skip": ["architecture"]}, id="jit_compile"),
            pytest.param({"steps_per_execution": 4}, {"only": ["training"]}, id="steps_per_execution"),
            pytest.param({"run_eagerly": True}, {"only": ["training"]}, id="run_eagerly"),
        ],
    )
    def test_however_it_is_executed(self, tmp_path, compiled, options):
        callback = kreport.ReportCallback(tmp_path / "r.html", data=(X[:48], Y[:48]), **options)
        assert same(trained(lambda: cnn(**compiled)), trained(lambda: cnn(**compiled), [callback]))
        assert (tmp_path / "r.html").exists()

    def test_in_mixed_precision_with_loss_scaling(self, tmp_path, half_precision):
        callback = kreport.ReportCallback(tmp_path / "r.html", data=(X[:48], Y[:48]), only=["training"])
        assert same(trained(cnn), trained(cnn, [callback]))
        log = read_run(tmp_path / "r.kreport").log
        assert np.isfinite(log.gradients.values["norm"]).all()

    def test_where_random_numbers_are_drawn_between_epochs(self, tmp_path):
        import keras
        import tensorflow as tf

        class Draws(keras.callbacks.Callback):
            def __init__(self):
                super().__init__()
                self.drawn = []

            def on_epoch_begin(self, epoch, logs=None):
                self.drawn += [
                    float(tf.random.normal([])), float(keras.random.normal([])), float(np.random.rand()),  # noqa: NPY002
                ]  # fmt: skip

        np.random.seed(0)  # noqa: NPY002
        plain, followed = Draws(), Draws()
        trained(cnn, [plain], epochs=3)
        np.random.seed(0)  # noqa: NPY002
        callback = kreport.ReportCallback(tmp_path / "r.html", data=(X[:48], Y[:48]), every=1, only=["training"])
        trained(cnn, [callback, followed], epochs=3)
        assert plain.drawn == followed.drawn

    def test_with_two_replicas(self, tmp_path):
        code = """
import sys
import numpy as np, tensorflow as tf, keras
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import kreport
x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32"); y = x[:, :1] * 2
def trained(callbacks):
    keras.utils.set_random_seed(3)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        layers = keras.layers
        model = keras.Sequential([keras.Input((6,)), layers.Dense(4, "relu"), layers.Dropout(0.2), layers.Dense(1)])
        model.compile("adam", "mse")
    logged = model.fit(x, y, batch_size=16, epochs=2, callbacks=callbacks, verbose=0, validation_data=(x, y)).history
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]], logged
a, la = trained([])
b, lb = trained([kreport.ReportCallback(sys.argv[1], data=(x[:32], y[:32]), only=["training"])])
assert all(np.array_equal(p, q) for p, q in zip(a, b)) and la == lb
from kreport.inputs.training_folder import read_run
log = read_run(sys.argv[1].replace(".html", ".kreport")).log
assert np.isfinite(log.gradients.values["norm"]).all() and (log.weights.values["update"][0] > 0).all(), log.notes
"""
        done = python(code, tmp_path / "r.html")
        assert done.returncode == 0, done.stderr[-2000:]


def python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
