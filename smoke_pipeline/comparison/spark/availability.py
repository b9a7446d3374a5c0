"""Whether pyspark is there, which not everybody installs; to be asked before the rest is imported."""

from importlib.util import find_spec

from smoke_pipeline.errors import DependencyMissingError


def require_pyspark() -> None:
    """Refuse to go on without pyspark.

    Raises:
        DependencyMissingError: It is not installed.
    """
    if find_spec("pyspark") is None:
        raise DependencyMissingError(
            "The engine spark needs pyspark, which is not installed.",
            suggestions=("pip install 'smoke-pipeline[spark]'", "Compare on this machine: --engine local."),
        )
