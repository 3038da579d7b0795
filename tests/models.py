"""The zoo: small models of every kind that a report must survive, each made anew by its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Animal:
    """One model of the zoo.

    Attributes:
        make: returns the model.
        input_shape: handed to the report, for what is not built or has open sizes.
        gaps: stages that may be missing from its report, and why.
    """

    make: Callable[[], Any]
    input_shape: Any = None
    gaps: dict[str, str] = field(default_factory=dict)


ZOO: dict[str, Animal] = {}


def animal(input_shape: Any = None, **gaps: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Put a model into the zoo under its function's name."""

    def enter(make: Callable[[], Any]) -> Callable[[], Any]:
        ZOO[make.__name__] = Animal(make, input_shape, gaps)
        return make

    return enter


def _keras() -> Any:
    import keras

    return keras


@animal()
def empty() -> Any:
    return _keras().Sequential()


@animal()
def unbuilt_sequential() -> Any:
    keras = _keras()
    return keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])


@animal(input_shape=(3,))
def unbuilt_sequential_with_a_shape() -> Any:
    return unbuilt_sequential()


@animal()
def identity() -> Any:
    keras = _keras()
    inputs = keras.Input((3,))
    return keras.Model(inputs, inputs)


@animal()
def only_operations() -> Any:
    keras = _keras()
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.ops.relu(inputs * 2.0) + np.ones((1, 4), "float32")[:, :4])


@animal()
def slices_and_constants() -> Any:
    keras = _keras()
    inputs = keras.Input((6, 3))
    return keras.Model(
        inputs, keras.ops.concatenate([inputs[:, :2], inputs[:, 4:]], axis=1) @ np.ones((3, 2), "float32")
    )


@animal()
def with_a_lambda() -> Any:
    keras = _keras()
    return keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * x), keras.layers.Dense(1)])


@animal()
def hidden_layer() -> Any:
    keras = _keras()
    secret = keras.layers.Dense(3, name="secret")
    secret.build((None, 3))
    return keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: secret(x) * 1.0), keras.layers.Dense(1)])


@animal()
def plain_cnn() -> Any:
    keras = _keras()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@animal()
def open_sizes() -> Any:
    keras = _keras()
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((None, None, 3)), layers.SeparableConv2D(4, 3), layers.Conv2DTranspose(2, 3, strides=2)]
    )


@animal(input_shape=(16, 16, 3))
def open_sizes_with_a_shape() -> Any:
    return open_sizes()


@animal()
def three_dimensions() -> Any:
    keras = _keras()
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((4, 4, 4, 1)), layers.Conv3D(2, 2), layers.Reshape((27, 2)), layers.Conv1D(3, 3), layers.Flatten()]
    )


@animal()
def dictionaries() -> Any:
    keras = _keras()
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    heads = {"z": keras.layers.Dense(1)(joined), "y": keras.layers.Dense(2)(joined)}
    return keras.Model({"a": a, "b": b}, heads)


@animal()
def unused_input() -> Any:
    keras = _keras()
    a, b = keras.Input((2,), name="used"), keras.Input((3,), name="unused")
    return keras.Model([a, b], keras.layers.Dense(1)(a))


@animal()
def siamese() -> Any:
    keras = _keras()
    tower = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu")], name="tower")
    a, b = keras.Input((4,)), keras.Input((4,))
    return keras.Model([a, b], keras.layers.Concatenate()([tower(a), tower(b)]))


@animal()
def shared_chain() -> Any:
    keras = _keras()
    inputs, dense = keras.Input((3,)), keras.layers.Dense(3, name="d")
    return keras.Model(inputs, dense(dense(dense(inputs))))


@animal()
def double_edge() -> Any:
    keras = _keras()
    inputs = keras.Input((3,), name="x")
    return keras.Model(inputs, keras.layers.Add(name="twice")([inputs, inputs]))


@animal()
def nested_three_deep() -> Any:
    keras = _keras()

    def wrap(inner: Any, name: str) -> Any:
        inputs = keras.Input((4,))
        return keras.Model(inputs, inner(inputs), name=name)

    model = keras.layers.Dense(4, name="core")
    for name in ("inner", "middle", "outer"):
        model = wrap(model, name)
    return model


