"""What recurrent cells evaluate is seen step by step, without padding, and the model stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.probes.cells import STEPS, cell_values  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.kept import KeptSamples  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402

L = keras.layers
RANDOM = np.random.default_rng(2)


def kept(x: Any) -> KeptSamples:
    return KeptSamples(
        x=x, y=None, sample_weight=None, index=np.arange(len(x)), outputs=None, output=0, several=1,
        logits=False, losses=None, of=len(x), limited=False,
    )  # fmt: skip


def values(model: Any, x: Any) -> Any:
    return cell_values(tree_of(model), kept(x))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def gates_of_lstm(layer: Any, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the inputs of an LSTM's functions by the textbook, float64 of shape ``(steps, samples, units)``."""
    kernel, recurrent, bias = (w.astype("float64") for w in layer.get_weights())
    h = c = np.zeros((len(x), layer.units))
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in ("input gate", "forget gate", "candidate", "output gate", "state")
    }
    for step in range(x.shape[1]):
        i, f, g, o = np.split(x[:, step].astype("float64") @ kernel + h @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        for name, z in zip(found, (i, f, g, o, c), strict=True):
            found[name].append(z)
    return {name: np.stack(parts) for name, parts in found.items()}


@pytest.mark.parametrize("unroll", [False, True])
def test_gates_are_those_of_the_textbook(unroll: bool) -> None:
    model = keras.Sequential([keras.Input((5, 3)), L.LSTM(4, name="lstm", unroll=unroll)])
    x = RANDOM.normal(size=(7, 5, 3)).astype("float32")
    found, expected = values(model, x), gates_of_lstm(model.layers[0], x)
    assert [use.part for use in found.inputs] == list(expected)
    for use in found.inputs:
        z = expected[use.part]
        assert (use.call, use.steps, use.z.size) == ("lstm", 5, z.size)
        np.testing.assert_allclose(
            [use.z.mean, use.z.std, use.z.low, use.z.high], [z.mean(), z.std(), z.min(), z.max()], rtol=1e-4, atol=1e-6
        )


def test_flat_shares_follow_from_the_bias() -> None:
    model = keras.Sequential([keras.Input((4, 2)), L.LSTM(2, name="lstm")])
    kernel, recurrent, bias = (np.zeros_like(w) for w in model.get_weights())
    bias[:2] = [50.0, 0.0]  # the first unit's input gate is wide open
    model.set_weights([kernel, recurrent, bias])
    gate = values(model, np.zeros((3, 4, 2), "float32")).inputs[0]
    np.testing.assert_array_equal(gate.flat, [1.0, 0.0])


def test_padded_steps_do_not_count() -> None:
    model = keras.Sequential([keras.Input((4,)), L.Embedding(9, 3, mask_zero=True), L.GRU(2, go_backwards=True)])
    x = np.array([[1, 2, 3, 0], [4, 0, 0, 0]])
    assert {use.z.size for use in values(model, x).inputs} == {4 * 2}


def test_both_directions_and_stacked_cells_are_told_apart() -> None:
    inputs = keras.Input((3, 2))
    outputs = L.Bidirectional(L.SimpleRNN(2, return_sequences=True), name="both")(inputs)
    outputs = L.RNN([L.SimpleRNNCell(2), L.GRUCell(2)], name="stack")(outputs)
    uses = values(keras.Model(inputs, outputs), RANDOM.normal(size=(4, 3, 2)).astype("float32")).inputs
    assert [(use.call, use.part) for use in uses] == [
        ("both", "forward state"), ("both", "backward state"), ("stack", "state"), ("stack", "update gate"),
        ("stack", "reset gate"), ("stack", "candidate"),
    ]  # fmt: skip


def test_the_model_stays_as_it_is() -> None:
    model = keras.Sequential([keras.Input((3, 2), batch_size=4), L.LSTM(2, stateful=True)])
    cell, before = model.layers[0].cell, fingerprint(model)
    held = dict(vars(cell))
    values(model, np.ones((4, 3, 2), "float32"))
    assert not fingerprint(model).changed(before)
    assert vars(cell)["activation"] is held["activation"]
    assert vars(cell)["recurrent_activation"] is held["recurrent_activation"]


def test_a_long_sequence_is_not_taken_and_says_why() -> None:
    model = keras.Sequential([keras.Input((None, 1)), L.SimpleRNN(1)])
    found = values(model, np.zeros((2, STEPS + 1, 1), "float32"))
    assert found.inputs == ()
    assert "601 steps of 1 cell" in found.gap.reason


def test_a_model_without_cells_has_no_gap() -> None:
    found = values(keras.Sequential([keras.Input((2,)), L.Dense(1)]), np.zeros((2, 2), "float32"))
    assert (found.inputs, found.gap) == ((), None)
