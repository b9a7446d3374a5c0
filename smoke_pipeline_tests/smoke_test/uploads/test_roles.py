"""Which of two files is the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.uploads.roles import RoleRule, Roles, roles_of

OF_SOURCE = ("before", "old", "source", "src", "pre", "previous", "legacy", "vorher", "alt", "quelle")
OF_TARGET = ("after", "new", "target", "tgt", "post", "current", "migrated", "nachher", "neu", "ziel")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("before.csv", "after.csv"),
        ("orders_old.csv", "orders_new.csv"),
        ("SOURCE-2026.CSV", "TARGET-2026.CSV"),
        ("OrdersBefore.csv", "OrdersAfter.csv"),
        ("pre 2026.csv", "post 2026.csv"),
        ("bestand_vorher.csv", "bestand_nachher.csv"),
        ("before/orders.csv", "after/orders.csv"),
        (r"old\orders.csv", r"new\orders.csv"),
        ("old_target.csv", "new_target.csv"),
        ("orders.csv", "orders_after.csv"),
        ("orders_before.csv", "orders.csv"),
        ("source_x.csv", "neu_x.csv"),
        ("orders.before", "orders.after"),
        ("orders.csv.old", "orders.csv"),
        ("old_before.csv", "old_new.csv"),
        ("v1before.csv", "v1after.csv"),
    ],
)
def test_names_say_which_is_the_source_in_any_order(source, target):
    expected = Roles(source=source, target=target, rule=RoleRule.NAME)

    assert roles_of([source, target]) == roles_of([target, source]) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.csv", "b.csv"),
        ("preorder.csv", "postcard.csv"),
        ("renewal.csv", "threshold.csv"),
        ("before_1.csv", "before_2.csv"),
        ("before_after.csv", "orders.csv"),
        ("source_new.csv", "target_old.csv"),
        ("source_a.csv", "before_b.csv"),
    ],
)
def test_where_names_leave_it_open_the_order_decides(first, second):
    assert roles_of([first, second]) == Roles(source=first, target=second, rule=RoleRule.ORDER)


@pytest.mark.parametrize("names", [[], ["a.csv"], ["a.csv", "a.csv"], ["a.csv", "b.csv", "c.csv"]], ids=len)
def test_roles_are_for_two_files(names):
    with pytest.raises(InvalidOptionError, match="two files of different names"):
        roles_of(names)


def test_roles_are_told_in_a_sentence():
    roles = roles_of(["after.csv", "before.csv"])

    assert roles.sentence == "Source: before.csv, target: after.csv (by name)."


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    min_size=2,
    max_size=2,
    unique=True,
)
PLAIN = st.text("bcdfgh0123456789_-. ", max_size=8)


@given(NAMES)
def test_both_files_get_a_role_whatever_they_are_called(names):
    roles = roles_of(names)
    turned = roles_of(names[::-1])

    assert {roles.source, roles.target} == set(names)
    assert roles.rule is turned.rule
    if roles.rule is RoleRule.NAME:
        assert roles == turned
    else:
        assert [roles.source, roles.target] == names


@given(
    PLAIN,
    PLAIN,
    st.sampled_from(OF_SOURCE),
    st.sampled_from(OF_TARGET),
    st.sampled_from(["_", "-", " ", "."]),
)
def test_a_whole_word_is_found_wherever_it_stands(start, end, of_source, of_target, sign):
    source, target = (f"{start}{sign}{word}{sign}{end}.csv" for word in (of_source, of_target))

    for names in ([source, target], [target, source]):
        for changed in (names, [name.upper() for name in names]):
            roles = roles_of(changed)
            assert (roles.source.lower(), roles.rule) == (source.lower(), RoleRule.NAME)


@given(st.sampled_from(OF_SOURCE + OF_TARGET), st.sampled_from("xq"))
def test_a_part_of_a_word_says_nothing(word, letter):
    names = [f"{word}{letter}.csv", f"{letter}{word}.csv"]

    assert roles_of(names) == Roles(source=names[0], target=names[1], rule=RoleRule.ORDER)
