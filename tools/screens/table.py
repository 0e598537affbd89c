"""Every picture in one table: a further screen is one line here.

An address may name what is in the day: `{job[Pilotage rules.pdf]}`, `{batch[…]}`, `{document[…]}`, `{event[…]}` (the latest audit
event of a job), `{person[…]}`. What changes something comes last, so that the other pictures do not show it.
"""

from dataclasses import dataclass
from typing import Literal

from tools.screens.steps import Step, choose_files, click, dialog, fill, hover, press, see

Where = Literal["day", "first day", "away"]

ADMIN, POWER, VIEWER, AUDITOR = "astrid.holm", "pavel.novak", "vera.okafor", "jonas.weber"


@dataclass(frozen=True)
class Screen:
    """One picture: its name, the address, who looks (None: nobody signed in), what they do first, and over which data.

    `whole` takes the whole page, however long; `expected` is a status that may come instead of 200; `only` is the one view
    that it is for.
    """

    name: str
    address: str
    who: str | None = POWER
    then: tuple[Step, ...] = ()
    where: Where = "day"
    whole: bool = False
    expected: int = 200
    only: Literal["phone", "wide"] | None = None


WRONG_PASSWORD = (fill("#login", "pavel.novak"), fill("#password", "tide"), click("button.big"), see("[role=alert]"))
THREE_FILES = choose_files("Minutes of the board, 18 November.docx", "Dues 2027.xlsx", "Berth 7.pdf")
FORBIDDEN_PATH = (fill("#places", "/etc/passwd"), click("section:last-child .primary"), see("[role=alert]"))
OPENED_DIAGNOSTIC = (click("#diagnose > summary"), click("#diagnose button"), see(".detail"))
NEW_TOKEN = (fill("#name", "nightly report"), click("form.stack .button.primary"), see("#secret"))

