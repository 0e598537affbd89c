"""From paths and addresses to items: what is shown, what is followed, what is left out."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests import story
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Forbidden, Invalid
from tidegate.operations import submission
from tidegate.operations.door import Services
from tidegate.operations.submission import Given, shown_name, submit


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("/a/b/report.pdf", "report.pdf"),
        ("C:\\a\\report.pdf", "report.pdf"),
        ("folder/", "folder"),
        ("../..", "unnamed"),
        ("", "unnamed"),
        ("/", "unnamed"),
        (" . ", "unnamed"),
        ("a\x00b\x1b[31m\n.txt", "a\ufffdb\ufffd[31m\ufffd.txt"),
        ("invoice\u202efdp.exe", "invoice\ufffdfdp.exe"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("bad\udcff.txt", "bad\ufffd.txt"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt"),
        ("x" * 300 + ".pdf", "x" * 159 + "…" + "x" * 36 + ".pdf"),
    ],
)
def test_a_name_is_safe_to_show(given: str, shown: str) -> None:
    assert shown_name(given) == shown
    assert 1 <= len(shown_name(given)) <= submission.NAME_LIMIT


async def locators(services: Services, job_ids: list[object]) -> list[tuple[str, str | None]]:
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT source_locator, source_root FROM job WHERE id = ANY(%s) ORDER BY id", (job_ids,)
        )
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def test_a_folder_is_walked_in_order_without_hidden_files_and_linked_folders(services: Services, tmp_path: Path) -> None:
    root = (tmp_path / "in").resolve()
    for name in ("b/2.txt", "b/1.txt", "a.txt", ".hidden/x.txt", ".dot", "c/.x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "loop").symlink_to(root)
    (root / "link.txt").symlink_to(root / "a.txt")
    (root / "dangling").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe")
    submitted = await submit(services, story.OPERATOR, Given(paths=[str(root)]))
    assert await locators(services, list(submitted.job_ids)) == [
        (f"{root}/{name}", str(root)) for name in ("a.txt", "link.txt", "b/1.txt", "b/2.txt")
    ]


async def test_without_roots_the_shell_may_give_any_path_and_people_none(services: Services, tmp_path: Path) -> None:
    file = (tmp_path / "single.txt").resolve()
    file.write_text("x")
    submitted = await submit(services, story.OPERATOR, Given(paths=[str(file)]))
    assert await locators(services, list(submitted.job_ids)) == [(str(file), str(file.parent))]
    admin = await story.person(services, Role.ADMIN)
    with pytest.raises(Invalid, match="path_not_allowed"):
        await submit(services, admin, Given(paths=[str(file)]))


async def test_a_link_out_of_the_root_is_refused_however_it_is_written(services: Services, tmp_path: Path) -> None:
    root, outside = (tmp_path / "in").resolve(), (tmp_path / "out").resolve()
    root.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    (root / "door").symlink_to(outside)
    rooted = replace(services, settings=replace(services.settings, folder_roots=(root,)))
    for path in ("door", "door/secret.txt", "../out/secret.txt", "door/../../out"):
        with pytest.raises(Invalid, match="path_not_allowed"):
            await submit(rooted, story.OPERATOR, Given(paths=[f"{root}/{path}"]))
    assert not (await story.events(services))


async def test_a_name_that_is_no_utf8_is_told_by_its_entry(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.txt")).write_text("x")
    with pytest.raises(Invalid, match="path_not_utf8") as refused:
        await submit(services, story.OPERATOR, Given(paths=[str(folder)]))
    assert refused.value.facts == {"kind": "paths", "index": 0}


async def test_too_many_files_are_refused_before_anything_is_written(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "BATCH_LIMIT", 2)
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text("x")
    with pytest.raises(Invalid, match="too_many_items"):
        await submit(services, story.OPERATOR, Given(paths=[str(tmp_path)]))


async def test_who_may_not_submit_cannot_find_out_what_files_there_are(services: Services, tmp_path: Path) -> None:
    viewer = await story.person(services, Role.VIEWER)
    with pytest.raises(Forbidden):
        await submit(services, viewer, Given(paths=[str(tmp_path / "missing")]))
    [event] = await story.events(services, outcome="denied")
    assert event.body.actor.name == viewer.actor.name
