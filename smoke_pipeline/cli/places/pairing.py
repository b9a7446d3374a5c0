"""Two sides without an order: a ZIP that holds both, or two files whose names say which is the source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from smoke_pipeline.cli.places.naming import side_from
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.places import FilePlace, Whereabouts, place_at
from smoke_pipeline.smoke_test.spec import PathSide, UploadSide
from smoke_pipeline.smoke_test.uploads.pair import pair_in_zip
from smoke_pipeline.smoke_test.uploads.roles import Roles, roles_of
from smoke_pipeline.snapshots.manifest import Side

by_name_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--by-name", is_flag=True, help="The names of two files say which is the source, whatever their order."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Both sides as they are written, with what a pair adds to the options."""

    source: str
    target: str
    roles: Roles | None = None
    """None where the order of the arguments says which is the source."""
    members: Mapping[str, str] | None = None
    """Side -> member of the one ZIP that holds both."""

    @property
    def facts(self) -> dict[str, Any]:
        """What an answer in JSON says of the roles; null where the order of the arguments gave them."""
        return {"role_rule": str(self.roles.rule) if self.roles else None}

    def with_members(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options of a comparison, with the members of the two sides."""
        chosen = {
            side: {**options.get(side, {}), "member": name} for side, name in (self.members or {}).items()
        }
        return {**options, **chosen}


def paired(
    written: tuple[str, str | None],
    given: Mapping[str, Any],
    options: Mapping[str, Any],
    where: Whereabouts,
    *,
    is_upload: bool = False,
) -> Written:
    """Which side is which.

    Args:
        written: The arguments; without a second one the first is a ZIP that holds both sides.
        given: The flags.
        options: The options of the comparison.
        where: What tells where files lie.
        is_upload: Whether paths are those of files in the upload folder.

    Raises:
        UploadError: The one file is no ZIP of two CSVs.
        InvalidOptionError: There is one side alone, a member is named beside a ZIP that holds both, or both
            names are one.
    """
    source, target = written
    if target is None:
        _refuse_members(options)
        roles = pair_in_zip(_file(source, given, where, is_upload=is_upload))
        members = {"source": roles.source, "target": roles.target}
        return Written(source=source, target=source, roles=roles, members=members)
    if not given["by_name"]:
        return Written(source=source, target=target)
    roles = roles_of([source, target])
    return Written(source=roles.source, target=roles.target, roles=roles)


def _file(written: str, given: Mapping[str, Any], where: Whereabouts, *, is_upload: bool) -> Path:
    """Where the one file lies that holds both sides."""
    side = side_from(written, Side.SOURCE, given, is_upload=is_upload)
    if isinstance(side, PathSide):
        return Path(side.path)
    place = place_at(side, where) if isinstance(side, UploadSide) else None
    if not isinstance(place, FilePlace):
        raise InvalidOptionError(
            f"{written} is one side, and the other is not named.",
            suggestions=("Name the target, too.", "Name a ZIP of this machine that holds both CSVs."),
        )
    return place.path


def _refuse_members(options: Mapping[str, Any]) -> None:
    for side in ("source", "target"):
        if (options.get(side) or {}).get("member") is not None:
            raise InvalidOptionError(
                f"A member is named for the {side}, and only one file, of which both members are taken.",
                suggestions=("Name the ZIP twice.", "Leave the members to their names."),
            )
