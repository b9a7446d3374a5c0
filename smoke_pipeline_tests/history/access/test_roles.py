"""What each role permits, and whose sessions somebody sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError, PermissionDeniedError
from smoke_pipeline.history.access.roles import (
    LOCAL,
    PERMISSIONS,
    Permission,
    may_change,
    may_see,
    permissions_of,
    require,
    require_within,
)
from smoke_pipeline.history.records import Role, Status
from smoke_pipeline_tests.history.access.people import person
from smoke_pipeline_tests.history.samples import session

SCOPES = st.sets(st.sampled_from(Permission))
ROLES = st.sampled_from(Role)
ROLES_THAT_MAY = {
    "start_sessions": "admin dba user",
    "see_own_sessions": "admin dba user",
    "read_production": "admin dba",
    "see_all_sessions": "admin dba",
    "change_all_sessions": "admin dba",
    "read_all_reports": "admin dba billing",
    "clean_up": "admin dba",
    "manage_keys": "admin",
    "read_audit": "admin",
    "run_installation": "admin",
}


def test_each_permission_belongs_to_these_roles():
    found = {
        permission.value: " ".join(role for role in Role if permission in PERMISSIONS[role])
        for permission in Permission
    }

    assert found == ROLES_THAT_MAY


def test_the_person_here_may_do_everything():
    assert LOCAL.permissions == set(Permission)


@given(ROLES, SCOPES)
def test_scopes_only_ever_narrow_a_role(role, scopes):
    narrowed = permissions_of(role, scopes)

    assert narrowed <= PERMISSIONS[role]
    assert narrowed <= scopes
    assert narrowed == {one for one in Permission if one in scopes and one in PERMISSIONS[role]}


@given(ROLES, SCOPES, SCOPES)
def test_fewer_scopes_never_permit_more(role, scopes, more):
    assert permissions_of(role, scopes) <= permissions_of(role, scopes | more) <= permissions_of(role)


@given(ROLES, SCOPES)
def test_scopes_are_accepted_exactly_where_they_widen_nothing(role, scopes):
    if permissions_of(role, scopes) == scopes:
        require_within(role, scopes)
        return
    with pytest.raises(InvalidOptionError, match="a key can only narrow its role"):
        require_within(role, scopes)


@given(ROLES, SCOPES, st.sampled_from(Permission))
def test_what_is_required_is_refused_exactly_where_it_is_not_permitted(role, scopes, permission):
    someone = person(role, scopes=scopes)
    if permission in permissions_of(role, scopes):
        require(someone, permission, "do this")
        return

    with pytest.raises(PermissionDeniedError) as caught:
        require(someone, permission, "do this")

    error = caught.value
    assert error.your_role == role
    assert set(error.required_roles) == {one for one in Role if permission in PERMISSIONS[one]}
    assert error.hint in error.suggestions
    assert ("narrowed" in error.hint) == (permission in PERMISSIONS[role])


def test_a_refusal_tells_a_program_the_role_and_the_roles_that_may():
    with pytest.raises(PermissionDeniedError) as caught:
        require(person("user"), Permission.READ_PRODUCTION, "read by the preset 'production'")

    told = caught.value.to_dict()
    assert told["error_message"] == (
        "With the role user you may not read by the preset 'production'; "
        "it needs the permission read_production."
    )
    assert (told["your_role"], told["required_roles"]) == ("user", ["admin", "dba"])
    assert told["hint"] == "Ask somebody with the role admin or dba, or for a key with that role."
    assert told["context"]["your_role"] == "user"
    assert not caught.value.retryable


OWN, OTHER = "ada", "bob"


@pytest.mark.parametrize(
    ("role", "owner", "status", "sees", "changes"),
    [
        ("admin", OTHER, Status.ACTIVE, True, True),
        ("dba", OTHER, Status.ACTIVE, True, True),
        ("user", OWN, Status.ACTIVE, True, True),
        ("user", OWN, Status.COMPLETED, True, True),
        ("user", OTHER, Status.ACTIVE, False, False),
        ("user", OTHER, Status.COMPLETED, False, False),
        ("billing", OWN, Status.ACTIVE, False, False),
        ("billing", OTHER, Status.FAILED, False, False),
        ("billing", OTHER, Status.COMPLETED, True, False),
        ("billing", OTHER, Status.ARCHIVED, True, False),
    ],
)
def test_whose_sessions_somebody_sees_and_changes(role, owner, status, sees, changes):
    looked_at = session(client_id=owner, status=status)

    assert may_see(person(role, OWN), looked_at) is sees
    assert may_change(person(role, OWN), looked_at) is changes


def test_a_key_that_may_only_look_changes_nothing():
    looking = person("user", OWN, scopes={Permission.SEE_OWN_SESSIONS})

    assert may_see(looking, session(client_id=OWN))
    assert not may_change(looking, session(client_id=OWN))


@pytest.mark.parametrize(("role", "only"), [("admin", None), ("dba", None), ("user", OWN), ("billing", OWN)])
def test_a_list_is_limited_to_ones_own_unless_all_may_be_seen(role, only):
    assert person(role, OWN).sees_only_client == only
