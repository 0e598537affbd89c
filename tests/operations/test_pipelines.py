"""What an administrator sees of pipelines."""

import pytest

from tests import story
from tidegate.domain.actor import Role
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Forbidden
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.operations.pipelines import PipelineState, list_pipelines


async def documents(services: Services) -> PipelineState:
    [found] = [state for state in await list_pipelines(services, story.OPERATOR.actor) if state.name == "documents"]
    return found


async def test_a_pipeline_tells_its_steps_with_their_limits(services: Services) -> None:
    told = await documents(services)
    assert (told.registered, [step.name for step in told.steps]) == (True, ["fetch", "identify", "extract", "chunk", "index"])
    fetch = {limit.variable: limit.value for limit in told.steps[0].limits}
    assert fetch == {"TIDEGATE_MAX_FILE_BYTES": services.settings.max_file_bytes, "TIDEGATE_FETCH_TIMEOUT": 120.0}
    assert told.steps[-1].limits == []


async def test_a_pipeline_tells_what_waits_what_runs_and_who_serves_it(services: Services) -> None:
    assert (await documents(services)).workers == []
    submitted = await story.submitted(services, "a.txt", "b.txt", "c.txt")
    await story.begun(services, submitted.job_ids[0])
    told = await documents(services)
    assert (told.jobs[State.QUEUED], told.jobs[State.RUNNING]) == (2, 1)
    assert [worker.running for worker in told.workers] == [1]


async def test_a_pipeline_that_only_a_worker_knows_is_told_as_such(services: Services) -> None:
    await execution.enlist(services, new_id(), "elsewhere", 1, ["csv_rows"])
    [told] = [state for state in await list_pipelines(services, story.OPERATOR.actor) if state.name == "csv_rows"]
    assert (told.registered, told.steps, [worker.host for worker in told.workers]) == (False, [], ["elsewhere"])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POWER_USER])
async def test_pipelines_are_seen_by_administrators_only(services: Services, role: Role) -> None:
    with pytest.raises(Forbidden):
        await list_pipelines(services, (await story.person(services, role)).actor)
