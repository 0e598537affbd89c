"""The template engine: escaping on, unknown names refused, texts through gettext.

Rendered here and not by Litestar's wrapper, which reports every error in a template as 'template not found'.
"""

from pathlib import Path

from minijinja import Environment, load_from_path

from tidegate.console.language import gettext, ngettext
from tidegate.console.static_files import static

TEMPLATES = Path(__file__).parent / "templates"


ENVIRONMENT = Environment(
    loader=load_from_path(TEMPLATES),
    globals={"_": gettext, "ngettext": ngettext, "static": static},
    undefined_behavior="strict",
    debug=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, context: dict[str, object]) -> str:
    """Return a template's text with this context. Raises minijinja.TemplateError."""
    return ENVIRONMENT.render_template(template, **context)
