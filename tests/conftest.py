"""Fixtures for several folders."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings

from kreport.probes.graph import Call, Edge, Layer, LayerGraph, Variable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow is imported later, by whoever needs it
settings.register_profile("kreport", deadline=None)  # a busy machine is no failure
settings.load_profile("kreport")


class GraphBuilder:
    """Makes a LayerGraph by hand: layers in tree order, calls in execution order."""

    def __init__(self):
        self.layers, self.calls, self.outputs = [], [], None
        self.counts, self.shapes = {}, {}

    def layer(self, name, class_name="Dense", kind="dense", *, parent="", **more):
        """Add a layer and return its id."""
        identity = f"{parent} / {name}" if parent else name
        parameters = more.pop("parameters", 0)
        trainable = more.pop("trainable", True)
        dtype = more.pop("dtype", "float32")
        width = 1 if dtype == "int8" else 4
        own = Variable(
            name="kernel", shape=(parameters,), dtype=dtype, trainable=trainable, counts=True, bytes=width * parameters
        )
        fields = {
            "id": identity,
            "index": len(self.layers),
            "parent": parent,
            "depth": identity.count(" / "),
            "name": name,
            "class_name": class_name,
            "kind": kind,
            "operation": False,
            "detail": "",
            "activation": "",
            "settings": (),
            "policy": "float32",
            "trainable": trainable,
            "own": (own,) if parameters else (),
            "parameters": parameters,
            "trainable_parameters": parameters if trainable else 0,
            "calls": 1,
        }
        self.layers.append(Layer(**(fields | more)))
        return identity

    def call(self, layer, sources=(), shape=(None, 8), *, parent="", flops=10, tensors=None):
        """Call a layer and return the call's id."""
        self.counts[layer] = count = self.counts.get(layer, 0) + 1
        identity = layer if count == 1 else f"{layer}@{count}"
        came = [self.shapes.get(source, (None, 8)) for source in sources]
        size = None if None in shape[1:] else 4
        for side in shape[1:]:
            size = size * side if size is not None else None
        self.calls.append(
            Call(
                id=identity,
                layer=layer,
                parent=parent,
                inputs=tuple(Edge(source=source) for source in sources),
                input_shapes=tuple(came[:tensors]),
                output_shapes=(shape,),
                flops=flops,
                activation_bytes=size,
            )
        )
        self.shapes[identity] = shape
        return identity

    def add(self, name, class_name="Dense", kind="dense", *, after=(), shape=(None, 8), within="", parent="", **more):
        """Add a layer, call it once and return the call's id."""
        flops, tensors = more.pop("flops", 10), more.pop("tensors", None)
        layer = self.layer(name, class_name, kind, parent=parent, **more)
        return self.call(layer, after, shape, parent=within, flops=flops, tensors=tensors)

    def input(self, name="input", shape=(None, 8)):
        """Add an input layer."""
        return self.add(name, "InputLayer", "io", shape=shape, flops=0)

    def graph(self, outputs=None, **more):
        """Return the finished graph."""
        root = Layer(
            id="",
            index=-1,
            parent="",
            depth=-1,
            name="model",
            class_name="Functional",
            kind="model",
            operation=False,
            detail="",
            activation="",
            settings=(),
            policy="float32",
            trainable=True,
            own=(),
            parameters=sum(v.shape[0] for layer in self.layers for v in layer.own),
            trainable_parameters=sum(v.shape[0] for layer in self.layers for v in layer.own if v.trainable),
            calls=1,
        )
        layers = tuple(replace(layer, calls=self.counts.get(layer.id, 0)) for layer in self.layers)
        ends = outputs or ((self.calls[-1].id,) if self.calls else ())
        fields = {
            "root": root,
            "layers": layers,
            "calls": tuple(self.calls),
            "outputs": tuple(ends),
            "input_shapes": tuple((c.id, c.output_shapes[0]) for c in self.calls if not c.inputs),
            "output_shapes": tuple((end, self.shapes[end]) for end in ends),
            "traced_shapes": (),
            "flops": sum(call.flops or 0 for call in self.calls if not call.parent),
            "uncounted": (),
            "loops": (),
            "untracked": (),
            "raw_variables": (),
            "missing": "",
        }
        return LayerGraph(**(fields | more))

    def block(self, name, source, filters=16, **more):
        """Add a residual block: two convolutions with normalisation, an addition, an activation."""
        shape = (None, 8, 8, filters)
        x = source
        for number in (1, 2):
            x = self.add(
                f"{name}_conv{number}",
                "Conv2D",
                "conv",
                after=(x,),
                shape=shape,
                detail=f"3×3, {filters}",
                settings=(("filters", str(filters)), ("kernel_size", "(3, 3)")),
                parameters=9 * filters * self.shapes[x][-1],
                **more,
            )
            x = self.add(f"{name}_bn{number}", "BatchNormalization", "norm", after=(x,), shape=shape, parameters=64)
        x = self.add(f"{name}_add", "Add", "merge", after=(source, x), shape=shape)
        return self.add(f"{name}_out", "ReLU", "act", after=(x,), shape=shape, activation="relu")


@pytest.fixture
def builder():
    return GraphBuilder()


def pytest_terminal_summary(terminalreporter):
    """Say how many tests ran in which browser, and how many in none: silence would read as success."""
    stats = terminalreporter.stats
    done = [report for outcome in ("passed", "failed") for report in stats.get(outcome, ()) if report.when == "call"]
    properties = [dict(report.user_properties) for report in done]
    ran = Counter(found["browser"] for found in properties if "browser" in found)
    skipped = sum("tests/browser/" in report.nodeid for report in stats.get("skipped", ()))
    if ran or skipped:
        counts = [f"{count} tests in {browser}" for browser, count in sorted(ran.items())]
        if skipped:
            counts.append(f"{skipped} SKIPPED: no promise about browsers was checked by them")
        terminalreporter.write_sep("=", "browsers: " + ", ".join(counts), red=bool(skipped), green=not skipped)
