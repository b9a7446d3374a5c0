"""One table in two files: encodings, delimiters, quotes, line ends, and files that are no table."""

import gzip
import io
import zipfile

import pyarrow as pa

from benchmarks.false_pass.case import (
    TYPES_MAY_BE_WANTED,
    Case,
    File,
    Refusal,
    Truth,
    alone,
    case,
    changed,
    csv,
    numbered,
    parquet,
    raw,
    same,
)

ENCODING = "the encoding may have to be said"
PLAIN = csv("id,city", "1,Köln", "2,Wien")


def encoded(encoding: str) -> File:
    return raw(PLAIN.content.decode().encode(encoding))


def zipped(file: File) -> File:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("table.csv", file.content)
    return raw(content.getvalue(), ".zip")


ANOTHER_FORM = (
    case("a-byte-order-mark", (PLAIN, encoded("utf-8-sig")), same(2), convention=ENCODING),
    case("utf-16-against-utf-8", (PLAIN, encoded("utf-16")), same(2), convention=ENCODING),
    case("windows-1252-against-utf-8", (PLAIN, encoded("windows-1252")), same(2), convention=ENCODING),
    case("lines-that-end-otherwise", (PLAIN, raw(PLAIN.content.replace(b"\n", b"\r\n"))), same(2)),
    case("no-line-break-at-the-end", (PLAIN, raw(PLAIN.content[:-1])), same(2)),
    case(
        "semicolons-against-commas",
        (PLAIN, csv("id;city", "1;Köln", "2;Wien")),
        same(2),
        convention="the delimiter may have to be said",
    ),
    case("quotes-that-were-not-needed", (PLAIN, csv('"id","city"', '"1","Köln"', '"2","Wien"')), same(2)),
    case(
        "empty-lines",
        (PLAIN, csv("id,city", "", "1,Köln", "", "2,Wien", "")),
        same(2),
        convention="an empty line may be a row",
    ),
    case("gzip-against-plain", (PLAIN, raw(gzip.compress(PLAIN.content, mtime=0), ".csv.gz")), same(2)),
    case("zip-against-plain", (PLAIN, zipped(PLAIN)), same(2)),
    case(
        "parquet-against-csv",
        (PLAIN, parquet(id=pa.array(["1", "2"]), city=pa.array(["Köln", "Wien"]))),
        same(2),
    ),
    case(
        "typed-parquet-against-csv",
        (
            csv("id,day,paid", "1,2026-01-02,true", "2,2026-01-03,false"),
            parquet(
                id=numbered(2),
                day=pa.array(["2026-01-02", "2026-01-03"]).cast(pa.date32()),
                paid=pa.array([True, False]),
            ),
        ),
        same(2),
        convention=TYPES_MAY_BE_WANTED,
    ),
)

QUOTED = (
    case(
        "a-delimiter-within-quotes",
        (csv("id,value", '1,"a,b"', "2,c"), csv("id,value", '1,"a,x"', "2,c")),
        changed(matched=1),
    ),
    case(
        "a-line-break-within-quotes",
        (csv("id,value", '1,"a\nb"', "2,c"), csv("id,value", '1,"a\nx"', "2,c")),
        changed(matched=1),
    ),
    case(
        "a-record-within-quotes",
        (csv("id,value", '1,"a\n2,b"', "3,c"), csv("id,value", "1,a", "2,b", "3,c")),
        Truth(matched=1, mismatched=1, target_only=1, by_column={"value": 1}),
    ),
    case(
        "doubled-quotes",
        (csv("id,value", '1,"say ""yes"""', "2,c"), csv("id,value", '1,"say ""no"""', "2,c")),
        changed(matched=1),
    ),
    case(
        "quotes-in-a-cell-and-around-it",
        (csv("id,value", '1,"""a"""', "2,c"), csv("id,value", '1,"a"', "2,c")),
        changed(matched=1),
    ),
)

NO_TABLE = (
    case(
        "a-quote-that-is-never-closed",
        (csv("id,value", "1,a", "2,b"), csv("id,value", '1,"a', "2,b")),
        Refusal(error="CsvFormatError"),
    ),
    case(
        "a-row-that-is-too-long",
        (csv("id,value", "1,a", "2,b"), csv("id,value", "1,a", "2,b,c")),
        Refusal(error="CsvFormatError"),
    ),
    case(
        "a-row-that-is-too-short",
        (csv("id,value,other", "1,a,", "2,b,"), csv("id,value,other", "1,a", "2,b,")),
        Refusal(error="CsvFormatError"),
        convention="a short row may end in empty cells",
    ),
    case(
        "a-file-of-no-bytes",
        (csv("id,value", "1,a"), raw("")),
        Refusal(error="CsvFormatError"),
    ),
)

NO_ROWS = (
    case("a-header-and-nothing-else", (csv("id,value"), csv("id,value")), same(0)),
    case(
        "a-header-against-a-row",
        (csv("id,value"), csv("id,value", "1,a")),
        alone(target=1),
    ),
    case(
        "typed-tables-without-rows",
        (
            parquet(id=numbered(0), value=pa.array([], pa.string())),
            parquet(id=numbered(0), value=pa.array([], pa.string())),
        ),
        same(0),
    ),
    case(
        "a-typed-table-without-rows-against-one-with",
        (
            parquet(id=numbered(2), value=pa.array(["a", "b"])),
            parquet(id=numbered(0), value=pa.array([], pa.string())),
        ),
        alone(source=2),
    ),
)

CASES: tuple[Case, ...] = (*ANOTHER_FORM, *QUOTED, *NO_TABLE, *NO_ROWS)
