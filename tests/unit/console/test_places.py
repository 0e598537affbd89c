import pytest

from tests.unit.console.samples import CLOCK, actor
from tidegate.console.viewing import Viewer
from tidegate.domain.actor import Role


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/ingestion", {"/ingestion": "page"}),
        ("/ingestion/jobs/1", {"/ingestion": "true"}),
        ("/ingestion/causes", {"/ingestion/causes": "page"}),
        ("/ingestion/batches/1", {"/ingestion/batches": "true"}),
        ("/ingestion/retries", {"/ingestion/retries": "page"}),
        ("/search", {}),
    ],
)
def test_one_of_the_pages_on_ingestion_is_the_current_one(path: str, current: dict[str, str]) -> None:
    viewer = Viewer(actor(Role.VIEWER), CLOCK, "system", path)
    assert {place.url: place.current for place in viewer.ingestion_places if place.current} == current
