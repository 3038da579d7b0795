"""Sums outside any layer."""

from kreport.diagram.flow import flow
from kreport.diagram.joins import with_joins


def residual_stream(builder, blocks=3):
    """Return the flow of ``x = x + dense(x)`` as calls tell it: everything reads everything before."""
    read = [builder.input()]
    for number in range(blocks):
        read.append(builder.add(f"dense{number}", after=tuple(read), tensors=1))
    builder.add("head", after=tuple(read), tensors=1)
    return with_joins(flow(builder.graph()).nodes)


def test_a_residual_stream_becomes_a_chain_of_sums(builder):
    nodes = residual_stream(builder)
    sums = [node for node in nodes if node.joins]
    assert len(sums) == 3
    assert all(len(node.inputs) == 2 for node in sums)
    assert sums[1].inputs[0] == sums[0].key
    assert sums[2].inputs[0] == sums[1].key


def test_every_layer_then_reads_one_result(builder):
    nodes = residual_stream(builder)
    assert all(len(node.inputs) == 1 for node in nodes if node.layer and node.kind != "io")


def test_keys_are_positions_and_sources_come_first(builder):
    nodes = residual_stream(builder)
    assert [node.key for node in nodes] == list(range(len(nodes)))
    assert all(source < node.key for node in nodes for source in node.inputs)


def test_a_layer_with_several_inputs_is_left_alone(builder):
    one, other = builder.input("a"), builder.input("b")
    builder.add("sum", "Add", "merge", after=(one, other))
    assert not any(node.joins for node in with_joins(flow(builder.graph()).nodes))
