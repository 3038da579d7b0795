"""What the Data section says of data that was made so, and of data with nothing to tell."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.analyzers._data.charts import class_chart, length_chart, target_chart  # noqa: E402
from kreport.analyzers._data.sentences import lede  # noqa: E402
from kreport.analyzers._data.tables import column_table, target_table  # noqa: E402
from kreport.analyzers._data.views import blocks, facts  # noqa: E402
from kreport.document.blocks import Chart, Definitions, Row, Stack, Table  # noqa: E402
from kreport.document.text import plain  # noqa: E402

pd = pytest.importorskip("pandas")
L = keras.layers
RANDOM = np.random.default_rng(8)
X = RANDOM.normal(size=(120, 3)).astype("float32")
OTHER = RANDOM.normal(size=(120, 3)).astype("float32")
Y = np.tile([0, 1, 2], 40)
FRAME = pd.DataFrame(X, columns=["size", "age", "rent"])


def changed(x, **columns):
    made = x.copy()
    for place, values in columns.items():
        made[:, int(place[1:])] = values
    return made


def holes(*places):
    made = FRAME.copy()
    for row, column in places:
        made.iloc[row, column] = np.nan
    return made


PLAIN = "120 samples in 3 balanced classes."
CASES = {
    "nothing": ((X, Y), None, PLAIN),
    "no labels": (X, None, "120 samples of 3 features."),
    "one missing value": (
        (changed(X, c1=np.where(np.arange(120) == 3, np.nan, X[:, 1])), Y),
        None,
        f"1 value is NaN in 1 sample, in row. {PLAIN}",
    ),
    "infinite values": (
        (changed(X, c1=np.where(np.arange(120) < 2, np.inf, X[:, 1])), Y),
        None,
        f"2 values are infinite in 2 samples, in row. {PLAIN}",
    ),
    "missing in one column": ((holes((1, 2), (5, 2)), Y), None, f"2 values are NaN in 2 samples, in rent. {PLAIN}"),
    "missing in two columns of many": (
        (holes((1, 2), (5, 2), (5, 0)).assign(a=X[:, 0] * 2, b=X[:, 0] - X[:, 1]), Y),
        None,
        f"3 values are NaN in 2 samples, 2 of them in rent. {PLAIN}",
    ),
    "repeated samples": (
        (np.concatenate((X, X[:30])), np.tile([0, 1, 2], 50)),
        None,
        "30 of 150 samples repeat an earlier one. 150 samples in 3 balanced classes.",
    ),
    "a single repeated sample": ((np.concatenate((X, X[:1])), np.r_[Y, 0]), None, "121 samples in 3 balanced classes."),
    "a class without samples": (
        (X, Y % 2),
        None,
        "1 of 3 classes has no sample. 120 samples in 2 classes of 40 to 80.",
    ),
    "unequal classes": (
        (X, np.r_[np.zeros(108), [1] * 6, [2] * 6].astype(int)[RANDOM.permutation(120)]),
        None,
        "The largest of 3 classes has 18 times the samples of the smallest. 120 samples in 3 classes of 6 to 108.",
    ),
    "sorted": ((X, np.sort(Y)), None, f"Samples stand sorted by class. {PLAIN}"),
    "a constant and a copy": (
        (changed(X, c1=4.0, c2=X[:, 0]), Y),
        None,
        f"Of 3 features, 1 is constant and 1 repeats another. {PLAIN}",
    ),
    "overlap": (
        (X, Y),
        (np.concatenate((X[:60], OTHER)), np.tile([0, 1, 2], 60)),
        "50.0\u202f% of 120 samples stand in the training data too: what is measured on them says too much. " + PLAIN,
    ),
    "a drifted feature": (
        (FRAME, Y),
        (FRAME.assign(age=OTHER[:, 1] + 2, size=OTHER[:, 0]), Y),
        f"1 of 3 features is distributed otherwise than in the training data: age. {PLAIN}",
    ),
    "two drifted features": (
        (FRAME, Y),
        (FRAME.assign(age=OTHER[:, 1] + 1, rent=OTHER[:, 2] + 5), Y),
        f"2 of 3 features are distributed otherwise than in the training data, most of all rent. {PLAIN}",
    ),
    "other shares of classes": (
        (X, Y),
        (OTHER, np.repeat([0, 1, 2], [80, 20, 20])[RANDOM.permutation(120)]),
        "Classes have other shares than in the training data: 33.3\u202f% of labels would have to change. " + PLAIN,
    ),
    "equal data": ((X, Y), (OTHER, Y), PLAIN),
}


@pytest.mark.parametrize("case", CASES)
def test_the_lede_says_what_is_wrong_first(case, table_model, look):
    data, train, sentence = CASES[case]
    x = data[0] if isinstance(data, tuple) else data
    assert plain(lede(look(table_model(x.shape[1]), data, train))) == sentence


@pytest.mark.parametrize(
    ("y", "units", "loss", "train", "sentence"),
    [
        (X[:, 0], 1, "mse", None, "120 samples of 3 features."),
        (
            X[:, 0],
            1,
            "mse",
            (OTHER, X[:, 0] + 2),
            "Targets are distributed otherwise than in the training data. 120 samples of 3 features.",
        ),
        (
            np.stack([np.arange(120) < n for n in (60, 30, 120)], 1).astype("float32"),
            3,
            "binary_crossentropy",
            None,
            "120 samples with 1.75 of 3 labels on average.",
        ),
        (
            np.where(np.arange(120) < 3, np.nan, X[:, 0]),
            1,
            "mse",
            None,
            "3 labels are NaN. 120 samples of 3 features.",
        ),
    ],
)
def test_targets_and_labels_of_several_kinds_are_told(y, units, loss, train, sentence, table_model, look):
    assert plain(lede(look(table_model(3, units, loss), (X, y), train))) == sentence


def test_with_several_outputs_each_is_named(look):
    row = keras.Input((3,), name="row")
    model = keras.Model(row, [L.Dense(3, "softmax", name="kind")(row), L.Dense(1, name="price")(row)])
    model.compile(loss=["sparse_categorical_crossentropy", "mse"])
    measured = look(model, (X, (np.r_[np.zeros(110), np.ones(10)].astype(int), X[:, 0])))
    assert plain(lede(measured)) == (
        "kind: 1 of 3 classes has no sample. kind: the largest of 2 classes has 11 times the samples of the smallest. "
        "Samples stand sorted by class."
    )
    titles = [plain(block.title) for block in _all(blocks(measured)) if isinstance(block, Chart | Table)]
    assert titles == [
        "2 classes of kind, the largest 11 times the smallest", "Half of the targets of price lie from "
        + " to ".join(_rounded(np.quantile(X[:, 0], (0.25, 0.75)))), "3 features", "Target of price",
    ]  # fmt: skip


def _rounded(values):
    return [f"{value:.3g}".replace("-", "\u2212") for value in values]


def _all(found):
    for block in found:
        if isinstance(block, Row | Stack):
            yield from _all(block.blocks)
        else:
            yield block


def test_every_chart_and_table_states_its_n(table_model, look):
    words = keras.Sequential([keras.Input((6,), name="tokens"), L.Embedding(9, 2), L.Flatten(), L.Dense(2, "softmax")])
    words.compile(loss="sparse_categorical_crossentropy")
    tokens = RANDOM.integers(1, 9, (50, 6)) * (np.arange(6) < RANDOM.integers(1, 7, (50, 1)))
    picture = keras.Sequential([keras.Input((4, 4, 1), name="image"), L.Flatten(), L.Dense(1)])
    picture.compile(loss="mse")
    seen = [
        look(words, (tokens, np.arange(50) % 2), (tokens, np.arange(50) % 2)),
        look(picture, (RANDOM.normal(size=(50, 4, 4, 1)).astype("float32"), X[:50, 0])),
        look(table_model(3), (X, Y)),
    ]
    shown = [block for measured in seen for block in _all(blocks(measured)) if not isinstance(block, Definitions)]
    assert len(shown) == 2 + 3 + 2
    assert [block.title for block in shown if "n = " not in plain(block.subtitle)] == []
    assert plain(shown[3].subtitle) == "Over 50 samples of 16 positions, n = 800 each"


def test_the_facts_give_every_share_with_its_n(table_model, look):
    x = np.concatenate((X, X[:30]))
    measured = look(table_model(3), (x, np.tile([0, 1, 2], 50)), (np.concatenate((X[:60], OTHER)), np.tile(Y, 2)[:180]))
    items = {plain(name): plain(value) for name, value in facts(measured).items}
    assert items["Samples"] == "150"
    assert items["row"].startswith("3 features, float32, ")
    assert items["Labels"] == "class index, int64"
    assert items["Identical samples"] == "30 of 150 repeat an earlier one"
    assert items["Compared with"] == "180 samples of training data"
    assert items["In the training data"] == "90 of 150 (60.0\u202f%)"
    assert items["Shift of classes"] == "0\u202f% of labels would have to change"


@pytest.mark.parametrize(
    ("y", "units", "loss", "text"),
    [
        (Y, 3, "sparse_categorical_crossentropy", "class index, int64"),
        (np.eye(3, dtype="float32")[Y], 3, "categorical_crossentropy", "one of 3 columns, float32"),
        (Y % 2, 1, "binary_crossentropy", "0 or 1, int64"),
        (np.ones((120, 3), "int8"), 3, "binary_crossentropy", "0 or 1 for each of 3 labels, int8"),
        (X[:, 0], 1, "mse", "1 number, float32"),
        (X, 3, "mse", "3 numbers, float32: those of row"),
        (OTHER, 3, "mse", "3 numbers, float32"),
        (OTHER, 3, None, "3 numbers, float32 (by their look)"),
    ],
)
def test_labels_are_described(y, units, loss, text, table_model, look):
    items = {plain(name): plain(value) for name, value in facts(look(table_model(3, units, loss), (X, y))).items}
    assert items["Labels"] == text


def test_the_table_of_columns_shows_what_was_measured(table_model, look):
    frame = FRAME.assign(one=1.0, again=FRAME["age"])
    frame.iloc[4, 0] = np.nan
    measured = look(table_model(5), frame, frame.assign(rent=OTHER[:, 2] + 4))
    table = column_table(measured.inputs[0], measured)
    assert plain(table.title) == "5 features: 1 with missing values, 1 constant, 1 equal to another, 1 drifted"
    assert [plain(column.label) for column in table.columns] == [
        "Feature", "Distribution", "Mean", "Std", "Min", "Max", "Zeros", "NaN, ∞", "Drift", "Remark",
    ]  # fmt: skip
    names = [row.cells[0] for row in table.rows]
    assert names == ["size", "age", "rent", "one", "again"]
    assert [plain(row.cells[-1]) for row in table.rows] == ["", "", "drifted", "constant", "same as age"]
    assert [row.cells[7] for row in table.rows] == [1, 0, 0, 0, 0]
    assert table.rows[1].cells[2] == pytest.approx(X[:, 1].mean(dtype="float64"), abs=1e-6)
    assert "less what is missing" in plain(table.subtitle)


def test_of_many_columns_those_that_stand_out_are_shown(table_model, look):
    x = RANDOM.normal(size=(30, 400)).astype("float32")
    x[:, 123], x[5, 321] = 2, np.nan
    measured = look(table_model(400), x)
    table = column_table(measured.inputs[0], measured)
    assert len(table.rows) == 40
    assert {"123", "321"} <= {row.cells[0] for row in table.rows}
    assert plain(table.note).startswith("40 of 400: what stands out, and others spread evenly.")


def test_a_choice_of_values_is_said_to_be_one(look):
    picture = keras.Sequential([keras.Input((16, 16, 1), name="image"), L.Flatten(), L.Dense(1)])
    measured = look(picture, RANDOM.normal(size=(30, 16, 16, 1)).astype("float32"))
    assert "Distributions are those of 4,096 values each" in column_table(measured.inputs[0], measured).note


def test_several_targets_have_a_table_and_one_a_chart_too(table_model, look):
    several = look(table_model(3, 3, "mse"), (X, X * 2))
    table = target_table(several.labels[0], several)
    assert plain(table.title) == "3 targets"
    np.testing.assert_allclose([row.cells[3] for row in table.rows], (X * 2).std(0), rtol=1e-5)
    one = look(table_model(3, 1, "mse"), (X, Y))
    rows = _rows(target_chart(one.labels[0], one, 0))
    assert [(row["least"], row["most"], row["n"]) for row in rows] == [(0, 0, 40), (1, 1, 40), (2, 2, 40)]


def _rows(chart):
    return chart.spec["data"]["values"]


def test_numbers_stand_beyond_the_marks_of_the_training_data(table_model, look):
    measured = look(table_model(3), (X, Y), (OTHER, np.repeat([0, 1, 2], [80, 40, 0])))
    rows = _rows(class_chart(measured.labels[0], measured, 0))
    assert [row["n"] for row in rows] == [40, 40, 40]
    assert [row["other"] for row in rows] == [80, 40, 0]
    assert [row["end"] for row in rows] == [80, 40, 40]


def test_of_many_classes_the_largest_and_the_smallest_are_drawn(table_model, look):
    y = np.repeat(np.arange(50), np.arange(50) + 1)
    measured = look(table_model(1, 60), (np.zeros((len(y), 1), "float32"), y))
    chart = class_chart(measured.labels[0], measured, 0)
    assert [row["label"] for row in _rows(chart)] == [str(c) for c in (*range(49, 39, -1), *range(9, -1, -1))]
    assert "the 10 largest and 10 smallest of 50" in plain(chart.subtitle)
    assert "logarithmic" in plain(chart.subtitle)


def test_lengths_are_drawn_at_whole_numbers(look):
    model = keras.Sequential([keras.Input((6,), name="tokens"), L.Embedding(9, 2), L.Flatten(), L.Dense(2)])
    tokens = np.array([[1, 2, 0, 0, 0, 0], [1, 2, 3, 4, 0, 0], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    measured = look(model, tokens)
    chart = length_chart(measured.inputs[0], measured, 0)
    assert plain(chart.title) == "50.0\u202f% of sequences fill all 6 positions"
    assert [(row["least"], row["n"]) for row in _rows(chart)] == [(2, 1), (3, 0), (4, 1), (5, 0), (6, 2)]


def test_classes_keep_different_names_when_these_are_cut(table_model, look):
    names = [f"the species with the number {c} of all the world" for c in range(12)]
    names[11] = names[1]
    y = np.arange(120) % 12
    measured = look(table_model(3, 12), (X, y), class_names=names)
    labels = [row["label"] for row in _rows(class_chart(measured.labels[0], measured, 0))]
    assert len(set(labels)) == 12
    assert labels[11].endswith(" [11]")


def test_inputs_of_one_feature_each_are_one_table(look):
    inputs = {name: keras.Input((1,), name=name) for name in ("size", "age", "rent")}
    model = keras.Model(inputs, L.Dense(1)(L.Concatenate()(list(inputs.values()))))
    measured = look(model, {name: X[:, [place]] for place, name in enumerate(inputs)})
    assert plain(lede(measured)) == "120 samples of 3 features in 3 inputs."
    [table] = [block for block in blocks(measured) if isinstance(block, Table)]
    assert {row.cells[0]: row.cells[2] for row in table.rows} == {
        name: pytest.approx(X[:, place].mean(dtype="float64")) for place, name in enumerate(inputs)
    }
    items = {plain(name): plain(value) for name, value in facts(measured).items}
    assert items["3 inputs"] == "1 feature each, float32"
    assert "age" not in items


def test_tokens_are_not_expected_to_be_equally_frequent(look):
    model = keras.Sequential([keras.Input((5,), name="tokens"), L.Embedding(50, 2), L.Dense(50, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    tokens = np.minimum(RANDOM.zipf(1.5, (80, 6)), 49)
    tokens[:, 1:3] = np.stack(np.divmod(np.arange(80), 9), 1)  # no two alike
    assert plain(lede(look(model, (tokens[:, :-1], tokens[:, 1:])))) == "80 samples of 5 tokens."


def test_a_single_sample_is_described_and_nothing_is_told_of_drift(table_model, look):
    measured = look(table_model(2), (np.ones((1, 2), "float32"), [1]), (np.zeros((2, 2), "float32"), [0, 1]))
    assert plain(lede(measured)) == "2 of 3 classes have no sample. 1 sample of 2 features."
    assert "too few samples to tell" in column_table(measured.inputs[0], measured).note
    assert {plain(name): plain(value) for name, value in facts(measured).items}["row"] == "2 features, float32, all 1"


def test_a_column_without_a_number_is_told(table_model, look):
    measured = look(table_model(3), (changed(X, c1=np.nan), Y))
    assert "Of 3 features, 1 holds no number." in plain(lede(measured))
    [_, row, _] = column_table(measured.inputs[0], measured).rows
    assert row.cells[2:6] == (None, None, None, None)
    assert row.cells[-1] == "no number"


def test_other_lengths_than_those_of_the_training_data_are_told(look):
    model = keras.Sequential([keras.Input((12,), name="tokens"), L.Embedding(9, 2), L.Flatten()])
    tokens = RANDOM.integers(1, 9, (120, 12))
    short, long = (tokens * (np.arange(12) < RANDOM.integers(low, low + 3, (120, 1))) for low in (3, 8))
    assert "Sequences of tokens are shorter than in the training data: a median of 4 positions instead of 9." in plain(
        lede(look(model, short, long + (long > 0)))
    )
