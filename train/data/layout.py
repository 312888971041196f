"""Where images lie below a folder: which label and which split the folders and the file's name say. Reads no pixels."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from device.errors import DataError
from train.data.labels import EMOTIONS, canonical
from train.data.table import PRIVATE_TEST, PUBLIC_TEST, TRAINING, USAGES, VALIDATION

# What `train images` calls the folder of each split.
FOLDER_OF = {TRAINING: "train", VALIDATION: "validation", PUBLIC_TEST: "test", PRIVATE_TEST: "private"}
# A split's folder as data sets have it, in small letters and without what joins words.
_SPLIT_NAMES = {
    TRAINING: ("train", "training", "trainset", "trainingset", "traindata", "trainimages"),
    VALIDATION: ("val", "valid", "validation", "valset", "validationset", "dev", "devset"),
    PUBLIC_TEST: ("test", "testing", "testset", "testdata", "testimages", "public", "publictest"),
    PRIVATE_TEST: ("private", "privatetest"),
}
_SPLIT_OF = {name: usage for usage, names in _SPLIT_NAMES.items() for name in names}
_FER_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_\d+\.", re.IGNORECASE)
_USAGE_OF_FER = {usage.lower(): usage for usage in (TRAINING, PUBLIC_TEST, PRIVATE_TEST)}
# What is an image by its name; whether it can be read is seen when it is.
_SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".tga"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".avif", ".heic", ".heif", ".jp2", ".jxl"),
}
_NAMED = 3  # examples in a line


class Image(NamedTuple):
    """An image file, and what the folders above it and its own name say."""

    file: Path
    label: str  # canonical
    usage: str  # one of USAGES


@dataclass(frozen=True)
class Layout:
    """All images below a folder, in the order of their paths, and what was left out, a line each."""

    images: list[Image]
    remarks: list[str]


class _Seen(NamedTuple):
    """A file that is an image by its name, and its folders below the root."""

    file: Path
    folders: tuple[str, ...]


def find(root: Path) -> Layout:
    """Every image below class folders.

    A split's folder (Train, PublicTest, val, ...) may lie at any depth, above the classes or below each; of two that
    speak of one image, and of FER-2013's file names (PrivateTest_12.jpg), the one that keeps it further from training
    counts. Folders that all images share above their classes are passed through, and folders below a class (a
    person's) belong to it.

    Raises:
        DataError: no images in class folders, or folders of which it cannot be said what they are.
    """
    seen, others = _walk(root)
    if not seen:
        what = f"only {_counted(others)}" if others else "nothing"
        raise DataError(
            f"{root}: no images in class folders: expected {root}/happy/x.png or {root}/train/happy/x.png, found {what}"
        )
    _check_siblings(root, seen)
    paths = _below_what_all_share([tuple(f for f in image.folders if _split_of(f) is None) for image in seen])
    loose = [image for image, path in zip(seen, paths, strict=True) if not path]
    if loose:
        raise DataError(
            f"{root}: {_these([str(i.file.relative_to(root)) for i in loose], 'image')} in no class folder: "
            f"move such images away, or into a folder with their label's name; class folders there: "
            f"{', '.join(sorted({path[0] for path in paths if path})) or 'none'}"
        )
    _check_emotions_below(root, paths)
    labels = {canonical(path[0]) for path in paths}
    remarks = _left_out(root, seen, others, labels)
    above = _own_split(root)
    images = [
        Image(image.file, canonical(path[0]), _usage(image, above)) for image, path in zip(seen, paths, strict=True)
    ]
    return Layout(images, remarks)


def _walk(root: Path) -> tuple[list[_Seen], list[Path]]:
    """(images, other files) below the root, by path; what a system or a program has hidden there is neither."""

    def below(folder: Path, folders: tuple[str, ...], real: frozenset[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
        for entry in folder.iterdir():
            if _is_hidden(entry.name):
                continue
            if entry.is_dir():
                place = os.path.realpath(entry)
                if place not in real:  # a link to a folder above would lead round for ever
                    yield from below(entry, (*folders, entry.name), real | {place})
            else:
                yield entry, folders

    files = sorted(below(root, (), frozenset({os.path.realpath(root)})))
    images = [_Seen(file, folders) for file, folders in files if file.suffix.lower() in _SUFFIXES]
    return images, [file for file, _ in files if file.suffix.lower() not in _SUFFIXES]


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__", "@", "$")) or name in ("lost+found", "System Volume Information")


def _split_of(folder: str) -> str | None:
    return _SPLIT_OF.get(re.sub(r"[-_ .]", "", folder.lower()))


def _usage(image: _Seen, above: str | None) -> str:
    """The one of all that are said of an image that keeps it furthest from training."""
    said = [usage for folder in image.folders if (usage := _split_of(folder))]
    if match := _FER_NAME.match(image.file.name):
        said.append(_USAGE_OF_FER[match[1].lower()])
    if above:
        said.append(above)
    return max(said, key=USAGES.index, default=TRAINING)


def _own_split(root: Path) -> str | None:
    """The split that the root itself is, where it lies beside another one: `--data fer2013/PrivateTest`."""
    place = root.resolve()
    own = _split_of(place.name)
    if own is None:
        return None
    try:
        beside = {_split_of(folder.name) for folder in place.parent.iterdir() if folder.is_dir()}
    except OSError:
        return None
    return own if beside - {None, own} else None


def _check_siblings(root: Path, seen: Iterable[_Seen]) -> None:
    """Raise where a folder holds splits and something that is none: a class, or a split of a name nobody knows?"""
    children: dict[tuple[str, ...], set[str]] = {}
    for image in seen:
        for depth, folder in enumerate(image.folders):
            children.setdefault(image.folders[:depth], set()).add(folder)
    for parent, folders in sorted(children.items()):
        splits = sorted(folder for folder in folders if _split_of(folder))
        strange = sorted(folders - set(splits))
        if splits and strange:
            names = ", ".join(f"{folder}/" for folder in FOLDER_OF.values())
            raise DataError(
                f"{Path(root, *parent)}: beside {splits[0]}/ stands {strange[0]}/: is it a class or a split? "
                f"Move it away, or into one of {names}"
            )


def _below_what_all_share(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Paths without the folders above the classes; a folder with an emotion's name is a class, though it be alone."""
    while (
        all(len(path) > 1 for path in paths)
        and len({path[0] for path in paths}) == 1
        and canonical(paths[0][0]) not in EMOTIONS
    ):
        paths = [path[1:] for path in paths]
    return paths


def _check_emotions_below(root: Path, paths: Iterable[tuple[str, ...]]) -> None:
    """Raise where emotions lie below folders that are none: several data sets side by side, or persons above labels."""
    for path in paths:
        lower = next((folder for folder in path[1:] if canonical(folder) in EMOTIONS), None)
        if lower and canonical(path[0]) not in EMOTIONS:
            raise DataError(
                f"{root}: {lower}/ lies below {path[0]}/, and other folders stand beside that: is {path[0]} a label? "
                f"Name the one folder that holds the classes, or sort the images into {lower}/ and so on"
            )


def _left_out(root: Path, seen: list[_Seen], others: list[Path], labels: set[str]) -> list[str]:
    """What is said of files that are no images.

    Raises:
        DataError: a class would vanish with them.
    """
    with_images = {folder for image in seen for folder in image.file.relative_to(root).parents}
    barren: dict[Path, list[Path]] = {}
    for file in others:
        path = file.relative_to(root)
        top = next((folder for folder in reversed(path.parents) if folder not in with_images), None)
        if top is not None:
            barren.setdefault(top, []).append(file)
    for folder, files in sorted(barren.items()):
        if canonical(folder.name) in labels | EMOTIONS:
            raise DataError(
                f"{root}: {folder}/ holds no image, only {_counted(files)}: save them as PNG or JPEG, or move it away"
            )
    lines = [f"{folder}/ is left out: it holds no image, only {_counted(files)}" for folder, files in barren.items()]
    empty = [folder for folder in _empty(root) if not any(part in barren for part in (folder, *folder.parents))]
    lines += [f"{folder}/ is left out: it is empty" for folder in empty if folder not in with_images]
    strangers = [file for file in others if file.relative_to(root).parent in with_images]
    if strangers:
        lines.append(f"left out as no images: {_counted(strangers)}")
    return lines


def _empty(root: Path) -> list[Path]:
    """Folders in which there is nothing at all, as paths below the root."""
    visible = (f for f in sorted(root.rglob("*")) if f.is_dir() and not any(map(_is_hidden, f.relative_to(root).parts)))
    return [folder.relative_to(root) for folder in visible if not any(folder.iterdir())]


def _counted(files: Iterable[Path]) -> str:
    """Files by their suffix: `12 .txt, 1 .csv`."""
    kinds = Counter(file.suffix.lower() or "without a suffix" for file in files)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(_NAMED + 1))


def _these(names: list[str], what: str) -> str:
    """`2 images (a.png, b.png) are`, for the start of a line."""
    shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"1 {what} ({shown}) is" if len(names) == 1 else f"{len(names):,} {what}s ({shown}) are"
