"""All routes of the console on one screen."""

from litestar import Router, get, post
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from tidegate.console import static_files
from tidegate.console.pages import (
    account,
    audit_log,
    batches,
    ingestion,
    job,
    people,
    preferences,
    problems,
    retrying,
    searching,
    signing_in,
    single_sign_on,
    submitting,
)
from tidegate.console.pages.problems import problem_page
from tidegate.console.viewing import begin, provide_viewer
from tidegate.web.guards import UNLIMITED

__all__ = ["HANDLERS", "problem_page"]

PAGES = [
    get("/")(signing_in.home),
    get("/sign-in")(signing_in.show),
    post("/sign-in")(signing_in.sign_in),
    get("/sign-in/link")(signing_in.show_link),
    post("/sign-in/link")(signing_in.sign_in_with_link),
    get("/sign-in/provider")(single_sign_on.leave),
    get("/sign-in/provider/return")(single_sign_on.come_back),
    post("/sign-out")(signing_in.sign_out),
    post("/preferences/theme")(preferences.choose_theme),
    post("/preferences/language")(preferences.choose_language),
    get("/ingestion")(ingestion.show),
    get("/ingestion/changes")(ingestion.changes),
    get("/ingestion/new")(submitting.show),
    post("/ingestion/new")(submitting.submit),
    post("/ingestion/new/files", request_max_body_size=None)(submitting.upload),
    get("/ingestion/jobs/{id:uuid}")(job.show),
    get("/ingestion/jobs/{id:uuid}/changes")(job.changes),
    get("/ingestion/jobs/{id:uuid}/retry")(retrying.ask_retry),
    post("/ingestion/jobs/{id:uuid}/retry")(retrying.retry),
    get("/ingestion/jobs/{id:uuid}/cancel")(retrying.ask_cancel),
    post("/ingestion/jobs/{id:uuid}/cancel")(retrying.cancel),
    post("/ingestion/jobs/{id:uuid}/diagnostic")(job.open_diagnostic),
    get("/ingestion/batches/{id:uuid}")(batches.show),
    get("/ingestion/batches/{id:uuid}/changes")(batches.changes),
    get("/search")(searching.show),
    get("/documents/{id:uuid}")(searching.show_document),
    get("/audit")(audit_log.show),
    get("/audit/{id:uuid}")(audit_log.show_event),
    post("/audit/export", status_code=200, media_type="application/octet-stream")(audit_log.export),
    get("/admin")(people.show),
    post("/admin/people")(people.add),
    post("/admin/people/{id:uuid}/role")(people.change_role),
    post("/admin/people/{id:uuid}/link")(people.issue_link),
    post("/admin/people/{id:uuid}/disabled")(people.disable),
    get("/account")(account.show),
    post("/account/password")(account.set_password),
    post("/account/tokens")(account.create_token),
    post("/account/tokens/{id:uuid}/revoke")(account.revoke_token),
    post("/account/sessions/{id:uuid}/revoke")(account.revoke_session),
    get("/{address:path}")(problems.nothing_here),
]

HANDLERS: list[ControllerRouterHandler] = [
    Router(
        "/", route_handlers=PAGES, before_request=begin, dependencies={"viewer": Provide(provide_viewer)}, include_in_schema=False
    ),
    get("/static/{version_asked:str}/{name:str}", opt={UNLIMITED: True}, include_in_schema=False)(static_files.send),
]
