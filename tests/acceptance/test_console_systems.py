"""How another system is asked is set, changed and removed by an administrator: in a browser, by plain forms, and in dialogs."""

import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.acceptance.test_console_says_nothing_untranslated import Marked, bare
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.console import language
from tidegate.console.viewing import LANGUAGE_COOKIE
from tidegate.domain.actor import Role
from tidegate.ledger.rerun_calls import System
from tidegate.operations.door import Services, perform
from tidegate.operations.external.systems import ClaimRuns, SetSystem, list_systems

pytestmark = pytest.mark.browser

HIDDEN = "hunter2"
URL = f"https://hooks.example.org/run?key={HIDDEN}"
TOP = "/admin/systems"
Form = dict[str, str | float | bool]


async def known(services: Services) -> dict[str, System]:
    """Return the systems by namespace."""
    return {system.namespace: system for system in await list_systems(services, story.OPERATOR.actor)}


async def test_a_system_is_set_changed_and_removed_by_plain_forms(live_server: LiveServer) -> None:
    services = live_server.services
    ada = await story.person(services, Role.ADMIN)
    async with looking(live_server, ada, java_script_enabled=False, expected="400") as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="Other systems").click()
        await expect(page.get_by_text("No system yet")).to_be_visible()
        await page.get_by_role("link", name="Add a system").click()
        await page.get_by_label("Namespace").fill("airflow://prod")
        await page.get_by_label("Web address of the call").fill(URL)
        await page.get_by_label("Where the secret is").fill("whsec_aHVudGVyMg==")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("alert")).to_contain_text("env:NAME or file:/path")
        await expect(page.get_by_label("Namespace")).to_have_value("airflow://prod")
        assert "whsec_aHVudGVyMg" not in await page.content()
        await page.get_by_label("Where the secret is").fill("env:AIRFLOW")
        await page.get_by_label("Reason").fill("Orders are loaded there")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_text("How this system is asked is saved, and it holds at once.")).to_be_visible()
        await expect(page.get_by_text("called at hooks.example.org")).to_be_visible()
        assert HIDDEN not in await page.content()
        await changed(page, services)
        await page.get_by_role("link", name="Remove airflow://prod").click()
        await page.get_by_label("Reason").fill("Moved away")
        await page.get_by_role("button", name="Remove the system").click()
        await expect(page.get_by_text("The system is removed.")).to_be_visible()
        await page.get_by_role("link", name="See the audit event").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("removed how another system is asked")
        await expect(page.get_by_text("Moved away")).to_be_visible()
    assert await known(services) == {}
    reasons = [event.body.reason for event in await story.events(services, action=AuditAction.SYSTEM_SET)]
    assert reasons == [None, "Orders are loaded there"]


async def changed(page: Page, services: Services) -> None:
    """Have another secret used; the address, which is not shown, stays."""
    await page.get_by_role("link", name="Change airflow://prod").click()
    assert HIDDEN not in await page.content()
    await expect(page.get_by_label("Web address of the call")).to_have_value("")
    await page.get_by_label("Where the secret is").fill(HIDDEN)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("env:NAME or file:/path")
    assert HIDDEN not in await page.content()
    await page.get_by_label("Where the secret is").fill("file:/etc/tidegate/airflow.secret")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("/etc/tidegate/airflow.secret")).to_be_visible()
    system = (await known(services))["airflow://prod"]
    assert (system.url, system.secret_ref) == (URL, "file:/etc/tidegate/airflow.secret")


async def test_dialogs_ask_the_same(live_server: LiveServer) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.ADMIN), expected="400") as page:
        await page.goto(TOP)
        await page.get_by_role("link", name="Change celery://harbour").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Web address of the call").fill("run")
        await dialog.get_by_label("Where the secret is").fill("env:CELERY")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("This is no web address")
        await dialog.get_by_label("Web address of the call").fill("https://celery.example.org/again")
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("called at celery.example.org")).to_be_visible()
        await page.get_by_role("link", name="Remove airflow://prod").click()
        await dialog.get_by_role("button", name="Remove the system").click()
        await expect(page.get_by_text("The system is removed.")).to_be_visible()
    assert set(await known(services)) == {"celery://harbour"}


async def test_its_pages_are_accessible_and_wholly_translated(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    services = live_server.services
    monkeypatch.setitem(language.LANGUAGES, "xx", Marked("xx", "Marks", ",", "."))
    pages = await seeded(services)
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        for tag in ("en", "de"):
            await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": tag, "url": live_server.url}])
            for path in pages:
                for theme in ("light", "dark"):
                    await page.emulate_media(color_scheme=theme)
                    await page.goto(path)
                    assert await violations(page) == [], path
                await page.set_viewport_size({"width": 320, "height": 640})
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "xx", "url": live_server.url}])
        for path in pages:
            await page.goto(path)
            assert await bare(page) <= {"airflow://prod", "celery://harbour"}, path


async def test_a_power_user_is_refused_on_record(live_server: LiveServer) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="403") as page:
        for path in (TOP, f"{TOP}/new", f"{TOP}/change?namespace=airflow%3A%2F%2Fprod"):
            await page.goto(path)
            await expect(page.locator("body")).not_to_contain_text("hooks.example.org")
        for path in ("", "/change", "/remove"):
            form: Form = {"namespace": "airflow://prod", "secret": "env:OTHER"}
            answer = await page.request.post(
                f"{live_server.url}{TOP}{path}", form=form, headers={"Sec-Fetch-Site": "same-origin"}
            )
            assert answer.status == 403
    actions = [event.body.action for event in await story.events(services, outcome=AuditOutcome.DENIED)]
    assert sorted(actions) == [AuditAction.SYSTEM_REMOVE, AuditAction.SYSTEM_SET, AuditAction.SYSTEM_SET]
    assert (await known(services))["airflow://prod"].secret_ref == "env:AIRFLOW"


async def seeded(services: Services) -> tuple[str, ...]:
    """Make a system that is called and one that comes asking; return the addresses of all pages."""
    await perform(services, story.OPERATOR, SetSystem("airflow://prod", URL, "env:AIRFLOW"))
    await perform(services, story.OPERATOR, ClaimRuns("celery://harbour"))
    called, comes = "namespace=airflow%3A%2F%2Fprod", "namespace=celery%3A%2F%2Fharbour"
    acts = (f"{TOP}/change?{called}", f"{TOP}/change?{comes}", f"{TOP}/remove?{called}")
    return (TOP, f"{TOP}/new", *acts)
