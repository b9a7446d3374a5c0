"""Who acts in the tests."""

from smoke_pipeline.history.access.keys import NewKey
from smoke_pipeline.history.access.roles import Identity, permissions_of
from smoke_pipeline.history.records import Role


def person(role: Role | str, client_id: str = "ada", scopes=None) -> Identity:
    return Identity(client_id=client_id, role=Role(role), permissions=permissions_of(Role(role), scopes))


def new_key(role: Role | str = "user", client_id: str = "ada", **changes) -> NewKey:
    return NewKey(**{"name": "laptop", "client_id": client_id, "role": Role(role), **changes})
