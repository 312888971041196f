"""Metadata of files that have none."""

import pytest

from device.errors import ModelError
from device.net import tflite_metadata


def test_metadata_of_what_is_no_flatbuffer() -> None:
    for content in (b"", b"\0" * 8, b"\xff\xff\xff\xffTFL3" + b"\xff" * 40, b"\x10\0\0\0TFL3"):
        with pytest.raises(ModelError):
            tflite_metadata.metadata(content)
