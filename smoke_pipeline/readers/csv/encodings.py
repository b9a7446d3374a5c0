"""In which encoding a text is, and the same text as UTF-8."""

import codecs
import re
from collections.abc import Generator
from dataclasses import dataclass

from smoke_pipeline.errors import CsvFormatError, InvalidOptionError
from smoke_pipeline.readers.places import Opener

BLOCK = 1 << 20
UTF8 = "utf-8"
FALLBACK = "windows-1252"

_BOMS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_IN_FALLBACK = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding and the length of the byte order mark before the text."""

    name: str
    mark_bytes: int = 0


def named(name: str, head: bytes) -> Encoding:
    """The encoding a user asked for.

    Raises:
        InvalidOptionError: Python knows no such text encoding.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise InvalidOptionError(
            f"There is no text encoding {name!r}.",
            suggestions=("Use a name such as utf-8, utf-16, windows-1252 or latin-1.",),
        ) from error
    family = codec.name.removesuffix("-sig")
    for mark, marked in _BOMS:
        if head.startswith(mark) and family in (marked, marked.removesuffix("-le").removesuffix("-be")):
            return Encoding(marked, len(mark))
    if family == "utf-16":  # without a mark the bytes themselves must say which it is
        return Encoding(_utf16_of(head, least=0) or "utf-16-le")
    return Encoding(family)


def guess(head: bytes) -> Encoding:
    """The encoding that the first bytes speak for; UTF-8 unless they say otherwise."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    return Encoding(_utf16_of(head, least=0.5) or UTF8)


def _utf16_of(head: bytes, *, least: float) -> str | None:
    """Which UTF-16 has its zero bytes where these bytes have them; `least` is their share of the characters.

    Every character of ASCII, the line ends among them, has one byte that is zero.
    """
    pairs = len(head) // 2
    first, second = head[0::2].count(0), head[1::2].count(0)
    if second > least * pairs and first * 4 < second:
        return "utf-16-le"
    if first > least * pairs and second * 4 < first:
        return "utf-16-be"
    return None


def utf8_blocks(opener: Opener, encoding: Encoding, block_bytes: int = BLOCK) -> Generator[bytes]:
    """The text as UTF-8 without a byte order mark, a block at a time.

    Raises:
        UnicodeDecodeError: The bytes are not in that encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    is_utf8 = encoding.name == UTF8
    with opener() as file:
        file.read(encoding.mark_bytes)
        while block := file.read(block_bytes):
            if is_utf8 and block.isascii() and not decoder.getstate()[0]:
                yield block
            elif is_utf8:
                decoder.decode(block)
                yield block
            else:
                yield decoder.decode(block).encode()
        if rest := decoder.decode(b"", final=True):
            yield rest.encode()


def after_utf8_failed(opener: Opener, name: str) -> Encoding:
    """The encoding of bytes that are not UTF-8 although nothing else was announced.

    A few wrong bytes among many right ones are a damaged UTF-8 text, which must not be read as anything else.

    Raises:
        CsvFormatError: The bytes are damaged UTF-8, or no encoding we know.
    """
    multibyte = high = 0
    undefined = False
    with opener() as file:
        head = block = file.read(BLOCK)
        while block:
            multibyte += sum(map(len, _MULTIBYTE.findall(block)))
            high += len(block) - len(block.translate(None, bytes(range(128, 256))))
            undefined = undefined or _NOT_IN_FALLBACK.search(block) is not None
            block = file.read(BLOCK)
    if utf16 := _utf16_of(head, least=0):
        return Encoding(utf16)
    if undefined or b"\0" in head or 2 * multibyte >= high:
        raise unreadable(opener, Encoding(UTF8), name)
    return Encoding(FALLBACK)


def unreadable(opener: Opener, encoding: Encoding, name: str) -> CsvFormatError:
    """The error that says where a text stops being in its encoding."""
    line, is_after_return, what = 1, False, ""
    try:
        for block in utf8_blocks(opener, encoding):
            text = block.decode("utf-8", "ignore")
            line += _line_ends(text, is_after_return)
            is_after_return = text.endswith("\r")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding.name, "ignore")
        line += _line_ends(before, is_after_return)
        what = f": byte 0x{error.object[error.start]:02x}"
    return CsvFormatError(
        f"{name} is not readable as {encoding.name} text at line {line}{what}.",
        suggestions=(
            "State the encoding if it is another one: `source: {encoding: latin-1}` in the options.",
            "Otherwise repair the file; a character there is damaged.",
        ),
        context={"line": line, "encoding": encoding.name},
    )


def _line_ends(text: str, is_after_return: bool) -> int:
    """How many lines end in `text`; a line feed at its start belongs to a carriage return before it."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return ends - (is_after_return and text.startswith("\n"))
