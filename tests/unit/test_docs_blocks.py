"""Every block of commands or code in the pages is run by a test, or stands here with the reason why it is not.

Blocks of `tidegate …` that are not run are parsed all the same: see `test_docs_examples.py`.
"""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?:sh|bash|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GENERATED = {"docs/reference/cli.md": "made from the program itself"}

RUN = {
    "docs/how-to/celery.md": "tests/acceptance/test_celery_bridge.py",
    "docs/how-to/lineage.md": "tests/acceptance/test_api_lineage.py",
    "docs/how-to/embed.md": "tests/acceptance/test_embedded_in_a_host.py",
    "docs/how-to/python-client.md": "tests/acceptance/test_client.py",
    "docs/how-to/own-pipeline.md": "tests/acceptance/test_documented_pipeline.py",
    "docs/how-to/retry-every-morning.md": "tests/acceptance/test_documented_retry.py",
    "docs/how-to/sources.md": "tests/acceptance/test_documented_sources.py",
    "docs/tutorial/first-failure.md": "tests/acceptance/test_documented_tutorial.py",
    "docs/tutorial/own-pipeline.md": "tests/acceptance/test_documented_own_pipeline.py",
}
"""Pages whose blocks a test takes from the page and runs, but for those below."""

SETS_UP = "sets up the terminal; the tests have an environment of their own"
OTHERS = "needs what only a reader has: "
NOT_RUN = {
    ("CONTRIBUTING.md", "make install"): "would make the environment that the tests run in",
    ("README.md", "make demo"): "would install anew; test_cli_demo.py runs the demo itself",
    ("README.md", "tidegate up"): "runs until Ctrl-C; test_cli_up.py runs each of them",
    ("docs/how-to/add-a-language.md", "make messages"): "rewrites the catalogues; `make check` runs the first of them",
    ("docs/how-to/add-a-language.md", '_("Nothing to do.")'): "shows forms of a call, no program",
    ("docs/how-to/deploy.md", "make image"): "needs root and minutes; `make image-test` builds the image by the first of them",
    ("docs/how-to/deploy.md", "cd deploy/compose"): OTHERS + "Docker; `make image-test` runs the file by Podman",
    ("docs/how-to/deploy.md", "python3 -m venv /opt"): OTHERS + "a machine to install on; test_deploy.py reads the units",
    ("docs/how-to/deploy.md", "kubectl create secret"): OTHERS + "a cluster; `make image-test` plays the pods",
    ("docs/how-to/external-database.md", "export TIDEGATE_DATABASE_URL"): OTHERS + "a database server",
    ("docs/how-to/external-database.md", "tidegate doctor"): OTHERS + "a server; test_migrations.py migrates real ones",
    ("docs/how-to/celery.md", "tidegate person add shop"): "test_documented_retry.py runs the same two commands",
    ("docs/how-to/lineage.md", "tidegate person add airflow"): "test_documented_retry.py runs the same two commands",
    ("docs/how-to/lineage.md", "tidegate system set airflow"): OTHERS + "a system to call; test_external_retry.py has one",
    ("docs/how-to/measure.md", "TIDEGATE_HOME=/srv/measure"): "makes a million jobs, which takes minutes",
    ("docs/how-to/measure.md", "make bench-console"): "makes a million jobs, which takes minutes",
    ("docs/how-to/measure.md", "make bench-queue"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-ingest"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-start"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-list"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-http"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-live"): "measures for minutes",
    ("docs/how-to/measure.md", "make bench-growth"): "measures for minutes",
    ("docs/how-to/monitor.md", "tidegate person add prometheus"): "test_documented_retry.py runs the same two commands",
    ("docs/how-to/notify.md", 'echo "whsec_$(openssl'): OTHERS + "a receiver; test_means.py has one",
    ("docs/how-to/notify.md", 'tidegate channel add "Slack"'): OTHERS + "a receiver; test_means.py has one",
    ("docs/how-to/notify.md", 'tidegate channel add "Crew"'): OTHERS + "a mail server; test_means.py has one",
    ("docs/how-to/notify.md", "tidegate channel change ID"): OTHERS + "a channel; test_channels.py changes one",
    ("docs/how-to/notify.md", "tidegate channel test ID"): OTHERS + "a channel; test_channels.py does both",
    ("docs/how-to/own-pipeline.md", "export PYTHONPATH=/srv/pipelines"): SETS_UP,
    ("docs/how-to/own-pipeline.md", "tidegate ingest /srv/data"): OTHERS + "a file in /srv; the test submits its own",
    ("docs/how-to/python-client.md", "tidegate token create"): "test_documented_retry.py makes such a token",
    ("docs/how-to/python-client.md", "export TIDEGATE_SERVER"): SETS_UP,
    ("docs/how-to/run-workers.md", "tidegate up --workers 4"): "runs until Ctrl-C; test_cli_up.py runs it with two",
    ("docs/how-to/run-workers.md", "tidegate serve"): "run until Ctrl-C; tests of faults and traces run both",
    ("docs/how-to/run-workers.md", "tidegate workers"): "test_cli_up.py runs it",
    ("docs/how-to/search-by-meaning.md", "pip install"): "would change the environment that the tests run in",
    ("docs/how-to/search-by-meaning.md", "tidegate search --mode meaning"): "test_search_by_meaning.py runs these very words",
    ("docs/how-to/single-sign-on.md", "export TIDEGATE_PUBLIC_URL"): OTHERS + "an identity provider",
    ("docs/how-to/single-sign-on.md", "export TIDEGATE_OIDC_DEFAULT_ROLE"): OTHERS + "an identity provider",
    ("docs/how-to/single-sign-on.md", "tidegate person add ada"): "test_cli_links_an_identity.py runs them",
    ("docs/how-to/trace.md", "pip install"): "would change the environment that the tests run in",
    ("docs/how-to/trace.md", "export OTEL_EXPORTER_OTLP_ENDPOINT"): OTHERS + "a collector; test_traces.py has one of its own",
    ("docs/how-to/upgrade.md", "tidegate migrate"): "test_migrations.py migrates real databases",
    ("docs/tutorial/first-failure.md", "export TIDEGATE_HOME=$HOME/tidegate-demo\nmake demo"): "would install anew",
    ("docs/tutorial/first-failure.md", "export TIDEGATE_HOME=$HOME/tidegate-demo\n. .venv"): SETS_UP,
    ("docs/tutorial/own-pipeline.md", "tidegate up"): "runs until Ctrl-C; test_documented_own_pipeline.py has one",
}  # fmt: skip
"""Page and beginning of each block that no test runs, with the reason."""


def blocks() -> list[tuple[str, str]]:
    """Return every block by its page."""
    named = [(page.relative_to(TOP).as_posix(), page.read_text(encoding="utf-8")) for page in PAGES]
    return [(name, block) for name, text in named if name not in GENERATED for block in BLOCK.findall(text)]


def reasons_for(page: str, block: str) -> list[str]:
    return [reason for (where, beginning), reason in NOT_RUN.items() if where == page and block.startswith(beginning)]


@pytest.mark.parametrize(("page", "block"), blocks())
def test_a_block_is_run_or_has_one_reason(page: str, block: str) -> None:
    reasons = reasons_for(page, block)
    assert len(reasons) <= 1
    assert reasons or page in RUN, "run it in a test, or say here why not"


def test_the_list_holds_no_block_that_is_gone() -> None:
    known = blocks()
    gone = [where for where in NOT_RUN if not any(page == where[0] and block.startswith(where[1]) for page, block in known)]
    assert gone == []


@pytest.mark.parametrize(("page", "test"), RUN.items())
def test_a_page_that_is_run_is_read_by_its_test(page: str, test: str) -> None:
    folder, name = page.split("/")[-2:]
    text = (TOP / test).read_text(encoding="utf-8")
    assert f'"{folder}" / "{name}"' in text
    assert any(not reasons_for(page, block) for where, block in blocks() if where == page)


@pytest.mark.parametrize("reason", sorted(set(NOT_RUN.values())))
def test_a_test_that_a_reason_names_is_there(reason: str) -> None:
    for name in re.findall(r"test_\w+\.py", reason):
        assert list((TOP / "tests").rglob(name)), name
