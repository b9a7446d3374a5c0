"""Commands that run suites of tests and show what came of them."""
