import psycopg
import pytest

from smoke_pipeline.report.repair.literals import LITERALS, CannotBeWrittenError
from smoke_pipeline.report.repair.statements import BEFORE
from smoke_pipeline_tests.readers.tables.servers import as_owner
from smoke_pipeline_tests.report.hostile import HOSTILE

TEXTS = (
    "",
    "plain",
    "it's",
    "\\",
    "\\'",
    "\\\\'",
    "''",
    '"`',
    "a\nb\r\nc\td",
    "\b\x1a\x7f",
    "%_",
    "Köln €",
    "😀",
    "\u202e\u00a0\u200b",
    "\N{REPLACEMENT CHARACTER}\uffff",
    ":name %s ?",
    "$$ $1",
    "/* */ -- #",
    "; COMMIT;",
    *HOSTILE,
)


@pytest.mark.mariadb
@pytest.mark.parametrize("mode", ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
def test_mariadb_reads_each_text_as_it_was(mysql, mode):
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = %s", (mode,))
        for statement in BEFORE["mysql"]:
            cursor.execute(statement.rstrip(";"))
        for text in TEXTS:
            cursor.execute(f"SELECT {LITERALS['mysql'].value(text, 'string')}")

            assert cursor.fetchone() == (text,)


@pytest.mark.parametrize("conforming", ["on", "off"])
def test_postgresql_reads_each_text_as_it_was(postgres_owner, conforming):
    with psycopg.connect(postgres_owner, autocommit=True) as connection:
        connection.execute(f"SET standard_conforming_strings = {conforming}")
        for statement in BEFORE["postgres"]:
            connection.execute(statement.encode())
        for text in TEXTS:
            if "\0" in text:
                continue
            literal = LITERALS["postgres"].value(text, "string")

            assert connection.execute(f"SELECT {literal}::text".encode()).fetchone() == (text,)


def test_postgresql_cannot_hold_a_nul():
    with pytest.raises(CannotBeWrittenError, match="NUL"):
        LITERALS["postgres"].value("a\0", "string")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("it's", "'it''s'", id="quote"),
        pytest.param("", "''", id="empty"),
        pytest.param("a\nb", "('a' || CHR(10) || 'b')", id="line end"),
        pytest.param("\u00a0", "UNISTR('\\00A0')", id="unseen"),
        pytest.param("&x \\", "'&x \\'", id="substitution and backslash"),
    ],
)
def test_oracle_gets_a_text_in_pieces(text, written):
    assert LITERALS["oracle"].value(text, "string") == written


def test_a_long_text_of_oracle_is_a_clob_in_pieces_that_fit():
    written = LITERALS["oracle"].value("€" * 5000, "string")

    pieces = written.split(" || ")
    assert all(piece.startswith("TO_CLOB('") for piece in pieces)
    assert all(len(piece.encode()) < 4000 for piece in pieces)
    assert sum(piece.count("€") for piece in pieces) == 5000


@pytest.mark.parametrize(
    ("dialect", "text", "column_type", "written"),
    [
        pytest.param("mysql", "9007199254740993", "int64", "9007199254740993", id="number"),
        pytest.param("mysql", "1; DROP TABLE t", "int64", "'1; DROP TABLE t'", id="no number"),
        pytest.param("mysql", "0.0000001", "double", "1E-7", id="binary float"),
        pytest.param("postgres", "-2.50", "float", "-2.5E+0", id="single float"),
        pytest.param("postgres", "NaN", "double", "'NaN'", id="not a number"),
        pytest.param("mysql", "1\n", "int64", "'1\\n'", id="no number but for a line end"),
        pytest.param("mysql", "٣", "int64", "'٣'", id="no digit of ours"),
        pytest.param("mysql", "00ff27", "binary", "x'00ff27'", id="bytes"),
        pytest.param("postgres", "00ff27", "binary", "'\\x00ff27'::bytea", id="bytes of PostgreSQL"),
        pytest.param("oracle", "00ff27", "binary", "HEXTORAW('00FF27')", id="bytes of Oracle"),
        pytest.param("mysql", "2026-01-02", "date32[day]", "'2026-01-02'", id="date"),
        pytest.param("oracle", "2026-01-02", "date32[day]", "DATE '2026-01-02'", id="date of Oracle"),
        pytest.param("oracle", "2026' OR '1", "date32[day]", "'2026'' OR ''1'", id="no date"),
        pytest.param(
            "mysql",
            "2026-01-02 03:04:05+00:00",
            "timestamp[us, tz=UTC]",
            "'2026-01-02 03:04:05'",
            id="instant",
        ),
        pytest.param(
            "oracle",
            "2026-01-02 03:04:05.5+00:00",
            "timestamp[us, tz=UTC]",
            "TIMESTAMP '2026-01-02 03:04:05.5 +00:00'",
            id="instant of Oracle",
        ),
        pytest.param("mysql", "-107999999995000", "duration[us]", "'-29:59:59.999995'", id="span"),
        pytest.param("postgres", None, "string", "NULL", id="NULL"),
        pytest.param("postgres", "true", "bool", "'true'", id="boolean"),
    ],
)
def test_a_value_is_written_for_its_column(dialect, text, column_type, written):
    assert LITERALS[dialect].value(text, column_type) == written


@pytest.mark.parametrize("dialect", list(LITERALS))
def test_half_a_letter_is_refused(dialect):
    with pytest.raises(CannotBeWrittenError):
        LITERALS[dialect].value("\ud800", "string")


@pytest.mark.parametrize(("dialect", "mark"), [("mysql", "`"), ("postgres", '"'), ("oracle", '"')])
def test_a_name_is_quoted_and_its_marks_doubled(dialect, mark):
    assert LITERALS[dialect].name(f"a{mark}; DROP") == f"{mark}a{mark}{mark}; DROP{mark}"


@pytest.mark.parametrize("dialect", list(LITERALS))
@pytest.mark.parametrize("name", ["", "a\0", "\udcff"])
def test_a_name_that_no_identifier_can_hold_is_refused(dialect, name):
    with pytest.raises(CannotBeWrittenError):
        LITERALS[dialect].name(name)


def test_a_binary_float_names_no_row():
    with pytest.raises(CannotBeWrittenError, match="binary floats"):
        LITERALS["mysql"].equals("id", "0.1", "float")


def test_a_key_of_null_is_asked_for_as_null():
    assert LITERALS["postgres"].equals("id", None, "string") == '"id" IS NULL'
