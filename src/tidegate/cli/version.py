"""`tidegate version`."""

from tidegate import __version__


def version() -> None:
    """Print the version."""
    print(__version__)  # noqa: T201 - the answer
