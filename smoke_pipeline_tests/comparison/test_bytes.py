"""The parts of the tier that compares bytes, each against the plain way to say the same."""

from collections import Counter
from itertools import chain, combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.engine.deal import Deal, Roll
from smoke_pipeline.comparison.engine.meeting import SEEDS, pairs_of
from smoke_pipeline.comparison.engine.raw.blocks import (
    PADDING,
    IrregularTextError,
    Place,
    block_of,
    blocks_of,
)
from smoke_pipeline.comparison.engine.raw.fields import Fields, Layout
from smoke_pipeline.comparison.engine.raw.hashing import views
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.readers.csv import marks
from smoke_pipeline.readers.csv.marks import Marks, has_byte
from smoke_pipeline.readers.places import LocalFile

FEW = st.sampled_from([0, 1, 2, 3, 2**40, 2**63, 2**64 - 1])
TEMPORARY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


TEXTS = st.binary(max_size=60) | st.lists(st.sampled_from([b"", b"a", b"\n" * 70, b"x" * 200])).map(b"".join)


def places_of(text: bytes, byte: int) -> list[int]:
    return [place for place, one in enumerate(text) if one == byte]


def marks_of(text: bytes, byte: int) -> Marks:
    return Marks(np.frombuffer(text, np.uint8), byte)


@pytest.fixture(params=[64, 512 * 1024], ids="pieces of {}".format)
def piece_bytes(request, monkeypatch):
    monkeypatch.setattr(marks, "_PIECE", request.param)


@TEMPORARY
@given(TEXTS, st.sampled_from(b"\n\x00a\xff"))
def test_marks_tell_where_a_byte_stands(piece_bytes, text, byte):
    places, found = places_of(text, byte), marks_of(text, byte)

    assert found.places.tolist() == places
    assert found.nth(np.arange(len(places))).tolist() == places
    everywhere = np.arange(len(text))
    assert found.before(everywhere).tolist() == [text[:place].count(byte) for place in everywhere]
    last = places[-1] + 1 if places else 0
    assert found.after(np.arange(last)).tolist() == [text.index(byte, place) for place in range(last)]
    assert has_byte(np.frombuffer(text, np.uint8), byte) == bool(places)
    assert np.flatnonzero(found.mask).tolist() == places
    assert found.has_neighbours == (bytes([byte, byte]) in text)


@given(st.lists(st.sampled_from(['"', ",", "\n", "x", "x" * 70, '"",' * 30]), max_size=30).map("".join))
def test_places_outside_quotes(text):
    data = np.frombuffer(text.encode(), np.uint8)
    commas = Marks(data, ord(","))
    commas.before(np.arange(len(data)))  # what was counted before does not count any more

    found = commas.without(Marks(data, ord('"')).spans)

    assert found.nth(np.arange(len(found.places))).tolist() == found.places.tolist()
    assert found.places.tolist() == [
        place for place, one in enumerate(text) if one == "," and text[:place].count('"') % 2 == 0
    ]


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_views_are_the_slices(texts):
    data = np.zeros(sum(map(len, texts)) + PADDING, np.uint8)
    data[: len(data) - PADDING] = np.frombuffer(b"".join(texts), np.uint8)
    lengths = np.array([len(text) for text in texts], np.int64)
    starts = np.cumsum(lengths) - lengths

    assert views(data, starts, lengths).to_list() == texts


def text_of(path: Path) -> PlainText:
    return PlainText(file=LocalFile(path), start=0, delimiter=",", quote='"', names=("a",))


QUOTED = st.sampled_from(["", "x", '"y"', '"a,b"', '"c\nd"', '"e""f"', '""', "yyy"])
RECORDS = st.lists(st.lists(QUOTED, min_size=1, max_size=4), max_size=12)


