"""ReportCallback: the training is the same to the bit, the log survives, the report tells of every epoch."""

import copy
import os
import re
import signal
import subprocess
import sys
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


@pytest.mark.slow
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

    @pytest.mark.parametrize("seed", [None, 5])
    def test_where_the_training_reads_the_very_pipeline_that_is_looked_at(self, tmp_path, seed):
        import keras
        import tensorflow as tf

        def pipeline():
            keras.utils.set_random_seed(11)
            flip = keras.layers.RandomFlip(seed=1)
            shuffled = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(192, seed=seed).batch(32)
            return shuffled.map(lambda x, y: (flip(x, training=True), y)).prefetch(2)

        data = pipeline()
        fit = {"y": None, "batch_size": None}
        callback = kreport.ReportCallback(
            tmp_path / "r.html", data=data, train_data=data, every=1, only=["training", "data"]
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="kreport")
            with_it = trained(cnn, [callback], x=data, epochs=3, **fit)
        assert same(trained(cnn, x=pipeline(), epochs=3, **fit), with_it)
        assert kreport.load(tmp_path / "r.html").gaps == ()

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
    fit = dict(batch_size=16, epochs=2, callbacks=callbacks, verbose=0, shuffle=False, validation_data=(x, y))
    if sys.argv[2] == "inside":
        with strategy.scope():
            logged = model.fit(x, y, **fit).history
    else:
        logged = model.fit(x, y, **fit).history
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]], logged
a, la = trained([])
b, lb = trained([kreport.ReportCallback(sys.argv[1], data=(x[:32], y[:32]), only=["training"])])
assert all(np.array_equal(p, q) for p, q in zip(a, b)) and la == lb
from kreport.inputs.training_folder import read_run
log = read_run(sys.argv[1].replace(".html", ".kreport")).log
assert (log.weights.values["update"][0] > 0).all() and log.notes == () and np.isfinite(log.learning_rate).all(), log
print(*log.gradients.values["norm"].ravel())
"""
        outside, inside = (python(code, tmp_path / f"{where}.html", where) for where in ("outside", "inside"))
        assert (outside.returncode, inside.returncode) == (0, 0), outside.stderr[-2000:] + inside.stderr[-2000:]
        # Within a strategy's scope losses are divided by the number of replicas: looks are taken outside of it.
        assert outside.stdout.split() == inside.stdout.split() != []


def python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip


TRAINING = """
import sys, time
import numpy as np, keras
import kreport
epochs, first, pause = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32"); y = x[:, :1] * 2
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, "relu", name="a"), keras.layers.Dense(1, name="b")])
model.compile("adam", "mse")
class Slow(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(epoch + 1, flush=True)
        time.sleep(pause if epoch >= 2 else 0)
model.fit(x, y, epochs=epochs, initial_epoch=first, verbose=0, validation_split=0.5,
          callbacks=[kreport.ReportCallback(sys.argv[1], data=(x[:32], y[:32])), Slow()])
"""


CUT = """
import os, signal
write = os.write
def cut(handle, content):
    if b'"kind":"epoch"' in content and b'"epoch":2,' in content:
        write(handle, content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return write(handle, content)
os.write = cut
"""
"""Kills the process when half of the second epoch's line is written."""


@pytest.mark.slow
class TestAKilledTraining:
    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory):
        """Kill a training in its fourth epoch, at once and without a word."""
        folder = tmp_path_factory.mktemp("killed")
        process = subprocess.Popen(
            [sys.executable, "-c", TRAINING, str(folder / "r.html"), "99", "0", "60"], stdout=subprocess.PIPE, text=True
        )
        for line in process.stdout:
            if line.strip() == "3":
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (folder / "r.html").exists()
        return folder

    def test_becomes_a_report_without_its_model(self, folder):
        made = kreport.report(resume=folder / "r.kreport", output=folder / "again.html")
        assert made.history["epoch"].tolist() == [1, 2, 3]
        assert {"loss", "val_loss", "seconds"} <= set(made.history)
        assert list(made.layers["name"]) == ["a", "b"]
        told = {gap.stage: gap.reason for gap in made.gaps}
        assert told["weights"].startswith("pass model=")
        assert not any(gap.failed for gap in made.gaps)
        assert "weights-over-time" in made.charts
        text = (folder / "again.html").read_text()
        assert "The log ends with epoch 3: the training had not come to its end." in text
        assert kreport.load(folder / "again.html") == made

    def test_becomes_a_report_from_the_command_line(self, folder):
        done = subprocess.run(
            [sys.executable, "-m", "kreport", "report", "--resume", "r.kreport", "-q"], cwd=folder, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert (folder / "r.report.html").exists()

    def test_goes_on_in_the_same_run(self, folder):
        done = python(TRAINING, folder / "r.html", 5, 3, 0)
        assert done.returncode == 0, done.stderr
        run = read_run(folder / "r.kreport")
        assert (run.of, run.log.epochs.tolist(), run.log.fits, run.log.finished) == (1, [1, 2, 3, 4, 5], (3, 2), True)
        assert np.isfinite(run.log.weights.values["update"][0]).all()

    def test_loses_the_line_that_was_being_written_and_no_other(self, tmp_path):
        assert python(CUT + TRAINING, tmp_path / "r.html", 9, 0, 0).returncode == -signal.SIGKILL
        run = read_run(tmp_path / "r.kreport")
        assert not (run.path / "epochs.jsonl").read_bytes().endswith(b"\n")
        assert (run.log.epochs.tolist(), run.log.notes) == ([1], ())
        done = python(TRAINING, tmp_path / "r.html", 3, 1, 0)
        assert done.returncode == 0, done.stderr
        log = read_run(tmp_path / "r.kreport").log
        assert (log.epochs.tolist(), log.finished) == ([1, 2, 3], True)
        assert log.notes == ("Line 4 of the log is not complete and was left out.",)

    def test_from_the_start_it_is_a_new_run(self, folder):
        done = python(TRAINING, folder / "r.html", 1, 0, 0)
        assert done.returncode == 0, done.stderr
        run = read_run(folder / "r.kreport")
        assert (run.number, run.log.epochs.tolist()) == (2, [1])


def small(**compiled):
    import keras

    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, "relu", name="a"), keras.layers.Dense(1)])
    model.compile(**({"optimizer": "sgd", "loss": "mse"} | compiled))
    return model


