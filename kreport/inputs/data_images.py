"""A folder with one folder of images a class; without such folders its images have no labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Raw, Source
from kreport.inputs.data_streams import read_stream

CHANNELS = {1: "grayscale", 4: "rgba"}


def read_images(folder: Path, checks: Checks, *, size: int) -> Source:
    """Return the images of a folder, classes sorted as Keras sorts them: by name as text, ``10`` before ``2``.

    Images are brought to the size of the model's input; where that is open they keep theirs and are grouped by it.

    Raises:
        KreportError: the model takes no image, or the folder holds none.
    """
    import keras

    shape = checks.specs[0].shape if len(checks.specs) == 1 else None
    if shape is None or len(shape) != 4:
        message = f"`{checks.argument}` is a folder of images, which needs a model with one image input."
        raise KreportError(message)
    outputs = checks.labels.outputs
    one_hot = len(outputs) == 1 and outputs[0].kind == "one-hot"
    fixed = shape[1] is not None and shape[2] is not None
    labelled = any(one.is_dir() for one in folder.iterdir())
    mode = CHANNELS.get(shape[3] or 3, "rgb")
    try:
        dataset = keras.utils.image_dataset_from_directory(
            folder, image_size=shape[1:3] if fixed else (1, 1), shuffle=False, batch_size=size, verbose=False,
            color_mode=mode, labels="inferred" if labelled else None,
            label_mode=None if not labelled else "categorical" if one_hot else "int",
        )  # fmt: skip
    except ValueError as error:
        why = str(error).splitlines()[0]
        message = f"`{checks.argument}`: the folder {folder.name!r} holds no images by class ({why})."
        raise KreportError(message.replace(str(folder), folder.name)) from error
    paths = [Path(path) for path in dataset.file_paths]
    names = tuple(map(str, getattr(dataset, "class_names", None) or ()))
    if fixed:
        source = read_stream(dataset, checks, steps=None, size=size)
        return Source(kind="folder of images", samples=len(paths), class_names=names, read=source.read)
    classes = [names.index(path.relative_to(folder).parts[0]) for path in paths] if labelled else None
    return _of_all_sizes(paths, None if classes is None else np.array(classes), names, mode, size, one_hot=one_hot)


def _of_all_sizes(
    paths: list[Path], classes: Any, names: tuple[str, ...], mode: str, size: int, *, one_hot: bool
) -> Source:
    import keras
    from PIL import Image

    groups: dict[tuple[int, int], list[int]] = {}
    for index, path in enumerate(paths):
        with Image.open(path) as image:  # the head alone
            groups.setdefault(image.size, []).append(index)

    def read() -> Iterator[Raw]:
        for members in groups.values():
            for start in range(0, len(members), size):
                chosen = members[start : start + size]
                images = [keras.utils.img_to_array(keras.utils.load_img(paths[i], color_mode=mode)) for i in chosen]
                y = None if classes is None else np.eye(len(names))[classes[chosen]] if one_hot else classes[chosen]
                yield np.stack(images), y, None

    note = f"{len(paths):,} images of {len(groups):,} sizes, grouped by size"
    return Source(
        kind="folder of images", samples=len(paths), class_names=names, notes=(note,) if len(groups) > 1 else (),
        read=read,
    )  # fmt: skip
