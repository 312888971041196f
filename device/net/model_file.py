"""A model on disk, checked before any interpreter sees it: a damaged .tflite can crash the process that loads it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from device.errors import ModelError
from device.net import card, tflite_metadata
from device.net.card import Card

CARD_ENTRY = "emotion_card"  # name of the metadata entry that holds the card
MODEL_NAME, JSON_NAME = "emotion.tflite", "emotion.json"  # a release is a folder with both
SIGNATURE_NAME = JSON_NAME + ".sig"  # and perhaps with this, by ssh-keygen -Y; the JSON holds the model's SHA-256
BUNDLED = Path(__file__).parents[1] / "models"
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class ModelFile:
    """The whole file, found intact, with its card."""

    path: Path
    content: bytes
    card: Card


def find(model: str) -> Path:
    """The .tflite file that a --model names: a bundled release (`default`), a release folder, or a file.

    Raises:
        ModelError: there is none.
    """
    path = Path(model)
    bundled = sorted(folder.name for folder in BUNDLED.iterdir() if folder.is_dir()) if BUNDLED.is_dir() else []
    if model in bundled:
        path = BUNDLED / model
    file = path / MODEL_NAME if path.is_dir() else path
    if not file.is_file():
        names = ", ".join(bundled) or "none"
        raise ModelError(f"{file}: no such model (a .tflite file, a release folder, or a bundled model: {names})")
    return file


def load(path: Path) -> ModelFile:
    """Read a .tflite, check that it is whole, and check its card against `emotion.json` where one lies beside it.

    Raises:
        ModelError: not a model, damaged, without a card, or not the one that its JSON describes.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        found = check(content)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    beside = path.with_name(JSON_NAME)
    if path.name == MODEL_NAME and beside.exists():
        _check_json(beside, content, found)
    return ModelFile(path, content, found)


def seal(content_with_blank_digest: bytes) -> bytes:
    """Fill in the digest of a file whose card carries `blank_digest()`: SHA-256 of the file with the digest blank."""
    blank = _digest_field(_NO_DIGEST)
    if content_with_blank_digest.count(blank) != 1:
        raise ValueError("the card must carry exactly one blank digest")
    digest = hashlib.sha256(content_with_blank_digest).hexdigest()
    return content_with_blank_digest.replace(blank, _digest_field(digest))


def card_bytes(value: Card) -> bytes:
    """The card as it goes into the file, its digest still blank."""
    return json.dumps(value.as_dict() | {"file_sha256": _NO_DIGEST}).encode()


def _digest_field(digest: str) -> bytes:
    return f'"file_sha256": "{digest}"'.encode()


def check(content: bytes) -> Card:
    """The card of a .tflite that is whole.

    Raises:
        ModelError: not a model, damaged, or without a usable card.
    """
    entry = tflite_metadata.metadata(content).get(CARD_ENTRY)
    if entry is None:
        raise ModelError("has no card: convert it with `python -m convert quantize`")
    try:
        value = json.loads(entry)
        digest = str(value["file_sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("its card is damaged: copy the release again") from error
    blanked = content.replace(_digest_field(digest), _digest_field(_NO_DIGEST))
    if hashlib.sha256(blanked).hexdigest() != digest:
        raise ModelError("is cut off or damaged (its SHA-256 is not the one in its card): copy the release again")
    return card.parse(value)


def _check_json(path: Path, content: bytes, found: Card) -> None:
    try:
        described = json.loads(path.read_text())
        labels, digest = described["labels"], described["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: unusable ({error!r}): copy the release again") from error
    if labels != list(found.labels):
        raise ModelError(f"{path}: speaks of labels {labels}, the model beside it has {list(found.labels)}")
    if hashlib.sha256(content).hexdigest() != digest:
        raise ModelError(f"{path}: describes another {MODEL_NAME} (SHA-256 differs): copy the release again")
