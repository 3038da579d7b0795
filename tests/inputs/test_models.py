"""read_model: what Keras can open is opened, what it cannot is refused in one sentence, the file stays as it was."""

import json
import os
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kreport.errors import KreportError
from kreport.inputs.models import deep_recursion, read_model

keras = pytest.importorskip("keras")
layers = keras.layers

REAL = Path(__file__).parents[3] / "shared" / "real"


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path


def small(**compiled: object) -> object:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(1)], name="small")
    if compiled:
        model.compile(**compiled)
    return model


class Unregistered(layers.Layer):
    def call(self, x):
        return x * 2


def refused(source: object, **options: object) -> str:
    with pytest.raises(KreportError) as caught:
        read_model(source, **options)
    sentence = str(caught.value)
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    assert len(sentence) < 420
    assert os.sep + "tmp" not in sentence
    return sentence


class TestObjects:
    def test_a_model_is_taken_as_it_is(self):
        model = small()
        assert read_model(model).model is model
        assert read_model(model).file is None

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            (None, "is None"),
            (7, "builtins.int"),
            (np.ones(3), "numpy.ndarray"),
            ([1, 2], "list of 2"),
            (layers.Dense(3), "keras.Sequential([layer])"),
            (keras.Sequential, "an instance of it"),
        ],
        ids=["None", "number", "array", "list", "layer", "class"],
    )
    def test_anything_else_is_named(self, source, said):
        assert said in refused(source)

    def test_a_model_of_keras_2_is_named(self):
        kind = type("Functional", (), {"__module__": "tf_keras.src.engine.functional"})
        assert "Keras 2" in refused(kind())

    def test_custom_objects_must_be_named(self):
        assert "`custom_objects` is list" in refused(small(), custom_objects=[Unregistered])


