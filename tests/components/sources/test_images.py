from __future__ import annotations

import pytest

from dlrun.components.sources.images import ImageFolder
from dlrun.data import INPUT, OUTPUT
from dlrun.data.class_names import doubts
from dlrun.engines import KerasDoor
from dlrun.errors import DataError


@pytest.fixture
def folder(tmp_path):
    """Write files, named by their paths, and make a source of the folder."""

    def write(files, **arguments):
        for name, content in files.items():
            file = tmp_path / "pets" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        source = ImageFolder(directory=str(tmp_path / "pets"), **arguments)
        return source.decoding_with(KerasDoor().decode_image)

    return write


def encoded(values, kind="png"):
    import tensorflow as tf

    encode = {"png": tf.io.encode_png, "jpeg": tf.io.encode_jpeg}[kind]
    return encode(tf.constant(values, dtype="uint8")).numpy()


def problem(source, task="classification", classes=None):
    with pytest.raises(DataError) as caught:
        source.load(classes, task=task)
    return [(item.path, item.message) for item in caught.value.problems]


def test_folders_are_classes_and_other_files_are_noted(folder):
    files = dict.fromkeys(
        ["10/a.png", "9/b.JPG", "9/deep/c.jpeg", "9/notes.txt", ".x/d.png"], b""
    )
    source = folder(files, image_size=[4, 6], color_mode="grayscale")

    facts = source.describe()

    assert facts.classes == {"output": ("9", "10")}
    assert facts.num_rows == 3
    assert facts.row_shapes == {"input": (4, 6, 1)}
    assert facts.notes == ("1 file is left out of pets: not PNG or JPEG by name",)


def test_an_image_that_is_a_link_to_a_file_elsewhere_is_no_row_less(folder, tmp_path):
    source = folder({"a/1.png": b"", "b/1.png": b""}, image_size=[4, 6])
    (tmp_path / "pets/a/2.png").symlink_to("not-fetched.png")

    assert source.describe().num_rows == 3
    assert (
        ("image_folder", "directory"),
        "a/2.png cannot be read: No such file or directory",
    ) in problem(source)


def test_images_without_folders_have_no_classes(folder):
    source = folder({"a.png": b"", "b.png": b""})

    ((path, message),) = problem(source)

    assert path == ("image_folder", "directory")
    assert message.endswith("pets holds no folders, but each class needs one")


def test_a_class_without_images_is_named(folder):
    source = folder({"cat/a.png": b"", "dog/a.gif": b""})

    assert problem(source)[0][1].startswith("no PNG or JPEG images of class dog in")


def test_a_missing_folder_is_named(tmp_path):
    source = ImageFolder(directory=str(tmp_path / "pets"))

    assert problem(source)[0][1] == f"there is no folder {tmp_path / 'pets'}"


def test_classes_are_no_numbers_to_predict(folder):
    source = folder({"cat/a.png": b"", "dog/a.png": b""})

    assert "the loss predicts numbers" in problem(source, task="regression")[0][1]


def test_a_folder_that_is_none_of_the_classes_is_named(folder):
    source = folder({"cat/a.png": b"", "dog/a.png": b""})

    found = problem(source, classes=("cat", "bird"))

    assert found[0][1] == 'the folder "dog" is not in bird, cat'


@pytest.mark.parametrize("names", [("True", "true"), ("2", "2.0"), ("cat", "Cat")])
def test_folders_of_names_alike_are_classes_of_their_own_and_doubted(folder, names):
    source = folder({f"{name}/a.png": b"" for name in names})

    (classes,) = source.describe().classes.values()

    assert set(classes) == set(names)
    [(message, _)] = doubts(classes)
    assert "differ only in their spelling" in message


@pytest.mark.heavy
def test_images_keep_their_values_and_their_order(folder):
    gray = encoded([[[0], [100]], [[200], [255]]])
    source = folder(
        {"cat/2.png": gray, "cat/1.png": gray, "dog/1.png": gray},
        image_size=2,
        color_mode="grayscale",
    )

    dataset = source.load(task="classification")

    assert dataset.features[INPUT][0].tolist() == [[[0], [100]], [[200], [255]]]
    assert dataset.labels[OUTPUT].tolist() == [0, 0, 1]
    assert dataset.ids == ("cat/1.png", "cat/2.png", "dog/1.png")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("mode", "channels"), [("grayscale", 1), ("rgb", 3), ("rgba", 4)]
)
def test_every_image_gets_the_same_size_and_channels(folder, mode, channels):
    files = {
        "cat/gray.png": encoded([[[0]] * 5] * 3),
        "cat/color.png": encoded([[[10, 20, 30]] * 2] * 2),
        "dog/alpha.png": encoded([[[10, 20, 30, 40]]]),
        "dog/photo.jpg": encoded([[[10, 20, 30]] * 9] * 9, "jpeg"),
    }

    dataset = folder(files, image_size=[4, 6], color_mode=mode).load(
        task="classification"
    )

    assert dataset.features[INPUT].shape == (4, 4, 6, channels)
    assert dataset.features[INPUT].dtype == "float32"


@pytest.mark.heavy
def test_resizing_is_that_of_keras(folder):
    import numpy as np
    from keras import ops

    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    source = folder(dict.fromkeys(["a/1.png", "b/1.png"], encoded(image)), image_size=4)

    resized = source.load(task="classification").features[INPUT][0]

    expected = ops.image.resize(
        image.astype("float32"), (4, 4), interpolation="bilinear"
    )
    np.testing.assert_allclose(resized, expected, atol=1e-4)


@pytest.mark.heavy
def test_every_damaged_image_is_named(folder):
    whole = encoded([[[0], [100]], [[200], [255]]])
    files = {
        "a/good.png": whole,
        "a/half.png": whole[:-20],
        "b/gif.png": b"GIF89a",
        "b/none.jpg": b"",
    }

    found = problem(folder(files, image_size=2))

    assert [message for _, message in found] == [
        "a/half.png is no PNG or JPEG image, or is damaged",
        "b/gif.png is no PNG or JPEG image, or is damaged",
        "b/none.jpg is no PNG or JPEG image, or is damaged",
    ]
