"""Odd files with what they hold: each is the same small table, polluted in one way that is met in life."""

from dataclasses import dataclass, field
from typing import Any

Rows = list[tuple[str | None, ...]]

NAMES = ["id", "name", "amount"]
ROWS: Rows = [("1", "Ann Lee", "10.50"), ("2", "Bob", "20.00"), ("3", "Cy", "7.25")]


@dataclass(frozen=True)
class OddFile:
    """One file, and the table that it is."""

    what: str
    content: bytes
    names: list[str] = field(default_factory=lambda: NAMES)
    rows: Rows = field(default_factory=lambda: ROWS)
    reading: dict[str, Any] = field(default_factory=dict)
    """What is told of it: lines of the `preamble` and of the `footer`."""


def joined(delimiter: str, line_end: str = "\n", rows: Rows = ROWS) -> str:
    """The plain table with a delimiter and a line end."""
    return "".join(delimiter.join(cell or "" for cell in row) + line_end for row in [tuple(NAMES), *rows])


PLAIN = joined(",")

DELIMITERS = [
    OddFile(f"delimiter {sign!r}", joined(sign).encode())
    for sign in (",", ";", "\t", "|", "^", "~", "||", "::", ";;", "\t|\t", "|;|", "^^", "~~")
]

LINE_ENDS = [
    OddFile("carriage return and line feed", joined(",", "\r\n").encode()),
    OddFile("carriage returns alone", joined(",", "\r").encode()),
    OddFile("mixed line ends", b"id,name,amount\r\n1,Ann Lee,10.50\n2,Bob,20.00\r3,Cy,7.25\r\n"),
    OddFile("no line end at the end", PLAIN.rstrip("\n").encode()),
    OddFile("empty lines at the end", PLAIN.encode() + b"\n\n\n"),
    OddFile("empty lines at the beginning", b"\n\r\n" + PLAIN.encode()),
    OddFile("empty lines between rows", PLAIN.replace("\n", "\n\n").encode()),
]

