"""What can be said of a layer without running it: kind, size, settings, parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from kreport.document.blocks import LayerId
from kreport.probes import _keras
from kreport.probes.graph import Layer, Variable
from kreport.probes.tree import LayerTree
from kreport.probes.weights import unpacking

_KINDS = (
    ("io", ("InputLayer",)),
    ("attn", ("Attention",)),
    ("rnn", ("LSTM", "GRU", "RNN", "Bidirectional", "Cell", "Recurrent")),
    ("embed", ("Embedding",)),
    ("norm", ("Normalization", "BatchNorm", "LayerNorm", "GroupNorm", "RMSNorm", "UnitNorm", "SpectralNorm")),
    ("reg", ("Dropout", "GaussianNoise", "ActivityRegularization", "Random")),
    ("prep", ("Rescaling", "Resizing", "CenterCrop", "Hashing", "Lookup", "Vectorization", "Discretization")),
    ("prep", ("CategoryEncoding", "Mixup", "Augment", "Spectrogram")),
    ("shape", ("Pool", "Flatten", "Reshape", "Permute", "Padding", "Cropping", "UpSampling", "RepeatVector")),
    ("shape", ("Transpose2", "ExpandDims", "Squeeze", "GetItem", "Slice", "Cast", "Identity", "Masking", "Split")),
    ("conv", ("Conv",)),
    ("dense", ("Dense", "Linear")),
    ("act", ("Activation", "ReLU", "Relu", "ELU", "Softmax", "Sigmoid", "Tanh", "Gelu", "Swish", "Silu", "Softplus")),
    ("merge", ("Add", "Concatenate", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Dot", "Matmul")),
    ("merge", ("Einsum",)),
)  # fmt: skip
"""Kind by a part of the name of the class or of a base class; the first that fits."""

_OPERATIONS = {"Transpose": "shape", "Mean": "shape", "Sum": "shape", "Max": "shape"}
_NO_PARAMETER = ("amax_history", "seed_generator_state", "iterations")
_QUANTISATION = ("_scale", "_zero", "g_idx")  # how stored integers stand for weights


def described(
    tree: LayerTree, calls: Mapping[LayerId, int] | None, follows: Callable[[Any], bool] = _keras.shows_inside
) -> tuple[Layer, tuple[Layer, ...]]:
    """Return the root and every layer of the tree in order.

    Args:
        tree: the live layers.
        calls: how often each is called in a forward pass; None if that is not known.
        follows: tells of a layer whether the calls within it were counted.
    """
    own: dict[LayerId, list[Variable]] = {}
    live = dict(tree.entries)
    for layer_id, name, variable in tree.variables():
        own.setdefault(layer_id, []).append(_variable(name, variable, live.get(layer_id, tree.model)))
    totals, unseen = _totals(tree, own), _unseen(tree, follows)
    layers = tuple(
        _layer(
            *(index, layer_id, layer, tree, own.get(layer_id, ()), totals[layer_id]),
            None if calls is None or _is_input(layer) else calls.get(layer_id, None if layer_id in unseen else 0),
        )
        for index, (layer_id, layer) in enumerate(tree.entries)
    )
    return _layer(-1, "", tree.model, tree, own.get("", ()), totals[""], None), layers


def _layer(
    index: int,
    layer_id: LayerId,
    layer: Any,
    tree: LayerTree,
    own: Any,
    totals: tuple[int, int],
    calls: int | None,
) -> Layer:
    parent = tree.parents.get(layer_id, "")
    return Layer(
        id=layer_id,
        index=index,
        parent=parent,
        depth=_depth(layer_id, tree),
        name=str(layer.name),
        class_name=type(layer).__name__,
        kind=kind_of(layer),
        operation=not _is_layer(layer),
        detail=detail_of(layer),
        activation=activation_of(layer),
        settings=settings_of(layer),
        policy=str(getattr(getattr(layer, "dtype_policy", None), "name", "")),
        trainable=bool(getattr(layer, "trainable", True)),
        own=tuple(own),
        parameters=totals[0],
        trainable_parameters=totals[1],
        calls=calls,
    )


def _unseen(tree: LayerTree, follows: Callable[[Any], bool]) -> set[LayerId]:
    """Return what may run without being seen: what stands in a layer that is not followed."""
    closed: set[LayerId] = set()
    live = dict(tree.entries) | {"": tree.model}
    for layer_id, _ in tree.entries:  # parents come first
        parent = tree.parents[layer_id]
        if parent in closed or (parent and not follows(live[parent])):
            closed.add(layer_id)
    return closed


def _is_input(layer: Any) -> bool:
    """Input layers are passed through, never called."""
    return type(layer).__name__ == "InputLayer"


def _depth(layer_id: LayerId, tree: LayerTree) -> int:
    depth, parent = 0, tree.parents.get(layer_id, "")
    while parent:
        depth, parent = depth + 1, tree.parents[parent]
    return depth


def _variable(name: str, variable: Any, layer: Any) -> Variable:
    shape = tuple(int(size) for size in variable.shape)
    dtype = str(variable.dtype)
    stored = math.prod(shape) * _width(dtype)
    if (packed := unpacking(layer, shape, dtype) if name in ("kernel", "embeddings") else None) is not None:
        shape, dtype = packed[0], packed[1]
    quantised = getattr(layer, "quantization_mode", None) is not None
    state = dtype in ("uint32", "string") or any(part in name for part in _NO_PARAMETER)
    counts = not (state or (quantised and name.endswith(_QUANTISATION)))
    return Variable(
        name=name, shape=shape, dtype=dtype, trainable=bool(variable.trainable), counts=counts, bytes=stored
    )  # fmt: skip


def _width(dtype: str) -> int:
    digits = "".join(c for c in dtype.split("_", maxsplit=1)[0] if c.isdigit())
    if dtype.startswith("float8"):
        return 1
    return max(1, int(digits) // 8) if digits else 1


def _totals(tree: LayerTree, own: Mapping[LayerId, list[Variable]]) -> dict[LayerId, tuple[int, int]]:
    totals = {layer_id: [0, 0] for layer_id, _ in tree.entries} | {"": [0, 0]}
    for layer_id, variables in own.items():
        count = sum(math.prod(v.shape) for v in variables if v.counts)
        trainable = sum(math.prod(v.shape) for v in variables if v.counts and v.trainable)
        holder: LayerId | None = layer_id
        while holder is not None:
            totals[holder][0] += count
            totals[holder][1] += trainable
            holder = tree.parents.get(holder) if holder else None
    return {layer_id: (both[0], both[1]) for layer_id, both in totals.items()}


def _is_layer(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Layer)


def kind_of(layer: Any) -> str:
    """Return the kind of a layer: see :class:`kreport.probes.graph.Layer`."""
    import keras

    if isinstance(layer, keras.Model):
        return "model"
    name = type(layer).__name__
    if name in _OPERATIONS:
        return _OPERATIONS[name]
    if name == "TimeDistributed":
        return kind_of(layer.layer)
    for base in type(layer).__mro__:
        if base in (keras.Layer, keras.Operation, object):
            break
        for kind, parts in _KINDS:
            if any(part in base.__name__ for part in parts):
                return kind
    return "other"


def detail_of(layer: Any) -> str:
    """Return the size of a layer in a few characters, "" where there is none to tell."""
    kernel = _numbers(getattr(layer, "kernel_size", None)) or _numbers(getattr(layer, "pool_size", None))
    width = next(
        (
            getattr(layer, name)
            for name in ("filters", "units", "output_dim")
            if isinstance(getattr(layer, name, None), int)
        ),
        None,
    )
    rate = getattr(layer, "rate", None)
    heads = getattr(layer, "num_heads", None)
    parts = ["×".join(str(size) for size in kernel)] if kernel else []
    if width is not None:
        parts.append(str(width))
    elif heads is not None and isinstance(heads, int):
        parts.append(f"{heads} heads")
    elif isinstance(rate, float) and not parts:
        parts.append(f"{rate:g}")
    return ", ".join(parts)


def _numbers(value: Any) -> tuple[int, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return tuple(value) if isinstance(value, tuple | list) and all(isinstance(v, int) for v in value) else ()


def activation_of(layer: Any) -> str:
    """Return the name of a layer's activation function, "" for none or linear."""
    function = getattr(layer, "activation", None)
    if function is None or not callable(function):
        return ""
    name = getattr(function, "__name__", None) or type(function).__name__
    return "" if name == "linear" else str(name)


