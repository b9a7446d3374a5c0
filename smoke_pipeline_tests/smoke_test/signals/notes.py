"""Where signals are kept in tests: the same promises as the history's cache, in memory."""

from smoke_pipeline.smoke_test.signals.webhook import KEPT


class FakeNotes:
    def __init__(self):
        self._kept = {}

    def add(self, kind, key, value, *, span=KEPT):
        return self._kept.setdefault((kind, key), value) is value

    def put(self, kind, key, value, *, span=KEPT):
        self._kept[kind, key] = value

    def get(self, kind, key):
        return self._kept.get((kind, key))

    def kept(self, kind, *, without=None):
        found = {key: value for (of, key), value in self._kept.items() if of == kind}
        return found if without is None else {key: v for key, v in found.items() if v[without] is not True}

    def forget(self, kind, key):
        self._kept.pop((kind, key), None)
