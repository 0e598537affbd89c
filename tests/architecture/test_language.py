"""Every text of the console can be said in every language: nothing is left out of the catalogues, and nothing goes past them."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.tree import SOURCE, python_files, shown
from tidegate.console.language import ENGLISH, LANGUAGES, LOCALE
from tidegate.console.rendering import TEMPLATES
from tidegate.console.static_files import FOLDER
from tidegate.console.viewing import SCRIPT_COUNTS, SCRIPT_WORDS
from tidegate.domain.failures import CATALOGUE
from tools.messages import Book, complaints, everything
from tools.texts_in_code import Found, Message, in_code
from tools.texts_in_templates import in_template, own_text

CONSOLE = SOURCE / "console"
INSERTED = "\ufffc"
SEEN_ATTRIBUTES = {"alt", "aria-label", "aria-description", "label", "placeholder", "title"}
SAME_EVERYWHERE = {
    "Tidegate",
    "Tidegate · Tidegate",
    "https://example.org/report.pdf\n/srv/documents/2026",
    "/",
    "a",
    "j",
    "x",
    "Shift",
    "tidegate work",
    "k",
    "r",
    "n",
    "?",
    "Esc",
    "Enter",
}
"""A name, an example of an input, and what stands on keys."""


def test_every_text_is_in_every_language() -> None:
    assert complaints() == []


# The check finds what it is for. ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """What the code and the templates say."""
    return everything()


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A copy of the German catalogue, to be spoilt."""
    shutil.copytree(LOCALE, tmp_path / "locale")
    return Book("de", tmp_path / "locale")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: text.replace('msgstr "Erneut versuchen"', 'msgstr ""'), "not translated: 'Retry'"),
        (lambda text: text.replace('msgid "Retry"\n', 'msgid "Rettry"\n'), "not translated: 'Retry'"),
        (lambda text: text.replace('msgid "Retry"\n', 'msgid "Rettry"\n'), "said nowhere: 'Rettry'"),
        (lambda text: text.replace('msgid "Retry"\n', '#, fuzzy\nmsgid "Retry"\n'), "fuzzy: 'Retry'"),
        (lambda text: text.replace('"Versuch {n}"', '"Versuch {m}"'), "other names in braces: 'Attempt {n}'"),
        (lambda text: text.replace('"Versuch {n}"', '"Versuch"'), "other names in braces: 'Attempt {n}'"),
        (lambda text: text.replace('"{n} Aufträge"', '""'), "not translated: '{n} job'"),
        (lambda text: text.replace('"Erneut versuchen"', '"Wiederholen"'), "tidegate.mo is not what was made of the text"),
        (lambda text: text.replace('msgid "Retry"\n', 'msgid ""\n"Retry"\n'), "tidegate.po is not in its form"),
    ],
)
def test_a_catalogue_that_is_not_whole_is_found(
    book: Book, found: list[Found], spoil: Callable[[str], str], complaint: str
) -> None:
    assert list(book.complaints(found)) == []
    text = book.text.read_text(encoding="utf-8")
    assert spoil(text) != text
    book.text.write_text(spoil(text), encoding="utf-8")
    assert any(complaint in told for told in book.complaints(found))


def test_a_new_text_is_missed_until_somebody_translates_it(book: Book, found: list[Found]) -> None:
    found = [*found, Found("console/new.py", Message("Something new"))]
    assert "de: not translated: 'Something new' (console/new.py)" in list(book.complaints(found))
    book.write(found)
    assert list(book.complaints(found)) == ["de: not translated: 'Something new' (console/new.py)"]
    book.text.write_text(
        book.text.read_text(encoding="utf-8").replace('"Something new"\nmsgstr ""', '"Something new"\nmsgstr "Neu"')
    )
    book.write(found)
    assert list(book.complaints(found)) == []


def test_a_new_language_begins_empty_with_its_own_plural_forms(tmp_path: Path, found: list[Found]) -> None:
    polish = Book("pl", tmp_path)
    polish.write(found)
    assert "nplurals=3" in polish.text.read_text(encoding="utf-8")
    assert len(list(polish.complaints(found))) == len({one.message for one in found if one.message})


