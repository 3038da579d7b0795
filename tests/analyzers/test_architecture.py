"""The Architecture section: sums by hand, texts that fit, absence that is said."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from kreport.analyzers.architecture import Architecture, ArchitectureSection
from kreport.document.blocks import Chart, Definitions, Diagram, Disclosure, Notice, Row, Stack, Table
from kreport.document.codec import canonical, decode, encode
from kreport.document.text import plain
from kreport.probes.tree import LayerTree


def tree(optimizer=None, entries=(), **model):
    live = SimpleNamespace(optimizer=optimizer, trainable_variables=[], **model)
    return LayerTree(model=live, entries=entries, parents={}, id_of={})


def measured(builder, tree_=None, **more):
    return ArchitectureSection().measure(builder.graph(**more), tree_ or tree())


def blocks_of(section):
    def walk(blocks):
        for block in blocks:
            yield block
            yield from walk(getattr(block, "blocks", ()))

    return list(walk(section.blocks))


def find(section, kind):
    return [block for block in blocks_of(section) if isinstance(block, kind)]


@pytest.fixture
def residual(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for number in (1, 2, 3):
        x = builder.block(f"block{number}", x)
    builder.add("features", after=(x,), shape=(None, 64), parameters=20_000, activation="tanh", detail="64", flops=40)
    return builder


def facts(section):
    [block] = [block for block in find(section, Definitions) if block.title == "Facts"]
    return {plain(name): plain(value) for name, value in block.items}


def test_rows_say_what_each_layer_is(residual):
    rows = measured(residual).rows()
    assert rows[1] == {
        "id": "block1_conv1",
        "name": "block1_conv1",
        "class": "Conv2D",
        "kind": "conv",
        "output_shape": (None, 8, 8, 16),
        "parameters": 2304,
        "trainable_parameters": 2304,
        "trainable": True,
        "dtype": "float32",
        "flops": 10,
        "activation_bytes": 4096,
        "inputs": ("image",),
        "calls": 1,
    }


def test_totals_equal_the_sum_by_hand(residual):
    total = measured(residual)
    assert total.parameters == 3 * (2 * 2304 + 2 * 64) + 20_000
    assert total.weight_bytes == (("float32", 4 * total.parameters),)
    assert total.activation_bytes == 19 * 4096 + 256
    assert sum(stage.parameters for stage in total.stages) == total.parameters
    assert sum(stage.flops for stage in total.stages) == total.flops
    assert total.longest_path == 1 + 3 * 6 + 1


def test_measurement_goes_to_json_and_back(residual):
    total = measured(residual)
    assert canonical(decode(Architecture, encode(total))) == canonical(total)


def test_flops_of_a_layer_called_twice_are_added_and_parameters_are_not(builder):
    source = builder.input()
    once = builder.add("dense", after=(source,), parameters=72, flops=100)
    builder.call("dense", (once,), flops=50)
    layer = measured(builder).layers[1]
    assert (layer.flops, layer.parameters, layer.inputs, layer.readers) == (150, 72, ("input", "dense"), ("dense",))


def test_one_unknown_call_makes_the_sum_unknown(builder):
    once = builder.add("dense", after=(builder.input(),), flops=100)
    builder.call("dense", (once,), flops=None)
    assert measured(builder).layers[1].flops is None


def test_lede_says_what_and_where(residual):
    lede = plain(ArchitectureSection().present(measured(residual)).lede)
    assert "20 layers, among them 6 convolutions and 1 dense layer, with 3 equal blocks." in lede
    assert "features holds 58.5\u202f% of the parameters." in lede


def test_lede_is_neutral_when_nothing_is_known(builder):
    builder.layer("thing", "Thing", "other")
    section = ArchitectureSection().present(measured(builder, outputs=(), flops=None, missing="pass input_shape="))
    assert plain(section.lede).strip() == "1 layer."
    assert [plain(notice.text) for notice in find(section, Notice)] == ["pass input_shape="]
    [table] = [table for table in find(section, Table) if table.search]
    assert table.rows[0].cells[5:7] == (None, None)


def test_an_empty_model_is_said_to_be_empty(builder):
    section = ArchitectureSection().present(measured(builder, outputs=()))
    assert plain(section.lede) == "The model has no layers."
    assert section.count == "0"


def test_diagram_stands_beside_the_chart_when_it_is_narrow(residual):
    section = ArchitectureSection().present(measured(residual))
    [row] = [block for block in section.blocks if isinstance(block, Row)]
    assert isinstance(row.blocks[0], Diagram)
    assert isinstance(row.blocks[1], Stack)
    assert plain(find(section, Chart)[0].title) == "Parameters sit in features, compute in block1…3"


def test_wide_diagrams_take_the_page(builder):
    ends = [builder.input(f"i{n}") for n in range(3)]
    for depth in range(3):
        ends = [builder.add(f"{depth}b{n}", f"Kind{n}{depth}", after=(end,)) for n, end in enumerate(ends)]
    builder.add("join", "Concatenate", "merge", after=tuple(ends))
    section = ArchitectureSection().present(measured(builder))
    assert isinstance(section.blocks[0], Diagram)


def test_closed_nodes_link_to_their_disclosure(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for stage in range(14):
        x = builder.block(f"block{stage}", x, activation=f"f{stage}")
    section = ArchitectureSection().present(measured(builder))
    anchors = {disclosure.anchor for disclosure in find(section, Disclosure)}
    links = {node.link for node in find(section, Diagram)[0].nodes if node.link}
    assert links == anchors
    assert len(anchors) == 14


def test_names_that_begin_alike_are_groups_of_the_table(residual):
    [table] = [table for table in find(ArchitectureSection().present(measured(residual)), Table) if table.search]
    groups = [(plain(row.cells[0]), row.cells[1], row.cells[3]) for row in table.rows if row.parent]
    assert groups == [(f"block{n}", "6 layers", 4736) for n in (1, 2, 3)]
    assert [row.depth for row in table.rows[:4]] == [0, 0, 1, 1]
    assert len(table.rows) == 20 + 3


def test_columns_for_trainable_and_dtype_only_where_they_differ(builder):
    x = builder.add("frozen", after=(builder.input(),), parameters=60, trainable=False, dtype="int8")
    builder.add("head", after=(x,), parameters=40)
    section = ArchitectureSection().present(measured(builder))
    [table] = [table for table in find(section, Table) if table.search]
    labels = [column.label for column in table.columns]
    assert "Trainable" in labels
    assert "dtype" in labels
    assert all(len(row.cells) == len(labels) for row in table.rows)
    assert "60.0\u202f% of the parameters are frozen" in plain(section.lede)
    assert facts(section)["Weights"] == "160\u202fB float32, 60\u202fB int8"


def test_trainable_and_dtype_columns_are_absent_otherwise(residual):
    [table] = [table for table in find(ArchitectureSection().present(measured(residual)), Table) if table.search]
    assert [column.label for column in table.columns] == [
        *("Layer", "Class", "Output", "Parameters", "Share", "FLOPs", "Activations", "Inputs"),
    ]


def test_by_kind_adds_up(residual):
    [table] = [t for t in find(ArchitectureSection().present(measured(residual)), Table) if t.title == "By kind"]
    assert sum(row.cells[1] for row in table.rows) == 20
    assert sum(row.cells[2] for row in table.rows) == 3 * 4736 + 20_000


def test_uncounted_operations_are_listed(residual):
    section = ArchitectureSection().present(measured(residual, uncounted=(("Relu", 3), ("Erf", 1))))
    assert facts(section)["Operations not counted"] == "Relu ×3, Erf"


def test_hidden_layers_and_variables_are_notices(residual):
    section = ArchitectureSection().present(measured(residual, untracked=("Dense",), raw_variables=("scale",)))
    assert [notice.title for notice in find(section, Notice)] == [
        *("1 layer not tracked by the model", "1 variable that Keras does not see"),
    ]


def test_memory_to_train_is_estimated_from_its_parts(residual):
    optimizer = type("Adam", (), {"variables": [], "built": False})()
    total = measured(residual, tree(optimizer))
    weights = 4 * total.parameters
    expected = weights + weights + 2 * weights + 32 * total.activation_bytes
    from kreport.analyzers._architecture.blocks import training_bytes

    assert training_bytes(total) == expected
    assert facts(ArchitectureSection().present(total))["Memory to train one batch of 32"].endswith("estimated")


def test_every_layer_has_an_entry_in_the_explorer(residual):
    total = measured(residual)
    section = ArchitectureSection().present(total)
    assert list(section.layers) == [layer.id for layer in total.layers]
    [block] = section.layers["block1_add"]
    told = {plain(name): plain(value) for name, value in block.items}
    assert told["Inputs"] == "8×8×16, 8×8×16 · image, block1_bn2"
    assert told["Output"] == "8×8×16 · block1_out"


def test_attention_counts_once_in_the_table_by_kind(builder):
    source = builder.input()
    builder.layer("attention", "MultiHeadAttention", "attn", parameters=0)
    builder.layer("query", "EinsumDense", "dense", parent="attention", parameters=64)
    outer = builder.call("attention", (source, source))
    builder.call("attention / query", (source,), parent=outer)
    section = ArchitectureSection().present(measured(builder, outputs=("attention",)))
    [table] = [t for t in find(section, Table) if t.title == "By kind"]
    assert [plain(row.cells[0].text) for row in table.rows] == ["input", "attention layer"]


def test_present_needs_no_graphviz(residual, monkeypatch):
    total = measured(residual)
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)
    assert find(ArchitectureSection().present(total), Diagram)


def test_without_graphviz_the_table_stands_and_the_reason_is_said(residual, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)
    section = ArchitectureSection().present(measured(residual))
    assert not find(section, Diagram)
    assert any(notice.failed for notice in find(section, Notice))
    assert any(table.search for table in find(section, Table))


@pytest.mark.parametrize(
    ("dtype", "name", "said"),
    [("int8", "kernel", "Kernels are stored as int8."), ("float32", "lora_kernel_a", "1 layer trained through LoRA")],
)
def test_lede_says_what_is_unusual_about_weights(builder, dtype, name, said):
    builder.add("dense", after=(builder.input(),), parameters=60, dtype=dtype)
    layer = builder.layers[1]
    builder.layers[1] = replace(layer, own=(replace(layer.own[0], name=name),))
    assert said in plain(ArchitectureSection().present(measured(builder)).lede)
