"""Data measured without a report: nothing of the model runs, so that hundreds of tables are looked at in seconds."""

from __future__ import annotations

from functools import cache

import pytest

keras = pytest.importorskip("keras")

from kreport.analyzers._data.measuring import measured  # noqa: E402
from kreport.inputs.batches import TrainBatches  # noqa: E402
from kreport.inputs.data import DataOptions, read_data  # noqa: E402
from kreport.probes.observers.data_seen import Data, train_seen  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402


@cache
def _table(width, units, loss):
    model = keras.Sequential([keras.Input((width,), name="row"), keras.layers.Dense(units, name="out")])
    if loss:
        model.compile(loss=loss)
    return model


@pytest.fixture(scope="session")
def table_model():
    """Return a function that gives a dense model for so many features, with so many outputs and this loss."""
    return lambda width=3, units=3, loss="sparse_categorical_crossentropy": _table(width, units, loss)


@pytest.fixture(scope="session")
def look():
    """Return a function that measures data, as the section does it."""

    def looked(model, data, train=None, **options):
        tree, batches = tree_of(model), read_data(data, model, DataOptions(**options))
        observer = Data()
        observer.start(tree, batches)
        for batch in batches:
            observer.add((), batch)
        if train is None:
            return measured(observer.result(), batches, None, None)
        others = TrainBatches(batches=read_data(train, model, DataOptions(**options), argument="train_data"))
        return measured(observer.result(), batches, train_seen(others, tree).seen, others)

    return looked
