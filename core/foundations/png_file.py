"""What a PNG's chunks say, read before any decoder sees them: text is bounded, rows come a strip at a time.

Source: PNG 3rd edition, sections 5 (chunks) and 9 (filters). Every filter of a row works on each byte of a pixel by itself: so
the low bytes of a picture of 16 bits can be left out before the rows are unfiltered, and a strip of rows is a small PNG of
8 bits, which PIL reads, once the row above it stands in front as it is.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

SIGNATURE, END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
MOST_TEXT = 10 * 2**16
"""Longest text that is kept, in bytes; a recipe is shorter, that of a portrait too."""
MOST_PROFILE = 2**20
"""Longest colour profile, in bytes."""
KEPT = frozenset((b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"eXIf"))
"""What a picture needs, besides short text and a profile. The pictures that follow the first of an animation are not among it."""
PACKED = frozenset((b"tEXt", b"zTXt", b"iTXt", b"iCCP"))
LANES = {2: "RGB", 4: "LA", 6: "RGBA"}
"""Kinds of colour that are read in strips, with PIL's name for them. Others take PIL a byte for a pixel, so nothing is gained."""
STRIP = 2**20
"""Bytes of a strip."""
SIP = 2**16
"""Packed bytes that are unpacked at a time."""
MOST_TEXTS = 64


@dataclass(frozen=True)
class PngFile:
    """A PNG without what no picture needs.

    Attributes:
        data: the file.
        chunks: kind and place of the bytes in `data`, in order.
    """

    data: bytes
    chunks: tuple[tuple[bytes, slice], ...]

    def part(self, kind: bytes) -> bytes:
        """The bytes of the first chunk of a kind, or none."""
        return next((self.data[place] for name, place in self.chunks if name == kind), b"")

    def small(self) -> bytes:
        """The same picture as a file, without long text and later frames, all that is said before the first row."""
        said: list[memoryview] = []
        rows: list[memoryview] = []
        texts = 0
        for kind, place in self.chunks:
            short = kind in PACKED and texts < MOST_TEXTS and _is_short(kind, self.data[place])
            texts += short
            if short or kind in KEPT:
                (rows if kind == b"IDAT" else said).append(memoryview(self.data)[place.start - 8 : place.stop + 4])
        return b"".join((SIGNATURE, *said, *rows, END))

    @property
    def depth(self) -> int:
        """Bits of a level."""
        return (self.part(b"IHDR")[8:9] or b"\0")[0]

    @property
    def streams(self) -> bool:
        """Whether its rows come one after the other, in a kind of colour that is read in strips."""
        head = self.part(b"IHDR")
        return len(head) == 13 and head[8] in (8, 16) and head[9] in LANES and head[12] == 0

    def strips(self, multiple: int) -> Iterator[Image.Image]:
        """The picture from top to bottom in 8 bits, each strip some `multiple` of rows high but the last; ValueError where rows lack."""
        width, height, depth, colour = struct.unpack(">IIBB", self.part(b"IHDR")[:10])
        lanes, deep = len(LANES[colour]), depth // 8
        length = 1 + width * lanes * deep
        step = max(STRIP // length // multiple, 1) * multiple
        above, read = np.zeros((1, width * lanes), np.uint8), self._reader()
        for top in range(0, height, step):
            rows = min(step, height - top)
            raw = np.frombuffer(read(rows * length), np.uint8).reshape(rows, length)
            first = np.insert(above, 0, 0, axis=1)
            strip = _unfiltered(np.concatenate([first, np.insert(raw[:, 1::deep], 0, raw[:, 0], axis=1)]), LANES[colour], width)
            above = np.asarray(strip)[-1].reshape(1, -1)
            yield strip.crop((0, 1, width, rows + 1))

    def _reader(self) -> Callable[[int], bytes]:
        """Hands out the picture's filtered rows, so many bytes at a call."""
        inflate = zlib.decompressobj()
        spans = (place for kind, place in self.chunks if kind == b"IDAT")
        packed = (self.data[at : min(at + SIP, place.stop)] for place in spans for at in range(place.start, place.stop, SIP))

        def read(count: int) -> bytes:
            out = bytearray()
            while len(out) < count:
                given = inflate.unconsumed_tail or next(packed, b"")
                piece = inflate.decompress(given, count - len(out))
                if not given and not piece:
                    raise ValueError("rows are missing")
                out += piece
            return bytes(out)

        return read


def read_png(data: bytes) -> PngFile | None:
    """A file as a PNG; None where it is none. A chunk that is cut short ends it."""
    if not data.startswith(SIGNATURE):
        return None
    chunks, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            break
        chunks.append((kind, slice(at + 8, at + 8 + length)))
        at += 12 + length
    return PngFile(data, tuple(chunks))


def _is_short(kind: bytes, body: bytes) -> bool:
    """Whether a chunk is a text or a profile that is kept: short, and short when it is unpacked."""
    most = MOST_PROFILE if kind == b"iCCP" else MOST_TEXT
    rest = body.partition(b"\0")[2]
    if len(body) > most or kind == b"tEXt" or kind == b"iTXt" and rest[:1] != b"\1":
        return len(body) <= most
    packed = rest[2:].split(b"\0", 2)[-1] if kind == b"iTXt" else rest[1:]
    try:
        return len(zlib.decompressobj().decompress(packed, most + 1)) <= most
    except zlib.error:
        return False


def _unfiltered(rows: np.ndarray, mode: str, width: int) -> Image.Image:
    """Filtered rows of 8 bits, `[h 1 + w * lanes]`, as a picture."""
    kind = next(number for number, name in LANES.items() if name == mode)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 0)), (b"IEND", b""))
    whole = (struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name))) for name, body in chunks)
    strip = Image.open(io.BytesIO(SIGNATURE + b"".join(whole)), formats=("PNG",))
    strip.load()
    return strip
