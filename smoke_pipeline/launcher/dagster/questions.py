"""What is asked of Dagster, in its GraphQL."""

ADD_PARTITION = """
mutation($repository: RepositorySelector!, $name: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $name, partitionKey: $key) {
    __typename
    ... on PythonError { message }
    ... on UnauthorizedError { message }
  }
}
"""

_LAUNCHED = """
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message }
    ... on PipelineNotFoundError { message }
    ... on InvalidSubsetError { message }
    ... on UnauthorizedError { message }
    ... on RunConflict { message }
    ... on ConflictingExecutionParamsError { message }
"""

LAUNCH = f"""
mutation($params: ExecutionParams!) {{
  launchRun(executionParams: $params) {{ {_LAUNCHED} }}
}}
"""

RUN_AGAIN = f"""
mutation($params: ReexecutionParams!) {{
  launchRunReexecution(reexecutionParams: $params) {{ {_LAUNCHED} }}
}}
"""

RUN = """
query($id: ID!) {
  runOrError(runId: $id) {
    __typename
    ... on Run { runId status }
    ... on PythonError { message }
  }
}
"""

WHY = """
query($id: ID!) {
  runOrError(runId: $id) {
    __typename
    ... on Run {
      runId
      status
      eventConnection(limit: 1000) { events {
        ... on RunFailureEvent { error { message causes { message } } message }
        ... on ExecutionStepFailureEvent { error { message causes { message } } message }
      } }
    }
    ... on PythonError { message }
  }
}
"""

RUNS = """
query($filter: RunsFilter) {
  runsOrError(filter: $filter, limit: 1) {
    __typename
    ... on Runs { results { runId status } }
    ... on InvalidPipelineRunsFilterError { message }
    ... on PythonError { message }
  }
}
"""

CANCEL = """
mutation($id: String!) {
  terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) {
    __typename
    ... on TerminateRunFailure { message }
    ... on UnauthorizedError { message }
    ... on PythonError { message }
  }
}
"""

TELL = """
mutation($params: ReportRunlessAssetEventsParams!) {
  reportRunlessAssetEvents(eventParams: $params) {
    __typename
    ... on PythonError { message }
    ... on UnauthorizedError { message }
  }
}
"""

HEALTH = """{
  workspaceLocationEntryOrError(name: "smoke_pipeline") {
    __typename
    ... on WorkspaceLocationEntry {
      loadStatus
      locationOrLoadError { __typename ... on PythonError { message } }
    }
  }
  instance { daemonHealth { allDaemonStatuses { daemonType healthy lastHeartbeatTime } } }
}"""
