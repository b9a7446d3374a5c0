"""The one partition set: a session is a partition, and its id is the partition key."""

import dagster as dg

from smoke_pipeline.smoke_test.pipeline_names import SESSIONS

smoke_sessions = dg.DynamicPartitionsDefinition(name=SESSIONS)
