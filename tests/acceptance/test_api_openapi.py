"""The description of the API is whole: every route, every error, and both ways to prove who one is."""

import json

import httpx

from tidegate.api.routes import HANDLERS


async def test_openapi_lists_every_route_with_its_errors(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/api/openapi.json")
    described = json.loads(answer.content)
    assert (answer.status_code, described["openapi"][:3]) == (200, "3.1")
    for handler in HANDLERS:
        [path] = handler.paths
        for method in handler.http_methods:
            operation = described["paths"][path.replace(":str}", "}")][method.lower()]
            assert operation["operationId"] == handler.operation_id
            assert operation["description"], path
            assert {"400", "401", "403", "429", "503"} <= set(operation["responses"]), path
            assert ("{id}" in path) <= ("404" in operation["responses"]), path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (path, status)
    assert set(described["components"]["securitySchemes"]) == {"token", "session"}
    assert "http://" not in answer.text.replace("http://127.0.0.1", "")


async def test_operation_ids_are_unique() -> None:
    names = [handler.operation_id for handler in HANDLERS]
    assert len(names) == len(set(names))


async def test_mutating_routes_take_the_headers_that_make_them_safe(nobody: httpx.AsyncClient) -> None:
    described = (await nobody.get("/api/openapi.json")).json()
    retry = described["paths"]["/api/ingestion/jobs/{id}/retry"]["post"]
    assert {"Idempotency-Key", "If-Match"} <= {
        parameter["name"] for parameter in retry["parameters"] if parameter["in"] == "header"
    }
