"""Reads the metadata of a TensorFlow Lite file, a FlatBuffer, with the standard library alone.

Layout: `tensorflow/lite/schema/schema.fbs` (table Model: metadata is field 6, buffers field 4) and FlatBuffers'
internals ("FlatBuffer Internals": root offset, vtables, vectors). Neither interpreter shows a file's metadata.
"""

import struct

from device.errors import ModelError

IDENTIFIER = b"TFL3"
_MODEL_BUFFERS, _MODEL_METADATA = 4, 6
_METADATA_NAME, _METADATA_BUFFER = 0, 1
_BUFFER_DATA = 0


def metadata(content: bytes) -> dict[str, bytes]:
    """Name to content of every metadata entry.

    Raises:
        ModelError: not a .tflite file, or one that is cut off.
    """
    if content[4:8] != IDENTIFIER:
        raise ModelError("not a TensorFlow Lite model")
    try:
        model = _u32(content, 0)
        buffers = _tables(content, model, _MODEL_BUFFERS)
        entries = {}
        for entry in _tables(content, model, _MODEL_METADATA):
            name = _bytes(content, entry, _METADATA_NAME).decode("utf-8")
            at = _field(content, entry, _METADATA_BUFFER)
            entries[name] = _bytes(content, buffers[_u32(content, at) if at else 0], _BUFFER_DATA)
        return entries
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ModelError("a TensorFlow Lite model that is cut off or damaged") from error


def _u32(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", content, at)[0])


def _field(content: bytes, table: int, number: int) -> int:
    """Position of a table's field, 0 where it is absent."""
    vtable = table - struct.unpack_from("<i", content, table)[0]
    if vtable < 0:
        raise struct.error("vtable before the file")
    size = struct.unpack_from("<H", content, vtable)[0]
    if 4 + 2 * number >= size:
        return 0
    offset = struct.unpack_from("<H", content, vtable + 4 + 2 * number)[0]
    return table + offset if offset else 0


def _vector(content: bytes, table: int, number: int) -> tuple[int, int]:
    """(position of the first element, length) of a vector field."""
    at = _field(content, table, number)
    if not at:
        return 0, 0
    vector = at + _u32(content, at)
    return vector + 4, _u32(content, vector)


def _tables(content: bytes, table: int, number: int) -> list[int]:
    start, count = _vector(content, table, number)
    if start + 4 * count > len(content):
        raise struct.error("vector reaches over the end")
    return [start + 4 * i + _u32(content, start + 4 * i) for i in range(count)]


def _bytes(content: bytes, table: int, number: int) -> bytes:
    start, length = _vector(content, table, number)
    if start + length > len(content):
        raise struct.error("data reaches over the end")
    return content[start : start + length]