@animal()
def nested_with_two_outputs() -> Any:
    keras = _keras()
    x = keras.Input((4,))
    inner = keras.Model(x, [keras.layers.Dense(2)(x), keras.layers.Dense(3)(x)], name="fork")
    inputs = keras.Input((4,))
    left, right = inner(inputs)
    return keras.Model(inputs, [right, keras.layers.Dense(1)(left)])


def _subclassed(name: str, call: Callable[..., Any], **layers: Any) -> Any:
    keras = _keras()

    def init(self: Any) -> None:
        keras.Model.__init__(self, name=name.lower())
        for key, make in layers.items():
            setattr(self, key, make() if callable(make) and not isinstance(make, keras.Layer) else make)

    return type(name, (keras.Model,), {"__init__": init, "call": call})()


@animal()
def subclassed() -> Any:
    keras = _keras()
    model = _subclassed(
        "Plain", lambda self, x: self.out(self.hidden(x) + 1.0), hidden=keras.layers.Dense(4), out=keras.layers.Dense(2)
    )
    model(np.zeros((1, 3), "float32"))
    return model


@animal()
def subclassed_never_called() -> Any:
    return _subclassed("Fresh", lambda self, x: self.out(x), out=lambda: _keras().layers.Dense(2))


@animal(input_shape=(3,))
def subclassed_never_called_with_a_shape() -> Any:
    return subclassed_never_called()


@animal()
def subclassed_with_raw_operations() -> Any:
    import tensorflow as tf

    def call(self: Any, x: Any) -> Any:
        y = tf.nn.elu(self.first(x))
        y = tf.cond(tf.reduce_mean(y) > 0, lambda: y, lambda: -y)
        return self.second(tf.concat([y, x], axis=-1))

    layers = _keras().layers
    model = _subclassed("Raw", call, first=layers.Dense(4), second=layers.Dense(2))
    model(np.zeros((1, 3), "float32"))
    return model


@animal()
def subclassed_inside_functional() -> Any:
    keras = _keras()
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(1)(subclassed()(inputs)))


@animal()
def layers_in_lists_and_dictionaries() -> Any:
    layers = _keras().layers

    def call(self: Any, x: Any) -> Any:
        for layer in self.stack:
            x = layer(x)
        return self.heads["main"](x)

    model = _subclassed("Lists", call, stack=[layers.Dense(3) for _ in range(3)], heads={"main": layers.Dense(1)})
    model(np.zeros((1, 3), "float32"))
    return model


@animal()
def gan() -> Any:
    keras = _keras()

    class GAN(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="gan")
            self.generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)], name="generator")
            self.critic = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)], name="critic")

        def compile(self, **kwargs: Any) -> None:
            super().compile(**kwargs)
            self.generator_optimizer, self.critic_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()

        def train_step(self, data: Any) -> dict[str, Any]:
            return {"loss": 0.0}

        def call(self, x: Any) -> Any:
            return self.critic(self.generator(x))

    model = GAN()
    model.compile()
    model(np.zeros((1, 2), "float32"))
    return model


@animal()
def vae() -> Any:
    keras = _keras()

    class Sampling(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="sampling")
            self.seed_generator = keras.random.SeedGenerator(1)
            self.total = keras.metrics.Mean(name="kl")

        def call(self, x: Any) -> Any:
            mean, spread = keras.ops.split(x, 2, axis=-1)
            kl = keras.ops.mean(keras.ops.square(mean))
            self.add_loss(kl)
            self.total.update_state(kl)
            return mean + spread * keras.random.normal(keras.ops.shape(mean), seed=self.seed_generator)

    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(4)(Sampling()(keras.layers.Dense(4)(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    return model


@animal()
def lstm() -> Any:
    keras = _keras()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((7, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.GRU(3),
            layers.Dense(1),
        ]
    )
    model.compile("rmsprop", "mse")
    return model


@animal()
def stateful_lstm() -> Any:
    keras = _keras()
    return keras.Sequential([keras.Input((5, 3), batch_size=2), keras.layers.LSTM(4, stateful=True)])


@animal()
def stacked_cells() -> Any:
    keras = _keras()
    layers = keras.layers
    return keras.Sequential([keras.Input((5, 3)), layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])])


@animal()
def time_distributed() -> Any:
    keras = _keras()
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="inner")
    return keras.Sequential([keras.Input((5, 3)), keras.layers.TimeDistributed(inner)])


