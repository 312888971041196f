"""What the first bytes of a picture say of it, before anything is decoded: format, size, which way up, and more.

Read here and not by a library: OpenCV tells a size only once it has decoded the picture, some of its versions do not
heed the orientation of some formats, and nothing else that reads pictures is installed on a Pi.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEAD_BYTES = 64  # of a file, by which its format is told

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's SOF markers
_ORIENTATION, _TIFF_WIDTH, _TIFF_HEIGHT = 274, 256, 257  # TIFF's tags, which EXIF shares
_PNM = re.compile(rb"P([1-6])" + 2 * rb"(?:\s|#[^\n]*\n)+(\d+)" + rb"(?:(?:\s|#[^\n]*\n)+(\d+))?")


@dataclass(frozen=True)
class PictureHeader:
    """What a picture says of itself."""

    width: int  # pixels, as it is stored
    height: int
    orientation: int = 1  # EXIF's number, 1 to 8; 1 also where the decoder sees to it
    alpha: bool = False  # whether parts of it are transparent
    top: int = 0  # the value of white, where it is another one than the depth's largest
    whole: bool = True  # False where its end is missing


def picture_format(head: bytes) -> str:
    """The format that a file's first HEAD_BYTES tell, as "JPEG" or "HEIC"; empty for what is no picture."""
    if head[4:8] == b"ftyp":
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))}
        if head[8:12] in (b"avif", b"avis") or (head[8:12] in _HEIF_BRANDS and b"avif" in brands):
            return "AVIF"
        return "HEIC" if head[8:12] in _HEIF_BRANDS else ""
    if head.startswith(b"RIFF"):
        return "WebP" if head[8:12] == b"WEBP" else ""
    if head.startswith(b"BM"):  # the size of its second header tells it from a text
        return "BMP" if int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124) else ""
    if re.match(rb"P[1-6](\s|#)", head):
        return "PNM"
    return next((name for magic, name in _MAGICS.items() if head.startswith(magic)), "")


def read_header(content: bytes) -> PictureHeader:
    """The header of a picture that is read here (see READERS).

    Raises:
        ValueError: its size cannot be found, because it is cut off or damaged.
    """
    try:
        header = READERS[picture_format(content[:HEAD_BYTES])](content)
    except (struct.error, IndexError) as error:
        raise ValueError("its header is not whole") from error
    if header.width < 1 or header.height < 1:
        raise ValueError("its header tells no size")
    return header


def _jpeg(content: bytes) -> PictureHeader:
    orientation, at, size = 1, 2, (0, 0)
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        marker = content[at + 1]
        if marker == 0xFF:  # a byte that fills up
            at += 1
            continue
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            size = max(size, (width, height), key=lambda size: size[0] * size[1])
        elif marker == 0xE1 and content[at + 4 : at + 10] == b"Exif\0\0":
            orientation = _orientation(content[at + 10 : at + 2 + struct.unpack_from(">H", content, at + 2)[0]])
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    # From here on, because a preview within the header has an end of its own.
    return PictureHeader(*size, orientation, whole=content.find(b"\xff\xd9", at) > 0)


def _png(content: bytes) -> PictureHeader:
    width, height = struct.unpack_from(">II", content, 16)
    orientation, alpha, whole = 1, content[25] in (4, 6), False
    for name, start, length in _chunks(content, 8, ">I4s", trailer=4):
        alpha = alpha or name == b"tRNS"
        whole = whole or name == b"IEND"
        if name == b"eXIf":
            orientation = _orientation(content[start : start + length])
    return PictureHeader(width, height, orientation, alpha, whole=whole)


def _webp(content: bytes) -> PictureHeader:
    orientation, alpha, size = 1, False, (0, 0)
    for name, start, length in _chunks(content, 12, "<4sI"):
        if name == b"VP8X":
            alpha = bool(content[start] & 0x10)
            width, height = (int.from_bytes(content[start + at : start + at + 3], "little") for at in (4, 7))
            size = width + 1, height + 1
        elif name == b"VP8L" and size == (0, 0):
            bits = struct.unpack_from("<I", content, start + 1)[0]
            size, alpha = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)), bool(bits >> 28 & 1)
        elif name == b"VP8 " and size == (0, 0):
            width, height = struct.unpack_from("<HH", content, start + 6)
            size = width & 0x3FFF, height & 0x3FFF
        elif name == b"EXIF":
            orientation = _orientation(content[start : start + length].removeprefix(b"Exif\0\0"))
    whole = len(content) >= 8 + struct.unpack_from("<I", content, 4)[0]
    return PictureHeader(*size, orientation, alpha, whole=whole)


def _bmp(content: bytes) -> PictureHeader:
    old = struct.unpack_from("<I", content, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", content, 18)
    return PictureHeader(width, abs(height))  # its rows may begin at the top


def _tiff(content: bytes) -> PictureHeader:
    tags = _tags(content)  # of its orientation OpenCV takes care
    return PictureHeader(tags.get(_TIFF_WIDTH, 0), tags.get(_TIFF_HEIGHT, 0))


def _pnm(content: bytes) -> PictureHeader:
    match = _PNM.match(content[:4096])
    if not match:
        raise ValueError("its header is not whole")
    top = 1 if match[1] in b"14" else int(match[4] or 0)
    return PictureHeader(int(match[2]), int(match[3]), top=0 if top in (1, 255, 65535) else top)


def _gif(content: bytes) -> PictureHeader:
    return PictureHeader(*struct.unpack_from("<HH", content, 6))


def _avif(content: bytes) -> PictureHeader:
    """A large picture may be made of tiles, each with a size of its own: the largest one counts."""
    properties = content[: 1 << 16]
    sizes = [struct.unpack_from(">II", content, found.end() + 4) for found in re.finditer(b"ispe", properties)]
    turned = properties.find(b"irot")
    orientation = (1, 8, 3, 6)[content[turned + 4] & 3] if turned > 0 else 1
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    return PictureHeader(width, height, orientation)


def _chunks(content: bytes, at: int, form: str, trailer: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, length) of each chunk that begins within the content; the last may reach over its end."""
    while at + 8 <= len(content):
        one, other = struct.unpack_from(form, content, at)
        name, length = (one, other) if isinstance(one, bytes) else (other, one)
        yield name, at + 8, length
        at += 8 + length + (trailer or length % 2)


def _orientation(exif: bytes) -> int:
    try:
        number = _tags(exif).get(_ORIENTATION, 1)
    except struct.error:  # a note that is damaged costs only itself
        return 1
    return number if 1 <= number <= 8 else 1


def _tags(content: bytes) -> dict[int, int]:
    """The whole numbers in the first folder of a TIFF file, which is also EXIF's form."""
    order = "<" if content.startswith(b"II") else ">"
    start = struct.unpack_from(order + "I", content, 4)[0]
    tags = {}
    for number in range(struct.unpack_from(order + "H", content, start)[0]):
        tag, kind, count = struct.unpack_from(order + "HHI", content, start + 2 + 12 * number)
        if kind in (3, 4) and count == 1:
            tags[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), content, start + 10 + 12 * number)[0]
    return tags


_MAGICS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"GIF8": "GIF",
}
READERS: dict[str, Callable[[bytes], PictureHeader]] = {
    "JPEG": _jpeg, "PNG": _png, "WebP": _webp, "BMP": _bmp, "TIFF": _tiff, "PNM": _pnm, "GIF": _gif, "AVIF": _avif,
}  # fmt: skip
