"""Dagster in memory, as far as the keeping of sessions asks it."""

from dataclasses import replace

from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator, SeenRun


class FakeOrchestrator(Orchestrator):
    """Runs and partitions that a test sets."""

    def __init__(self):
        self.runs = {}
        self.keys = []
        self.dead = set()
        self.stopped = []

    def add(self, run_id, session_id, status=JobStatus.RUNNING, job_name="verify"):
        self.runs[run_id] = SeenRun(run_id=run_id, job_name=job_name, session_id=session_id, status=status)
        return self.runs[run_id]

    def run(self, run_id):
        return self.runs.get(run_id)

    def unfinished(self):
        return [run for run in self.runs.values() if run.status in (JobStatus.QUEUED, JobStatus.RUNNING)]

    def bury(self):
        buried = [run for run in self.unfinished() if run.run_id in self.dead]
        for run in buried:
            self.runs[run.run_id] = replace(run, status=JobStatus.FAILED)
        return [self.runs[run.run_id] for run in buried]

    def stop(self, run_id):
        self.stopped.append(run_id)
        return True

    def partitions(self):
        return list(self.keys)

    def sessions_with_runs(self):
        return {run.session_id for run in self.runs.values() if run.session_id}

    def add_partition(self, session_id):
        if session_id not in self.keys:
            self.keys.append(session_id)

    def forget(self, session_id):
        self.runs = {n: run for n, run in self.runs.items() if run.session_id != session_id}
        self.keys = [key for key in self.keys if key != session_id]
