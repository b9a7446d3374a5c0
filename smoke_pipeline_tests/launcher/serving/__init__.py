"""Tests of how the tools are reached."""