SCREENS = (
    Screen("sign-in", "/sign-in", None),
    Screen("sign-in-link", "/sign-in/link?token=x", None),
    Screen("sign-in-link-incomplete", "/sign-in/link", None),
    Screen("ingestion", "/ingestion"),
    Screen("ingestion-whole", "/ingestion", whole=True),
    Screen("ingestion-queued", "/ingestion?state=queued"),
    Screen("ingestion-running", "/ingestion?state=running"),
    Screen("ingestion-succeeded", "/ingestion?state=succeeded"),
    Screen("ingestion-failed", "/ingestion?state=failed"),
    Screen("ingestion-failed-viewer", "/ingestion?state=failed", VIEWER, (hover(".row .off"),)),
    Screen("ingestion-cancelled", "/ingestion?state=cancelled"),
    Screen("ingestion-by-name", "/ingestion?q=invoice"),
    Screen("ingestion-by-cause", "/ingestion?state=failed&failure=source_auth_expired"),
    Screen("ingestion-of-batch", "/ingestion?batch={batch[Pilotage rules.pdf]}"),
    Screen("ingestion-nothing-found", "/ingestion?q=no-such-name"),
    Screen("ingestion-empty", "/ingestion", where="first day"),
    Screen("ingestion-keyboard", "/ingestion?state=failed", then=(press("j", "j", "j"),), only="wide"),
    Screen("needs-attention", "/ingestion?attention=unresolved"),
    Screen("needs-attention-recovered", "/ingestion?attention=recovered"),
    Screen("needs-attention-acknowledged", "/ingestion?attention=acknowledged"),
    Screen("selected", "/ingestion?attention=unresolved", then=(press("j", "x", "j", "x", "j", "x"), see(".picking"))),
    Screen("selected-retry", "/ingestion?attention=unresolved", then=(press("j", "x", "j", "x", "r"), dialog)),
    Screen("more-filters", "/ingestion?source=url&failed=24h"),
    Screen("causes", "/ingestion/causes"),
    Screen("causes-viewer", "/ingestion/causes?window=7d", VIEWER),
    Screen("causes-empty", "/ingestion/causes", where="first day"),
    Screen("retry-many", "/ingestion/retries/new?attention=unresolved"),
    Screen("retries", "/ingestion/retries"),
    Screen("retried", "/ingestion/retries/{retry[together]}"),
    Screen("retried-left-out", "/ingestion/retries/{retry[together]}?verdict=left_out"),
    Screen("acknowledge", "/ingestion/jobs/{job[Gate 3 blueprint.pdf]}/acknowledge"),
    Screen("acknowledge-many", "/ingestion/acknowledgements/new?failure=source_auth_expired"),
    Screen("unacknowledge", "/ingestion/jobs/{job[Empty template.docx]}/unacknowledge"),
    Screen("job-acknowledged", "/ingestion/jobs/{job[Empty template.docx]}"),
    Screen("batches", "/ingestion/batches"),
    Screen("pulse", "/ingestion/pulse?window=24h", whole=True),
    Screen("pulse-week", "/ingestion/pulse?window=7d"),
    Screen("pulse-empty", "/ingestion/pulse", where="first day"),
    Screen("help", "/ingestion", then=(press("?"), dialog)),
    Screen("menu", "/ingestion", then=(click("#menu > summary"),), only="phone"),
    Screen("retry", "/ingestion?state=failed", then=(click("[data-retry]"), dialog)),
    Screen("retry-page", "/ingestion/jobs/{job[Quay wall model.pdf]}/retry"),
    Screen("retry-refused", "/ingestion/jobs/{job[Quay wall model.pdf]}/retry", VIEWER),
    Screen("cancel", "/ingestion/jobs/{job[Tidal prediction tables]}", then=(click("#job-cancel"), dialog)),
    Screen("job-queued", "/ingestion/jobs/{job[Tender]}"),
    Screen("job-waiting-for-retry", "/ingestion/jobs/{job[harbour-dues]}"),
    Screen("job-running", "/ingestion/jobs/{job[Tidal prediction tables]}"),
    Screen("job-running-again", "/ingestion/jobs/{job[Dredging survey north basin (scan).tiff]}"),
    Screen("job-succeeded", "/ingestion/jobs/{job[Pilotage rules.pdf]}"),
    Screen("job-known-already", "/ingestion/jobs/{job[Invoice 4473 Kestrel Towage (copy).pdf]}"),
    Screen("job-recovered", "/ingestion/jobs/{job[Insurance certificate MS Aurora.pdf]}"),
    Screen("job-recovered-by-itself", "/ingestion/jobs/{job[Environmental impact study]}"),
    Screen("job-failed", "/ingestion/jobs/{job[Chart 2207 corrections.pdf]}"),
    Screen("job-failed-viewer", "/ingestion/jobs/{job[Chart 2207 corrections.pdf]}", AUDITOR),
    Screen("job-failed-six-times", "/ingestion/jobs/{job[Customs feed]}", whole=True),
    Screen("job-failed-for-good", "/ingestion/jobs/{job[Parcel notice.docm]}", then=(hover("#job-retry"),)),
    Screen("job-failed-admin", "/ingestion/jobs/{job[Quay wall model.pdf]}", ADMIN, (click("#diagnose > summary"),)),
    Screen("job-cancelled", "/ingestion/jobs/{job[Charter party draft MS Aurora.docx]}"),
    Screen("job-long-name", "/ingestion/jobs/{job[Framework agreement]}"),
    Screen("batch", "/ingestion/batches/{batch[Invoice 4471 Nordic Crane.pdf]}"),
    Screen("batch-over", "/ingestion/batches/{batch[Logbook 1971]}"),
    Screen("new", "/ingestion/new"),
    Screen("new-files", "/ingestion/new", then=(THREE_FILES,)),
    Screen("new-refused", "/ingestion/new", then=FORBIDDEN_PATH),
    Screen("search", "/search"),
    Screen("search-found", "/search?q=harbour master"),
    Screen("search-nothing", "/search?q=zeppelin"),
    Screen("document", "/documents/{document[Pilotage rules.pdf]}"),
    Screen("audit", "/audit"),
    Screen("audit-admin", "/audit", ADMIN, whole=True),
    Screen("audit-of-person", "/audit?person={person[pavel.novak]}"),
    Screen("audit-refused", "/audit?outcome=denied"),
    Screen("audit-nothing", "/audit?action=token.revoke"),
    Screen("audit-event", "/audit/{event[Insurance certificate MS Aurora.pdf]}"),
    Screen("audit-of-many", "/audit?action=ingestion.retry_many"),
    Screen("admin", "/admin", ADMIN),
    Screen("admin-new-person", "/admin/people/new", ADMIN),
    Screen("admin-person", "/admin/people/{person[pavel.novak]}", ADMIN, whole=True),
    Screen("admin-role", "/admin/people/{person[mei.tanaka]}/role", ADMIN),
    Screen("admin-content", "/admin/people/{person[mei.tanaka]}/content", ADMIN),
    Screen("admin-close", "/admin/people/{person[mei.tanaka]}/disabled", ADMIN),
    Screen("admin-ask-link", "/admin/people/{person[mei.tanaka]}/link", ADMIN),
    Screen("admin-end-session", "/admin/people/{person[mei.tanaka]}/sessions/{session[mei]}/end", ADMIN),
    Screen("admin-revoke-token", "/admin/people/{person[pavel.novak]}/tokens/{token[reporting]}/revoke", ADMIN),
    Screen("pipelines", "/admin/pipelines", ADMIN),
    Screen("sources", "/ingestion/sources", ADMIN),
    Screen("source-new", "/ingestion/sources/new", ADMIN, whole=True),
    Screen("source", "/ingestion/sources/{source[archive]}", ADMIN, whole=True),
    Screen("channels", "/admin/channels", ADMIN),
    Screen("channel-new", "/admin/channels/new", ADMIN, whole=True),
    Screen("channel", "/admin/channels/{channel[crew]}", ADMIN, whole=True),
    Screen("systems", "/admin/systems", ADMIN),
    Screen("system-new", "/admin/systems/new", ADMIN),
    Screen("password", "/account/password"),
    Screen("new-token", "/account/tokens/new"),
    Screen("revoke-token", "/account/tokens/{token[reporting]}/revoke"),
    Screen("account", "/account"),
    Screen("forbidden", "/admin", VIEWER, expected=403),
    Screen("not-found", "/nowhere", expected=404),
    Screen("job-not-found", "/ingestion/jobs/01a20a97-be65-7652-9776-1cf4aef0d2fa", expected=404),
    Screen("database-away", "/ingestion", where="away", expected=503),
    Screen("sign-in-refused", "/sign-in", None, WRONG_PASSWORD),
    Screen("admin-link", "/admin/people/{person[mei.tanaka]}/link", ADMIN, (click("form.stack .button.primary"), see("#secret"))),
    Screen("account-token", "/account/tokens/new", then=NEW_TOKEN),
    Screen("diagnostic", "/ingestion/jobs/{job[Quay wall model.pdf]}", ADMIN, OPENED_DIAGNOSTIC),
)  # fmt: skip

README = {"ingestion": ("wide", "light"), "job-recovered": ("wide", "dark"), "ingestion-failed": ("phone", "light")}
"""The pictures that the README shows, each in one view."""
