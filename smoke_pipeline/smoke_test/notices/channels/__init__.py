"""The ways a notice goes: each knows one protocol, and turns what stops it into one of our errors."""
