"""The variables of a model as NumPy arrays, one at a time, with what is known about each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.probes.tree import LayerTree
from kreport.tensors.initializers import Theory, variance_scaling

_NORM = {"gamma", "beta", "moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev"}
_STATE_ENDINGS = ("_scale", "_zero", "_scales", "amax_history", "zero_point", "g_idx", "iterations", "state")
_STATE = {"count", "mean", "variance", "sn_u", "seed", "num_batches"}
_PACKED = {"kernel", "embeddings", "quantized_kernel"}
_INITIALIZERS = {
    "embeddings": "embeddings_initializer",
    "recurrent_kernel": "recurrent_initializer",
    "depthwise_kernel": "depthwise_initializer",
    "pointwise_kernel": "pointwise_initializer",
    "scale": "gamma_initializer",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightTensor:
    """One variable; ``read`` brings its values, and nothing here holds on to them.

    Attributes:
        layer, name: whose it is, and its name in Keras.
        role: ``kernel``, ``embedding``, ``bias``, ``norm`` (gain, shift and moving statistics),
            ``state`` (seeds, counters, scales of quantised kernels) or ``other``.
        shape: of the values that ``read`` returns: int4 is unpacked.
        dtype: as stored, ``int4`` or ``uint4`` where two values share a byte.
        trainable: the flag.
        layout: ``conv``, ``transposed``, ``depthwise``, ``einsum``, ``embedding`` or ``dense``.
        inputs: the axes that run over a unit's inputs; the others run over units (for an
            embedding: inputs are the tokens).
        field: number of spatial axes of a convolution kernel, which come first.
        initializer: class name of the initializer, "" if it is not known.
        theory: what the initializer draws for this shape; None if that cannot be told.
        read: returns the values, in any NumPy dtype including those of ml_dtypes.
    """

    layer: LayerId
    name: str
    role: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    layout: str = "dense"
    inputs: tuple[int, ...] = (0,)
    field: int = 0
    initializer: str = ""
    theory: Theory | None = None
    read: Callable[[], NDArray[Any]]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def is_matrix(self) -> bool:
        """Whether it has rows and columns: a kernel or an embedding."""
        return self.role in ("kernel", "embedding") and len(self.shape) >= 2

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """Rows (inputs: height · width · channels for a convolution) and columns (units)."""
        rows = math.prod(self.shape[axis] for axis in self.inputs)
        return rows, math.prod(size for axis, size in enumerate(self.shape) if axis not in self.inputs)

    def matrix(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return ``values`` as rows × columns; a view where the input axes come first, else a copy."""
        outputs = [axis for axis in range(values.ndim) if axis not in self.inputs]
        return values.transpose([*self.inputs, *outputs]).reshape(self.matrix_shape)


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightSweep:
    """Every variable once, in tree order. Iterate, read one, let go of it, read the next."""

    tensors: tuple[WeightTensor, ...]

    def __iter__(self) -> Iterator[WeightTensor]:
        """Iterate over the variables."""
        return iter(self.tensors)


def weight_sweep(tree: LayerTree) -> WeightSweep:
    """Describe every variable of the tree; no value is read yet."""
    layers = dict(tree.entries)
    return WeightSweep(tensors=tuple(
        _described(layer_id, name, variable, layers.get(layer_id, tree.model))
        for layer_id, name, variable in tree.variables()
    ))  # fmt: skip


def _described(layer_id: LayerId, name: str, variable: Any, layer: Any) -> WeightTensor:
    shape, dtype = tuple(int(size) for size in variable.shape), str(variable.dtype)
    unpack = unpacking(layer, shape, dtype) if name in _PACKED else None
    if unpack:
        shape, dtype = unpack[0], unpack[1]
    role = role_of(name, shape, dtype, norm=_is_norm(layer))
    layout, inputs, field = _layout(layer, name, role, shape)
    initializer, theory = _initializer(layer, name, shape) if dtype.startswith(("float", "bfloat")) else ("", None)
    return WeightTensor(
        layer=layer_id, name=name, role=role, shape=shape, dtype=dtype, trainable=bool(variable.trainable),
        layout=layout, inputs=inputs, field=field, initializer=initializer, theory=theory,
        read=lambda: unpack[2](_array(variable)) if unpack else _array(variable),
    )  # fmt: skip


def role_of(name: str, shape: tuple[int, ...], dtype: str, *, norm: bool = False) -> str:
    """Return the role of a variable by its name, else by its shape; ``norm``: a normalisation layer's."""
    if name.endswith(_STATE_ENDINGS) or dtype in ("string", "uint32", "int64", "int32", "bool"):
        return "state"
    if name in _NORM or (norm and len(shape) <= 1):
        return "norm"
    if name in _STATE:
        return "state"
    if "bias" in name:
        return "bias"
    if "embedding" in name:
        return "embedding"
    if name.endswith("kernel") or len(shape) >= 2:
        return "kernel"
    return "other"


def _array(variable: Any) -> NDArray[Any]:
    import keras  # analyzers import without Keras

    if keras.backend.backend() == "tensorflow":
        # convert_to_numpy copies twice there, and warns about it.
        return np.asarray(variable.value.numpy())
    return np.asarray(keras.ops.convert_to_numpy(variable))


