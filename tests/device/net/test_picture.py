"""Photos as people have them: every orientation, depth and format, cut off, misnamed, or far too large."""

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.errors import DataError
from device.net.picture import MEGAPIXELS, read_picture
from tests import needs

WIDTH, HEIGHT = 90, 60
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
COLOURS = np.stack([X * 255 / (WIDTH - 1), Y * 255 / (HEIGHT - 1), (X + Y) * 255 / (WIDTH + HEIGHT - 2)], axis=-1)
RAMP = COLOURS.astype(np.uint8)  # blue to the right, green down


def encode(path: Path, image: np.ndarray = RAMP) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


def exif(number: int) -> bytes:
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 274, 3, 1, number, 0) + bytes(4)


def turned(path: Path, number: int) -> Path:
    """The picture as a phone stores it: with the number of its orientation."""
    content = encode(path).read_bytes()
    if path.suffix == ".jpg":
        note = b"Exif\0\0" + exif(number)
        content = content[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + content[2:]
    else:
        note = exif(number)
        chunk = b"eXIf" + note
        content = (
            content[:33] + struct.pack(">I", len(note)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]
        )
    path.write_bytes(content)
    return path


def close(one: np.ndarray, other: np.ndarray, levels: float = 20) -> bool:
    return (
        one.shape == other.shape and one.dtype == np.uint8 and bool(np.abs(one.astype(float) - other).max() <= levels)
    )


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_is_upright_as_its_orientation_says(tmp_path: Path, suffix: str, number: int) -> None:
    stored = RAMP.transpose(1, 0, 2) if number >= 5 else RAMP  # 5 to 8 change width and height
    seen = {1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1]}
    seen |= {5: stored, 6: stored[:, ::-1], 7: stored[::-1, ::-1], 8: stored[::-1]}
    assert close(read_picture(turned(tmp_path / f"a{suffix}", number)), seen[number])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm"])
def test_content_and_not_the_name_tells_the_format(tmp_path: Path, suffix: str) -> None:
    named_wrongly = encode(tmp_path / f"a{suffix}").rename(tmp_path / "photo.heic")
    assert close(read_picture(named_wrongly), RAMP, levels=40 if suffix == ".webp" else 20)


def test_depths_and_greys_are_8_bits_of_three_colours(tmp_path: Path) -> None:
    grey = np.repeat(RAMP[..., :1], 3, axis=2)
    deep = RAMP[..., 0].astype(np.uint16) * 257
    for suffix in (".png", ".tiff", ".pgm"):
        assert close(read_picture(encode(tmp_path / f"grey{suffix}", RAMP[..., 0])), grey)
        assert close(read_picture(encode(tmp_path / f"deep{suffix}", deep)), grey)
    for bits in (4, 10, 12):  # as scanners and scientific cameras write them
        values = (deep >> (16 - bits)).astype(">u2" if bits > 8 else "u1")
        (tmp_path / "a.pgm").write_bytes(b"P5\n# made here\n90 60\n%d\n" % (2**bits - 1) + values.tobytes())
        assert close(read_picture(tmp_path / "a.pgm"), grey, levels=2 ** (8 - min(bits, 8)) + 1)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    cover = np.where(X < 45, 255, 0)
    seen = np.where(cover[..., None] == 255, RAMP, 255)
    assert close(read_picture(encode(tmp_path / "a.png", np.dstack([RAMP, cover]).astype(np.uint8))), seen)
    opaque = np.dstack([RAMP, np.full_like(cover, 255)]).astype(np.uint8)
    assert (read_picture(encode(tmp_path / "b.png", opaque)) == RAMP).all()


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("cmyk.jpg", "CMYK", {}),
        ("palette.png", "P", {}),
        ("black_and_white.png", "1", {}),
        ("progressive.jpg", "RGB", {"progressive": True}),
    ],
)
def test_rarer_pictures_are_as_another_library_sees_them(
    tmp_path: Path, name: str, mode: str, options: dict[str, Any]
) -> None:
    pillow = needs.module("PIL.Image", pip="pillow")
    pillow.fromarray(RAMP).convert(mode).save(tmp_path / name, **options)
    with pillow.open(tmp_path / name) as image:
        seen = np.asarray(image.convert("RGB"))[..., ::-1]
    assert close(read_picture(tmp_path / name), seen, levels=12)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.95])
def test_a_picture_that_is_cut_off_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    content = encode(tmp_path / f"a{suffix}").read_bytes()
    (tmp_path / f"a{suffix}").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DataError, match=f"a{suffix}: (is cut off|cannot be decoded)") as caught:
        read_picture(tmp_path / f"a{suffix}")
    assert "\n" not in str(caught.value)


def test_what_is_damaged_is_one_line_and_libraries_are_silent(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    content = bytearray(encode(tmp_path / "a.png").read_bytes())
    content[60:90] = bytes(30)
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a.png: cannot be decoded"):
        read_picture(tmp_path / "a.png")
    assert capfd.readouterr() == ("", "")


def test_a_picture_far_too_large_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    side = 30_000
    row = zlib.compressobj(9)
    pixels = b"".join(row.compress(bytes(side + 1)) for _ in range(side)) + row.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b"")]
    content = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    with pytest.raises(DataError, match=rf"30000x30000 pixels, more than {MEGAPIXELS} megapixels"):
        read_picture(tmp_path / "bomb.png")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"BMW is no bitmap, and this is a text of some length", "is not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC photo, which is not read: save it as JPEG"),
        (b"\xff\xd8\xff\xe0", "is cut off or damaged"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(40), "is cut off or damaged"),
    ],
)
def test_what_is_no_picture_is_one_line_with_its_cause(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_picture(tmp_path / "a.jpg")
    with pytest.raises(DataError, match="No such file"):
        read_picture(tmp_path / "nowhere.jpg")
