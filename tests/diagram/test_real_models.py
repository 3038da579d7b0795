"""Folding of published architectures, as Keras builds them."""

import pytest

pytest.importorskip("tensorflow")

from kreport.diagram import drawings, fold_model
from kreport.inputs.subject import KerasModel
from kreport.probes.layer_graph import layer_graph
from kreport.probes.tree import layer_tree


def drawn(model):
    return drawings(fold_model(layer_graph(layer_tree(KerasModel(model=model)), None)))


@pytest.mark.slow
def test_resnet50_is_four_stages_of_a_projection_and_equal_identity_blocks():
    import keras

    album = drawn(keras.applications.ResNet50(weights=None))
    assert [cluster.label for cluster in album.main.clusters] == ["conv2", "conv3", "conv4", "conv5"]
    assert len(album.main.nodes) == 15
    assert {node.name: node.repeats for node in album.main.nodes if node.repeats > 1} == {
        "block2…3": 2,
        "block2…4": 3,
        "block2…6": 5,
    }
    assert len(album.parts) == 8
    assert album.layers == 177


@pytest.mark.slow
def test_a_pre_norm_transformer_is_one_block():
    import keras
    from keras import layers

    tokens = keras.Input((16,), dtype="int32")
    x = layers.Embedding(50, 8)(tokens)
    for _ in range(6):
        h = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(h, h)])
        h = layers.Dense(32, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(8)(h)])
    main = drawn(keras.Model(tokens, layers.Dense(50)(layers.LayerNormalization()(x)))).main
    assert [cluster.repeats for cluster in main.clusters] == [6]
    assert len(main.nodes) == 11
