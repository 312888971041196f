"""Writes the card into a .tflite file."""

import json

from device.errors import ModelError
from device.net import card as reader
from device.net import model_file
from device.net.card import Card

MOST_BYTES = 6144  # of a card: it says what the model is, not how every net before it was trained


def embed(content: bytes, card: Card) -> bytes:
    """The same model with the card as a metadata entry and the digest filled in (see device.net.model_file).

    Raises:
        ModelError: the device would refuse the card, or it is too long; the line says why.
    """
    reader.parse(json.loads(model_file.card_bytes(card)))
    if len(model_file.card_bytes(card)) > MOST_BYTES:
        raise ModelError(
            f"the model's card has {len(model_file.card_bytes(card)):,} bytes and may have {MOST_BYTES:,}: say less of "
            "the training in the model's JSON"
        )
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    name = model_file.CARD_ENTRY.encode()
    model.metadata = [entry for entry in model.metadata or [] if entry.name != name]
    buffer = schema.BufferT()
    buffer.data = list(model_file.card_bytes(card))
    entry = schema.MetadataT()
    entry.name, entry.buffer = name, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata.append(entry)
    return model_file.seal(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
