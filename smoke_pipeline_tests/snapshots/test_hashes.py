"""Many hashes at once, against the plain way to say the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.snapshots.hashes import different, has_twice


@given(st.lists(st.sampled_from([0, 1, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)))
def test_each_hash_once_and_in_order(values):
    hashes = np.array(values, np.uint64)

    assert different(hashes).tolist() == sorted(set(values))
    assert has_twice(hashes) == (len(set(values)) < len(values))
    assert hashes.tolist() == values  # as they were
