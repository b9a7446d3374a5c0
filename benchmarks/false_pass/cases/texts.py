"""Texts that look alike and are not."""

import pyarrow as pa

from benchmarks.false_pass.case import Case, case, changed, column_pair, same, text_pair

LONG = "x" * 300_000

CASES: tuple[Case, ...] = (
    case("a-space-at-the-end", text_pair(["Ann ", "b"], ["Ann", "b"]), changed(matched=1)),
    case("a-space-at-the-beginning", text_pair([" Ann"], ["Ann"]), changed()),
    case("a-quoted-space-at-the-end", text_pair(['"Ann "'], ["Ann"]), changed()),
    case("two-spaces-within", text_pair(["Ann  Lee"], ["Ann Lee"]), changed()),
    case("a-tab-for-a-space", text_pair(["Ann\tLee"], ["Ann Lee"]), changed()),
    case("a-no-break-space-for-a-space", text_pair(["Ann\u00a0Lee"], ["Ann Lee"]), changed()),
    case("only-spaces-against-nothing", text_pair(["  "], [""]), changed()),
    case("upper-and-lower-case", text_pair(["ann", "b"], ["Ann", "b"]), changed(matched=1)),
    case("a-letter-composed-and-decomposed", text_pair(["Jos\u00e9"], ["Jose\u0301"]), changed()),
    case("a-character-without-width", text_pair(["Ann\u200bLee"], ["AnnLee"]), changed()),
    case("a-letter-of-another-alphabet", text_pair(["P\u0430ul"], ["Paul"]), changed()),
    case("a-mark-of-direction", text_pair(["Ann\u200e"], ["Ann"]), changed()),
    case("a-ligature", text_pair(["o\ufb03ce"], ["office"]), changed()),
    case("sharp-s-against-ss", text_pair(["Stra\u00dfe"], ["Strasse"]), changed()),
    case("an-emoji-of-another-shade", text_pair(["\U0001f44d"], ["\U0001f44d\U0001f3fd"]), changed()),
    case("a-lost-accent", text_pair(["K\u00f6ln"], ["Koln"]), changed()),
    case("letters-read-in-the-wrong-encoding", text_pair(["K\u00f6ln"], ["K\u00c3\u00b6ln"]), changed()),
    case("a-text-cut-short", text_pair(["Frankfurt am Main"], ["Frankfurt am M"]), changed()),
    case("a-long-text-that-differs-in-its-last-byte", text_pair([LONG + "a"], [LONG + "b"]), changed()),
    case("a-character-behind-nul", column_pair(pa.array(["a\0b"]), pa.array(["a\0c"])), changed()),
    case("nul-at-the-end", column_pair(pa.array(["a\0"]), pa.array(["a"])), changed()),
    case("a-line-break-of-another-kind-within", text_pair(['"a\r\nb"'], ['"a\nb"']), changed()),
    case("true-in-two-spellings-as-text", text_pair(["true"], ["TRUE"]), changed()),
    case("an-apostrophe-against-a-quotation-mark", text_pair(["O'Neil"], ["O\u2019Neil"]), changed()),
    case("a-backslash-more", text_pair([r"a\\n"], [r"a\n"]), changed()),
    case("the-last-of-a-hundred-texts", text_pair(["x"] * 100, ["x"] * 99 + ["y"]), changed(matched=99)),
    case(
        "texts-of-every-kind-unchanged",
        text_pair(["K\u00f6ln", "\U0001f600", " a "], ["K\u00f6ln", "\U0001f600", " a "]),
        same(3),
    ),
)
