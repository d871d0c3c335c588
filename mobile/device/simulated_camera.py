"""A camera for desktops: it draws shelves, and writes SIMULATION across them.

Pictures are PNG written by hand: nothing on the phone's Python draws without a window.
"""

import random
import struct
import zlib
from pathlib import Path

from mobile.device.camera import CameraError

_WIDTH, _HEIGHT = 640, 480
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = 3
_WALL, _BOARD, _BAND, _INK = b"\xe8\xe2\xd6", b"\x8a\x6a\x48", b"\x20\x24\x2c", b"\xff\xff\xff"
_LETTERS = {
    "S": "01111 10000 01110 00001 11110",
    "I": "01110 00100 00100 00100 01110",
    "M": "10001 11011 10101 10001 10001",
    "U": "10001 10001 10001 10001 01110",
    "L": "10000 10000 10000 10000 11111",
    "A": "01110 10001 11111 10001 10001",
    "T": "11111 00100 00100 00100 00100",
    "O": "01110 10001 10001 10001 01110",
    "N": "10001 11001 10101 10011 10001",
}
_WORD = "SIMULATION"
_DOT = 8

Rows = list[bytes]


class SimulatedCamera:
    """Takes another picture each time; can play being refused."""

    is_simulated = True

    def __init__(self, *, rng: random.Random | None = None) -> None:
        self._rng = rng or random.SystemRandom()
        self.refuses = False

    def take(self, target: Path) -> bool:
        """
        Draw a picture.

        :raises CameraError: while it plays being refused
        """
        if self.refuses:
            raise CameraError("camera_refused")
        target.write_bytes(write_png(_draw(self._rng)))
        return True

    def shrink(self, source: Path, target: Path, *, longest_px: int) -> tuple[int, int]:
        """
        Write it smaller, leaving out rows and columns; as it is where it is small enough.

        :raises ValueError: if it is not one of its own pictures
        """
        rows = read_png(source.read_bytes())
        width, height = len(rows[0]) // _CHANNELS, len(rows)
        step = -(-max(width, height) // longest_px)
        if step > 1:
            rows = [_every(row, step) for row in rows[::step]]
        target.write_bytes(write_png(rows) if step > 1 else source.read_bytes())
        return len(rows[0]) // _CHANNELS, len(rows)


def write_png(rows: Rows) -> bytes:
    """Return rows of red, green and blue bytes as a PNG."""
    width, height = len(rows[0]) // _CHANNELS, len(rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), level=6)
    return _SIGNATURE + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    )


def read_png(content: bytes) -> Rows:
    """
    Return the rows of a PNG that `write_png` wrote.

    :raises ValueError: if it is another file
    """
    try:
        if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR":
            raise ValueError("not a picture of this camera")
        width, height = struct.unpack(">II", content[16:24])
        [length] = struct.unpack(">I", content[33:37])
        pixels = zlib.decompress(content[41 : 41 + length])
    except (struct.error, zlib.error) as error:
        raise ValueError("not a picture of this camera") from error
    stride = width * _CHANNELS + 1
    if len(pixels) != stride * height:
        raise ValueError("not a picture of this camera")
    return [pixels[start + 1 : start + stride] for start in range(0, len(pixels), stride)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _every(row: bytes, step: int) -> bytes:
    return b"".join(
        row[start : start + _CHANNELS] for start in range(0, len(row), _CHANNELS * step)
    )


def _draw(rng: random.Random) -> Rows:
    """Return shelves full of packages, and the word across them."""
    rows: Rows = []
    shelves = rng.randint(3, 5)
    tall = _HEIGHT // shelves
    for _ in range(shelves):
        empty = rng.randint(8, 40)
        rows += [_WALL * _WIDTH] * empty
        rows += [_packages(rng)] * (tall - empty - 10)
        rows += [_BOARD * _WIDTH] * 10
    rows += [_WALL * _WIDTH] * (_HEIGHT - len(rows))
    top = _HEIGHT - 12 * _DOT
    for number, band in enumerate(_word_rows()):
        rows[top + number] = band
    return rows


def _packages(rng: random.Random) -> bytes:
    row = b""
    while len(row) < _WIDTH * _CHANNELS:
        colour = bytes(rng.randint(40, 230) for _ in range(_CHANNELS))
        row += colour * rng.randint(18, 60) + _WALL * rng.randint(1, 6)
    return row[: _WIDTH * _CHANNELS]


def _word_rows() -> Rows:
    plain = _BAND * _WIDTH
    lines = [plain] * (2 * _DOT)
    for line in range(5):
        dots = "0".join(_LETTERS[letter].split()[line] for letter in _WORD)
        inked = b"".join((_INK if dot == "1" else _BAND) * _DOT for dot in dots)
        margin = (_WIDTH - len(dots) * _DOT) // 2
        padded = _BAND * margin + inked
        lines += [padded + _BAND * (_WIDTH - len(padded) // _CHANNELS)] * _DOT
    return lines + [plain] * (2 * _DOT)
