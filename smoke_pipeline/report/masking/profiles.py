"""What columns hold, with its values masked."""

from dataclasses import replace

from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.snapshots.profile import ColumnProfile, Profile


def masked_profile(found: Profile, masker: Masker | None) -> Profile:
    """The profile as it is shown: counts stay, values of what is masked do not."""
    if masker is None:
        return found
    return replace(found, columns=tuple(_masked(column, masker) for column in found.columns))


def _masked(column: ColumnProfile, masker: Masker) -> ColumnProfile:
    return replace(
        column,
        least=masker.mask(column.name, column.least),
        most=masker.mask(column.name, column.most),
        examples=tuple(masker.mask(column.name, one) or "" for one in column.examples),
    )