@animal()
def masked_embedding() -> Any:
    keras = _keras()
    layers = keras.layers
    inputs = keras.Input((6,), dtype="int32")
    return keras.Model(inputs, layers.LSTM(3)(layers.Embedding(20, 4, mask_zero=True)(inputs)))


@animal()
def transformer() -> Any:
    keras = _keras()
    layers = keras.layers
    tokens = keras.Input((8,), dtype="int32", name="tokens")
    x = layers.Embedding(30, 8, name="embedding")(tokens)
    for block in range(2):
        a = layers.MultiHeadAttention(2, 4, name=f"block{block}_attention")(x, x, use_causal_mask=True)
        x = layers.LayerNormalization(name=f"block{block}_norm1")(layers.Add(name=f"block{block}_add1")([x, a]))
        y = layers.Dense(8, name=f"block{block}_out")(layers.Dense(16, "gelu", name=f"block{block}_in")(x))
        x = layers.LayerNormalization(name=f"block{block}_norm2")(layers.Add(name=f"block{block}_add2")([x, y]))
    return keras.Model(tokens, layers.Dense(30, "softmax", name="next")(x), name="transformer")


@animal()
def mixture_of_experts() -> Any:
    keras = _keras()

    class Experts(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="experts")
            self.experts = [keras.layers.Dense(3, name=f"expert{i}") for i in range(4)]
            self.gate = keras.layers.Dense(4, "softmax", name="gate")

        def call(self, x: Any) -> Any:
            weights = self.gate(x)
            return sum(weights[:, i : i + 1] * expert(x) for i, expert in enumerate(self.experts))

    inputs = keras.Input((3,))
    return keras.Model(inputs, Experts()(inputs))


@animal()
def string_lookup() -> Any:
    keras = _keras()
    inputs = keras.Input((1,), dtype="string")
    lookup = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    return keras.Model(inputs, keras.layers.Dense(2)(lookup(inputs)))


@animal()
def text_vectorization() -> Any:
    keras = _keras()
    vectorize = keras.layers.TextVectorization(max_tokens=10, output_sequence_length=4)
    vectorize.adapt(np.array(["a b c", "b c d"]))
    inputs = keras.Input((1,), dtype="string")
    return keras.Model(inputs, keras.layers.Embedding(10, 3)(vectorize(inputs)))


@animal()
def adapted_normalization() -> Any:
    keras = _keras()
    normalize = keras.layers.Normalization()
    normalize.adapt(np.random.default_rng(0).normal(size=(20, 3)).astype("float32"))
    return keras.Sequential([keras.Input((3,)), normalize, keras.layers.Discretization([0.0]), keras.layers.Flatten()])


@animal()
def augmentation() -> Any:
    keras = _keras()
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((8, 8, 3)), layers.RandomFlip(), layers.RandomRotation(0.1), layers.Conv2D(2, 3), layers.Flatten()]
    )


@animal()
def sparse_input() -> Any:
    keras = _keras()
    inputs = keras.Input((4,), sparse=True)
    return keras.Model(inputs, keras.layers.Dense(2)(inputs))


@animal()
def int8() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(2)])
    model.quantize("int8")
    return model


@animal()
def int4() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(2)])
    model.quantize("int4")
    return model


@animal()
def float8() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(2)])
    model.quantize("float8")
    return model


def _of_policy(policy: str) -> Any:
    keras = _keras()
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(8, "relu", dtype=policy), layers.Dense(2, dtype=policy, name="head")]
    )


@animal()
def bfloat16() -> Any:
    return _of_policy("bfloat16")


@animal()
def float16() -> Any:
    return _of_policy("float16")


@animal()
def mixed_float16() -> Any:
    keras = _keras()
    model = _of_policy("mixed_float16")
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")
    return model


@animal()
def lora() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, name="adapted")])
    model.layers[0].enable_lora(2)
    return model


@animal()
def all_frozen() -> Any:
    model = plain_cnn()
    model.trainable = False
    return model


@animal()
def frozen_after_compile() -> Any:
    model = plain_cnn()
    model.layers[0].trainable = False
    return model


