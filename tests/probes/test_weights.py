"""Every variable once, with its role, its axes, its values and what its initializer draws."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from scipy import stats

from kreport.inputs.subject import KerasModel
from kreport.probes.tree import layer_tree
from kreport.probes.weights import WeightSweep, WeightTensor, role_of, weight_sweep
from kreport.tensors.distribution import distribution


def sweep(model: keras.Model) -> WeightSweep:
    return weight_sweep(layer_tree(KerasModel(model=model)))


def of_layers(*parts: keras.layers.Layer, shape: tuple[int, ...]) -> dict[str, WeightTensor]:
    model = keras.Sequential([keras.Input(shape), *parts])
    return {f"{t.layer}/{t.name}": t for t in sweep(model)}


def test_every_variable_stands_there_once_with_its_values() -> None:
    shared = layers.Dense(4, name="shared")
    given = keras.Input((4,))
    model = keras.Model(given, layers.Dropout(0.5, name="drop")(shared(shared(given))))
    found = list(sweep(model))
    assert [(t.layer, t.name, t.role) for t in found] == [
        ("shared", "kernel", "kernel"),
        ("shared", "bias", "bias"),
        (found[2].layer, "seed_generator_state", "state"),
    ]
    assert found[2].layer.startswith("drop")
    np.testing.assert_array_equal(found[0].read(), shared.get_weights()[0])


@pytest.mark.parametrize(
    ("layer", "shape", "layout", "matrix"),
    [
        (layers.Conv2D(8, 3, name="x"), (9, 9, 4), "conv", (36, 8)),
        (layers.Conv2D(8, 3, groups=2, name="x"), (9, 9, 4), "conv", (18, 8)),
        (layers.Conv1D(8, 3, name="x"), (9, 4), "conv", (12, 8)),
        (layers.Conv3D(8, 2, name="x"), (4, 4, 4, 2), "conv", (16, 8)),
        (layers.Conv2DTranspose(8, 3, name="x"), (9, 9, 4), "transposed", (36, 8)),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, name="x"), (9, 9, 4), "depthwise", (9, 8)),
        (layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), name="x"), (5, 4), "einsum", (4, 6)),
        (layers.EinsumDense("abcd,cde->abe", output_shape=(None, 7), name="x"), (5, 2, 3), "einsum", (6, 7)),
        (layers.Dense(3, name="x"), (4,), "dense", (4, 3)),
    ],
)
def test_a_kernel_is_read_as_inputs_by_units(layer, shape, layout, matrix) -> None:
    tensor = of_layers(layer, shape=shape)["x/kernel"]
    values = tensor.read()
    assert (tensor.layout, tensor.matrix_shape) == (layout, matrix)
    read = tensor.matrix(values)
    assert read.shape == matrix
    unit = {"conv": values[..., 0], "transposed": values[..., 0, :], "dense": values[:, 0]}.get(layout)
    if unit is not None:
        np.testing.assert_array_equal(read[:, 0], unit.ravel())


def test_roles_are_told_by_names() -> None:
    found = of_layers(
        layers.Conv2D(4, 3, name="conv"),
        layers.BatchNormalization(name="bn"),
        layers.PReLU(shared_axes=[1, 2], name="act"),
        layers.Flatten(),
        layers.LayerNormalization(name="ln"),
        shape=(8, 8, 3),
    )
    assert {t.name: t.role for t in found.values()} == {
        "kernel": "kernel",
        "bias": "bias",
        "gamma": "norm",
        "beta": "norm",
        "moving_mean": "norm",
        "moving_variance": "norm",
        "alpha": "kernel",
    }
    assert role_of("position_embedding", (9, 4), "float32") == "embedding"
    assert role_of("w", (4, 4), "float32") == "kernel"
    assert role_of("temperature", (), "float32") == "other"
    assert role_of("kernel_amax_history", (1024,), "float32") == "state"
    assert role_of("ids", (3, 3), "string") == "state"


INITIALIZERS = [
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    keras.initializers.RandomNormal(0.3, 0.2, seed=1),
    keras.initializers.TruncatedNormal(-1, 0.5, seed=1),
    keras.initializers.RandomUniform(-0.2, 0.7, seed=1),
    keras.initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1),
]


@pytest.mark.parametrize(
    "initializer", INITIALIZERS, ids=lambda made: made if isinstance(made, str) else type(made).__name__
)
@pytest.mark.parametrize("layer", ["conv", "transposed", "depthwise", "dense"])
def test_theory_is_what_keras_draws(initializer, layer) -> None:
    keras.utils.set_random_seed(0)
    made = {
        "conv": lambda: layers.Conv2D(60, 3, kernel_initializer=initializer, name="x"),
        "transposed": lambda: layers.Conv2DTranspose(60, 3, kernel_initializer=initializer, name="x"),
        "depthwise": lambda: layers.DepthwiseConv2D(
            3, depth_multiplier=90, depthwise_initializer=initializer, name="x"
        ),
        "dense": lambda: layers.Dense(2000, kernel_initializer=initializer, name="x"),
    }[layer]()
    tensor = of_layers(made, shape=(12,) if layer == "dense" else (5, 5, 12))["x/kernel"]
    values = tensor.read().astype(np.float64).ravel()
    assert tensor.theory is not None
    assert stats.kstest(values, tensor.theory.share_below).pvalue > 1e-4
    assert tensor.theory.std == pytest.approx(values.std(), rel=0.05)


def test_constants_and_orthogonal_matrices_are_known() -> None:
    found = of_layers(
        layers.Dense(4, kernel_initializer=keras.initializers.Constant(0.5), bias_initializer="ones", name="a"),
        layers.Dense(4, kernel_initializer="orthogonal", name="b"),
        shape=(4,),
    )
    kinds = [(t.theory.kind, t.theory.centre) for t in found.values()]
    assert kinds == [("constant", 0.5), ("constant", 1.0), ("orthogonal", 0.0), ("constant", 0.0)]


def test_the_bias_of_an_lstm_has_no_one_constant() -> None:
    model = keras.Sequential([keras.Input((5, 3)), layers.LSTM(4)])
    bias = next(t for t in sweep(model) if t.name == "bias")
    assert bias.theory is None


@pytest.mark.parametrize("units", [4, 5])
def test_int4_is_unpacked(units: int) -> None:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(units)])
    model.layers[0].quantize("int4")
    kernel = next(t for t in sweep(model) if t.name == "kernel")
    assert (kernel.dtype, kernel.shape) == ("int4", (8, units))
    np.testing.assert_array_equal(kernel.read(), np.asarray(model.layers[0].kernel))
    assert {t.role for t in sweep(model) if t.name.startswith("kernel_")} == {"state"}


def test_int8_and_lora_show_what_is_stored() -> None:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(5, name="x")])
    model.layers[0].enable_lora(2)
    base = model.layers[0].get_weights()
    found = {t.name: t for t in sweep(model)}
    assert {"kernel", "lora_kernel_a", "lora_kernel_b"} <= set(found)
    assert not found["kernel"].trainable
    assert any(np.array_equal(found["kernel"].read(), array) for array in base)
    plain = keras.Sequential([keras.Input((8,)), layers.Dense(5)])
    plain.layers[0].quantize("int8")
    assert next(t for t in sweep(plain) if t.name == "kernel").dtype == "int8"


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_every_float_is_read_as_it_is(dtype: str) -> None:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(50, dtype=dtype)])
    kernel = next(iter(sweep(model)))
    assert kernel.dtype == dtype
    found, _ = distribution(kernel.read())
    assert found.std == pytest.approx(kernel.theory.std, rel=0.1)


def test_reading_changes_nothing() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    before = [w.copy() for w in model.get_weights()]
    for tensor in sweep(model):
        tensor.read()[...] += 1
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