MODULE = ModuleType("sample")
MODULE.WORDS = {1: "one", 2: "two"}  # type: ignore[attr-defined]
MODULE.PAIRS = {1: ("{n} cat", "{n} cats")}  # type: ignore[attr-defined]
MODULE.CATALOGUE = CATALOGUE  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('_("here")', {"here"}),
        ('_("here" if x else WORDS[x])', {"here", "one", "two"}),
        ('_(WORDS.get(x, "none"))', {"one", "two", "none"}),
        ("_(PAIRS[x][0])", {"{n} cat"}),
        ("ngettext(*PAIRS[x], n)", {"{n} cat"}),
        ("_(CATALOGUE[x].fixer.value)", {entry.fixer.value for entry in CATALOGUE.values()}),
        ('Conflict("code", "A text with {limit}.", limit=3)', {"A text with {limit}."}),
        ('class Own(Refusal):\n def __init__(self):\n  super().__init__("code", "Its text.")', {"Its text."}),
        ("Sentence(refusal.sentence.pattern, values)", set()),
        ('print("not for readers")', set()),
    ],
)
def test_texts_are_found_where_they_are_said(source: str, texts: set[str]) -> None:
    assert {one.message.text if one.message else one.complaint for one in in_code(source, MODULE, "sample")} == texts


@pytest.mark.parametrize(
    "source",
    [
        '_(f"{n} jobs")',
        "_(text)",
        '_("a" + b)',
        "_(job.failure.message)",
        'Invalid("code", f"{path} is bad")',
        'Invalid("code")',
        "_(WORDS)",
    ],
)
def test_a_text_that_cannot_be_told_from_the_code_is_a_complaint(source: str) -> None:
    assert [one.place for one in in_code(source, MODULE, "sample") if one.complaint] == ["sample:1"]


def test_texts_of_templates_are_found() -> None:
    source = """<p title="{{ _('Why') }}">{{ _("Of {name}").replace("{name}", a ~ b) }}{# _("no") #}
    {% set x = ngettext("{n} cat", "{n} cats", n) if n else _("none") %}</p>"""
    found = [one.message for one in in_template(source, "t")]
    assert found == [Message("Why"), Message("Of {name}"), Message("{n} cat", "{n} cats"), Message("none")]
    for wrong in ("{{ _(text) }}", '{{ _("a" ~ b) }}', "{% if ngettext(one, many, n) %}"):
        assert [one.message for one in in_template(wrong, "t")] == [None]


# Nothing goes past the catalogues. -----------------------------------------------------------------------------------


class Bare(HTMLParser):
    """Collects what a reader sees of a template that no expression inserts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(own_text(source, INSERTED).replace(f"<{INSERTED}", "<x").replace(f"</{INSERTED}", "</x"))
        self.close()

    def handle_data(self, data: str) -> None:
        self.see(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        for name, value in attrs:
            if name in SEEN_ATTRIBUTES:
                self.see(value or "")

    def see(self, text: str) -> None:
        self.found += [part.strip() for part in text.split(INSERTED) if re.search(r"[^\W\d_]", part)]


def test_no_template_holds_a_text_of_its_own() -> None:
    found = {path.name: set(Bare(path.read_text(encoding="utf-8")).found) - SAME_EVERYWHERE for path in TEMPLATES.rglob("*.html")}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_bare_text_is_seen_between_and_in_tags() -> None:
    source = '<p title="A title {{ x }}"{% if y %} class="z"{% endif %}>{{ _("Fine") }} ago<b>{{ a }} · {{ b }}</b></p>'
    assert Bare(source).found == ["A title", "ago"]


def test_numbers_times_and_messages_are_not_shown_in_their_english_form() -> None:
    """`number()`, `size()`, `say()` and a clock with a translated pattern are for that."""
    wrong = [
        f"{shown(path)}:{line}" for path in python_files(CONSOLE) if path.name != "language.py" for line in _english_forms(path)
    ]
    assert wrong == []


def _english_forms(path: Path) -> Iterator[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    translated = {
        part for call in ast.walk(tree) if isinstance(call, ast.Call) and ast.unparse(call.func) == "_" for part in ast.walk(call)
    }
    for node in ast.walk(tree):
        match node:
            case ast.FormattedValue(format_spec=ast.expr() as form):
                english = bool(re.search(r",|\.\d|%[aAbB]", ast.unparse(form)))
            case ast.Attribute(attr="message"):
                english = node not in translated
            case ast.Call(func=ast.Attribute(attr="since" | "until"), args=[_, pattern]):
                english = not ast.unparse(pattern).startswith("_(")
            case _:
                continue
        if english:
            yield node.lineno


def test_every_word_of_the_script_is_known_and_used() -> None:
    script = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js")))
    used = set(re.findall(r"\bwords\.(\w+)", script)) | set(re.findall(r'\bshow\("(\w+)"\)', script))
    assert used == set(SCRIPT_WORDS) | set(SCRIPT_COUNTS)


def test_every_language_has_marks_of_its_own_and_a_catalogue() -> None:
    for language in LANGUAGES.values():
        assert language.thousands != language.decimals
        assert language is ENGLISH or language.catalogue.gettext("Retry") != "Retry"
