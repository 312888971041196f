"""Accidents that befall a release on its way."""

import json
from pathlib import Path

from device.net import model_file


def damage(release: Path, kind: str) -> Path:
    """The release after an accident of the kind."""
    model, facts = release / "emotion.tflite", release / "emotion.json"
    content = model.read_bytes()
    if kind == "truncated":
        model.write_bytes(content[: len(content) // 3])
    elif kind == "last byte missing":
        model.write_bytes(content[:-1])
    elif kind == "one bit flipped":
        middle = len(content) // 2
        model.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif kind == "not a model":
        model.write_bytes(b"hello, this is no model at all")
    elif kind == "empty":
        model.write_bytes(b"")
    elif kind == "no card":
        model.write_bytes(content.replace(model_file.CARD_ENTRY.encode(), b"another_card"))
    elif kind == "other labels in its JSON":
        described = json.loads(facts.read_text())
        facts.write_text(json.dumps(described | {"labels": described["labels"][::-1]}))
    elif kind == "JSON of another model":
        facts.write_text(json.dumps(json.loads(facts.read_text()) | {"sha256": "0" * 64}))
    elif kind == "JSON cut off":
        facts.write_text(facts.read_text()[:100])
    return release


KINDS = [
    "truncated", "last byte missing", "one bit flipped", "not a model", "empty", "no card",
    "other labels in its JSON", "JSON of another model", "JSON cut off",
]  # fmt: skip
