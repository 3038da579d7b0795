"""Compile settings: read as they were given, and only read."""

import json

import numpy as np
import pytest

from kreport.document.codec import canonical, decode
from kreport.inputs.subject import KerasModel, ModelFile
from kreport.probes.training_config import Part, TrainingConfig, training_config

keras = pytest.importorskip("keras")


def dense(outputs=("a",), units=3):
    inputs = keras.Input((4,), name="x")
    made = {name: keras.layers.Dense(units, name=name)(inputs) for name in outputs}
    return keras.Model(inputs, list(made.values()) if len(made) > 1 else made[outputs[0]])


def config_of(model, **more) -> TrainingConfig:
    return training_config(KerasModel(model=model, **more))


def settings(part) -> dict[str, object]:
    return {setting.name: setting.value for setting in part.settings}


def test_a_model_that_is_not_compiled_says_so():
    config = config_of(dense())
    assert not config.compiled
    assert config.optimizers == config.losses == ()
    assert config.optimizer_name == ""


def test_hyperparameters_are_read_and_defaults_are_told():
    model = dense()
    model.compile(keras.optimizers.Adam(0.01, beta_1=0.5, clipnorm=1.0), "mse")
    [optimizer] = config_of(model).optimizers
    assert optimizer.class_name == "Adam"
    assert optimizer.learning_rate == pytest.approx(0.01)
    assert settings(optimizer)["clipnorm"] == 1.0
    known = {setting.name: setting.default for setting in optimizer.settings}
    assert (known["beta_1"], known["beta_2"], known["clipnorm"]) == (False, True, False)
    assert optimizer.iterations == 0


def test_a_schedule_is_read_with_its_arguments():
    model = dense()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)), "mse")
    schedule = config_of(model).optimizers[0].schedule
    assert schedule.class_name == "ExponentialDecay"
    assert settings(schedule)["decay_steps"] == 10


def test_losses_and_weights_belong_to_outputs():
    model = dense(("age", "sex"))
    model.compile(
        "sgd", loss={"age": "mse", "sex": keras.losses.CategoricalCrossentropy(from_logits=True)},
        loss_weights={"age": 0.5, "sex": 2.0}, metrics={"age": ["mae"], "sex": ["accuracy"]},
    )  # fmt: skip
    config = config_of(model)
    assert [(loss.output, loss.name) for loss in config.losses] == [("age", "mse"), ("sex", "CategoricalCrossentropy")]
    assert settings(config.losses[0]) == {"weight": 0.5}
    assert settings(config.losses[1]) == {"from_logits": True, "weight": 2.0}
    assert [(metric.output, metric.name) for metric in config.metrics] == [("age", "mae"), ("sex", "accuracy")]


def test_losses_in_a_list_belong_to_outputs_in_order():
    model = dense(("age", "sex"))
    model.compile("sgd", loss=["mse", "mae"], loss_weights=[1.0, 3.0])
    assert [(loss.output, loss.name) for loss in config_of(model).losses] == [("age", "mse"), ("sex", "mae")]
    assert settings(config_of(model).losses[1]) == {"weight": 3.0}


def test_a_function_is_called_by_its_name():
    def my_loss(true, predicted):
        return keras.ops.mean(true - predicted)

    model = dense()
    model.compile("sgd", my_loss, metrics=[my_loss, keras.metrics.AUC()], weighted_metrics=["mse"])
    config = config_of(model)
    assert config.loss_names == ("my_loss",)
    assert [metric.name for metric in config.metrics] == ["my_loss", "AUC"]
    assert config.weighted_metrics[0].name == "mse"


def test_loss_scaling_is_unwrapped():
    model = dense()
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=1024.0), "mse")
    [optimizer] = config_of(model).optimizers
    assert (optimizer.class_name, optimizer.loss_scale) == ("Adam", 1024.0)


def test_every_optimizer_of_a_gan_is_listed_and_its_own_step_named():
    class Gan(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Dense(1)

        def compile(self, d_optimizer, g_optimizer):
            super().compile()
            self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

        def train_step(self, data):
            return {}

    model = Gan()
    model.compile(keras.optimizers.Adam(), keras.optimizers.RMSprop())
    config = config_of(model)
    by_role = {optimizer.role: optimizer.class_name for optimizer in config.optimizers}
    assert by_role["d_optimizer"] == "Adam"
    assert by_role["g_optimizer"] == "RMSprop"
    assert config.own_train_step


def test_how_steps_run_is_read():
    model = dense()
    model.compile("sgd", "mse", jit_compile=True, steps_per_execution=4)
    config = config_of(model)
    assert (config.jit_compile, config.run_eagerly, config.steps_per_execution) == (True, False, 4)
    assert config.policy == "float32"


@pytest.mark.parametrize(
    "stored",
    [
        {"optimizer_config": {"class_name": "Adam", "config": {"lr": 0.25, "decay": 0.1}}, "loss": "mse",
         "metrics": [["accuracy"]]},
        {"optimizer": {"module": "keras.optimizers", "class_name": "Custom>Adam", "config": {"learning_rate": 0.25}},
         "loss": {"class_name": "function", "config": "mse"}, "metrics": ["accuracy"]},
    ],
)  # fmt: skip
def test_what_keras_could_not_restore_is_read_from_the_file(stored):
    file = ModelFile(name="m.h5", size_bytes=1, sha256="", training=json.dumps(stored))
    config = config_of(dense(), file=file)
    assert config.from_file
    assert config.optimizers[0].class_name == "Adam"
    assert config.optimizers[0].learning_rate == 0.25
    assert config.loss_names == ("mse",)
    assert config.metrics == () or config.metrics[0].name == "accuracy"


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"loss": null}'])
def test_a_file_without_settings_is_not_compiled(text):
    file = ModelFile(name="m.h5", size_bytes=1, sha256="", training=text)
    assert not config_of(dense(), file=file).optimizers


def test_an_optimizer_that_hides_its_settings_is_still_named():
    class Shy(keras.optimizers.SGD):
        def get_config(self):
            raise NotImplementedError

    model = dense()
    model.compile(Shy(0.5), "mse")
    assert config_of(model).optimizers[0].class_name == "Shy"
    assert config_of(model).optimizers[0].learning_rate == 0.5


def test_nothing_is_built_or_changed():
    model = dense()
    model.compile("adam", "mse", metrics=["mae"])
    before = (model.optimizer.built, len(model.optimizer.variables), len(model.metrics))
    config_of(model)
    assert (model.optimizer.built, len(model.optimizer.variables), len(model.metrics)) == before
    model.fit(np.zeros((4, 4)), np.zeros((4, 3)), verbose=0)
    assert config_of(model).optimizers[0].iterations == 1


def test_comes_back_from_json_as_it_was():
    model = dense(("a", "b"))
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 5)), ["mse", "mae"])
    config = config_of(model)
    assert canonical(decode(TrainingConfig, json.loads(canonical(config)))) == canonical(config)
    assert isinstance(config.losses[0], Part)
