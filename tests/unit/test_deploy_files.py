"""The dashboard and the alerts ask for metrics that exist, with labels that they have, in queries that parse."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from tidegate.api.metrics import Gauges
from tidegate.domain.lifecycle import State

TOP = Path(__file__).parents[2]
DASHBOARD = TOP / "deploy" / "grafana" / "tidegate.json"
RULES = TOP / "deploy" / "prometheus" / "tidegate.rules.yml"
OURS: dict[str, Any] = {one.name: one for one in Gauges([]).collect()}
LABELS = {name: set(one._labelnames) for name, one in OURS.items()} | {"up": {"job", "instance"}}


def dashboard() -> dict[str, Any]:
    return json.loads(DASHBOARD.read_text())  # type: ignore[no-any-return]


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> dict[str, str]:
    """Return every query by where it stands."""
    panels = {
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard()["panels"]
        for target in panel["targets"]
    }
    return panels | {f"alert {rule['alert']}": rule["expr"] for rule in alerts()}


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Yield every selector of a parsed query."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    for name in ("lhs", "rhs", "expr", "args", "vector_selector"):
        below = getattr(node, name, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None:
                yield from selectors(one)


@pytest.mark.parametrize("place", queries())
def test_a_query_parses_and_asks_for_what_there_is(place: str) -> None:
    found = list(selectors(promql_parser.parse(queries()[place])))
    assert found
    for selector in found:
        assert selector.name in LABELS
        matchers = selector.matchers.matchers
        assert {matcher.name for matcher in matchers} <= LABELS[selector.name]
        assert {matcher.value for matcher in matchers if matcher.name == "state"} <= set(State)


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {selector.name for query in queries().values() for selector in selectors(promql_parser.parse(query))}
    assert shown - {"up"} == set(OURS)


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, one in OURS.items():
        assert re.fullmatch(r"tidegate_[a-z]+(_[a-z]+)*", name)
        assert one.type == "gauge"
        assert not name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_minutes"))
        assert one.documentation.endswith(".")


def test_an_alert_tells_what_it_means_and_what_to_do() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) >= 5
    for rule in alerts():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= {"pipeline"}


def test_panels_lie_side_by_side_and_have_ids_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert {x for x, _ in cells} == set(range(24))


def test_the_dashboard_names_no_source_of_somebody() -> None:
    assert set(re.findall(r'"uid": "([^"]+)"', DASHBOARD.read_text())) == {"tidegate", "${source}"}