ENCODINGS = [
    OddFile("UTF-8 with its mark", PLAIN.encode("utf-8-sig")),
    OddFile("UTF-16 with its mark", PLAIN.encode("utf-16")),
    OddFile("UTF-16 LE without mark", PLAIN.encode("utf-16-le")),
    OddFile("UTF-16 BE without mark", PLAIN.encode("utf-16-be")),
    OddFile("UTF-16 BE with its mark", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    OddFile("UTF-32 with its mark", PLAIN.encode("utf-32")),
    OddFile(
        "Windows-1252",
        "id,name\n1,Zoë €\n2,Müller\n".encode("windows-1252"),
        ["id", "name"],
        [("1", "Zoë €"), ("2", "Müller")],
    ),
    OddFile(
        "Latin-1",
        "id;name\n1;Zoë\n2;Müller\n".encode("latin-1"),
        ["id", "name"],
        [("1", "Zoë"), ("2", "Müller")],
    ),
]

QUOTES = [
    OddFile(
        "everything quoted",
        b'"id","name","amount"\n"1","Ann Lee","10.50"\n"2","Bob","20.00"\n"3","Cy","7.25"\n',
    ),
    OddFile(
        "doubled quotes",
        b'id,name\n1,"say ""hi"""\n2,""""\n',
        ["id", "name"],
        [("1", 'say "hi"'), ("2", '"')],
    ),
    OddFile(
        "escaped quotes",
        b'id,name,amount\n1,"say \\"hi\\", she, said",2\n2,"b",3\n',
        rows=[("1", 'say "hi", she, said', "2"), ("2", "b", "3")],
    ),
    OddFile(
        "single quotes",
        b"id,name,amount\n1,'Lee, Ann',2\n2,'b, c',3\n",
        rows=[("1", "Lee, Ann", "2"), ("2", "b, c", "3")],
    ),
    OddFile(
        "delimiters and line ends inside quotes",
        b'id,name,amount\n1,"a,b\nc\r\nd",2\n2,"x;y|z\t",3\n',
        rows=[("1", "a,b\nc\r\nd", "2"), ("2", "x;y|z\t", "3")],
    ),
    OddFile(
        "empty and quoted empty cells",
        b'id,name,amount\n1,,""\n"",x,\n',
        rows=[("1", None, ""), ("", "x", None)],
    ),
    OddFile(
        "spaces after delimiters, before quotes",
        b'id, name, amount\n1, "Lee, Ann", 2\n2, "b", 3\n',
        rows=[("1", "Lee, Ann", "2"), ("2", "b", "3")],
    ),
    OddFile(
        "a long delimiter inside quotes",
        b'id||name||amount\n1||"a||b"||2\n2||"c|d"||3\n',
        rows=[("1", "a||b", "2"), ("2", "c|d", "3")],
    ),
    OddFile(
        "a NUL inside a cell",
        b"id,name,amount\n1,a\0b,2\n2,b,3\n",
        rows=[("1", "a\0b", "2"), ("2", "b", "3")],
    ),
]

PREAMBLES = [
    OddFile("a title", f"Sales of March\n{PLAIN}".encode(), reading={"preamble": 1}),
    OddFile("a title and an empty line", f"Sales\n\n{PLAIN}".encode(), reading={"preamble": 2}),
    OddFile(
        "a title padded with delimiters", f"Sales of March,,\n,,\n{PLAIN}".encode(), reading={"preamble": 2}
    ),
    OddFile("comments", f"# written by hand\n# 3 rows\n{PLAIN}".encode(), reading={"preamble": 2}),
    OddFile(
        "a title with a delimiter in quotes",
        f'"Sales, by month"\n{joined(";")}'.encode(),
        reading={"preamble": 1},
    ),
    OddFile(
        "names and values above the table",
        b"Report,Sales\nDate,2026-03-01\n\nid,name,amount,day\n1,Ann,10.50,2026-03-01\n2,Bob,20.00,2026-03-02\n",
        ["id", "name", "amount", "day"],
        [("1", "Ann", "10.50", "2026-03-01"), ("2", "Bob", "20.00", "2026-03-02")],
        reading={"preamble": 3},
    ),
    OddFile("Excel's line", f"sep=;\n{joined(';')}".encode(), reading={"preamble": 1}),
    OddFile(
        "Excel's line for a delimiter that is not looked for",
        f"sep=:\n{joined(':')}".encode(),
        reading={"preamble": 1},
    ),
    OddFile("a title in UTF-16", f"Sales of March\n{PLAIN}".encode("utf-16"), reading={"preamble": 1}),
    OddFile(
        "a title above a long delimiter", f"Sales of March\n{joined('||')}".encode(), reading={"preamble": 1}
    ),
    OddFile(
        "a title above lone carriage returns",
        f"Sales of March\r{joined(';', chr(13))}".encode(),
        reading={"preamble": 1},
    ),
]

FOOTERS = [
    OddFile("a mark of the end", f"{PLAIN}-- end of report --\n".encode(), reading={"footer": 1}),
    OddFile("a total", f"{PLAIN}Total,37.75\n".encode(), reading={"footer": 1}),
    OddFile("a count of rows", f"{PLAIN}\n3 rows selected.\n".encode(), reading={"footer": 1}),
    OddFile("a count in brackets", f"{PLAIN}(3 rows affected)\n".encode(), reading={"footer": 1}),
    OddFile(
        "a note below an empty line", f"{PLAIN}\nPrices are net of tax.\n".encode(), reading={"footer": 1}
    ),
    OddFile("a note with a quote", f'{PLAIN}# the "end"\n'.encode(), reading={"footer": 1}),
    OddFile(
        "a footer below a long delimiter",
        f"{joined('||')}-- end of report --\n".encode(),
        reading={"footer": 1},
    ),
    OddFile(
        "a title and a total",
        f"Sales of March\n\n{joined(';')}Total;37.75\n".encode(),
        reading={"preamble": 2, "footer": 1},
    ),
]

HEADERS = [
    OddFile(
        "no header, values alone",
        b"1.5,-2,2026-01-01\n2.5,3,2026-01-02\n",
        ["column_1", "column_2", "column_3"],
        [("1.5", "-2", "2026-01-01"), ("2.5", "3", "2026-01-02")],
    ),
    OddFile(
        "no header, a value twice",
        b"0;0;7\n1;0;9\n",
        ["column_1", "column_2", "column_3"],
        [("0", "0", "7"), ("1", "0", "9")],
    ),
    OddFile(
        "a delimiter at the end of every row but the header",
        b"id,name,amount\n1,Ann Lee,10.50,\n2,Bob,20.00,\n",
        [*NAMES, "column_4"],
        [("1", "Ann Lee", "10.50", None), ("2", "Bob", "20.00", None)],
    ),
    OddFile(
        "a delimiter at the end of every line",
        b"id,name,\n1,Ann,\n2,Bob,\n",
        ["id", "name", ""],
        [("1", "Ann", None), ("2", "Bob", None)],
    ),
    OddFile(
        "columns without a name",
        b"id,name,,\n1,Ann,,\n2,Bob,x,\n",
        ["id", "name", "column_3", "column_4"],
        [("1", "Ann", None, None), ("2", "Bob", "x", None)],
    ),
    OddFile("one column", b"name\nAnn\nBob\n", ["name"], [("Ann",), ("Bob",)]),
    OddFile("one column with commas", b"name\nLee, Ann\nBob\n", ["name"], [("Lee, Ann",), ("Bob",)]),
    OddFile("one row", b"id,name\n1,Ann\n", ["id", "name"], [("1", "Ann")]),
    OddFile("a header alone", b"id;name\n", ["id", "name"], []),
    OddFile(
        "a thousand columns",
        (",".join(f"c{n}" for n in range(1000)) + "\n" + ",".join(map(str, range(1000))) + "\n").encode(),
        [f"c{n}" for n in range(1000)],
        [tuple(map(str, range(1000)))],
    ),
]

ODD_FILES = [*DELIMITERS, *LINE_ENDS, *ENCODINGS, *QUOTES, *PREAMBLES, *FOOTERS, *HEADERS]