class TestFiles:
    @pytest.mark.parametrize(
        ("saved", "name"),
        [
            ("s.keras", "m.keras"),
            ("s.h5", "m.h5"),
            ("s.h5", "m.hdf5"),
            ("s.keras", "M.KERAS"),
            ("s.keras", "no suffix"),
            ("s.h5", "m.keras"),
        ],
    )
    def test_content_decides_not_the_suffix(self, tmp_path, saved, name):
        model = small(optimizer="adam", loss="mean_squared_error")
        model.save(tmp_path / saved)
        path = (tmp_path / saved).rename(tmp_path / name)
        found = read_model(path)
        np.testing.assert_array_equal(found.model.get_weights()[0], model.get_weights()[0])
        assert found.file.name == name
        assert found.file.size_bytes == path.stat().st_size
        assert found.model.compiled
        assert found.file.notes == ()

    def test_the_file_is_not_touched(self, tmp_path):
        path = tmp_path / "m.h5"
        small(optimizer="adam", loss="mse").save(path)
        path.chmod(0o444)
        os.utime(path, (1, 1))
        before = path.read_bytes()
        read_model(path)
        assert path.read_bytes() == before
        assert path.stat().st_mtime == 1
        assert [p.name for p in tmp_path.iterdir()] == ["m.h5"]

    def test_the_hash_is_that_of_the_bytes(self, tmp_path):
        import hashlib

        path = tmp_path / "m.keras"
        small().save(path)
        assert read_model(str(path)).file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_chains_of_thousands_of_layers_are_read(self, tmp_path):
        before = sys.getrecursionlimit()
        with deep_recursion():
            x = start = keras.Input((2,))
            for _ in range(1100):
                x = layers.Activation("relu")(x)
            keras.Model(start, x).save(tmp_path / "deep.h5")
        assert len(read_model(tmp_path / "deep.h5").model.layers) == 1101
        assert sys.getrecursionlimit() == before

    def test_an_old_sequential_keeps_the_input_shape_of_its_file(self, tmp_path):
        path = tmp_path / "old.h5"
        model = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="first")])
        model.save(path)
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            config["config"]["layers"].pop(0)
            config["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 2]
            del config["config"]["build_input_shape"]
            file.attrs["model_config"] = json.dumps(config)
        assert keras.models.load_model(path, compile=False).input_shape == (None, None, 2)
        found = read_model(path)
        assert found.model.input_shape == (None, 2)
        assert "misread" in found.file.notes[0]
        np.testing.assert_array_equal(found.model.get_weights()[0], model.get_weights()[0])

    def test_a_changed_activation_is_noted(self, tmp_path):
        path = tmp_path / "old.h5"
        keras.Sequential([keras.Input((2, 3)), layers.LSTM(4, recurrent_activation="hard_sigmoid")]).save(path)
        with h5py.File(path, "r+") as file:
            file.attrs["keras_version"] = "2.4.0"
        [note] = read_model(path).file.notes
        assert "hard_sigmoid" in note

    def test_custom_objects_are_used(self, tmp_path):
        path = tmp_path / "m.keras"
        keras.Sequential([keras.Input((3,)), Unregistered(name="u")]).save(path)
        found = read_model(path, custom_objects={"Unregistered": Unregistered})
        assert type(found.model.layers[0]) is Unregistered

    @pytest.mark.parametrize("suffix", [".keras", ".h5"])
    def test_registered_classes_go_by_their_own_name(self, tmp_path, suffix):
        path = tmp_path / f"m{suffix}"
        kind = keras.saving.register_keras_serializable("package")(type("Mine", (Unregistered,), {}))
        try:
            keras.Sequential([keras.Input((3,)), kind(name="u")]).save(path)
        finally:
            del keras.saving.get_custom_objects()["package>Mine"]
        assert "custom_objects={'Mine': …}" in refused(path)
        assert type(read_model(path, custom_objects={"Mine": kind}).model.layers[0]) is kind


class TestTrainingConfiguration:
    def test_short_names_of_losses_are_restored(self, tmp_path):
        path = tmp_path / "m.h5"
        small(optimizer=keras.optimizers.SGD(0.25, momentum=0.5), loss="mse", metrics=["mae"]).save(path)
        found = read_model(path)
        assert found.model.loss is keras.losses.mean_squared_error
        assert float(found.model.optimizer.learning_rate) == 0.25
        assert json.loads(found.file.training)["loss"] == "mse"
        assert "mse" in found.file.notes[0]
        found.model.fit(np.zeros((4, 3)), np.zeros((4, 1)), verbose=0)
        assert set(found.model.evaluate(np.zeros((4, 3)), np.ones((4, 1)), verbose=0, return_dict=True)) == {
            "loss",
            "mean_absolute_error",
        }

    def test_a_loss_that_is_not_there_leaves_the_settings_readable(self, tmp_path):
        def away(a, b):
            return keras.ops.mean(a - b)

        path = tmp_path / "m.keras"
        small(optimizer="adam", loss=away).save(path)
        found = read_model(path)
        assert not found.model.compiled
        assert "'away'" in found.file.notes[-1]
        assert json.loads(found.file.training)["optimizer"]["class_name"] == "Adam"
        assert read_model(path, custom_objects={"away": away}).model.compiled

    def test_a_lost_optimizer_is_not_replaced_by_another(self, tmp_path):
        model = small(optimizer="adam", loss="mean_squared_error")
        model.save(tmp_path / "first.h5")  # takes the optimizer out of the model's compile settings
        path = tmp_path / "then.keras"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            if "optimizer" in json.loads(archive.read("config.json"))["compile_config"]:
                pytest.skip("this Keras keeps the optimizer")
        found = read_model(path)
        assert not found.model.compiled
        assert "which optimizer" in found.file.notes[0]

    def test_settings_of_keras_2_are_translated(self, tmp_path):
        path = tmp_path / "m.h5"
        small(optimizer="adam", loss="mean_squared_error").save(path)
        with h5py.File(path, "r+") as file:
            file.attrs["training_config"] = json.dumps(
                {
                    "optimizer_config": {"class_name": "Adam", "config": {"lr": 0.125, "decay": 0.5, "epsilon": 1e-8}},
                    "loss": {"class_name": "Huber", "config": {"reduction": "auto", "name": "huber", "delta": 2.0}},
                    "metrics": [
                        [
                            {"class_name": "MeanMetricWrapper", "config": {"name": "mae", "fn": "mean_absolute_error"}},
                            "nope",
                        ]
                    ],
                    "loss_weights": None,
                }
            )
        found = read_model(path)
        assert float(found.model.optimizer.learning_rate) == 0.125
        assert float(found.model.loss(np.array([[0.0]]), np.array([[4.0]]))) == 2.0 * (4.0 - 1.0)  # Huber, delta 2
        notes = " ".join(found.file.notes)
        assert "decay = 0.5" in notes
        assert "'nope'" in notes
        found.model.evaluate(np.zeros((4, 3)), np.zeros((4, 1)), verbose=0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is empty"),
            (b"epoch,loss\n0,1\n", "CSV table; a training log is passed as history="),
            (b'{"a": 1}', "JSON"),
            (b"<!doctype html><p>", "web page"),
            (b"hello\n", "plain text"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG"),
            (b"\x80\x04\x95" + bytes(40), "pickle"),
            (b"\x1c\x00\x00\x00TFL3" + bytes(40), "TensorFlow Lite"),
            (bytes(range(128, 256)), "no file of Keras"),
            (b"PK\x03\x04" + bytes(90), "is damaged"),
            (b"\x89HDF\r\n\x1a\n" + bytes(90), "is damaged"),
        ],
    )
    def test_what_is_no_model_is_called_what_it_is(self, tmp_path, content, said):
        path = tmp_path / "model.keras"
        path.write_bytes(content)
        assert said in refused(path)

    @pytest.mark.parametrize(
        ("member", "said"),
        [
            ("archive/data.pkl", "PyTorch"),
            ("x.npy", "npz"),
            ("a/m.keras", "unpack 'a/m.keras'"),
            ("config.json", "without weights"),
        ],
    )
    def test_other_zip_files_are_told_apart(self, tmp_path, member, said):
        path = tmp_path / "model.keras"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, "{}")
        assert said in refused(path)

    def test_a_missing_file_and_what_was_meant(self, tmp_path):
        (tmp_path / "model.keras").touch()
        assert refused(tmp_path / "model.kears").endswith("did you mean 'model.keras'?")
        assert "does not exist." in refused(tmp_path / "elsewhere" / "m.keras")

    def test_folders(self, tmp_path):
        assert "is a folder" in refused(tmp_path)
        (tmp_path / "saved_model.pb").touch()
        assert "SavedModel" in refused(tmp_path)

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_one_may_not_read(self, tmp_path):
        path = tmp_path / "m.keras"
        path.touch(mode=0o000)
        assert "Permission denied" in refused(path)

    @pytest.mark.parametrize("suffix", [".keras", ".h5"])
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
    def test_a_cut_off_file(self, tmp_path, suffix, share):
        path = tmp_path / f"m{suffix}"
        small().save(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        assert "is damaged" in refused(path)

    def test_damaged_weights_inside_an_intact_archive(self, tmp_path):
        small().save(tmp_path / "whole.keras")
        path = tmp_path / "m.keras"
        with zipfile.ZipFile(tmp_path / "whole.keras") as whole, zipfile.ZipFile(path, "w") as broken:
            broken.writestr("config.json", whole.read("config.json"))
            broken.writestr("model.weights.h5", whole.read("model.weights.h5")[:3000])
        assert "is damaged" in refused(path)

    @pytest.mark.parametrize("suffix", [".keras", ".h5"])
    def test_an_unregistered_class_is_named_with_its_remedy(self, tmp_path, suffix):
        path = tmp_path / f"m{suffix}"
        kind = type("Hidden", (Unregistered,), {})
        keras.Sequential([keras.Input((3,)), kind(name="u")]).save(path)
        sentence = refused(path)
        assert "'Hidden'" in sentence
        assert "custom_objects=" in sentence
        assert "--custom" in sentence

    @pytest.mark.parametrize("suffix", [".keras", ".h5"])
    def test_a_lambda_needs_the_users_word(self, tmp_path, suffix):
        path = tmp_path / f"m{suffix}"
        keras.Sequential([keras.Input((3,)), layers.Lambda(lambda x: x * 2)]).save(path)
        sentence = refused(path)
        assert "safe_mode=False" in sentence
        assert "--unsafe" in sentence
        x = np.ones((1, 3))
        np.testing.assert_array_equal(read_model(path, safe_mode=False).model(x), x * 2)

    def test_a_lambda_as_activation_is_said_to_be_lost(self, tmp_path):
        path = tmp_path / "m.keras"
        keras.Sequential([keras.Input((3,)), layers.Dense(2, activation=lambda x: x)]).save(path)
        assert "a Python lambda as an activation" in refused(path, safe_mode=False)

    def test_weights_that_do_not_fit_what_the_class_builds(self, tmp_path):
        class Late(keras.Model):
            def __init__(self, **options):
                super().__init__(**options)
                self.inner = layers.Dense(2)

            def call(self, x):
                return self.inner(x)

        model = Late()
        model.build((None, 3))  # the inner layer stays unbuilt
        path = tmp_path / "m.keras"
        model.save(path)
        assert "do not fit" in refused(path, custom_objects={"Late": Late})

    def test_weights_only(self, tmp_path):
        path = tmp_path / "m.weights.h5"
        small().save_weights(path)
        assert "load_weights" in refused(path)

    def test_hdf5_of_something_else(self, tmp_path):
        path = tmp_path / "table.h5"
        with h5py.File(path, "w") as file:
            file["x"] = [1, 2]
        assert "without a Keras model" in refused(path)

    def test_layers_that_keras_3_no_longer_has(self, tmp_path):
        path = tmp_path / "m.h5"
        small().save(path)
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = file.attrs["model_config"].replace(
                '"class_name": "Dense"', '"class_name": "CuDNNLSTM"'
            )
            file.attrs["keras_version"] = "2.2.4"
        sentence = refused(path)
        assert "CuDNNLSTM" in sentence
        assert "Keras 2.2.4" in sentence


class TestWithoutTensorFlow:
    def test_one_sentence_says_how_to_get_it(self, monkeypatch):
        for name in [n for n in sys.modules if n.partition(".")[0] == "keras"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "tensorflow", None)
        monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
        assert 'pip install "kreport[tensorflow]"' in refused(object())


class TestFilesMadeByOthers:
    def test_sleepecg_opens_as_it_is(self):
        found = read_model(real("sleepecg_wrn-gru-mesa.keras"))
        assert found.model.count_params() == 7380
        assert found.model.compiled
        assert found.file.notes == ()

    def test_fer_opens_with_its_learning_rate_translated(self):
        found = read_model(real("fer_emotion_model.hdf5"))
        assert float(found.model.optimizer.learning_rate) == pytest.approx(1e-4)
        assert "lr" in found.file.notes[0]

    def test_sleap_opens_without_its_loss(self):
        found = read_model(real("sleap_minimal_robot.h5"))
        assert "'loss_fn'" in found.file.notes[-1]
        assert json.loads(found.file.training)["optimizer_config"]["config"]["amsgrad"] is True

    def test_mmsplice_names_the_missing_layer(self):
        assert "'ConvDNA'" in refused(real("mmsplice_Acceptor.h5"))

    def test_ethnicolr_names_the_argument_and_the_version(self):
        sentence = refused(real("ethnicolr_census2000_ln_lstm.h5"))
        assert "time_major" in sentence
        assert "2.5.0" in sentence
