"""Input specs of a model, and a built copy of one that is not built."""

from __future__ import annotations

from typing import Any

from kreport.document.model import Gap
from kreport.document.numbers import plural
from kreport.inputs.subject import InputShapes
from kreport.pipeline import contained
from kreport.probes import _keras
from kreport.probes.copies import check_alike, ways_to_copy
from kreport.probes.signature import required_arguments, takes_apart

ASK = "pass input_shape= or a batch as data="


def input_specs(model: Any, shapes: InputShapes | None) -> Any | Gap:
    """Return ``tf.TensorSpec`` at batch 1 (or the model's fixed batch), in the structure the model's call takes."""
    import tensorflow as tf

    structure = _keras.input_structure(model)
    given = None if shapes is None else shapes.shapes
    if structure is not None:
        flat = tf.nest.flatten(structure)
        sizes = _flat_shapes(given)
        if sizes and len(sizes) != len(flat):
            return Gap("graph", f"input_shape= has {plural(len(sizes), 'shape')}, the model takes {len(flat)}")
        names = [_keras.name_of(tensor) for tensor in flat]
        wanted = _by_name(given, names) if isinstance(given, dict) else sizes
        specs = [_spec(tensor, wanted[i] if wanted else None, names[i]) for i, tensor in enumerate(flat)]
        return tf.nest.pack_sequence_as(structure, specs)
    known = given if given is not None else _keras.built_shapes(model)
    if known is None:
        return Gap("graph", f"the model has never seen an input: {ASK}")
    required = required_arguments(model)
    if len(required) > 1 and not takes_apart(model, known):
        example = ", ".join(f"{name!r}: …" for name in required)
        return Gap("graph", f"the model's call takes {', '.join(required)}: pass input_shape={{{example}}}")
    return _specs_of(known)


def _spec(tensor: Any, size: Any, name: str) -> Any:
    import tensorflow as tf

    own = tuple(tensor.shape)
    shape = tuple(size) if size is not None else own
    if len(shape) == len(own):
        shape = tuple(mine if mine is not None else theirs for mine, theirs in zip(own, shape, strict=True))
    shape = (1 if shape[0] is None else shape[0], *shape[1:]) if shape else shape
    if getattr(tensor, "sparse", False):
        return tf.SparseTensorSpec(shape, tensor.dtype)
    if getattr(tensor, "ragged", False):
        return tf.RaggedTensorSpec(shape, tensor.dtype)
    return tf.TensorSpec(shape, tensor.dtype, name=name)


def named_specs(model: Any, specs: Any) -> list[tuple[str, Any]]:
    """Return (name of the input, spec), in the order of the flattened structure."""
    import tensorflow as tf

    flat, structure = tf.nest.flatten(specs), _keras.input_structure(model)
    if structure is None:
        return [(getattr(spec, "name", None) or f"input {index + 1}", spec) for index, spec in enumerate(flat)]
    return list(zip(map(_keras.name_of, tf.nest.flatten(structure)), flat, strict=True))


def _specs_of(shapes: Any, name: str = "input") -> Any:
    import tensorflow as tf

    if isinstance(shapes, dict):
        return {key: _specs_of(value, str(key)) for key, value in shapes.items()}
    if isinstance(shapes, list) or (isinstance(shapes, tuple) and shapes and isinstance(shapes[0], tuple | list)):
        return [_specs_of(value, f"input {index + 1}") for index, value in enumerate(shapes)]
    return tf.TensorSpec((1 if not shapes or shapes[0] is None else shapes[0], *shapes[1:]), "float32", name=name)


def _flat_shapes(shapes: Any) -> list[Any]:
    if shapes is None:
        return []
    if isinstance(shapes, dict):
        return [shape for value in shapes.values() for shape in _flat_shapes(value)]
    return [shape for value in shapes for shape in _flat_shapes(value)] if isinstance(shapes, list) else [shapes]


def _by_name(given: dict[str, Any], names: list[str]) -> list[Any]:
    return [given.get(name, list(given.values())[index]) for index, name in enumerate(names)]


def built_copy(model: Any, shapes: InputShapes | None) -> Any | Gap:
    """Return a copy of an unbuilt model, built for ``shapes``; the model itself is left alone."""
    import keras

    if shapes is None:
        return Gap("graph", f"the model is not built: {ASK}")
    known = {type(layer).__name__: type(layer) for layer in _walk(model)}
    gap: Gap | None = None
    for way in ways_to_copy():
        with _keras.globals_kept(), keras.saving.custom_object_scope(known):
            made = contained("graph", _copied_and_built, way, model, shapes, strict=False)
        if not isinstance(made, Gap):
            return made
        gap = made
    why = gap.reason if gap else ""
    return Gap("graph", f"the model is not built and could not be built on a copy ({why}): call it once on a batch")


def _copied_and_built(copied: Any, model: Any, shapes: InputShapes) -> Any:
    made = copied(model)
    check_alike(model, made)
    if _keras.is_sequential(made):
        made.build(shapes.shapes)
    else:
        inputs = _zeros(shapes.shapes)
        made(**inputs) if takes_apart(made, inputs) else made(inputs)
    if not made.built:
        message = "it stays unbuilt"
        raise ValueError(message)
    return made


def _zeros(shapes: Any) -> Any:
    import keras

    if isinstance(shapes, dict):
        return {key: _zeros(value) for key, value in shapes.items()}
    if isinstance(shapes, list):
        return [_zeros(value) for value in shapes]
    return keras.ops.zeros([1 if size is None else size for size in shapes])


def _walk(model: Any) -> list[Any]:
    found, waiting = [], [model]
    while waiting:
        layer = waiting.pop()
        found.append(layer)
        waiting.extend(_keras.children(layer))
    return found
