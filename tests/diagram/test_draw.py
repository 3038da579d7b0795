"""Drawings of whole models: readable, bounded, folded parts inside, no word of the user's in DOT."""

import itertools
import random

import pytest

from kreport.diagram import drawings, fold_model
from kreport.diagram import layout as layout_module
from kreport.diagram.model import Drawings
from kreport.document.codec import canonical, decode

LIMIT = 400


def all_drawings(drawn):
    return [drawn.main, *(part.drawing for part in drawn.parts)]


def boxes_overlap(drawing):
    def apart(one, other):
        return (
            one.x + one.width <= other.x + 0.2
            or other.x + other.width <= one.x + 0.2
            or one.y + one.height <= other.y + 0.2
            or other.y + other.height <= one.y + 0.2
        )

    return not all(apart(one, other) for one, other in itertools.combinations(drawing.nodes, 2))


def chain(builder, length, vary=1):
    x = builder.input()
    for number in range(length):
        width = 8 + number % vary
        x = builder.add(f"dense_{number}", after=(x,), shape=(None, width), settings=(("units", str(width)),))
    return builder.graph()


def irregular(builder, length, seed=0):
    dice = random.Random(seed)  # noqa: S311 - the same model every time
    made = [builder.input()]
    for number in range(length):
        sources = {dice.choice(made[-12:]) for _ in range(dice.choice((1, 1, 2, 3)))}
        kind = ("Add", "merge") if len(sources) > 1 else (f"Layer{dice.randrange(5)}", "dense")
        made.append(builder.add(f"n{number}", *kind, after=tuple(sorted(sources))))
    return builder.graph()


@pytest.mark.parametrize("length", [3, 60, 900])
def test_a_chain_of_equal_layers_is_one_box_once_it_is_long(builder, length):
    drawn = drawings(fold_model(chain(builder, length)))
    assert len(drawn.main.nodes) == (4 if length == 3 else 2)


def test_a_chain_of_other_widths_is_folded_too(builder):
    drawn = drawings(fold_model(chain(builder, 900, vary=900)))
    assert drawn.main.nodes[1].repeats == 900
    assert drawn.main.nodes[1].varies == "widths 8…907"


@pytest.mark.parametrize("seed", [0, 1])
def test_no_drawing_of_an_irregular_model_is_too_large(builder, seed):
    drawn = drawings(fold_model(irregular(builder, 700, seed)))
    assert all(len(drawing.nodes) <= LIMIT for drawing in all_drawings(drawn))
    assert len(drawn.main.nodes) <= 60
    assert not any(boxes_overlap(drawing) for drawing in all_drawings(drawn))


def test_every_closed_part_of_the_main_drawing_has_a_drawing(builder):
    drawn = drawings(fold_model(irregular(builder, 300)))
    closed = [node for node in drawn.main.nodes if node.part is not None]
    assert closed
    assert all(drawn.parts[node.part].drawing.nodes for node in closed)


def test_equal_parts_share_a_drawing(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for stage in range(12):
        for number in (1, 2):
            x = builder.block(f"stage{stage}_block{number}", x)
        x = builder.add(f"odd{stage}", f"Odd{stage}", "shape", after=(x,), shape=(None, 8, 8, 16))
    drawn = drawings(fold_model(builder.graph()))
    closed = [node for node in drawn.main.nodes if node.part is not None]
    assert len(closed) == 12
    assert len(drawn.parts) == 1
    assert len(drawn.parts[0].others) == 11


def test_a_skip_into_a_repeat_is_drawn_once_and_copies_are_not_chained(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for number in (1, 2, 3):
        x = builder.block(f"block{number}", x)
    builder.add("head", after=(x,))
    main = drawings(fold_model(builder.graph())).main
    assert [node.name for node in main.nodes] == ["image", "conv1", "conv2", "add", "head"]
    assert len(main.edges) == 5
    assert [(cluster.label, cluster.repeats) for cluster in main.clusters] == [("block1…3", 3)]


def test_bridges_of_a_u_net_are_arrows(builder):
    image = builder.input("image", (None, 16, 16, 1))
    down1 = builder.add("d1", "Conv2D", "conv", after=(image,), shape=(None, 16, 16, 4))
    pool = builder.add("p1", "MaxPooling2D", "shape", after=(down1,), shape=(None, 8, 8, 4))
    middle = builder.add("mid", "Conv2D", "conv", after=(pool,), shape=(None, 8, 8, 8))
    up = builder.add("u1", "UpSampling2D", "shape", after=(middle,), shape=(None, 16, 16, 8))
    builder.add("c1", "Concatenate", "merge", after=(up, down1), shape=(None, 16, 16, 12))
    main = drawings(fold_model(builder.graph())).main
    assert (len(main.nodes), len(main.edges)) == (6, 6)
    assert {edge.label for edge in main.edges} == {"", "16×16×4", "8×8×4", "8×8×8", "16×16×8"}


def test_the_same_tensor_twice_is_two_arrows(builder):
    source = builder.input()
    builder.add("sum", "Add", "merge", after=(source, source))
    assert len(drawings(fold_model(builder.graph())).main.edges) == 2


def test_towers_with_shared_weights_say_so(builder):
    builder.layer("tower", "Sequential", "model")
    builder.layer("dense", parent="tower", parameters=30)
    builder.layer("out", "Flatten", "shape", parent="tower")
    ends = []
    for name in ("left", "right"):
        side = builder.input(name)
        outer = builder.call("tower", (side,))
        inner = builder.call("tower / dense", (side,), parent=outer)
        ends.append(builder.call("tower / out", (inner,), parent=outer))
    builder.add("difference", "Subtract", "merge", after=tuple(ends))
    main = drawings(fold_model(builder.graph())).main
    dense = [node for node in main.nodes if node.name == "dense"]
    assert [(node.parameters, node.shared) for node in dense] == [(30, False), (None, True)]
    assert [cluster.label for cluster in main.clusters] == ["tower", "tower"]


HOSTILE = ['<in>&"x"', "{|}", "a\nb", 'x> URL="javascript:alert(1)" x=<', "\x00", "\u202ebidi", "x" * 300, "", "\ud800"]


def test_no_word_of_the_user_reaches_graphviz(builder, monkeypatch):
    seen = []
    source = layout_module._source
    monkeypatch.setattr(layout_module, "_source", lambda *a, **k: seen.append(source(*a, **k)) or seen[-1])
    x = builder.input("SECRET image")
    for number, name in enumerate(HOSTILE):
        x = builder.add(f"{name}{number}SECRET", f"SECRET{name}", "dense", after=(x,), detail=name, activation=name)
    drawn = drawings(fold_model(builder.graph()))
    assert len(drawn.main.nodes) == len(HOSTILE) + 1
    assert seen
    assert not any("SECRET" in text or "javascript" in text for text in seen)


def test_drawings_go_to_json_and_back(builder):
    drawn = drawings(fold_model(irregular(builder, 80)))
    from kreport.document.codec import encode

    assert canonical(decode(Drawings, encode(drawn))) == canonical(drawn)


def test_nothing_to_draw_is_none(builder):
    builder.layer("dense")
    assert drawings(fold_model(builder.graph(outputs=()))) is None
