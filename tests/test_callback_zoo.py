"""ReportCallback over the zoo: whatever kind of model it is, the training is the same to the bit."""

import keras
import numpy as np
import pytest

import kreport
from kreport.inputs.training_folder import read_run
from tests.models import ZOO
from tests.zoo_data import inputs_for, loss_and_labels_for

KINDS = (
    "plain_cnn", "augmentation", "vae", "stateful_lstm", "masked_embedding", "transformer", "dictionaries",
    "nested_three_deep", "subclassed", "teacher_and_student", "mixed_float16", "lora", "compiled_with_xla",
    "compute_loss_of_old",
)  # fmt: skip
"""Between them: dropout, batch statistics, seeds, states of cells, masks, several inputs and outputs, loss scaling."""


def state_of(model):
    """Return every number that a training leaves behind, with the path of its variable."""
    variables = [*model.variables, *model.optimizer.variables, *(v for m in model.metrics for v in m.variables)]
    for layer in model._flatten_layers():
        states = getattr(layer, "states", None)
        variables += [s for s in states if s is not None] if isinstance(states, list | tuple) else []
    return [(variable.path, np.asarray(variable.value)) for variable in variables]


def trained(name, folder=None):
    """Fit a model of the zoo for two epochs of two batches, followed if there is a folder; return what is left."""
    keras.utils.set_random_seed(5)
    animal = ZOO[name]
    model = animal.make()
    x = inputs_for(model, animal.input_shape, samples=8)
    size = 2 if name == "stateful_lstm" else 4
    loss, y = loss_and_labels_for(model, x)
    if loss is not None:
        model.compile("adam", loss)
    callbacks = [] if folder is None else [kreport.ReportCallback(None, log=folder, data=(x, y), noise=True)]
    fit = {"batch_size": size, "epochs": 2, "verbose": 0, "validation_data": (x, y)}
    history = model.fit(x, y, **fit, callbacks=callbacks).history
    return state_of(model), repr(history), float(keras.random.uniform(())), np.random.rand()  # noqa: NPY002


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_is_trained_as_if_nobody_looked(name, tmp_path):
    (state, *rest), (followed, *rest_too) = trained(name), trained(name, tmp_path / "log")
    pairs = zip(state, followed, strict=True)
    assert [path for (path, one), (_, other) in pairs if one.tobytes() != other.tobytes()] == []
    assert rest == rest_too
    log = read_run(tmp_path / "log").log
    assert log.epochs.tolist() == [1, 2]
    assert log.finished
    assert log.notes == ()
    for part, number in (("weights", "norm"), ("gradients", "norm"), ("activations", "std"), ("backflow", "rms")):
        tracked = getattr(log, part)
        rows = [i for i, row in enumerate(tracked.rows) if part == "weights" or not row.layer.startswith("teacher")]
        assert np.isfinite(tracked.values[number][rows]).all(), part  # nothing flows to the teacher
        assert rows
