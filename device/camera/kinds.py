"""What a file is, told by its content: recorders, phones and people name files as they like."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from device.net.picture_header import HEAD_BYTES, picture_format
from device.process.safe_names import shown

Kind = Literal["photo", "video", "other"]

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
VIDEO_SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".3gp", ".gif"}
_JPEG_FILMS = {".mjpeg", ".mjpg"}  # one JPEG after another: the first bytes are a photo's

_PACKET_STARTS = (0, 4)  # of MPEG's transport stream: those of a camcorder (.mts) begin with a stamp
_PACKET_BYTES = 188
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")
_MAGICS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x00\x01", b"\x00\x00\x01",  # H.264, H.265, MPEG program streams
    b"FLV\x01", b"GIF8", b"OggS", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # the last is Windows Media
    b"DKIF", b"YUV4MPEG2", b"\x06\x0e\x2b\x34", b"\x1f\x07\x00",  # the last two are MXF and DV
)  # fmt: skip


def kind_of(path: Path) -> Kind:
    """Whether a file is a photo, a video or something else.

    Its content says so; where that says nothing, or may not be read, its name does. Whoever reads it then says what is
    wrong with it. HEIC is a photo, too.
    """
    head = _head(path)
    suffix = path.suffix.lower()
    found = picture_format(head)
    if found == "GIF" or (found == "JPEG" and suffix in _JPEG_FILMS):
        return "video"
    if found:
        return "photo"
    if head.startswith(_MAGICS) or head[4:8] in _MOV_BOXES or head[8:12] == b"AVI " or _is_transport_stream(head):
        return "video"
    if suffix in PHOTO_SUFFIXES:
        return "photo"
    return "video" if suffix in VIDEO_SUFFIXES else "other"


def counted(files: Iterable[Path]) -> str:
    """How many there are of each ending: `5 .heic, 1 .mov`; those without one by their names."""
    endings = Counter(_ending(file) for file in files)
    return ", ".join(f"{count} {ending}" for ending, count in endings.most_common())


def _ending(file: Path) -> str:
    if os.path.isdir(file):  # noqa: PTH112, this one never raises
        return "folder"
    return shown(file.suffix.lower()) or "without an ending"


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""  # what a pipe gives once is for whoever reads it
        with path.open("rb") as file:
            return file.read(max(HEAD_BYTES, _PACKET_STARTS[-1] + _PACKET_BYTES + HEAD_BYTES))
    except OSError:
        return b""


def _is_transport_stream(head: bytes) -> bool:
    # A camcorder's packets are longer by their stamps.
    return any(head[start : start + 1] == b"G" == head[start + start + _PACKET_BYTES :][:1] for start in _PACKET_STARTS)
