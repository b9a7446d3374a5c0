"""The comparison says what is true of every case of `benchmarks.false_pass`."""