SX = RNG.normal(size=(64, 6)).astype("float32")
SY = SX[:, :1] * 2


def followed(model, folder, *, fit=None, callbacks=(), **options):
    """Train a small model with the log alone and return the log."""
    given = {"data": (SX[:32], SY[:32]), "log": folder / "log"} | options
    callback = kreport.ReportCallback(None, **given)
    data = {"x": SX, "y": SY, "batch_size": 16, "epochs": 3, "verbose": 0} | (fit or {})
    model.fit(**data, callbacks=[callback, *callbacks])
    return read_run(folder / "log").log


class TestWhatIsWrittenDown:
    def test_the_step_is_that_of_the_last_batch(self, tmp_path):
        import keras

        ratios, model = [], small()

        class ByHand(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                self.before = model.layers[0].kernel.numpy()

            def on_train_batch_end(self, batch, logs=None):
                if batch == 3:
                    after = model.layers[0].kernel.numpy()
                    ratios.append(np.linalg.norm(after - self.before) / np.linalg.norm(self.before))

        log = followed(model, tmp_path, callbacks=[ByHand()])
        np.testing.assert_allclose(log.weights.values["update"][0], ratios, rtol=1e-5)

    def test_accumulated_gradients_make_one_step(self, tmp_path):
        import keras

        model = small(optimizer=keras.optimizers.SGD(0.01, gradient_accumulation_steps=3))
        log = followed(model, tmp_path)
        assert log.update_batches == 3
        assert (log.weights.values["update"][0] > 0).all()

    def test_restored_weights_are_told(self, tmp_path):
        import keras

        stop = keras.callbacks.EarlyStopping("loss", mode="max", patience=2, restore_best_weights=True)
        log = followed(small(), tmp_path, callbacks=[stop], fit={"epochs": 6})
        assert (log.epochs.tolist(), log.restored) == ([1, 2, 3], 1)

    def test_averages_are_told_and_steps_are_not_guessed(self, tmp_path):
        import keras

        model = small(optimizer=keras.optimizers.SGD(0.05, use_ema=True))
        log = followed(model, tmp_path, callbacks=[keras.callbacks.SwapEMAWeights()])
        assert log.restored == 0
        assert np.isnan(log.weights.values["update"]).all()

    def test_a_second_fit_is_counted_on(self, tmp_path):
        model = small()
        callback = kreport.ReportCallback(None, log=tmp_path / "log", data=(SX[:32], SY[:32]))
        for _ in range(2):
            model.fit(SX, SY, epochs=2, verbose=0, callbacks=[callback])
        log = read_run(tmp_path / "log").log
        assert (log.epochs.tolist(), log.fits) == ([1, 2, 3, 4], (2, 2))

    def test_another_model_is_another_run(self, tmp_path):
        callback = kreport.ReportCallback(None, log=tmp_path / "log")
        for _ in range(2):
            small().fit(SX, SY, epochs=1, verbose=0, callbacks=[callback])
        assert (read_run(tmp_path / "log").of, len(read_run(tmp_path / "log").log.epochs)) == (2, 1)

    def test_schedules_show_in_the_learning_rate(self, tmp_path):
        import keras

        halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 * 0.5**epoch)
        log = followed(small(), tmp_path, callbacks=[halved])
        np.testing.assert_allclose(log.learning_rate, [0.1, 0.05, 0.025], rtol=1e-6)

    def test_nothing_grows_with_the_number_of_batches(self, tmp_path):
        followed(small(), tmp_path, fit={"batch_size": 32})
        (tmp_path / "many").mkdir()
        followed(small(), tmp_path / "many", fit={"batch_size": 1})
        sizes = [(f / "log" / "run-1" / "epochs.jsonl").stat().st_size for f in (tmp_path, tmp_path / "many")]
        assert abs(sizes[0] - sizes[1]) < 200


