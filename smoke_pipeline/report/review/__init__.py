"""Looking at bundles that were written: whether one is whole, and what changed from one to the next."""
