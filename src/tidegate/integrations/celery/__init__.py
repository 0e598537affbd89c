"""The tasks of a Celery application as jobs of Tidegate: one call connects them.

    from tidegate.integrations.celery import connect
    connect(app, server="https://tidegate.example.com", token=os.environ["TIDEGATE_TOKEN"])

Needs the extra `tidegate[celery]`. Tasks are never held up: events go out from a thread of their own, and are dropped when
there are too many. What a task was called with is sealed before it leaves; Tidegate keeps it and cannot read it.
"""

from tidegate.integrations.celery.bridge import Bridge, connect

__all__ = ["Bridge", "connect"]
