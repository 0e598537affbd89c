"""The one place that texts pass through on their way to a page: English now, other languages by gettext catalogues."""

from gettext import NullTranslations

_catalogue = NullTranslations()


def gettext(text: str) -> str:
    """Return a text in the reader's language."""
    return _catalogue.gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form for `n`, with `{n}` filled in, thousands grouped."""
    return _catalogue.ngettext(one, many, n).format(n=f"{n:,}")


def forms(one: str, many: str) -> dict[str, str]:
    """Return the form for one and that for several, `{n}` left open: for the script, named as CLDR names them."""
    return {"one": _catalogue.ngettext(one, many, 1), "other": _catalogue.ngettext(one, many, 2)}
