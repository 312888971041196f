"""Writes the card into a .tflite file."""

from device.net import model_file
from device.net.card import Card


def embed(content: bytes, card: Card) -> bytes:
    """The same model with the card as a metadata entry and the digest filled in (see device.net.model_file)."""
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
