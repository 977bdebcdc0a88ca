"""`/dev/mail`: the mail that a demo would have sent. Only a demo has it: whoever reads it can take over any account."""

from email.message import EmailMessage
from html import escape
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from merkato.kit import mail
from merkato.kit.errors import NotFound
from merkato.kit.fields import Reference
from merkato.settings import Settings
from merkato.web.pages import METHODS, POLICY, links, page

PATH: Final = "/dev/mail"
SHOWN: Final = 100
# What is shown was written by strangers, in part: no script, no picture, nothing from anywhere, and no way out of the frame.
LETTER_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
FRAME_POLICY: Final = f"{POLICY}; frame-src 'self'"
_PRIVATE: Final = {"Cache-Control": "no-store"}


def pages(settings: Settings) -> APIRouter:
    """The list, each message, and its HTML; nothing unless this is a demo."""
    router = APIRouter(include_in_schema=False)
    if not settings.demo:
        return router
    folder = settings.mail_folder

    @router.api_route(PATH, methods=METHODS)
    async def list_mail() -> Response:
        kept = (await mail.kept(folder))[:SHOWN]
        return _answer("Mail", _list(kept, sent=settings.smtp_url is not None))

    @router.api_route(PATH + "/{name}", methods=METHODS)
    async def read_mail(name: Reference) -> Response:
        made = await _found(name)
        return _answer(str(made["Subject"]), _message(name, made))

    @router.api_route(PATH + "/{name}/html", methods=METHODS)
    async def read_letter(name: Reference) -> Response:
        headers = _PRIVATE | {"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(_body(await _found(name), "html"), headers=headers)

    async def _found(name: str) -> EmailMessage:
        made = await mail.found(folder, name)
        if made is None:
            raise NotFound
        return made

    return router


def _answer(title: str, body: str) -> Response:
    answer = page(title, body)
    answer.headers.update(_PRIVATE | {"Content-Security-Policy": FRAME_POLICY})
    return answer


def _list(kept: list[tuple[str, EmailMessage]], *, sent: bool) -> str:
    entries = [(f"{PATH}/{name}", str(made["Subject"]), f"To {made['To']}, {made['Date']}") for name, made in kept]
    nothing = (
        "Mail goes to the mail server of the settings."
        if sent
        else "Nothing was written yet. Register, or buy something."
    )
    listed = links(entries) if entries else f"<p>{nothing}</p>"
    return f"""<nav><a href="/">Merkato</a></nav>
<main>
<header><h1>Mail</h1><p>What a shop with a mail server would have sent. A demo keeps it here.</p></header>
{listed}
</main>"""


def _message(name: str, made: EmailMessage) -> str:
    headers = "\n".join(f"{header}: {made[header]}" for header in ("From", "To", "Date", "Message-ID"))
    return f"""<nav><a href="/">Merkato</a> <span>/</span> <a href="{PATH}">Mail</a></nav>
<main>
<header><h1>{escape(str(made["Subject"]))}</h1></header>
<pre><code>{escape(headers)}</code></pre>
<iframe class="letter" src="{PATH}/{escape(name)}/html" sandbox="" title="The mail as it looks"></iframe>
<h2>As text</h2>
<pre tabindex="0"><code>{escape(_body(made, "plain"))}</code></pre>
</main>"""


def _body(made: EmailMessage, kind: str) -> str:
    part = made.get_body((kind,))
    # A file of mail has the line ends of the wire.
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