@TEMPORARY
@given(RECORDS, st.integers(1, 40), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_blocks_hold_every_record_once(tmp_path, records, block_bytes, line_end, is_ended):
    lines = [",".join(record) for record in records]
    content = line_end.join(lines) + (line_end if is_ended and lines else "")
    (tmp_path / "t.csv").write_bytes(content.encode())

    blocks = list(blocks_of(text_of(tmp_path / "t.csv"), Place(0, 1), block_bytes))

    told = [
        block.data[start:end].tobytes().decode()
        for block in blocks
        for start, end in zip(block.starts, block.ends, strict=True)
    ]
    assert told == [line for line in lines if line]
    ends_empty = (
        not is_ended and lines and not lines[-1]
    )  # nothing stands between the last line end and the end
    assert sum(block.empty_lines for block in blocks) == lines.count("") - bool(ends_empty)
    assert blocks[-1].after == Place(blocks[-1].begins.offset + blocks[-1].size, 1 + len(told))


@given(RECORDS)
def test_fields_are_located_where_all_records_have_as_many(records):
    written = [record for record in records if record != [""]]
    content = "".join(f"{','.join(record)}\n" for record in records)
    block = block_of(np.frombuffer(content.encode(), np.uint8), text_of(Path("t.csv")))
    layout = Layout(
        delimiter=ord(","),
        hashed_as=ord(","),
        quote=ord('"'),
        width=3,
        compared=(0, 1, 2),
        key=(),
        is_checked=True,
    )
    fields = Fields(block, layout)

    if any(len(record) != 3 for record in written):
        with pytest.raises(IrregularTextError):
            fields.require_width()
        return
    fields.require_width()
    for first, last in combinations_with_replacement(range(3), 2):
        told = [
            block.data[start : start + length].tobytes().decode()
            for start, length in zip(*fields.span(first, last), strict=True)
        ]
        assert told == [",".join(record[first : last + 1]) for record in written]


@given(st.lists(FEW, max_size=12), st.lists(FEW, max_size=12))
def test_pairs_are_the_hashes_that_stand_once_on_each_side(source, target):
    ours, theirs = pairs_of(np.array(source, np.uint64), np.array(target, np.uint64))

    once = [hash_ for hash_ in source if source.count(hash_) == target.count(hash_) == 1]
    assert [source[place] for place in ours] == [target[place] for place in theirs] == once


@TEMPORARY
@given(st.lists(st.lists(FEW, max_size=9), max_size=6), st.sampled_from([0, 40, 10_000]))
def test_what_is_dealt_comes_back_part_by_part(tmp_path, batches, limit_bytes):
    with Deal(np.dtype(np.uint64), lambda hashes: hashes, limit_bytes, tmp_path / "spill") as deal:
        for batch in batches:
            deal.add(np.array(batch, np.uint64))
        parts = [part.tolist() for part in deal.parts()]

    assert Counter(hash_ for part in parts for hash_ in part) == Counter(chain(*batches))
    upper = [sorted({hash_ >> 58 for hash_ in part}) for part in parts]
    assert not deal.is_spilled or all(len(one) <= 1 for one in upper)
    assert not deal.is_spilled or list(chain(*upper)) == sorted(chain(*upper))
    assert not list(tmp_path.glob("spill/*"))


@TEMPORARY
@given(st.lists(st.lists(FEW, max_size=9), max_size=6), st.sampled_from([0, 40, 10_000]), st.integers(1, 7))
def test_what_is_rolled_up_comes_back_in_order(tmp_path, batches, limit_bytes, together):
    with Roll(np.dtype(np.uint64), limit_bytes, tmp_path / "spill") as roll:
        for batch in batches:
            roll.add(np.array(batch, np.uint64))
        told = [batch.tolist() for batch in roll.batches(together)]

    assert list(chain(*told)) == list(chain(*batches))
    assert all(len(batch) == together for batch in told[:-1])
    assert not list(tmp_path.glob("spill/*"))


def test_the_two_hashes_of_a_record_are_independent():
    texts = [f"{number},the same text in every record,{number % 7}".encode() for number in range(40_000)]
    lengths = np.array([len(text) for text in texts], np.int64)
    data = np.frombuffer(b"".join(texts) + bytes(PADDING), np.uint8)
    column = views(data, np.cumsum(lengths) - lengths, lengths)

    first, second = (column.hash(seed).to_numpy() for seed in SEEDS)

    for bit in range(64):
        ours, theirs = ((hashes >> np.uint64(bit)) & np.uint64(1) for hashes in (first, second))
        agree = int((ours == theirs).sum())
        assert abs(agree - 20_000) < 700  # seven standard deviations
    assert len(np.unique(first ^ second)) == len(texts)
