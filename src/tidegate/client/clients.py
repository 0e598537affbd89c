"""The two clients. What they do is in `plans` and `following`; here it gets its names, once for both."""

import os
from types import TracebackType
from typing import Any, Self

import httpx

from tidegate.client import audit_plans, following, many_plans, outward_plans, people_plans, plans
from tidegate.client.calls import Call, Each, WithAwaiting, WithWaiting
from tidegate.client.drivers import Awaiting, Waiting

SERVER_VARIABLE = "TIDEGATE_SERVER"
TOKEN_VARIABLE = "TIDEGATE_TOKEN"
TIMEOUT_SECONDS = 60.0
"""Of silence: a stream says that it is still there each 15 seconds."""


class _Methods:
    """What both clients do."""

    me = Call(plans.me)
    submit = Call(plans.submit)
    submit_from = Call(plans.submit_from)
    list = Call(plans.list_jobs)
    iterate = Each(plans.each_job)
    get = Call(plans.get_job)
    standing = Call(plans.get_standing)
    counts = Call(many_plans.count_jobs)
    batch = Call(plans.get_batch)
    batches = Call(many_plans.list_batches)
    retry = Call(plans.retry)
    cancel = Call(plans.cancel)
    wait = Call(plans.wait)
    wait_job = Call(plans.wait_job)
    events = Each(following.events)
    failures = Call(many_plans.list_failures)
    causes = Call(many_plans.list_causes)
    acknowledge = Call(many_plans.acknowledge)
    unacknowledge = Call(many_plans.unacknowledge)
    acknowledge_many = Call(many_plans.acknowledge_many)
    preview_retry = Call(many_plans.preview_retry)
    retry_many = Call(many_plans.retry_many)
    retry_of_many = Call(many_plans.get_retry)
    wait_retry = Call(many_plans.wait_retry)
    retried = Each(many_plans.each_retried)
    workers = Call(many_plans.list_workers)
    search = Call(many_plans.search)
    content = Each(many_plans.each_passage)
    retries_of_many = Each(many_plans.each_retry)
    pulse = Call(many_plans.get_pulse)
    pipelines = Call(many_plans.list_pipelines)
    diagnostic = Call(many_plans.open_diagnostic)

    audit = Call(audit_plans.list_audit)
    audit_events = Each(audit_plans.each_audit_event)
    audit_event = Call(audit_plans.get_audit_event)
    receipt = Call(audit_plans.get_receipt)
    seal = Call(audit_plans.get_seal)
    export_audit = Each(audit_plans.export_audit)
    verify_audit = Call(audit_plans.verify_audit)

    people = Each(people_plans.each_person)
    person = Call(people_plans.get_person)
    add_person = Call(people_plans.add_person)
    change_role = Call(people_plans.change_role)
    disable_person = Call(people_plans.disable_person)
    set_content_right = Call(people_plans.set_content_right)
    issue_link = Call(people_plans.issue_link)
    sessions = Call(people_plans.list_sessions)
    revoke_session = Call(people_plans.revoke_session)
    tokens = Call(people_plans.list_tokens)
    revoke_token = Call(people_plans.revoke_token)

    channels = Call(outward_plans.list_channels)
    channel = Call(outward_plans.get_channel)
    add_channel = Call(outward_plans.add_channel)
    change_channel = Call(outward_plans.change_channel)
    remove_channel = Call(outward_plans.remove_channel)
    test_channel = Call(outward_plans.send_test)
    deliveries = Each(outward_plans.each_delivery)
    systems = Call(outward_plans.list_systems)
    set_system = Call(outward_plans.set_system)
    remove_system = Call(outward_plans.remove_system)


class Client(_Methods, WithWaiting):
    """A client that waits. Close it, or use it as a context manager; threads may share it.

    `server` is Tidegate's address, with the prefix where it has one; `token` an API token. What is not given is taken from
    TIDEGATE_SERVER and TIDEGATE_TOKEN. `timeout` is how many seconds the server may be silent. Raises ValueError.
    """

    def __init__(self, server: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._http = httpx.Client(**_options(server, token, timeout))
        self._driver = Waiting(self._http)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncClient(_Methods, WithAwaiting):
    """A client that awaits. Otherwise as `Client`; its methods have the same names and parameters."""

    def __init__(self, server: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._http = httpx.AsyncClient(**_options(server, token, timeout))
        self._driver = Awaiting(self._http)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


def _options(server: str | None, token: str | None, timeout: float) -> dict[str, Any]:
    address = server or os.environ.get(SERVER_VARIABLE, "")
    secret = token or os.environ.get(TOKEN_VARIABLE, "")
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"name the server's address, which begins with http:// or https://, here or in {SERVER_VARIABLE}")
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    return {"base_url": address, "headers": headers, "timeout": timeout, "follow_redirects": False}
