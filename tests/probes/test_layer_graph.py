"""The layer graph: calls, edges, shapes and FLOPs equal what is counted by hand; the model is left as it was."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import layers, ops  # noqa: E402

from kreport.inputs.subject import InputShapes  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.graph import LayerGraph  # noqa: E402
from kreport.probes.layer_graph import layer_graph  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.models import ZOO  # noqa: E402


def graph_of(model: object, shapes: object = None) -> LayerGraph:
    return layer_graph(tree_of(model), None if shapes is None else InputShapes(shapes=shapes))


def edges(graph: LayerGraph) -> list[tuple[str, str]]:
    containers = {call.parent for call in graph.calls}
    return [(e.source, call.id) for call in graph.calls if call.id not in containers for e in call.inputs]


@pytest.mark.parametrize("name", ZOO)
def test_every_model_is_described_and_left_as_it_was(name: str) -> None:
    animal = ZOO[name]
    model = animal.make()
    before = fingerprint(model)
    graph = graph_of(model, None if animal.input_shape is None else (None, *animal.input_shape))
    assert fingerprint(model).changed(before) == ()
    ids = [layer.id for layer in graph.layers]
    assert len(set(ids)) == len(ids)
    calls = {call.id for call in graph.calls} | {name for name, _ in graph.input_shapes}
    assert {source for source, _ in edges(graph)} <= calls
    assert set(graph.outputs) <= calls
    if graph.flops is not None:
        assert sum(call.flops or 0 for call in graph.calls if not call.parent) <= graph.flops


@pytest.mark.parametrize("name", ["open_sizes", "unbuilt_sequential", "subclassed_never_called"])
def test_what_cannot_be_counted_names_the_argument_that_helps(name: str) -> None:
    graph = graph_of(ZOO[name].make())
    assert graph.flops is None
    assert "input_shape=" in graph.missing


@pytest.mark.parametrize("name", ["open_sizes", "unbuilt_sequential", "subclassed_never_called"])
def test_a_shape_makes_it_countable(name: str) -> None:
    animal = ZOO[f"{name}_with_a_shape"]
    graph = graph_of(animal.make(), (None, *animal.input_shape))
    assert graph.missing == ""
    assert graph.flops
    assert graph.root.parameters


def sequential(shape: tuple[int | None, ...], *stack: object, dtype: str = "float32") -> object:
    return keras.Sequential([keras.Input(shape, dtype=dtype), *stack])


def mac(count: int, bias: int) -> int:
    return 2 * count + bias


@pytest.mark.parametrize(
    ("model", "flops"),
    [
        pytest.param(lambda: sequential((5,), layers.Dense(3)), mac(15, 3), id="dense"),
        pytest.param(lambda: sequential((6, 6, 2), layers.Conv2D(4, 3)), mac(4 * 4 * 4 * 9 * 2, 64), id="conv"),
        pytest.param(
            lambda: sequential((6, 6, 4), layers.Conv2D(4, 3, groups=2)), mac(4 * 4 * 4 * 9 * 2, 64), id="groups"
        ),
        pytest.param(lambda: sequential((6, 6, 2), layers.DepthwiseConv2D(3)), mac(4 * 4 * 2 * 9, 32), id="depthwise"),
        pytest.param(
            lambda: sequential((6, 6, 2), layers.SeparableConv2D(5, 3)),
            mac(4 * 4 * 2 * 9 + 4 * 4 * 2 * 5, 80),
            id="separable",
        ),
        pytest.param(lambda: sequential((8, 2), layers.Conv1D(3, 3)), mac(6 * 3 * 3 * 2, 18), id="conv1d"),
        pytest.param(lambda: sequential((4, 4, 4, 1), layers.Conv3D(2, 2)), mac(27 * 2 * 8, 54), id="conv3d"),
        pytest.param(
            lambda: sequential((4, 4, 3), layers.Conv2DTranspose(2, 2, strides=2, use_bias=False)),
            mac(4 * 4 * 3 * 2 * 4, 0),
            id="transposed",
        ),
    ],
)
def test_flops_are_those_of_a_hand_count(model: object, flops: int) -> None:
    assert graph_of(model()).flops == flops


def test_attention_products_are_counted() -> None:
    tokens, width, heads, head = 6, 8, 2, 4
    inputs = keras.Input((tokens, width))
    model = keras.Model(inputs, layers.MultiHeadAttention(heads, head, use_bias=False)(inputs, inputs))
    projections = 4 * tokens * width * heads * head
    scores = 2 * heads * tokens * tokens * head
    counted = graph_of(model).flops
    assert counted is not None
    assert 2 * (projections + scores) <= counted <= 2 * (projections + scores) + 20 * heads * tokens * tokens


def test_a_recurrent_layer_is_counted_for_every_step() -> None:
    short, long = (graph_of(sequential((steps, 3), layers.LSTM(4))) for steps in (5, 10))
    products = 2 * (3 * 16 + 4 * 16)
    assert long.flops is not None
    assert short.flops is not None
    assert long.flops >= 10 * products
    assert products <= (long.flops - short.flops) / 5 <= 1.5 * products
    assert any("10 steps" in note for note in long.loops)


def test_resnet50_has_its_published_flops_layer_by_layer() -> None:
    graph = graph_of(keras.applications.ResNet50(weights=None))
    assert graph.flops == 7_755_299_312  # 3.86 GMACs in products (He et al. 2015), elementwise operations beside
    assert sum(call.flops or 0 for call in graph.calls if not call.parent) == graph.flops
    assert graph.root.parameters == 25_636_712


def test_a_fixed_batch_is_divided_out() -> None:
    one = graph_of(keras.Sequential([keras.Input((3,)), layers.Dense(2)]))
    four = graph_of(keras.Sequential([keras.Input((3,), batch_size=4), layers.Dense(2)]))
    assert one.flops == four.flops
    assert one.calls[-1].activation_bytes == four.calls[-1].activation_bytes == 8


def test_a_layer_called_twice_is_two_calls_and_no_cycle() -> None:
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    embedding = layers.ReversibleEmbedding(50, 8, name="embedding")
    hidden = layers.Dense(8, name="dense")(embedding(tokens))
    graph = graph_of(keras.Model(tokens, embedding(hidden, reverse=True)))
    assert edges(graph) == [("tokens", "embedding"), ("embedding", "dense"), ("dense", "embedding@2")]
    assert graph.root.parameters == 472
    assert {layer.id: layer.calls for layer in graph.layers}["embedding"] == 2
    assert graph.output_shapes[0][1] == (None, 5, 50)


class Refine(layers.Layer):
    def __init__(self, width: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.dense, self.norm = layers.Dense(width, "tanh", name="dense"), layers.LayerNormalization(name="norm")

    def call(self, x: object) -> object:
        return self.norm(x + self.dense(x))


class Recursive(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="recursive")
        self.enter, self.block = layers.Dense(6, name="enter"), Refine(6, name="block")
        self.leave = layers.Dense(1, name="leave")

    def call(self, x: object) -> object:
        x = self.enter(x)
        for _ in range(4):
            x = self.block(x)
        return self.leave(x)


def test_a_block_in_a_python_loop_runs_as_often_as_it_is_called() -> None:
    model = Recursive()
    model(np.zeros((1, 2), "float32"))
    graph = graph_of(model)
    by_id = {layer.id: layer for layer in graph.layers}
    assert graph.root.parameters == 79
    assert by_id["block"].calls == by_id["block / dense"].calls == 4
    products = 2 * (2 * 6 + 4 * 6 * 6 + 6)
    assert products == 324
    assert graph.flops is not None
    assert graph.flops >= products
    assert ("block / norm@3", "block / dense@4") in edges(graph)


class Auxiliary(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="auxiliary")
        self.body, self.main = layers.Dense(8, "relu", name="body"), layers.Dense(3, "softmax", name="main")
        self.helper = layers.Dense(3, name="helper")

    def build(self, shape: object) -> None:
        self.body.build(shape)
        self.main.build((None, 8))
        self.helper.build((None, 8))
        self.built = True

    def call(self, x: object, training: bool = False) -> object:
        hidden = self.body(x)
        if training:
            self.add_loss(0.3 * ops.mean(ops.square(self.helper(hidden))))
        return self.main(hidden)


def test_a_head_for_training_only_is_never_called() -> None:
    model = Auxiliary()
    model.build((None, 2))
    graph = graph_of(model)
    assert {layer.id: (layer.calls, layer.parameters) for layer in graph.layers} == {
        "body": (1, 24),
        "main": (1, 27),
        "helper": (0, 27),
    }


def test_inner_layers_of_one_name_are_two_rows() -> None:
    def half(n: int, m: int, name: str) -> object:
        return keras.Sequential([keras.Input((n,)), layers.Dense(m, name="dense")], name=name)

    inputs = keras.Input((4,))
    graph = graph_of(keras.Model(inputs, half(3, 4, "dec")(half(4, 3, "enc")(inputs))))
    parameters = {layer.id: layer.parameters for layer in graph.layers}
    assert parameters["enc / dense"] == 15
    assert parameters["dec / dense"] == 16
    assert graph.root.parameters == 31


def test_the_bridges_of_a_unet_are_edges() -> None:
    image = keras.Input((8, 8, 1), name="image")
    down = layers.Conv2D(4, 3, padding="same", name="down")(image)
    deep = layers.Conv2D(4, 3, padding="same", name="deep")(layers.MaxPooling2D(name="pool")(down))
    joined = layers.Concatenate(name="join")([layers.UpSampling2D(name="up")(deep), down])
    found = edges(graph_of(keras.Model(image, joined)))
    assert ("down", "join") in found
    assert ("up", "join") in found
    assert len(found) == 6


def test_raw_operations_between_layers_lead_back_to_the_layers() -> None:
    graph = graph_of(ZOO["subclassed_with_raw_operations"].make())
    into_second = [source for source, target in edges(graph) if target == "dense_1" or target.startswith("second")]
    assert len(graph.calls) == 2
    assert len(into_second or edges(graph)) >= 2


def test_a_dropout_that_hands_its_input_through_is_still_a_node_of_its_own() -> None:
    inputs = keras.Input((3,), name="x")
    dropped = layers.Dropout(0.5, name="drop")(inputs)
    graph = graph_of(keras.Model(inputs, layers.Add(name="sum")([inputs, dropped])))
    assert edges(graph) == [("x", "drop"), ("x", "sum"), ("drop", "sum")]


def test_a_layer_hidden_in_a_closure_is_named() -> None:
    assert any("secret" in name for name in graph_of(ZOO["hidden_layer"].make()).untracked)


def test_a_raw_variable_is_named() -> None:
    assert graph_of(ZOO["raw_variable"].make()).raw_variables == ("raw.hidden",)


def test_seeds_and_quantisation_state_are_no_parameters() -> None:
    assert graph_of(sequential((3,), layers.Dropout(0.5), layers.Dense(2))).root.parameters == 8
    assert graph_of(ZOO["float8"].make()).root.parameters == 4 * 8 + 8 + 8 * 2 + 2
    assert graph_of(ZOO["vae"].make()).root.parameters == 4 * 4 + 4 + 2 * 4 + 4


def test_lora_counts_base_and_adapters() -> None:
    graph = graph_of(ZOO["lora"].make())
    assert graph.root.parameters == 6 * 8 + 8 + 6 * 2 + 2 * 8
    assert graph.root.trainable_parameters == 8 + 6 * 2 + 2 * 8


def test_settings_are_what_differs_from_the_defaults() -> None:
    graph = graph_of(sequential((8, 8, 3), layers.Conv2D(4, (3, 3), padding="same", use_bias=False, activation="relu")))
    assert dict(graph.layers[0].settings) == {
        "filters": "4",
        "kernel_size": "3, 3",
        "padding": "same",
        "use_bias": "False",
        "activation": "relu",
    }


def test_code_of_a_lambda_is_never_shown() -> None:
    model = sequential((3,), layers.Dense(3, activation=lambda v: v * v))
    assert dict(graph_of(model).layers[0].settings)["activation"] == "<lambda>"


def test_names_in_any_script_are_followed_and_leave_no_scope_open() -> None:
    graph = graph_of(keras.Sequential([keras.Input((2,)), layers.Dense(2, name="слой"), layers.Dense(2, name="<層>")]))
    assert [call.id for call in graph.calls] == ["слой", "<層>"]
    assert graph.flops == 2 * mac(4, 2)
    after = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    after.compile("sgd", "mse")
    assert after.fit(np.zeros((2, 2)), np.zeros((2, 2)), verbose=0).history["loss"] == [0.0]


def test_parts_of_a_layer_that_is_not_followed_are_not_said_to_be_uncalled() -> None:
    inner = {"transformer": "block0_attention / ", "lstm": "bidirectional", "time_distributed": "time_distributed"}
    for name, prefix in inner.items():
        graph = graph_of(ZOO[name].make())
        parts = [layer for layer in graph.layers if layer.parent.startswith(prefix.rstrip(" /"))]
        assert parts
        assert {layer.calls for layer in parts} == {None}


def test_a_teacher_that_is_not_asked_is_not_called() -> None:
    calls = {layer.id: layer.calls for layer in graph_of(ZOO["teacher_and_student"].make()).layers}
    assert calls["teacher"] == 0
    assert calls["student"] == 1


@pytest.mark.parametrize("name", ["sparse_input", "ragged_input"])
def test_a_sparse_or_ragged_tensor_is_one_edge(name: str) -> None:
    graph = graph_of(ZOO[name].make())
    source, call = graph.input_shapes[0][0], graph.outputs[0]
    assert edges(graph) == [(source, call)]
    assert len(graph.calls[-1].output_shapes) == 1


def test_rematerialised_layers_are_traced_and_keep_their_mode() -> None:
    model = ZOO["rematerialised"].make()
    graph = graph_of(model)
    assert graph.missing == ""
    assert graph.flops == mac(4 * 3, 3) + mac(3 * 2, 2)
    assert model.layers[0]._remat_mode is not None


def test_two_arguments_of_a_call_are_two_inputs() -> None:
    graph = graph_of(ZOO["two_arguments"].make(), {"x": (None, 3), "y": (None, 3)})
    assert graph.missing == ""
    assert [source for source, _ in edges(graph)] == ["x", "y"]


def test_a_gru_is_counted_for_every_step() -> None:
    graph = graph_of(sequential((5, 3), layers.GRU(4)))
    products = 5 * 2 * (3 * 12 + 4 * 12)
    assert graph.flops is not None
    assert products <= graph.flops <= 2 * products


@pytest.mark.parametrize("layer", [layers.LSTM, layers.GRU])
def test_a_machine_with_a_gpu_counts_the_same(layer: type, monkeypatch: pytest.MonkeyPatch) -> None:
    model = sequential((5, 3), layer(4))
    plain, real = graph_of(model), tf.config.list_logical_devices
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind=None: ["a GPU"] if kind == "GPU" else real(kind))
    found = graph_of(model)
    assert found.flops == plain.flops
    assert found.uncounted == plain.uncounted
    assert found.loops == plain.loops


def test_mobilenetv2_has_its_published_flops() -> None:
    graph = graph_of(keras.applications.MobileNetV2(weights=None))
    assert graph.flops == 615_292_208  # 0.30 GMACs in products (Sandler et al. 2018)
    assert sum(call.flops or 0 for call in graph.calls if not call.parent) == graph.flops


class Chain(keras.Model):
    def __init__(self, length: int) -> None:
        super().__init__(name="chain")
        self.links = [layers.Dense(2, name=f"d{index}") for index in range(length)]

    def build(self, shape: object) -> None:
        for link in self.links:
            link.build(shape)
        self.built = True

    def call(self, x: object) -> object:
        for link in self.links:
            x = link(x)
        return x


@pytest.mark.slow
def test_a_chain_deeper_than_pythons_stack_is_followed_to_its_end() -> None:
    model = Chain(1500)
    model.build((None, 2))
    graph = graph_of(model)
    assert graph.missing == ""
    assert graph.outputs == ("d1499",)
    assert graph.flops == 1500 * mac(4, 2)
    assert edges(graph)[1:] == [(f"d{index}", f"d{index + 1}") for index in range(1499)]


def test_a_small_unet_is_counted_and_wired_whole() -> None:
    def conv(filters: int, name: str) -> object:
        return layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)

    image = keras.Input((16, 16, 1), name="image")
    d1 = conv(4, "d1")(image)
    d2 = conv(8, "d2")(layers.MaxPooling2D(name="p1")(d1))
    mid = conv(8, "mid")(layers.MaxPooling2D(name="p2")(d2))
    e2 = conv(4, "e2")(layers.Concatenate(name="c2")([layers.UpSampling2D(name="u2")(mid), d2]))
    c1 = layers.Concatenate(name="c1")([layers.UpSampling2D(name="u1")(e2), d1])
    graph = graph_of(keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(c1)))
    found = edges(graph)
    assert (len(graph.layers), graph.root.parameters, len(found)) == (12, 1509, 13)
    assert {("d1", "c1"), ("d2", "c2")} <= set(found)


def double_swish(v: object) -> object:
    return v * ops.sigmoid(2 * v)


def test_activations_without_a_name_are_told_apart() -> None:
    functions = [lambda v: v * v, layers.LeakyReLU(negative_slope=0.2), ops.sin, None, double_swish]
    stack = [layers.Dense(3, function, name=f"d{index}") for index, function in enumerate(functions)]
    told = {layer.id: layer.activation for layer in graph_of(sequential((3,), *stack)).layers}
    assert [told[f"d{index}"] for index in range(5)] == ["<lambda>", "LeakyReLU", "sin", "", "double_swish"]


def text_model(*, ragged: bool = False) -> object:
    texts = layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=None if ragged else 7)
    inputs = keras.Input((), dtype="string")
    hidden = layers.LSTM(5)(layers.Embedding(9, 4)(texts(inputs)))
    return keras.Model(inputs, layers.Dense(2)(hidden))


def test_texts_are_counted_behind_the_layer_that_splits_them() -> None:
    """Splitting loses how many rows there are: without them no product behind it can be counted."""
    graph = graph_of(text_model())
    calls = {call.layer.split("_")[0]: call for call in graph.calls}
    kernels = 7 * (2 * 4 * 20 + 2 * 5 * 20)
    assert kernels <= calls["lstm"].flops <= 1.5 * kernels
    assert calls["dense"].flops == pytest.approx(2 * 5 * 2, abs=2)
    assert calls["embedding"].activation_bytes == 7 * 4 * 4
    assert graph.missing == ""


def test_a_count_without_its_products_is_none() -> None:
    graph = graph_of(text_model(ragged=True))  # as long as the longest text: not known before it runs
    assert graph.flops is None
    assert {call.flops for call in graph.calls} <= {None, 0}
    assert "not known before it runs" in graph.missing
