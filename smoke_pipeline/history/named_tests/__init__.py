"""Tests that have a name, and the differences that were accepted for them; never what a definition means.

The wing `smoke_test.named` reads definitions and holds results to baselines.
"""
