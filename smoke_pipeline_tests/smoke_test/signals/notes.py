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

    def kept(self, kind):
        return {key: value for (of, key), value in self._kept.items() if of == kind}

    def forget(self, kind, key):
        self._kept.pop((kind, key), None)
