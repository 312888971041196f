"""Whether a film's file is whole, as its container tells. Frames that do not come are no proof of loss.

A container promises frames by its length and its rate. Where the rate varies, a sound track is longer, or a film was
trimmed, they were never there.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

DAMAGED, CUT_OFF = "the file is damaged", "the file is cut off"

_MATROSKA = b"\x1aE\xdf\xa3"
_HOLDERS = (0x18538067, 0x1F43B675)  # Matroska's segment and clusters, whose parts follow their heads
_HEAD = 16  # bytes, no less than any part's head


def flaw_of(path: Path) -> str:
    """DAMAGED or CUT_OFF; empty for a film that is whole or does not tell.

    Matroska, AVI and MP4 tell; a stream (.ts, .h264) has no end that could be missing.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_HEAD)
            if head.startswith(_MATROSKA):
                return _flaw_of_matroska(file, size)
            if head.startswith(b"RIFF"):
                return _flaw_of_boxes(file, size, _riff_length)
            return _flaw_of_boxes(file, size, _mp4_length) if counts_frames(head) else ""
    except OSError:
        return ""


def counts_frames(head: bytes) -> bool:
    """Whether a file that begins so (MP4 and MOV) knows the number of its frames, and need not guess it."""
    return head[4:8] == b"ftyp"


def _flaw_of_matroska(file: BinaryIO, size: int) -> str:
    at = end = 0
    while at < size:
        file.seek(at)
        head = file.read(_HEAD)
        name, name_bytes = _number(head)
        length, length_bytes = _number(head[name_bytes:])
        if not name_bytes or not length_bytes:
            return DAMAGED if size - at >= _HEAD else CUT_OFF
        at += name_bytes + length_bytes
        all_ones = (1 << 7 * length_bytes) - 1
        if length & all_ones != all_ones:  # else a recorder did not know it yet, and was killed
            end = max(end, at + (length & all_ones))
        if name not in _HOLDERS:
            at += length & all_ones
    return CUT_OFF if end > size else ""


def _number(head: bytes) -> tuple[int, int]:
    """(a number with the mark of its length, its length in bytes) of Matroska; the length is 0 where there is none."""
    length = 9 - head[0].bit_length() if head and head[0] else 0
    return (int.from_bytes(head[:length], "big"), length) if length <= len(head) else (0, 0)


def _flaw_of_boxes(file: BinaryIO, size: int, length_of: Callable[[bytes], int]) -> str:
    at = 0
    while at < size:
        file.seek(at)
        length = length_of(file.read(_HEAD))
        if length < 8:
            return ""  # the last one, which goes on to the end
        at += length
    return CUT_OFF if at > size else ""


def _riff_length(head: bytes) -> int:
    length = int.from_bytes(head[4:8], "little")
    return 8 + length + length % 2 if head.startswith(b"RIFF") else 0


def _mp4_length(head: bytes) -> int:
    length = int.from_bytes(head[:4], "big")
    return int.from_bytes(head[8:16], "big") if length == 1 else length
