"""The curve of a function is measured from it: values, slope, flat stretches, whatever it is called."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.probes.curves import curve_of, kind_of_function  # noqa: E402

INF = np.inf
TANH_EDGE = np.arccosh(np.sqrt(1 / 0.02))  # 1 − tanh² falls below 2 % there


@pytest.mark.parametrize(
    ("name", "flats"),
    [
        ("relu", [(-INF, 0.0)]),
        ("relu6", [(-INF, 0.0), (6.0, INF)]),
        ("tanh", [(-INF, -TANH_EDGE), (TANH_EDGE, INF)]),
        ("hard_sigmoid", [(-INF, -3.0), (3.0, INF)]),
        ("softplus", [(-INF, np.log(0.02 / 0.98))]),
        ("elu", [(-INF, np.log(0.02))]),
        ("linear", []),
    ],
)
def test_flat_stretches_are_where_the_slope_is_below_two_percent(name: str, flats: list[tuple[float, float]]) -> None:
    found = curve_of(getattr(keras.activations, name)).flats
    assert len(found) == len(flats)
    np.testing.assert_allclose(np.reshape(found, (-1, 2)), np.reshape(flats, (-1, 2)), atol=0.021)


def test_values_and_slopes_are_those_of_the_function() -> None:
    curve = curve_of(keras.activations.tanh)
    np.testing.assert_allclose(curve.a, np.tanh(curve.z), atol=1e-6)
    np.testing.assert_allclose(curve.slope, 1 - np.tanh(curve.z) ** 2, atol=1e-6)


@pytest.mark.parametrize("which", ["square", "sin", "gently leaky"])
def test_turning_points_and_gentle_slopes_are_not_flat(which: str) -> None:
    functions = {"square": lambda v: v * v, "sin": keras.ops.sin, "gently leaky": keras.layers.LeakyReLU(0.01)}
    assert curve_of(functions[which]).flats == ()


def test_equal_functions_are_one_whatever_they_are_called() -> None:
    relu, layer, clipped = (
        curve_of(f) for f in (keras.activations.relu, keras.layers.ReLU(), lambda z: tf.nn.relu6(z) + tf.nn.relu(z - 6))
    )
    np.testing.assert_allclose(relu.a, clipped.a, atol=1e-6)
    assert relu.same(layer)
    assert relu.same(clipped)
    assert not curve_of(keras.layers.LeakyReLU(0.1)).same(curve_of(keras.layers.LeakyReLU(0.2)))


def test_parameters_of_each_unit_make_a_mean_and_its_extremes() -> None:
    layer = keras.layers.PReLU()
    layer.build((None, 3))
    layer.alpha.assign([0.1, 0.2, 0.6])
    curve = curve_of(layer, (None, 3))
    at = int(np.argmin(np.abs(curve.z + 10.0)))
    np.testing.assert_allclose([curve.least[at], curve.a[at], curve.most[at]], [-6.0, -3.0, -1.0], rtol=1e-3)


@pytest.mark.parametrize(("which", "kind"), [("function", "shares"), ("layer", "shares"), ("centred", "other")])
def test_a_function_of_several_numbers_has_no_curve(which: str, kind: str) -> None:
    function = {
        "function": keras.activations.softmax,
        "layer": keras.layers.Softmax(),
        "centred": lambda z: z - tf.reduce_mean(z, -1, keepdims=True),
    }[which]
    assert curve_of(function) is None
    assert kind_of_function(function, (None, 5)) == kind


def test_a_function_that_raises_has_no_curve() -> None:
    assert curve_of(lambda z: z.no_such_method()) is None


def test_nothing_gets_into_a_graph_that_is_open() -> None:
    found: list = []

    @tf.function
    def traced(x: tf.Tensor) -> tf.Tensor:
        found.append(curve_of(keras.activations.tanh))
        return x

    graph = traced.get_concrete_function(tf.TensorSpec([2])).graph
    assert found[0].bounded
    assert not [operation for operation in graph.get_operations() if operation.type == "Tanh"]