HOSTILE = [
    '<in>&"x"',
    "{|}",
    "a\nb",
    "\u202eevil\u202c",
    "x" * 300,
    '> URL="javascript:alert(1)" x=<',
    "<!--<script>alert(1)",
    '<img src=x onerror="alert(1)">',
    "{{ 7*7 }}{% raw %}",
    "层一 größe שכבה ✅",
    "\x07bell\x00nul",
]


@animal()
def hostile_names() -> Any:
    keras = _keras()
    x = inputs = keras.Input((2,), name=HOSTILE[0])
    for name in HOSTILE[1:]:
        x = keras.layers.Dense(2, name=name)(x)
    return keras.Model(inputs, x, name="<b>model")


@animal()
def nan_weights() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    kernel = model.layers[0].get_weights()[0]
    kernel[0, 0], kernel[1, 1], kernel[2, 2] = np.nan, np.inf, -np.inf
    model.layers[0].set_weights([kernel, np.full(3, np.nan)])
    return model


@animal()
def raw_variable() -> Any:
    import tensorflow as tf

    keras = _keras()

    class Raw(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="raw")
            self.hidden = tf.Variable([1.0, 2.0, 3.0], name="hidden")

        def call(self, x: Any) -> Any:
            return x * self.hidden

    inputs = keras.Input((3,))
    return keras.Model(inputs, Raw()(inputs))


@animal()
def layer_with_three_outputs() -> Any:
    keras = _keras()
    inputs = keras.Input((5, 2))
    sequence, h, c = keras.layers.LSTM(3, return_sequences=True, return_state=True)(inputs)
    return keras.Model(inputs, [sequence, h, c])


@animal()
def wide_fan_out() -> Any:
    keras = _keras()
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.layers.Add()([keras.layers.Dense(1)(inputs) for _ in range(300)]))


@animal()
def deep_chain() -> Any:
    keras = _keras()
    return keras.Sequential([keras.Input((2,)), *(keras.layers.Dense(2) for _ in range(900))])


@animal()
def optional_input() -> Any:
    keras = _keras()

    class Maybe(keras.layers.Layer):
        def call(self, x: Any, y: Any = None) -> Any:
            return x if y is None else x + y

    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b", optional=True)
    return keras.Model([a, b], Maybe()(a, b))


@animal()
def traced_call() -> Any:
    import tensorflow as tf

    keras = _keras()

    class Traced(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="traced")
            self.inner = keras.layers.Dense(2, name="inner")

        def build(self, shape: Any) -> None:
            self.inner.build(shape)

        @tf.function
        def call(self, x: Any) -> Any:
            return self.inner(x)

    inputs = keras.Input((3,))
    return keras.Model(inputs, Traced()(inputs))


@animal()
def unserialisable_layer() -> Any:
    keras = _keras()

    class Odd(keras.layers.Layer):
        def __init__(self, function: Any) -> None:
            super().__init__(name="odd")
            self.function = function

        def call(self, x: Any) -> Any:
            return self.function(x)

    inputs = keras.Input((3,))
    return keras.Model(inputs, Odd(keras.ops.sin)(inputs))


@animal()
def two_layers_of_one_name() -> Any:
    layers = _keras().layers
    model = _subclassed(
        "Twins", lambda self, x: self.b(self.a(x)), a=layers.Dense(2, name="d"), b=layers.Dense(3, name="d")
    )
    model(np.zeros((1, 4), "float32"))
    return model


@animal()
def zero_sized_weights() -> Any:
    keras = _keras()

    class Hollow(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.nothing = self.add_weight(shape=(0, 3), name="nothing")

        def call(self, x: Any) -> Any:
            return x

    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(2)(Hollow()(inputs)))


@animal()
def complex_and_boolean() -> Any:
    keras = _keras()
    inputs = keras.Input((8,))
    real, _ = keras.ops.fft((inputs, keras.ops.zeros_like(inputs)))
    return keras.Model(inputs, [keras.layers.Dense(2)(real), inputs > 0.0])


@animal()
def attention_of_many_kinds() -> Any:
    keras = _keras()
    layers = keras.layers
    q, k = keras.Input((4, 8), name="q"), keras.Input((6, 8), name="k")
    a = layers.Attention()([q, k])
    b = layers.GroupQueryAttention(head_dim=4, num_query_heads=2, num_key_value_heads=1)(q, k)
    return keras.Model([q, k], layers.Concatenate()([a, b]))


