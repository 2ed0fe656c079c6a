from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from harness import DataError, HarnessError, UsageError, subset
from harness_datasets import imagefolder

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *files: str, colour: int = 0) -> None:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (colour, 0, 0)).save(path, "png")


def listed(folder: Path, *classes: str, label_space: str = "flowers") -> None:
    names = ", ".join(f'"{name}"' for name in classes)
    text = f'label_space = "{label_space}"\nclasses = [{names}]\n'
    (folder / "classes.toml").write_text(text)


def found(folder: Path) -> list[tuple[str, object]]:
    dataset = subset.resolved(imagefolder.dataset(), folder)
    return [(each.id, each.target) for each in subset.opened(dataset, "test", folder)]


def test_wnids_are_mapped_by_the_table_and_never_by_counting(folder: Path) -> None:
    put(folder, "n01443537/b.png", "n01443537/a.JPEG", "n15075141/c.webp")
    dataset = imagefolder.within(folder)
    assert found(folder) == [
        ("n01443537/a.JPEG", 1),
        ("n01443537/b.png", 1),
        ("n15075141/c.webp", 999),
    ]
    assert (dataset.label_space, len(dataset.classes)) == ("imagenet-1k", 1000)
    assert dataset.classes[1] == "goldfish"
    assert dataset.label_maps["imagenet-1001"][1] == 2


def test_other_folders_are_classes_by_their_place_in_the_list(folder: Path) -> None:
    put(folder, "daisy/a.png", "rose/a.png")
    listed(folder, "rose", "tulip", "daisy")
    dataset = imagefolder.within(folder)
    assert found(folder) == [("daisy/a.png", 2), ("rose/a.png", 0)]
    assert (dataset.label_space, dataset.classes) == ("flowers", ("rose", "tulip", "daisy"))
    assert not dataset.label_maps


def test_what_is_no_image_or_hidden_is_passed_over_and_links_are_followed(
    folder: Path, tmp_path: Path
) -> None:
    put(tmp_path, "elsewhere/z.png", "single.png")
    put(folder, "rose/a.png", ".cache/a.png", "top.png")
    (folder / "rose" / ".b.png").touch()
    (folder / "rose" / "notes.txt").touch()
    (folder / "rose" / "c.png").symlink_to(tmp_path / "single.png")
    (folder / "daisy").symlink_to(tmp_path / "elsewhere")
    listed(folder, "daisy", "rose")
    assert found(folder) == [("daisy/z.png", 0), ("rose/a.png", 1), ("rose/c.png", 1)]


def test_a_changed_image_is_another_subset(folder: Path) -> None:
    def sha256() -> str:
        dataset = imagefolder.within(folder)
        samples = subset.opened(dataset, "test", folder)
        return subset.describe(dataset, "test", samples, [0, 1], 0).sha256

    put(folder, "rose/a.png", "rose/b.png", "rose/c.png")
    listed(folder, "rose")
    first = sha256()
    put(folder, "rose/c.png", colour=9)  # not among the chosen
    assert sha256() == first
    put(folder, "rose/b.png", colour=9)
    assert sha256() != first


@pytest.mark.parametrize(
    ("files", "classes", "message"),
    [
        ([], None, r"data holds no folders; put the images of each class into a folder of it$"),
        (["a.png"], None, r"data holds no folders"),
        (
            ["rose/a.png", "daisy/a.png"],
            None,
            r"data/daisy is none of ImageNet's wnids; name the classes in .*/classes\.toml: lab",
        ),
        (
            ["n01443537/a.png", "rose/a.png"],
            None,
            r"data/rose is none of ImageNet's 1,000 wnids, but other folders are; move it away",
        ),
        (["n99999999/a.png", "n01443537/a.png"], None, r"data/n99999999 is none of ImageNet's"),
        (["rose/a.png", "dasy/a.png"], ["rose", "daisy"], r"data/dasy is no class of .*'daisy'\?"),
        (["rose/a.png"], ["rose", "rose"], r"classes\.toml: 'classes' holds one name twice"),
        (["rose/notes.txt"], ["rose"], r"data/rose holds no images; put some there, or remove it"),
        (["rose/red/a.png"], ["rose"], r"rose/red is a folder within a class; put its images into"),
    ],
)
def test_what_cannot_be_told_is_one_line_with_the_fix(
    folder: Path, files: list[str], classes: list[str] | None, message: str
) -> None:
    put(folder, *files)
    if classes:
        listed(folder, *classes)
    with pytest.raises(DataError, match=message) as error:
        found(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('classes = ["rose"]', "classes.toml.*label_space"),
        ('label_space = "x"\nclasses = ["rose"]\nclass = 1', "unknown key 'class'.*'classes'"),
        ('label_space = ""\nclasses = ["rose"]', r"classes\.toml: 'label_space' is empty"),
        ("label_space = [", "classes.toml"),
        ('label_space = ""\nclasses = ["rose"]', "'label_space' is empty"),
    ],
)
def test_a_class_list_that_cannot_be_read_is_named(folder: Path, text: str, message: str) -> None:
    put(folder, "rose/a.png")
    (folder / "classes.toml").write_text(text)
    with pytest.raises(HarnessError, match=message):
        found(folder)


def test_without_a_path_it_says_how_to_give_one() -> None:
    with pytest.raises(UsageError, match=r'data = "imagefolder:PATH" in a suite, or --data PATH'):
        subset.resolved(imagefolder.dataset())
