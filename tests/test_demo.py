"""The demonstration model: real data from the package, trained within seconds, good but not perfect."""

import numpy as np
import pytest

from kreport.demo import EPOCHS, TRAINED_ON, demo, digits

pytest.importorskip("keras")


def test_the_data_set_is_the_whole_one():
    images, labels = digits()
    assert images.shape == (1797, 8, 8, 1)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    sklearn = pytest.importorskip("sklearn.datasets")
    np.testing.assert_array_equal(images[..., 0] * 16, sklearn.load_digits().images)


def test_the_model_is_trained_and_has_something_to_tell():
    made = demo()
    curves = made.history.history
    assert made.x_train.shape == (TRAINED_ON, 8, 8, 1)
    everything = np.sort(np.concatenate((made.x_train, made.x_val)).reshape(-1, 64), 0)
    np.testing.assert_array_equal(everything, np.sort(digits()[0].reshape(-1, 64), 0))
    assert len(made.model.layers) == 31
    assert made.model.count_params() == 52_538
    assert len(curves["val_loss"]) == EPOCHS
    assert max(curves["val_accuracy"]) > 0.95
    assert len(set(curves["learning_rate"])) > 1
    accuracy = (made.model.predict(made.x_val, verbose=0).argmax(axis=1) == made.y_val).mean()
    assert accuracy == pytest.approx(curves["val_accuracy"][-1], abs=1e-6)
