"""Names from outside may hold any bytes: made safe once, before OpenCV, a font or a terminal meets them.

Python carries a byte that is no UTF-8 as half a surrogate pair. It opens such a file, but no encoder writes the name,
and OpenCV crashes on it.
"""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def shown(name: str | Path) -> str:
    """A name as people and JSON can take it, on one line: what is no printable letter stands as `\\xfc` or `\\n`."""
    return "".join(map(_printable, str(name)))


def shown_lines(text: str) -> str:
    """The same for a text whose line breaks are meant."""
    return "\n".join(map(shown, text.split("\n")))


def plain(name: str) -> str:
    """A name in ASCII, for a font that has no other letters: accents are left out, the rest stands as `\\u4e2d`."""
    return "".join(map(_plain, unicodedata.normalize("NFC", shown(name))))


@contextmanager
def opencv_name(path: Path) -> Iterator[str]:
    """A name by which OpenCV can open the file meanwhile, whatever bytes its own name is made of.

    Nothing is copied, so no disk is needed: such a file is opened by Python, and its folder by its number in /proc. A
    file that is still to be made may lie in such a folder, but is to have a name of UTF-8 itself.

    Raises:
        OSError: where its own name is no UTF-8, and it cannot be opened.
    """
    path = path.absolute()
    if _is_utf8(str(path)):
        # Absolute, because FFmpeg takes what stands before a colon for a protocol.
        yield str(path)
        return
    whole_folder = _is_utf8(path.name)
    descriptor = os.open(path.parent if whole_folder else path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}" + (f"/{path.name}" if whole_folder else "")
    finally:
        os.close(descriptor)


def _is_utf8(name: str) -> bool:
    """Whether the name on the disk is what OpenCV makes of it: UTF-8, whatever the locale says."""
    try:
        return os.fsencode(name) == name.encode()
    except UnicodeEncodeError:
        return False


def _printable(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":  # a Mac's own names hold other spaces than ' '
        return letter
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def _plain(letter: str) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return (base if base.isascii() else letter).encode("ascii", "backslashreplace").decode("ascii")