class TestWhateverHappens:
    def test_without_data_weights_and_curves_are_followed(self, tmp_path):
        log = followed(small(), tmp_path, data=None)
        assert log.weights.rows
        assert log.weights.values["update"][0, 0] > 0
        assert (log.activations.rows, log.samples) == ((), 0)

    def test_a_model_that_is_built_by_its_first_batch(self, tmp_path):
        import keras

        model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        log = followed(model, tmp_path)
        assert log.epochs.tolist() == [1, 2, 3]
        assert log.gradients.rows

    def test_a_train_step_of_its_own(self, tmp_path):
        import keras
        import tensorflow as tf

        class Own(keras.Model):
            def __init__(self):
                super().__init__(name="own")
                self.inner = keras.layers.Dense(1, name="inner")

            def call(self, x):
                return self.inner(x)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((self(x) - y) ** 2)
                variables = self.trainable_variables
                self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
                return {"own_loss": loss}

        def made():
            keras.utils.set_random_seed(2)
            model = Own()
            model.compile("sgd")
            return model

        model, alone = made(), made()
        log = followed(model, tmp_path)
        alone.fit(SX, SY, batch_size=16, epochs=3, verbose=0)
        assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), alone.get_weights(), strict=True))
        assert "own_loss" in log.logs
        assert (log.weights.values["update"][0] > 0).all()  # it is built by its first batch, not before
        assert log.activations.rows
        residual = SX[:32] @ model.inner.kernel.numpy() + model.inner.bias.numpy() - SY[:32]
        gradient = 2 * SX[:32].T @ residual / 32
        assert log.gradients.values["norm"][0, -1] == pytest.approx(np.linalg.norm(gradient), rel=1e-4)
        np.testing.assert_allclose(log.backflow.values["rms"][0, -1], np.sqrt(np.mean((2 * residual) ** 2)), rtol=1e-4)
        assert log.notes[0].endswith("∂L/∂a is that of each call within it.")

    def test_a_train_step_of_its_own_that_scales_its_loss_has_no_flow_that_could_be_told(self, tmp_path):
        import keras

        class Own(keras.Sequential):
            def train_step(self, data):
                return super().train_step(data)

        model = Own([keras.Input((6,)), keras.layers.Dense(1, name="inner")])
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01)), "mse")
        log = followed(model, tmp_path)
        assert np.isfinite(log.gradients.values["norm"]).all()
        assert log.backflow.rows == ()
        assert "∂L/∂a is not measured" in log.notes[0]

    def test_a_gan_that_is_never_called_as_a_whole(self, tmp_path):
        import keras
        import tensorflow as tf

        class Gan(keras.Model):
            def __init__(self):
                super().__init__(name="gan")
                self.maker = keras.Sequential([keras.layers.Dense(6)], name="maker")
                self.judge = keras.Sequential([keras.layers.Dropout(0.2), keras.layers.Dense(1)], name="judge")
                self.noise = keras.random.SeedGenerator(3)
                self.rules = keras.losses.BinaryCrossentropy(from_logits=True)

            def compile(self):
                super().compile()
                self.for_maker, self.for_judge = keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.01)

            def train_step(self, data):
                ones = tf.ones((tf.shape(data)[0], 1))
                drawn = keras.random.normal((tf.shape(data)[0], 2), seed=self.noise)
                for part, optimizer in ((self.judge, self.for_judge), (self.maker, self.for_maker)):
                    with tf.GradientTape() as tape:
                        made = self.judge(self.maker(drawn), training=True)
                        real = self.rules(ones, self.judge(data, training=True)) + self.rules(1 - ones, made)
                        loss = real if part is self.judge else self.rules(ones, made)
                    variables = part.trainable_variables
                    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
                return {"loss": loss}

        def made():
            keras.utils.set_random_seed(2)
            model = Gan()
            model.compile()
            return model

        model, alone = made(), made()
        log = followed(model, tmp_path, data=SX[:32], fit={"y": None})
        alone.fit(SX, batch_size=16, epochs=3, verbose=0)
        assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), alone.get_weights(), strict=True))
        for part in (log.gradients, log.activations, log.backflow):
            assert {row.layer.partition(" / ")[0] for row in part.rows} == {"maker", "judge"}
        assert np.isfinite(log.activations.values["std"]).all()
        flows = dict(zip([row.name for row in log.backflow.rows], log.backflow.values["rms"][:, -1], strict=True))
        judged = [flow for name, flow in flows.items() if name.startswith("judge / dense")]
        assert len(judged) == 3, flows  # made up and real for the judge, made up for the maker
        assert all(np.isfinite(judged)), flows
        assert np.isfinite(log.gradients.values["norm"]).all()
        assert np.isfinite(log.weights.values["norm"]).all()

    def test_what_is_missing_is_said_once(self, tmp_path):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            log = followed(small(), tmp_path, data=SX[:32])
        told = "ackward pass: gradients need labels: pass data=(x, y)"
        heard = [str(one.message) for one in said if "kreport" in str(one.message)]
        assert heard == [f"kreport.ReportCallback: b{told} (the training goes on)"]
        assert log.notes == (f"B{told}.",)
        assert log.activations.rows

    def test_a_full_disk_ends_nothing(self, tmp_path, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("kreport.inputs.training_folder.os.fsync", full)
        model = small()
        callback = kreport.ReportCallback(tmp_path / "r.html", data=(SX[:32], SY[:32]), only=["weights"])
        with pytest.warns(UserWarning, match="No space left on device"):
            history = model.fit(SX, SY, epochs=2, verbose=0, callbacks=[callback])
        assert len(history.history["loss"]) == 2

    def test_warnings_that_are_errors_end_nothing(self, tmp_path, monkeypatch):
        monkeypatch.setattr("kreport.companion.following.weighed", lambda *_: 1 / 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            log = followed(small(), tmp_path)
        assert log.epochs.tolist() == [1, 2, 3]
        assert "ZeroDivisionError" in " ".join(log.notes)

    def test_a_training_that_ends_within_its_first_epoch_leaves_what_the_model_is(self, tmp_path):
        import keras

        class Stops(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                if batch == 2:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            followed(small(), tmp_path, callbacks=[Stops()])
        made = kreport.report(resume=tmp_path / "log", output=tmp_path / "r.html")
        assert next(iter(made.layers["name"])) == "a"
        text = (tmp_path / "r.html").read_text()
        assert "no epoch was finished." in text
        assert "No epoch was finished." in text
        assert "steps made" not in text  # those of the moment when the training began

    def test_losses_that_are_no_numbers_are_written_down(self, tmp_path):
        model = small()
        for layer in model.layers:  # a rectifier fused with its product makes 0 of NaN on some processors
            layer.set_weights([values * np.nan for values in layer.get_weights()])
        log = followed(model, tmp_path)
        assert np.isnan(log.logs["loss"]).all()
        assert not log.absent["loss"].any()
        assert (log.weights.values["bad"][0] == 1).all()
        assert (log.activations.values["bad"] > 0).all()

    def test_layers_that_are_frozen_meanwhile(self, tmp_path):
        import keras

        model = small()

        class Freezes(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                model.layers[0].trainable = epoch < 2

        log = followed(model, tmp_path, callbacks=[Freezes()])
        assert np.isfinite(log.gradients.values["norm"][:, 0]).all()
        assert np.isnan(log.gradients.values["norm"][0, 2])

    def test_a_pipeline_that_cannot_be_copied_is_said_to_be_felt(self, tmp_path, monkeypatch):
        import tensorflow as tf

        monkeypatch.setattr("kreport.probes.pipelines.LARGEST", 100)
        pipeline = tf.data.Dataset.from_tensor_slices((SX, SY)).shuffle(64).batch(16).prefetch(1)
        with pytest.warns(UserWarning, match="its batches differ"):
            log = followed(small(), tmp_path, data=pipeline)
        assert "could not be copied (it holds more than 512 MiB of arrays)" in log.notes[0]
        assert log.samples == 64

    def test_a_generator_is_read_once_and_its_first_samples_make_the_report(self, tmp_path):
        def endless():
            while True:
                yield SX[:16], SY[:16]

        callback = kreport.ReportCallback(tmp_path / "r.html", data=endless(), steps=4, only=["activations"])
        small().fit(SX, SY, epochs=1, verbose=0, callbacks=[callback])
        assert kreport.load(tmp_path / "r.html").measurements["activations"].samples == 64

    def test_the_callback_can_be_copied(self, tmp_path):
        callback = copy.deepcopy(kreport.ReportCallback(None, log=tmp_path / "log", data=(SX, SY)))
        small().fit(SX, SY, epochs=1, verbose=0, callbacks=[callback])
        assert read_run(tmp_path / "log").log.epochs.tolist() == [1]


class TestBadArguments:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"output": "r.txt"}, "`output` ends in '.txt'"),
            ({"output": None}, "`output` and `log` are both None"),
            ({"every": 0}, "`every` is 0"),
            ({"every": True}, "`every` is True"),
            ({"noise": 3}, "`noise` is 3"),
            ({"log": 7}, "`log` is 7"),
            ({"log": "nowhere/log"}, "does not exist"),
            ({"epochs": 3}, "no argument 'epochs'"),
            ({"history": {}}, "no argument 'history'"),
            ({"skip": ["wieghts"]}, "'wieghts'"),
        ],
    )
    def test_are_refused_before_anything_runs(self, tmp_path, monkeypatch, given, said):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(kreport.KreportError, match=re.escape(said)):
            kreport.ReportCallback(**({"output": "r.html"} | given))

    def test_data_that_does_not_fit_is_refused_before_the_first_batch(self, tmp_path):
        callback = kreport.ReportCallback(tmp_path / "r.html", data=(SX[:, :5], SY))
        model = small()
        before = [np.asarray(v) for v in model.variables]
        with pytest.raises(kreport.KreportError, match="data"):
            model.fit(SX, SY, verbose=0, callbacks=[callback])
        assert all(np.array_equal(a, np.asarray(b)) for a, b in zip(before, model.variables, strict=True))
