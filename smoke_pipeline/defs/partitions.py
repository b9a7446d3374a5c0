"""The one partition set: a session is a partition, and its id is the partition key."""

import dagster as dg

smoke_sessions = dg.DynamicPartitionsDefinition(name="smoke_sessions")
