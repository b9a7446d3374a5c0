"""What was found out about the way a text is written, in words for people."""

from collections.abc import Sequence

from smoke_pipeline.readers.base import Dialect, ReadOptions
from smoke_pipeline.readers.csv.encodings import UTF8, Encoding
from smoke_pipeline.readers.csv.shape.table_start import TableStart
from smoke_pipeline.readers.reading import Guess

_LINE_ENDS = {"CRLF": "\r\n", "LF": "\n", "CR": "\r"}


def guesses_of(
    text: str, encoding: Encoding, start: TableStart, names: Sequence[str], options: ReadOptions
) -> tuple[Guess, ...]:
    """What the beginning of a text speaks for.

    Args:
        text: The beginning.
        encoding: Its encoding.
        start: Where its table begins.
        names: What the columns are called.
        options: What was stated.
    """
    dialect = start.dialect
    return (
        _encoding(encoding, options),
        _delimiter(dialect, len(names), options),
        _quote(text, dialect, options),
        *([_escape(dialect, options)] if dialect.escape else []),
        *([_space(options)] if dialect.skip_space else []),
        _line_end(text),
        Guess(
            what="header",
            value="yes" if start.has_header else "no",
            confidence=start.confidence,
            evidence=start.evidence,
        ),
    )


def _encoding(encoding: Encoding, options: ReadOptions) -> Guess:
    if options.encoding:
        return Guess(what="encoding", value=encoding.name, confidence="stated", evidence="as stated")
    if encoding.mark_bytes:
        evidence = "the file begins with its byte order mark"
    elif encoding.name == UTF8:
        evidence = "every byte is part of a character"
    else:
        evidence = "the bytes are no UTF-8"
    confidence = "strong" if encoding.mark_bytes or encoding.name == UTF8 else "weak"
    return Guess(what="encoding", value=encoding.name, confidence=confidence, evidence=evidence)


def _sign(what: str, value: str, stated: str | None, evidence: str) -> Guess:
    if stated is not None:
        return Guess(what=what, value=value, confidence="stated", evidence="as stated")
    return Guess(what=what, value=value, confidence="strong", evidence=evidence)


def _delimiter(dialect: Dialect, columns: int, options: ReadOptions) -> Guess:
    if columns > 1 or options.delimiter is not None:
        return _sign("delimiter", dialect.delimiter, options.delimiter, f"it makes {columns:,} columns")
    return Guess(
        what="delimiter",
        value=dialect.delimiter,
        confidence="weak",
        evidence="none makes a table of several columns, so there is one",
    )


def _quote(text: str, dialect: Dialect, options: ReadOptions) -> Guess:
    value = dialect.quote or "none"
    if options.quote is not None:
        return Guess(what="quote", value=value, confidence="stated", evidence="as stated")
    if dialect.quote and dialect.quote in text:
        return Guess(what="quote", value=value, confidence="strong", evidence="it is in the first rows")
    return Guess(what="quote", value=value, confidence="weak", evidence="nothing is quoted in the first rows")


def _escape(dialect: Dialect, options: ReadOptions) -> Guess:
    return _sign("escape", dialect.escape or "", options.escape, "it stands before quotes inside quotes")


def _space(options: ReadOptions) -> Guess:
    stated = None if options.skip_space is None else "yes"
    return _sign("skip_space", "yes", stated, "quotes stand after a delimiter and a space")


def _line_end(text: str) -> Guess:
    crlf = text.count("\r\n")
    counts = {"CRLF": crlf, "LF": text.count("\n") - crlf, "CR": text.count("\r") - crlf}
    found = [name for name in _LINE_ENDS if counts[name]]
    told = ", ".join(f"{counts[name]:,} {name}" for name in found) or "none"
    return Guess(
        what="line_end",
        value=found[0] if len(found) == 1 else "mixed" if found else "none",
        confidence="strong" if len(found) == 1 else "weak",
        evidence=f"in the first rows: {told}",
    )
