"""What is one node and what is a pill in another."""

from kreport.diagram.flow import flow


def drawn(graph):
    return [(node.id, [pill.name for pill in node.pills]) for node in flow(graph).nodes]


def test_normalisation_and_activation_are_pills_of_what_they_follow(builder):
    builder.block("b", builder.input("image", (None, 8, 8, 16)))
    nodes = drawn(builder.graph())
    assert nodes == [("image", []), ("b_conv1", ["b_bn1"]), ("b_conv2", ["b_bn2"]), ("b_add", ["b_out"])]


def test_parameters_of_pills_count_with_their_node(builder):
    builder.block("b", builder.input("image", (None, 8, 8, 16)))
    assert flow(builder.graph()).nodes[1].parameters == 9 * 16 * 16 + 64


def test_a_result_with_two_readers_keeps_its_activation_apart(builder):
    dense = builder.add("dense", after=(builder.input(),))
    relu = builder.add("relu", "ReLU", "act", after=(dense,))
    builder.add("sum", "Add", "merge", after=(dense, relu))
    assert ("relu", []) in drawn(builder.graph())


def test_an_input_takes_no_pills(builder):
    builder.add("relu", "ReLU", "act", after=(builder.input(),))
    assert len(drawn(builder.graph())) == 2


def test_a_model_output_is_not_hidden_under_a_pill(builder):
    dense = builder.add("dense", after=(builder.input(),))
    relu = builder.add("relu", "ReLU", "act", after=(dense,))
    assert len(drawn(builder.graph(outputs=(dense, relu)))) == 3


def test_attention_is_one_node_whatever_it_calls_inside(builder):
    source = builder.input()
    outer = builder.add("attention", "MultiHeadAttention", "attn", after=(source, source))
    inner = builder.add("query", parent="attention", within=outer, after=(source,))
    builder.calls[1], builder.calls[2] = builder.calls[2], builder.calls[1]  # inner calls end first
    builder.add("head", after=(inner,))
    nodes = flow(builder.graph()).nodes
    assert [node.id for node in nodes] == ["input", "attention", "head"]
    assert nodes[2].inputs == (1,)


def test_second_call_of_a_layer_counts_no_parameters(builder):
    dense = builder.add("dense", after=(builder.input(),), parameters=20)
    builder.call("dense", (dense,))
    first, second = flow(builder.graph()).nodes[1:]
    assert (first.parameters, first.shared, second.parameters, second.shared) == (20, False, 0, True)


def test_an_input_that_is_no_layer_is_drawn(builder):
    builder.add("dense", after=("tokens",))
    graph = builder.graph(input_shapes=(("tokens", (None, 7)),))
    node = flow(graph).nodes[0]
    assert (node.id, node.kind, node.shapes) == ("tokens", "io", ((None, 7),))


def test_no_calls_give_no_nodes(builder):
    builder.layer("dense")
    assert flow(builder.graph(outputs=())).nodes == ()
