"""What the user sets: `config/settings.yaml`, `${VAR}` and `SMOKE_…` variables, as frozen models.

`load` is the only reader of the environment. What a single comparison or session is asked to do is not a
setting: see `comparison.spec` and `smoke_test.spec`.
"""