def settings_of(layer: Any) -> tuple[tuple[str, str], ...]:
    """Return the arguments of a layer that differ from its class's defaults, as text.

    A configuration that cannot be had (arguments that are not serialisable) gives none.
    """
    get_config = getattr(layer, "get_config", None)
    if get_config is None or not _is_layer(layer) or _keras.is_functional(layer) or _keras.is_sequential(layer):
        return ()
    try:
        config = get_config()
    except (NotImplementedError, TypeError, ValueError, AttributeError, RuntimeError):
        return ()
    defaults = _defaults(type(layer))
    skip = {"name", "dtype", "trainable", "build_config", "layers", "batch_shape", "sparse", "ragged"}
    return tuple(
        (str(key), _text(value))
        for key, value in config.items()
        if key not in skip
        and not (value is False and key not in defaults)
        and not _is_default(key, _plain(value), defaults)
    )


def _is_default(key: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    if key == "data_format" and defaults.get(key) is None:
        import keras

        return bool(value == keras.config.image_data_format())
    return key in defaults and _same(value, defaults[key])


def _defaults(kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if "__init__" in vars(base):
            try:
                parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
            except (TypeError, ValueError):
                continue
            found |= {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return found


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(default, int):
        return all(item == default for item in value)
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return list(value) == list(default)
    if isinstance(value, str) and isinstance(default, str):
        return value.replace("_", "").lower() == default.replace("_", "").lower()
    if default is None and value == "linear":
        return True
    return bool(value == default) and type(value) is not dict


def _plain(value: Any) -> Any:
    """Return a serialised object as the short name a default is written with."""
    if isinstance(value, Mapping) and set(value) == {"value"}:
        return "<lambda>"  # its bytecode names the folder it was written in
    if isinstance(value, Mapping) and "class_name" in value:
        inner = value.get("config")
        if value["class_name"] in ("function", "__lambda__"):
            return inner if isinstance(inner, str) else "<lambda>"
        rest = {k: v for k, v in inner.items() if v is not None and k != "seed"} if isinstance(inner, Mapping) else {}
        return value["class_name"] if not rest else _call_text(str(value["class_name"]), rest)
    return value


def _text(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, list | tuple):
        return ", ".join(_text(item) for item in plain)
    if isinstance(plain, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in plain.items())
    if isinstance(plain, float):
        return f"{plain:g}"
    text = str(plain)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _call_text(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={_text(value)}' for key, value in arguments.items())})"