@animal()
def two_arguments() -> Any:
    model = _subclassed("Two", lambda self, x, y: self.shared(x) + self.shared(y), shared=_keras().layers.Dense(2))
    model(np.zeros((1, 3), "float32"), np.zeros((1, 3), "float32"))
    return model


@animal()
def graph_dictionary() -> Any:
    keras = _keras()

    def call(self: Any, graph: dict[str, Any]) -> Any:
        hidden = self.nodes(graph["nodes"])
        return self.out(hidden + keras.ops.matmul(graph["adjacency"], hidden))

    model = _subclassed("Graph", call, nodes=keras.layers.Dense(4), out=keras.layers.Dense(2))
    model({"nodes": np.zeros((1, 5, 3), "float32"), "adjacency": np.zeros((1, 5, 5), "float32")})
    return model


@animal()
def ragged_input() -> Any:
    keras = _keras()
    inputs = keras.Input((None,), dtype="int32", ragged=True)
    return keras.Model(inputs, keras.layers.Embedding(5, 3)(inputs))


@animal()
def rematerialised() -> Any:
    keras = _keras()
    with keras.RematScope(mode="full"):
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])


@animal()
def teacher_and_student() -> Any:
    keras = _keras()
    layers = keras.layers
    model = _subclassed(
        "Distiller",
        lambda self, x: self.student(x),
        teacher=lambda: keras.Sequential([keras.Input((3,)), layers.Dense(9)], name="teacher"),
        student=lambda: keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="student"),
    )
    model.build((None, 3))
    return model


@animal()
def functional_by_another_name() -> Any:
    keras = _keras()

    class Net(keras.Model):
        def __init__(self) -> None:
            inputs = keras.Input((3,), name="i")
            super().__init__(inputs=inputs, outputs=keras.layers.Dense(2, name="used")(inputs))
            self.extra = keras.layers.Dense(5, name="extra")
            self.extra.build((None, 3))

    return Net()


@animal()
def on_mirrored_devices() -> Any:
    import tensorflow as tf

    keras = _keras()
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])


@animal()
def densely_connected() -> Any:
    keras = _keras()
    x = keras.Input((8, 8, 3), name="image")
    features = [x]
    for index in range(8):
        joined = keras.layers.Concatenate(name=f"join{index}")(features) if index else x
        features.append(keras.layers.Conv2D(2, 3, padding="same", name=f"conv{index}")(joined))
    return keras.Model(x, keras.layers.GlobalAveragePooling2D(name="pool")(features[-1]))


@animal()
def compute_loss_of_old() -> Any:
    keras = _keras()

    class Old(keras.Model):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return keras.ops.mean(keras.ops.square(y - y_pred))

    inputs = keras.Input((3,))
    model = Old(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd")
    return model


@animal()
def compiled_with_xla() -> Any:
    keras = _keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse", jit_compile=True)
    return model


@animal()
def loop_of_its_own() -> Any:
    keras = _keras()

    class Powers(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            body = lambda i, a: (i + 1, a @ keras.ops.ones((2, 2)))  # noqa: E731
            return keras.ops.while_loop(lambda i, a: i < 3, body, (0, x))[1]

    return keras.Sequential([keras.Input((2,)), Powers()])


@animal()
def saved_model_layer() -> Any:
    import tempfile

    keras = _keras()
    with tempfile.TemporaryDirectory() as folder:
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).export(folder, verbose=False)
        served = keras.layers.TFSMLayer(folder, call_endpoint="serve")
    return keras.Sequential([keras.Input((3,)), served])


@animal()
def zero_length_axis() -> Any:
    keras = _keras()
    return keras.Sequential([keras.Input((0, 3)), keras.layers.Dense(2)])


@animal()
def one_dense_layer_shared_by_two_models() -> Any:
    keras = _keras()
    shared = keras.layers.Dense(4, name="shared")

    def half(name: str) -> Any:
        inputs = keras.Input((4,))
        return keras.Model(inputs, shared(inputs), name=name)

    inputs = keras.Input((4,), name="x")
    return keras.Model(inputs, keras.layers.Add(name="sum")([half("a")(inputs), half("b")(inputs)]))


@animal()
def huge_embedding() -> Any:
    keras = _keras()
    inputs = keras.Input((4,), dtype="int32")
    return keras.Model(inputs, keras.layers.Embedding(4_000_000, 8)(inputs))
