"""Generated pages say what the code does."""

import pytest

from tools import generate_docs


@pytest.mark.parametrize("name", generate_docs.PAGES)
def test_page_is_up_to_date(name: str) -> None:
    page = generate_docs.FOLDER / name
    assert page.read_text(encoding="utf-8") == generate_docs.PAGES[name](), "make docs DOCS=--write"
