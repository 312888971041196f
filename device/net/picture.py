"""Photos to pixels. The only place for it: training, gate and device read the same picture from the same file."""

from pathlib import Path

import cv2
import numpy as np

from device.errors import DataError
from device.net.picture_header import HEAD_BYTES, READERS, PictureHeader, picture_format, read_header
from device.process.quiet import quiet_stderr

# The largest cameras' photos have some 100 megapixels; decoded, such a one takes 300 MB. A file of a few kB may promise
# any size.
MEGAPIXELS = 100
_FILE_BYTES = 600_000_000  # as many pixels of three colours and 16 bits, uncompressed
_FORMATS = "JPEG, PNG, WebP, TIFF, BMP and PGM are read"
_NOT_EVERYWHERE = ("AVIF", "GIF")
_TURNS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}


def read_picture(path: Path) -> np.ndarray:
    """A photo as a person sees it, uint8 [H, W, 3], blue green red.

    Its content tells the format, whatever its name says; it is turned as its EXIF orientation says. 16 bits become 8,
    and what is transparent becomes white.

    Raises:
        DataError: no picture, of a format that is not read, cut off, damaged, or larger than MEGAPIXELS; one line.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            _check_format(path, head)
            content = head + file.read(_FILE_BYTES)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > _FILE_BYTES:
        raise DataError(f"{path}: is larger than {_FILE_BYTES // 10**6} MB: save it smaller")
    try:
        header = read_header(content)
    except ValueError as error:
        raise DataError(f"{path}: is cut off or damaged ({error}): copy it again") from error
    if header.width * header.height > MEGAPIXELS * 10**6:
        size = f"{header.width}x{header.height} pixels"
        raise DataError(f"{path}: has {size}, more than {MEGAPIXELS} megapixels: save it smaller")
    if not header.whole:
        raise DataError(f"{path}: is cut off: copy it again")
    return _upright(_decode(path, content, header), header.orientation)


def _check_format(path: Path, head: bytes) -> None:
    found = picture_format(head)
    if not head:
        raise DataError(f"{path}: is empty")
    if found == "HEIC":
        raise DataError(
            f"{path}: is a HEIC photo, which is not read: save it as JPEG (an iPhone takes JPEGs with Settings, "
            "Camera, Formats, Most Compatible)"
        )
    if found not in READERS:
        raise DataError(f"{path}: is not a picture: {_FORMATS}")


def _decode(path: Path, content: bytes, header: PictureHeader) -> np.ndarray:
    # The orientation is ours, because not every OpenCV heeds that of PNG and WebP.
    how = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        with quiet_stderr():  # libpng and libjpeg complain there, past OpenCV
            image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED if header.alpha else how)
    except cv2.error:
        image = None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        found = picture_format(content[:HEAD_BYTES])
        if found in _NOT_EVERYWHERE:
            raise DataError(f"{path}: is {found}, which not every OpenCV reads, or damaged: save it as JPEG or PNG")
        raise DataError(f"{path}: cannot be decoded (damaged, or of a rare kind): copy it again, or save it as JPEG")
    if header.top or image.dtype == np.uint16:
        white = header.top or 65535
        image = cv2.convertScaleAbs(image, alpha=255 / white)
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return _on_white(image) if image.shape[2] == 4 else image


def _on_white(image: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3] of an image uint8 [H, W, 4] that is transparent in part; as it is where nothing is."""
    colours, cover = np.ascontiguousarray(image[..., :3]), image[..., 3]
    if cover.min() == 255:
        return colours
    cover = cv2.cvtColor(cover, cv2.COLOR_GRAY2BGR)
    return cv2.add(cv2.multiply(colours, cover, scale=1 / 255), cv2.bitwise_not(cover))


def _upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """`image` turned and mirrored as EXIF's number says."""
    if orientation in (2, 4, 5, 7):
        # Mirrored, it is one of the four that are only turned.
        image, orientation = cv2.flip(image, 1), {2: 1, 4: 3, 5: 8, 7: 6}[orientation]
    return cv2.rotate(image, _TURNS[orientation]) if orientation in _TURNS else image
