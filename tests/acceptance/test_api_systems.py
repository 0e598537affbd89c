"""How other systems are asked is set over the API by administrators: references of secrets only, and each change on record."""

from tests import story
from tests.visitors import Visitor
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.operations.door import Services

SYSTEMS = "/api/systems"
PROD = {"namespace": "airflow://prod", "url": "https://hooks.example.org/run?key=hunter2", "secret": "env:AIRFLOW"}


async def test_a_system_is_set_rotated_listed_and_removed_on_record(services: Services, admin: Visitor) -> None:
    for secret in ("env:AIRFLOW", "file:/etc/tidegate/airflow.secret"):
        answer = await admin.http.put(SYSTEMS, json={**PROD, "secret": secret, "reason": f"found at {secret[:4]}"})
        assert (answer.status_code, answer.json()["namespace"]) == (200, "airflow://prod")
    [shown] = (await admin.http.get(SYSTEMS)).json()["items"]
    assert (shown["namespace"], shown["url"], shown["secret_ref"]) == (
        "airflow://prod", PROD["url"], "file:/etc/tidegate/airflow.secret",
    )  # fmt: skip
    gone = await admin.http.delete(SYSTEMS, params={"namespace": "airflow://prod", "reason": "moved"})
    assert gone.status_code == 200
    assert (await admin.http.get(SYSTEMS)).json()["items"] == []
    missing = await admin.http.delete(SYSTEMS, params={"namespace": "airflow://prod"})
    assert (missing.status_code, missing.json()["code"]) == (404, "system_not_found")

    [removed] = await story.events(services, action=AuditAction.SYSTEM_REMOVE, outcome=AuditOutcome.ALLOWED)
    written = await story.events(services, action=AuditAction.SYSTEM_SET)
    assert (str(removed.id), removed.body.actor.id) == (gone.json()["audit_event_id"], admin.asking.actor.id)
    assert [event.body.after for event in written] == [{"namespace": "airflow://prod", "host": "hooks.example.org"}] * 2
    assert [event.body.reason for event in (removed, *written)] == ["moved", "found at file", "found at env:"]


async def test_a_secret_itself_and_no_address_are_refused(admin: Visitor) -> None:
    for wrong, code in (({"secret": "whsec_aHVudGVyMg=="}, "bad_secret_reference"), ({"url": "run"}, "bad_url")):
        answer = await admin.http.put(SYSTEMS, json={**PROD, **wrong})
        assert (answer.json()["code"], "aHVudGVyMg" in answer.text) == (code, False)
    assert (await admin.http.get(SYSTEMS)).json()["items"] == []


async def test_the_same_key_sets_it_once(services: Services, admin: Visitor) -> None:
    first, again = [await admin.http.put(SYSTEMS, json=PROD, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert first.json() == again.json()
    assert len(await story.events(services, action=AuditAction.SYSTEM_SET)) == 1


async def test_only_administrators_may_and_a_refusal_is_on_record(services: Services, power_user: Visitor) -> None:
    assert (await power_user.http.put(SYSTEMS, json=PROD)).json()["needs"] == "admin"
    assert (await power_user.http.get(SYSTEMS)).status_code == 403
    [event] = await story.events(services, action=AuditAction.SYSTEM_SET)
    assert event.body.outcome is AuditOutcome.DENIED
