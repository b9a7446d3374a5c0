"""Types of columns, and values of each that are easily taken for one another."""

from smoke_pipeline_tests.smoke_test.pushdown.answers import Pair

TEXTS = [
    "",
    "a",
    "A",
    "a ",
    " a",
    "ä",
    "a\u0308",
    "ab",
    "b",
    ",",
    "N",
    "()",
    '"',
    "a,b",
    '","',
    "é",
    "€",
    "1",
    "1.0",
    "O''x",
]
POOLS = {
    "INT": ["NULL", "0", "1", "2", "-1"],
    "BIGINT": ["NULL", "0", "1", "9007199254740993", "9007199254740992"],
    "DECIMAL(10,2)": ["NULL", "0", "1", "1.01", "-0.00", "2.50"],
    "DECIMAL(12,4)": ["NULL", "0", "1", "1.01", "1.0101"],
    "VARCHAR(20)": ["NULL", *(f"'{text}'" for text in TEXTS)],
    "CHAR(4)": ["NULL", "''", "'a'", "'A'", "'a  '", "' a'"],
    "TEXT": ["NULL", *(f"'{text}'" for text in TEXTS)],
    "DATE": ["NULL", "'2026-01-01'", "'2026-01-02'"],
    "TIMESTAMP(6)": ["NULL", "'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.000001'"],
    "TIME(6)": ["NULL", "'00:00:00'", "'00:00:00.000001'", "'23:59:59'"],
    "DOUBLE PRECISION": ["NULL", "0.0e0", "-0.0e0", "0.1e0", "0.30000000000000004e0", "0.3e0", "5e-324"],
    "BOOLEAN": ["NULL", "TRUE", "FALSE"],
}  # fmt: skip
OF_ONE = {
    "postgres": {
        "BYTEA": ["NULL", r"'\x'", r"'\x00'", r"'\x0000'", r"'\x4e'"],
        "NUMERIC": ["NULL", "1", "1.0", "1.00", "'NaN'", "0.1"],
        "REAL": ["NULL", "0.1", "0.10000001", "'-0'", "0", "'NaN'"],
        "TIMESTAMPTZ": ["NULL", "'2026-01-01 00:00+00'", "'2026-01-01 01:00+01'", "'2026-01-01 00:00+01'"],
        "INTERVAL": ["NULL", "'1 day'", "'24 hours'", "'1 mon'", "'30 days'"],
        "JSONB": ["NULL", "'1'", "'\"1\"'", "'[1, null]'", "'null'"],
        "INT[]": ["NULL", "'{}'", "'{1}'", "'{NULL}'"],
    },
    "mysql": {
        "VARBINARY(9)": ["NULL", "x''", "x'00'", "x'0000'", "x'4e'", "x'20'"],
        "BINARY(2)": ["NULL", "x''", "x'00'", "x'20'"],
        "FLOAT": ["NULL", "0.1", "0.10000001", "-0e0", "0", "16777216", "16777217"],
        "DOUBLE(10,2)": ["NULL", "1", "1.01"],
        "BIGINT UNSIGNED": ["NULL", "0", "18446744073709551615"],
        "ENUM('a','A ','b') COLLATE utf8mb4_bin": ["NULL", "'a'", "'b'"],
        "VARCHAR(20) CHARACTER SET latin1": ["NULL", "'é'", "'Ã©'", "'a'", "'A'", "''"],
        "VARCHAR(20) COLLATE utf8mb4_bin": ["NULL", *(f"'{text}'" for text in TEXTS)],
        "BIT(9)": ["NULL", "0", "1", "257"],
        "YEAR": ["NULL", "2026", "1999"],
        "DATETIME": ["NULL", "'2026-01-01 00:00:00'", "'2026-01-01 00:00:01'"],
        "JSON": ["NULL", "'1'", "'[1,null]'"],
    },
}


def pools_of(kind: str) -> dict[str, list[str]]:
    """Type -> literals, of one database."""
    return POOLS | OF_ONE[kind]


def filled(pair: Pair, name: str, types: list[str], rows: list[tuple[str, ...]], key: str = "INT") -> None:
    """Make a table of the columns `k`, `c1`, `c2` and so on."""
    columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(types, 1))
    if pair.kind == "mysql":
        columns = columns.replace("TIMESTAMP(6)", "TIMESTAMP(6) NULL")
    pair.fill(f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} (k {key}, {columns})")
    if rows:
        pair.fill(f"INSERT INTO {name} VALUES " + ", ".join(f"({', '.join(row)})" for row in rows))
