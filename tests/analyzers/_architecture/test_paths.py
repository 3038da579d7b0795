"""Longest path and receptive field, against figures computed by hand and published ones."""

from types import SimpleNamespace

from kreport.analyzers._architecture.paths import longest_path, receptive_field


def window(kernel, stride=1, dilation=1, name="kernel_size"):
    return SimpleNamespace(**{name: (kernel,) * 2, "strides": (stride,) * 2, "dilation_rate": (dilation,) * 2})


def conv(builder, live, source, kernel, stride=1, dilation=1):
    name = f"c{len(live)}"
    live[name] = window(kernel, stride, dilation)
    return builder.add(name, "Conv2D", "conv", after=(source,), shape=(None, 8, 8, 4))


def test_kernels_grow_by_the_strides_before_them(builder):
    live = {}
    x = conv(builder, live, builder.input("image", (None, 8, 8, 1)), 7, stride=2)  # 7, step 2
    live["pool"] = window(3, 2, name="pool_size")
    x = builder.add("pool", "MaxPooling2D", "shape", after=(x,), shape=(None, 4, 4, 4))  # 7 + 2*2 = 11, step 4
    conv(builder, live, x, 3, dilation=2)  # 11 + 2*2*4 = 27
    assert receptive_field(builder.graph(), live) == ((27, 27), "c2")


def test_the_longer_way_counts_where_ways_join(builder):
    live = {}
    source = builder.input("image", (None, 8, 8, 1))
    one = conv(builder, live, source, 1)
    two = conv(builder, live, conv(builder, live, source, 3), 3)
    joined = builder.add("add", "Add", "merge", after=(one, two), shape=(None, 8, 8, 4))
    conv(builder, live, joined, 1)
    assert receptive_field(builder.graph(), live) == ((5, 5), "c3")


def test_a_transposed_convolution_is_not_plain(builder):
    live = {}
    image = builder.input("image", (None, 8, 8, 1))
    x = builder.add("up", "Conv2DTranspose", "conv", after=(image,), shape=(None, 8, 8, 4))
    conv(builder, live, x, 3)
    assert receptive_field(builder.graph(), live) == (None, "")


def test_no_convolution_no_field(builder):
    builder.add("dense", after=(builder.input(),))
    assert receptive_field(builder.graph(), {}) == (None, "")


def test_longest_path_counts_calls(builder):
    source = builder.input()
    long = builder.add("b", after=(builder.add("a", after=(source,)),))
    builder.add("sum", "Add", "merge", after=(source, long))
    assert longest_path(builder.graph()) == 4


def test_longest_path_of_nothing_is_not_known(builder):
    assert longest_path(builder.graph(outputs=())) is None
