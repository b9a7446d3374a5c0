"""Hiding values from everything that is shown, by a keyed hash; what was compared and counted stays."""
