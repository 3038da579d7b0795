"""Every figure of the Data section is NumPy's, SciPy's or a hand count on the same arrays."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from kreport.analyzers._data.measuring import LISTED, _levels  # noqa: E402
from kreport.inputs.batches import Batch  # noqa: E402
from kreport.probes.observers import data_seen  # noqa: E402

L = keras.layers
TEN = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.one_of(st.floats(-1e4, 1e4, width=32), st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf]))
TABLES = st.tuples(st.integers(1, 70), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=NUMBERS)
)


@TEN
@given(table=TABLES, batch=st.integers(1, 40))
def test_figures_of_columns_are_those_of_numpy(table_model, look, table, batch):
    found = look(table_model(table.shape[1]), table, batch_size=batch).inputs[0]
    finite = np.isfinite(table)
    assert [c.count for c in found.listed] == finite.sum(0).tolist()
    assert [c.missing for c in found.listed] == np.isnan(table).sum(0).tolist()
    assert [c.infinite for c in found.listed] == np.isinf(table).sum(0).tolist()
    assert [c.zeros for c in found.listed] == (table == 0).sum(0).tolist()
    assert (found.missing, found.infinite) == (np.isnan(table).sum(), np.isinf(table).sum())
    assert found.incomplete == (~finite).any(1).sum()
    assert found.holed == (~finite).any(0).sum()
    for index, column in enumerate(found.listed):
        known = table[finite[:, index], index].astype(np.float64)
        assert column.sampled == known.size == column.count
        if not known.size:
            assert (column.mean, column.std, column.low, column.high, column.quartiles) == (None, None, None, None, ())
            continue
        np.testing.assert_allclose(column.mean, known.mean(), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(column.std, known.std(), rtol=1e-6, atol=1e-6)
        assert (column.low, column.high) == (known.min(), known.max())
        np.testing.assert_allclose(column.quartiles, np.quantile(known, (0.25, 0.5, 0.75)), rtol=1e-9, atol=1e-9)
        assert column.constant == (known.size > 1 and len(set(known.tolist())) == 1)
        assert column.histogram.sum() == (known.size if len(set(known.tolist())) > 1 else 0)


@TEN
@given(
    table=st.integers(1, 60).flatmap(lambda rows: arrays(np.int32, (rows, 2), elements=st.integers(0, 3))),
    train=st.integers(1, 60).flatmap(lambda rows: arrays(np.int32, (rows, 2), elements=st.integers(0, 3))),
)
def test_repeated_and_shared_rows_are_those_of_sets(table_model, look, table, train):
    found = look(table_model(2), table.astype("float32"), train.astype("float64"))
    rows, known = [tuple(row) for row in table.tolist()], {tuple(row) for row in train.tolist()}
    assert found.repeated == len(rows) - len(set(rows))
    assert found.overlap == sum(row in known for row in rows)
    assert (found.hashed, found.train_hashed) == (len(table), len(train))


@TEN
@given(labels=arrays(np.int32, st.integers(1, 80), elements=st.integers(0, 4)), batch=st.integers(1, 30))
def test_classes_are_counted_as_numpy_does(table_model, look, labels, batch):
    data = np.zeros((len(labels), 1), "float32"), labels
    found = look(table_model(1, 5), data, batch_size=batch).labels[0]
    counts = np.bincount(labels, minlength=5)
    assert {c.index: c.samples for c in found.listed} == {i: n for i, n in enumerate(counts.tolist()) if n}
    assert (found.classes, found.absent) == ((counts > 0).sum(), (counts == 0).sum())
    assert (found.most, found.least) == (counts.max(), counts[counts > 0].min())
    runs = 1 + (np.diff(labels) != 0).sum()
    assert found.ordered == (len(labels) >= 20 and runs == found.classes > 1)
    hot = look(table_model(1, 5, "categorical_crossentropy"), (data[0], np.eye(5)[labels]), batch_size=batch)
    assert [(c.index, c.samples) for c in hot.labels[0].listed] == [(c.index, c.samples) for c in found.listed]
    assert hot.labels[0].ordered == found.ordered


def test_copies_of_columns_are_found_and_constants_are_none(table_model, look):
    a, b = np.random.default_rng(0).normal(size=(2, 50))
    table = np.stack([a, b, a, np.ones(50), np.ones(50), b, a], 1).astype("float32")
    found = look(table_model(7), table, batch_size=7).inputs[0]
    assert [c.twin for c in found.listed] == [None, None, 0, None, None, 1, 0]
    assert (found.twins, found.constant) == (3, 2)


def test_drift_is_the_distance_of_scipy(table_model, look):
    random = np.random.default_rng(1)
    a, b = random.normal(size=(300, 3)).astype("float32"), random.normal(size=(200, 3)).astype("float32")
    b[:, 1] += 0.7
    a[:20, 2] = np.nan
    found = look(table_model(3), a, b).inputs[0]
    for index, column in enumerate(found.listed):
        known = a[np.isfinite(a[:, index]), index]
        assert column.drift == pytest.approx(ks_2samp(known, b[:, index]).statistic)
    assert [c.drifted for c in found.listed] == [False, True, False]
    assert found.drifted == 1


def test_equal_data_is_hardly_ever_said_to_have_drifted(table_model, look):
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(100):
        a, b = random.normal(size=(80, 8)).astype("float32"), random.normal(size=(60, 8)).astype("float32")
        alarms += bool(look(table_model(8), a, b).inputs[0].drifted)
    assert alarms <= 4  # 1 % expected; more than 4 has a chance of 0.3 %


def test_a_drifted_column_of_thousands_is_found(table_model, look):
    a = np.random.default_rng(3).normal(size=(120, 1500)).astype("float32")
    b = np.random.default_rng(4).normal(size=(120, 1500)).astype("float32")
    b[:, 777] += 3
    found = look(table_model(1500), a, b).inputs[0]
    assert found.drifted == 1
    assert len(found.listed) == LISTED
    assert [c.index for c in found.listed if c.drifted] == [777]
    assert (found.listed[0].index, found.listed[-1].index) == (0, 1499)


def test_channels_of_pictures_are_measured_over_all_positions(look):
    model = keras.Sequential([keras.Input((6, 5, 3), name="photo"), L.Flatten(), L.Dense(1)])
    x = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 3), dtype="uint8")
    x[7] = 9
    found = look(model, x).inputs[0]
    flat = x.reshape(-1, 3).astype(float)
    assert (found.unit, found.shape, found.uniform) == ("channel", (6, 5, 3), 1)
    np.testing.assert_allclose([c.mean for c in found.listed], flat.mean(0))
    np.testing.assert_allclose([c.std for c in found.listed], flat.std(0))
    assert [c.count for c in found.listed] == [40 * 30] * 3


def test_lengths_are_those_without_zeros_at_either_end(look):
    model = keras.Sequential([keras.Input((6,), name="tokens"), L.Embedding(9, 2), L.GlobalAveragePooling1D()])
    tokens = np.array(
        [[3, 4, 0, 0, 0, 0], [0, 0, 5, 0, 6, 7], [1, 2, 3, 4, 5, 6], [0] * 6, [0, 0, 0, 0, 0, 8]], "int32"
    )
    found = look(model, tokens).inputs[0]
    assert found.unit == "token"
    assert found.lengths.quantiles == (0, 1, 2, 4, 6)
    assert (found.lengths.padded, found.lengths.cut) == (4, 1)
    assert found.vocabulary == 9
    np.testing.assert_array_equal(found.lengths.counts, [1, 1, 1, 0, 1, 0, 1])


@pytest.mark.parametrize(("longer", "drifted"), [(0, False), (3, True)])
def test_lengths_are_compared_with_the_training_data(longer, drifted, look):
    random = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((12,), name="tokens"), L.Embedding(9, 2), L.GlobalAveragePooling1D()])

    def tokens(low):
        lengths = random.integers(low, low + 8, 200)
        return (np.arange(12) < lengths[:, None]) * random.integers(1, 9, (200, 12)), lengths

    (ours, own), (theirs, other) = tokens(1 + longer), tokens(1)
    found = look(model, ours, theirs).inputs[0].lengths
    assert found.train_median == np.quantile(other, 0.5, method="nearest")
    assert found.drifted == drifted == (ks_2samp(own, other).statistic > 0.163)


def test_two_inputs_do_not_run_into_each_other(look):
    one, two = (keras.Input((), dtype="string", name=name) for name in "ab")
    model = keras.Model([one, two], [L.StringLookup(vocabulary=["x"])(one), L.StringLookup(vocabulary=["x"])(two)])
    assert look(model, [np.array(["ab", "a"]), np.array(["c", "bc"])]).repeated == 0
    assert look(model, [np.array(["ab", "ab"]), np.array(["c", "c"])]).repeated == 1


def test_lengths_of_series_leave_out_steps_of_zeros(look):
    model = keras.Sequential([keras.Input((5, 2), name="past"), L.Flatten(), L.Dense(1)])
    x = np.ones((4, 5, 2), "float32")
    assert look(model, x).inputs[0].lengths is None
    x[1, 3:], x[2, :1] = 0, 0
    assert look(model, x).inputs[0].lengths.quantiles == (3, 4, 5, 5, 5)  # of 3, 4, 5, 5


def test_only_inputs_that_go_into_an_embedding_are_tokens(look):
    words, ages = keras.Input((4,), name="words"), keras.Input((2,), name="ages")
    joined = L.Concatenate()([L.Flatten()(L.Embedding(10, 2)(words)), ages])
    model = keras.Model([words, ages], L.Dense(1)(joined))
    found = look(model, [np.ones((3, 4), "int32"), np.array([[4, 0], [5, 0], [6, 1]])]).inputs
    assert [(one.name, one.unit) for one in found] == [("words", "token"), ("ages", "feature")]
    assert [c.high for c in found[1].listed] == [6, 1]


def test_words_that_the_training_data_has_not_are_counted(look):
    vectors = L.TextVectorization(max_tokens=20, output_sequence_length=4)
    vectors.adapt(["a b c"])
    model = keras.Sequential([keras.Input((), dtype="string", name="text"), vectors, L.Embedding(20, 2)])
    found = look(model, tf.constant(["a b", "c d", "", "a b", "e"]), tf.constant(["a b c", "a"])).inputs[0]
    assert (found.text.texts, found.text.empty, found.text.different) == (5, 1, 4)
    assert (found.vocabulary, found.unseen) == (5, 2)
    assert found.lengths.quantiles == (0, 1, 2, 2, 2)


def test_sparse_and_ragged_inputs_are_measured(table_model, look):
    dense = np.array([[0, 2, 0], [0, 0, 5], [1, 0, 0], [0, 2, 0]], "float32")
    found = look(table_model(3), tf.sparse.from_dense(dense))
    np.testing.assert_allclose([c.mean for c in found.inputs[0].listed], dense.mean(0))
    assert found.repeated == 1
    ragged = tf.ragged.constant([[1, 2, 3], [4], [1, 2, 3], []], dtype="int32")
    model = keras.Sequential([keras.Input((None,), dtype="int32", name="tokens", ragged=True), L.Embedding(9, 2)])
    found = look(model, ragged)
    assert found.inputs[0].lengths.quantiles == (0, 1, 3, 3, 3)
    assert (found.repeated, found.inputs[0].vocabulary) == (1, 4)


def test_sample_weights_are_described(table_model, look):
    weights = np.array([0.5, 1.0, 3.0], "float32")
    found = look(table_model(2), (np.eye(3, 2, dtype="float32"), np.arange(3), weights)).weights
    assert (found.low, found.high, found.mean) == (0.5, 3.0, 1.5)


def test_labels_at_positions_are_all_counted(look):
    model = keras.Sequential([keras.Input((2, 2, 1)), L.Conv2D(3, 1, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    y = np.array([[[0, 0], [1, 2]], [[0, 0], [0, 1]]])
    found = look(model, (np.zeros((2, 2, 2, 1), "float32"), y)).labels[0]
    assert [c.samples for c in found.listed] == [5, 2, 1]
    assert (found.labels, found.ordered, found.absent) == (8, False, 0)


def test_soft_and_missing_labels_are_counted(table_model, look):
    soft = np.array([[0.9, 0.1, 0], [0, 1, 0], [0, 0, 1]], "float32")
    found = look(table_model(2, 3, "categorical_crossentropy"), (np.zeros((3, 2), "float32"), soft)).labels[0]
    assert (found.soft, [c.samples for c in found.listed]) == (1, [1, 1, 1])
    y = np.array([1.0, np.nan, 3.0], "float32")
    assert look(table_model(2, 1, "mse"), (np.zeros((3, 2), "float32"), y)).labels[0].missing == 1


def test_a_class_that_the_loss_leaves_out_is_not_counted(look):
    model = keras.Sequential([keras.Input((2, 2, 1)), L.Conv2D(3, 1, activation="softmax")])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255))
    y = np.array([[[0, 255], [1, 255]], [[0, 0], [0, 1]]])
    found = look(model, (np.zeros((2, 2, 2, 1), "float32"), y)).labels[0]
    assert [(c.index, c.samples) for c in found.listed] == [(0, 4), (1, 2)]
    assert (found.ignored, found.labels, found.absent) == (2, 6, 1)


@pytest.mark.parametrize(("shape", "loss"), [((4,), "mse"), ((4,), "binary_crossentropy"), ((3, 3, 1), "mse")])
def test_labels_of_an_autoencoder_are_its_input(shape, loss, look):
    model = keras.Sequential([keras.Input(shape, name="pixels"), L.Dense(shape[-1], name="out")])
    model.compile(loss=loss)
    x = np.random.default_rng(0).random((50, *shape)).astype("float32")
    found = look(model, (x, x)).labels[0]
    assert (found.kind, found.classes, found.same_as) == ("values", 0, "pixels")
    assert look(model, (x, x[::-1])).labels[0].same_as == ""


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (np.arange(9), (9, 1.0)),
        (np.arange(17) / 16, (17, 0.0625)),
        ((np.arange(256) / np.float32(255)).astype("float64"), (256, 1 / 255)),
        (np.array([5, 20, 25, 100]), (20, 5.0)),
        (np.random.default_rng(0).normal(size=500), (0, 0.0)),
        (np.array([0.0, 1.0, 2.5]), (0, 0.0)),
    ],
)
def test_evenly_spaced_values_are_recognised(values, levels):
    assert _levels(np.sort(values.astype(np.float64))) == pytest.approx(levels)


def test_bins_of_evenly_spaced_values_hold_equally_many(table_model, look):
    table = np.repeat(np.arange(100), 3)[:, None].astype("float32")
    column = look(table_model(1), table).inputs[0].listed[0]
    assert column.ends == (-0.5, 99.5)
    assert set(column.histogram.tolist()) == {12}


def test_halves_make_the_whole(table_model):
    from kreport.inputs.data import DataOptions, read_data
    from kreport.probes.tree import tree_of

    random = np.random.default_rng(0)
    x, y = random.integers(0, 3, (90, 3)).astype("float32"), np.sort(random.integers(0, 3, 90))
    model = table_model(3)
    batches = read_data((x, y), model, DataOptions(batch_size=30))
    observers = [data_seen.Data() for _ in range(3)]
    for one in observers:
        one.start(tree_of(model), batches)
    for batch, one in zip(batches, observers, strict=True):
        one.add((), batch)
    whole = data_seen.Data()
    whole.start(tree_of(model), batches)
    for batch in batches:
        whole.add((), batch)
    observers[0].merge(observers[1])
    observers[0].merge(observers[2])
    one, other = observers[0].result(), whole.result()
    assert one.samples == other.samples
    np.testing.assert_array_equal(np.sort(one.digests), np.sort(other.digests))
    assert one.labels[0].classes == other.labels[0].classes
    assert one.labels[0].changes == other.labels[0].changes == 2
    np.testing.assert_allclose(one.inputs[0].columns.mean, other.inputs[0].columns.mean)
    np.testing.assert_array_equal(one.inputs[0].columns.sample.column(0), other.inputs[0].columns.sample.column(0))


def test_memory_does_not_grow_with_samples(monkeypatch):
    monkeypatch.setattr(data_seen, "HASHED", 2_000)
    base = np.random.default_rng(0).integers(0, 256, (500, 12, 12, 1), dtype="uint8")

    def held(samples):
        observer = data_seen.Data()
        tracemalloc.start()
        for start in range(0, samples, 500):
            x = base + np.uint8(start // 500)  # other samples every time
            y = np.arange(500) % 10
            observer.add((), Batch(x=x, y=y, sample_weight=None, start=start, size=500))
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert (observer.result().samples, len(observer.result().digests)) == (samples, 2_000)
        return size

    held(10_000)  # what is imported on the way stays
    assert held(100_000) - held(20_000) < 240_000  # 3 bytes a sample: a digest alone would take 8
