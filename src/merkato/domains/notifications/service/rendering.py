"""How templates become a letter: Jinja, with everything escaped in HTML and nothing left undefined."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from merkato.domains.notifications.models import Template
from merkato.kit.mail import Letter

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def rendered(template: Template, to: str, said: dict[str, Any]) -> Letter:
    """The letter of a template; the first line of its text is the subject."""
    subject, _, text = _templates.get_template(f"{template}.txt").render(said).partition("\n")
    html = _templates.get_template(f"{template}.html").render(said | {"subject": subject})
    return Letter(to=to, subject=subject, text=text.strip() + "\n", html=html)