def _families(layer: Any) -> set[str]:
    return {kind.__name__ for kind in type(layer).__mro__}


def _is_norm(layer: Any) -> bool:
    return any(name.endswith(("Normalization", "LayerNorm", "GroupNorm", "BatchNorm")) for name in _families(layer))


def _layout(layer: Any, name: str, role: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...], int]:
    """Return layout, input axes and number of spatial axes."""
    if role == "embedding":
        return "embedding", (0,), 0
    if role != "kernel" or len(shape) < 2:
        return "dense", tuple(range(max(0, len(shape) - 1))), 0
    families, last = _families(layer), len(shape) - 1
    size = getattr(layer, "kernel_size", None)
    field = len(size) if isinstance(size, tuple | list) and len(size) + 2 == len(shape) else 0
    if field and "BaseConvTranspose" in families:
        return "transposed", (*range(field), last), field
    if field and ("BaseDepthwiseConv" in families or name.startswith("depthwise")):
        return "depthwise", tuple(range(field)), field
    if field:
        return "conv", tuple(range(last)), field
    axes = _einsum_inputs(getattr(layer, "equation", None), len(shape))
    return ("einsum", axes, 0) if axes else ("dense", tuple(range(last)), 0)


def _einsum_inputs(equation: Any, rank: int) -> tuple[int, ...]:
    """Return the kernel's axes that an EinsumDense equation such as ``abc,cde->abde`` sums over."""
    if not isinstance(equation, str) or "," not in equation or "->" not in equation:
        return ()
    kernel, result = equation.replace(" ", "").split(",", 1)[1].split("->", 1)
    summed = tuple(axis for axis, label in enumerate(kernel) if label not in result)
    return summed if len(kernel) == rank and 0 < len(summed) < rank else ()


def unpacking(
    layer: Any, shape: tuple[int, ...], dtype: str
) -> tuple[tuple[int, ...], str, Callable[[NDArray[Any]], NDArray[Any]]] | None:
    """Return logical shape, dtype and a function where two 4-bit values share a byte, else None.

    Keras packs int4 kernels along the last axis, calibrated GPTQ and AWQ kernels along the first.
    """
    mode, units = getattr(layer, "quantization_mode", None), getattr(layer, "units", None)
    if mode == "int4" and dtype == "int8" and len(shape) == 2:
        length = units or getattr(layer, "output_dim", None) or math.prod(layer.kernel.shape) // max(1, shape[0])
        return (shape[0], length), "int4", lambda packed: _halves(packed)[:, :length]
    if (
        mode in ("gptq", "awq")
        and dtype == "uint8"
        and len(shape) == 2
        and units
        and (units + 1) // 2 == shape[0] < units
    ):
        return (units, shape[1]), "uint4", lambda packed: _halves(packed.T).T[:units]
    return None


def _halves(packed: NDArray[Any]) -> NDArray[Any]:
    """Return the two 4-bit values of every byte, low one first, side by side along the last axis."""
    low, high = ((packed << 4) >> 4, packed >> 4) if packed.dtype == np.int8 else (packed & 15, packed >> 4)
    return np.stack((low, high), axis=-1).reshape(*packed.shape[:-1], -1)


def _initializer(layer: Any, name: str, shape: tuple[int, ...]) -> tuple[str, Theory | None]:
    """Return the initializer's class name, and what it draws for ``shape`` if it is one of Keras's own."""
    found = getattr(layer, _INITIALIZERS.get(name, f"{name}_initializer"), None)
    if found is None and name == "kernel":
        found = getattr(layer, "depthwise_initializer", None)
    if found is None or (name == "bias" and getattr(layer, "unit_forget_bias", False)):
        return "", None  # an LSTM's bias starts with ones in the forget gate, zeros elsewhere
    label = type(found).__name__
    if not type(found).__module__.startswith("keras."):
        return label, None
    return label, _theory(found, label, shape)


def _theory(found: Any, label: str, shape: tuple[int, ...]) -> Theory | None:
    if hasattr(found, "distribution") and hasattr(found, "mode"):
        return variance_scaling(shape, scale=found.scale, mode=found.mode, distribution=found.distribution)
    if label == "RandomUniform":
        middle, half = (found.maxval + found.minval) / 2, (found.maxval - found.minval) / 2
        return Theory(kind="uniform", centre=float(middle), scale=float(half)) if half > 0 else None
    if label in ("RandomNormal", "TruncatedNormal"):
        kind = "normal" if label == "RandomNormal" else "truncated"
        return Theory(kind=kind, centre=float(found.mean), scale=float(found.stddev)) if found.stddev > 0 else None
    if label == "Orthogonal":
        return Theory(kind="orthogonal", scale=float(found.gain), side=max(math.prod(shape[:-1]), shape[-1]))
    constant = {"Zeros": 0.0, "Ones": 1.0}.get(label, getattr(found, "value", None))
    return Theory(kind="constant", centre=float(constant)) if isinstance(constant, int | float) else None
