"""A reason is a sentence or two, whoever gives it: and no reason keeps a refusal out of the audit log."""

from uuid import UUID

import pytest

from tests import story
from tidegate.audit.vocabulary import AuditOutcome
from tidegate.domain.actor import ANONYMOUS, Role
from tidegate.domain.refusals import Forbidden, Invalid, Unauthenticated
from tidegate.operations.door import DENIED_REASON_LIMIT, Asking, Services, perform
from tidegate.operations.jobs import REASON_LIMIT, Retry
from tidegate.operations.people import ChangeRole, DisablePerson


async def test_of_a_refused_reason_no_more_is_kept_than_of_another(services: Services) -> None:
    with pytest.raises(Unauthenticated):
        await perform(services, Asking(ANONYMOUS), Retry(await story.failed(services), reason="r" * 1_000_000))
    [event] = await story.events(services, outcome=AuditOutcome.DENIED)
    assert event.body.reason == "r" * DENIED_REASON_LIMIT
    assert DENIED_REASON_LIMIT == REASON_LIMIT


async def test_a_reason_that_cannot_be_stored_does_not_keep_the_refusal_off_record(services: Services) -> None:
    viewer = await story.person(services, Role.VIEWER)
    with pytest.raises(Forbidden):
        await perform(services, viewer, Retry(await story.failed(services), reason="quietly\0"))
    [event] = await story.events(services, outcome=AuditOutcome.DENIED)
    assert event.body.reason == "quietly\ufffd"


@pytest.mark.parametrize(
    "act", [lambda who: ChangeRole(who, Role.ADMIN, "r" * 501), lambda who: DisablePerson(who, reason="r" * 501)]
)
async def test_what_is_done_to_people_takes_no_longer_reason_either(services: Services, act: object) -> None:
    person = (await story.person(services, Role.VIEWER)).actor.id
    assert isinstance(person, UUID)
    assert callable(act)
    with pytest.raises(Invalid, match="reason_too_long"):
        await perform(services, story.OPERATOR, act(person))
