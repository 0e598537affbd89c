"""What keeps two processes from one scan, a version from being submitted twice, and a scan from going on without its right."""

from faults.guards.guard import Guard

SCAN = "src/tidegate/sources/scan.sql"
SCANNING = "src/tidegate/operations/scanning.py"
FOLDERS = ("tests/operations/sources/test_folders.py",)
SFTP, WEBDAV = "src/tidegate/pipeline/fetching/sftp.py", "src/tidegate/pipeline/fetching/webdav.py"
ANSWERS, TOKENS, GCS, AZURE = (f"src/tidegate/pipeline/fetching/{name}.py" for name in ("answers", "tokens", "gcs", "azure"))
MULTISTATUS = "src/tidegate/pipeline/fetching/multistatus.py"
SERVERS = ("tests/operations/sources/test_servers.py",)
DROPBOX = "src/tidegate/pipeline/fetching/dropbox.py"
LET_IN = ("tests/operations/sources/test_clouds_let_in.py",)
IN_DROPBOX = ("tests/operations/sources/test_dropbox.py",)
STORES = ("tests/operations/sources/test_stores.py",)

GUARDS = (
    Guard(SCAN, "take_scan", " AND (lease_until IS NULL OR lease_until < now())", "", FOLDERS),
    Guard(SCAN, "take_scan", "WHERE ended_at IS NULL AND (", "WHERE (", FOLDERS),
    Guard(SCAN, "hold_scan", " AND c.tries = %(tries)s", "", FOLDERS),
    Guard(SCAN, "hold_scan", " AND c.ended_at IS NULL", "", FOLDERS),
    Guard(SCAN, "end_scan", " AND tries = %(tries)s", "", FOLDERS),
    Guard(SCAN, "end_scan", " AND ended_at IS NULL", "", FOLDERS),
    Guard(SCAN, "count_own", " AND scan_id = %(scan_id)s", "", FOLDERS),
    Guard(SCAN, "lock_due", "WHERE next_at <= now()", "WHERE next_at IS NOT NULL", FOLDERS),
    Guard(SCANNING, "", "            policy.authorise(actor, Permission.JOB_SUBMIT)\n", "", FOLDERS),
    Guard(SCANNING, "", "    if taken.tries > TRIES:", "    if False:", FOLDERS),
    Guard("src/tidegate/pipeline/fetching/s3.py", "", '"connector_args": {"resolver": GuardedResolver(allowed)},', "", STORES),
    Guard(
        "src/tidegate/pipeline/fetching/remote.py", "", "    if not _is_below(locator, reach.address):", "    if False:", STORES
    ),
    Guard(SFTP, "", "    if shown.asbytes() != base64.b64decode(key):", "    if False:", SERVERS),
    Guard(SFTP, "", "    address = checked_address(allowed, place.host, port)", "    address = place.host", SERVERS),
    Guard(WEBDAV, "", "session(allowed, WAIT_SECONDS)", "requests.Session()", SERVERS),
    Guard(ANSWERS, "", "allow_redirects=False", "allow_redirects=True", SERVERS),
    Guard(TOKENS, "", "allow_redirects=False", "allow_redirects=True", LET_IN),
    Guard(GCS, "", "    made = session(allowed, WAIT_SECONDS)", "    made = requests.Session()", LET_IN),
    Guard(GCS, "", "Tokens(session(allowed, WAIT_SECONDS)", "Tokens(requests.Session()", LET_IN),
    Guard(
        GCS, "", '    if not url.startswith("https://") and not reach.endpoint.startswith("http://"):', "    if False:", LET_IN
    ),
    Guard(
        AZURE,
        "",
        "RequestsTransport(session=session(allowed, WAIT_SECONDS), session_owner=False",
        "RequestsTransport(session_owner=True",
        LET_IN,
    ),
    Guard(DROPBOX, "", "    made = session(allowed, WAIT_SECONDS)", "    made = requests.Session()", IN_DROPBOX),
    Guard(DROPBOX, "", "Tokens(session(allowed, WAIT_SECONDS)", "Tokens(requests.Session()", IN_DROPBOX),
    Guard(AZURE, "", 'or urlsplit(url).scheme != "https"', "", LET_IN),
    Guard(
        AZURE,
        "",
        '            session(allowed, WAIT_SECONDS), f"https',
        '            session(Allowed(("127.0.0.1",)), WAIT_SECONDS), f"https',
        LET_IN,
    ),
    Guard(WEBDAV, "", "    if parts[:-1] != own:", "    if False:", SERVERS),
    Guard(WEBDAV, "", "            known.close()\n", "", SERVERS),
    Guard(MULTISTATUS, "", "        self._parser.StartDoctypeDeclHandler = _refuse\n", "", SERVERS),
)
