"""The pages a person looks at: phones to answer from, mails to read, faults to provoke. In Spanish."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from html import escape
from typing import TYPE_CHECKING, Any

from mayorista.interfaces.standins import correspondents
from mayorista.rules import media
from mayorista.rules.phones import show

if TYPE_CHECKING:
    import sqlite3

    from mayorista.interfaces.standins.store import Store

_LA_PAZ = timezone(timedelta(hours=-4))
_TICKS = {"accepted": "·", "sent": "✓", "delivered": "✓✓", "read": "✓✓"}


def _moment(at: float) -> str:
    local = datetime.fromtimestamp(at, tz=UTC).astimezone(_LA_PAZ)
    today = datetime.fromtimestamp(time.time(), tz=UTC).astimezone(_LA_PAZ).date()
    return local.strftime("%H:%M" if local.date() == today else "%d/%m/%Y %H:%M")


def _page(title: str, here: str, content: str, *, opened: bool = False, wide: bool = False) -> str:
    tabs = "".join(
        f'<a href="/{path}"{" aria-current=page" if path == here else ""}>{name}</a>'
        for path, name in (("whatsapp", "Teléfonos"), ("correo", "Correos"), ("fallas", "Provocar fallas"))
    )
    shape = " ".join(name for name, on in (("opened", opened), ("wide", wide)) if on)
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)} · Mundo exterior</title><link rel="stylesheet" href="/estilo.css"></head><body>'
        "<header><strong>El mundo exterior</strong><small>Correo y WhatsApp locales: nada sale de esta máquina. "
        f'Hora de La Paz (UTC−4).</small><nav aria-label="Secciones">{tabs}</nav></header>'
        f'<main class="{shape}">{content}</main><script src="/pagina.js"></script></body></html>'
    )


def problem(words: str) -> str:
    """What is wrong, with the way back."""
    return _page(
        "No se pudo",
        "",
        '<section class="panel detail"><h1>No se pudo</h1><p class="empty" role="alert">'
        f'{escape(words)}</p><p class="empty"><a class="button" href="/whatsapp">Volver a los teléfonos</a></p></section>',
        opened=True,
        wide=True,
    )


def _number(wa_id: str) -> str:
    return show("+" + wa_id) if wa_id.isdecimal() else wa_id


# Phones -----------------------------------------------------------------------------------------


def phones(store: Store, chosen: str = "") -> str:
    """The list of phones and, if one is chosen, its chat."""
    rows = store.rows(
        "SELECT p.*, m.text, m.at, m.type, m.ours, (SELECT count(*) FROM message u WHERE u.wa_id = p.wa_id AND"
        " u.ours = 0 AND u.status = 'delivered') AS unread FROM phone p LEFT JOIN message m ON m.id ="
        " (SELECT max(id) FROM message WHERE wa_id = p.wa_id) ORDER BY coalesce(m.at, 0) DESC, p.wa_id"
    )
    entries = "".join(_phone_entry(each, chosen) for each in rows)
    if not entries:
        entries = (
            '<p class="empty">Ningún teléfono todavía. Aparecen cuando Mayorista les escribe, o escriba usted el '
            "primer mensaje desde un número cualquiera.</p>"
        )
    left = (
        '<section class="panel list" aria-label="Teléfonos"><h1>Teléfonos de los clientes</h1>'
        f'<ul class="rows" id="lista" data-live>{entries}</ul>{_new_phone(open_=not rows)}</section>'
    )
    return _page("Teléfonos", "whatsapp", left + _chat(store, chosen), opened=bool(chosen))


def _phone_entry(row: sqlite3.Row, chosen: str) -> str:
    name = row["name"] or _number(row["wa_id"])
    last = row["text"] or (f"[{row['type']}]" if row["type"] else "sin mensajes")
    who = "Usted: " if row["ours"] else ""
    current = " aria-current=true" if row["wa_id"] == chosen else ""
    new = ' class="new"' if row["unread"] else ""
    initials = "".join(word[0] for word in name.split()[:2]).upper() if row["name"] else name[-2:]
    return (
        f'<li><a href="/whatsapp/{escape(row["wa_id"])}"{new}{current}><i class="face" aria-hidden="true">'
        f"{escape(initials)}</i><b>{escape(name)}</b><time>{_moment(row['at']) if row['at'] else ''}</time>"
        f"<span>{escape(who + last)}</span></a></li>"
    )


def _new_phone(*, open_: bool) -> str:
    return (
        f"<details{' open' if open_ else ''}><summary>Escribir desde otro número</summary>"
        '<form class="fields" method="post" action="/whatsapp/nuevo">'
        '<label>Número<input name="numero" required inputmode="tel" placeholder="70000001"></label>'
        '<label>Nombre en WhatsApp<input name="nombre" placeholder="Operador ISP Demo"></label>'
        '<label>Mensaje<textarea name="texto" required rows="3" '
        'placeholder="Buenas noches, tenemos caída total del enlace…"></textarea></label>'
        '<button class="first">Enviar a Mayorista</button></form></details>'
    )


def _chat(store: Store, wa_id: str) -> str:
    phone = store.row("SELECT * FROM phone WHERE wa_id = ?", wa_id) if wa_id else None
    if phone is None:
        return '<section class="panel detail"><p class="empty">Elija un teléfono para ver su conversación.</p></section>'
    messages = store.rows("SELECT * FROM message WHERE wa_id = ? ORDER BY id DESC LIMIT 300", wa_id)[::-1]
    quoted = {each["wamid"]: each["text"] for each in messages}
    bubbles = "".join(_bubble(store, each, quoted) for each in messages)
    name = phone["name"] or _number(wa_id)
    address = escape(wa_id)
    state = "con WhatsApp" if phone["on_whatsapp"] else "SIN WhatsApp: los mensajes fallan"
    toggle = "Quitarle WhatsApp" if phone["on_whatsapp"] else "Darle WhatsApp"
    return (
        f'<section class="panel detail" aria-label="Conversación de {escape(name)}">'
        f'<h2><a class="button back" href="/whatsapp">‹ Teléfonos</a> {escape(name)} '
        f"<small>{escape(_number(wa_id))} · {state}</small></h2>"
        f'<div class="chat" id="chat" data-live tabindex="0">{bubbles}</div>'
        f'<form class="write" method="post" enctype="multipart/form-data" action="/whatsapp/{address}/enviar">'
        '<label class="hidden" for="texto">Mensaje</label><textarea id="texto" name="texto" rows="1" '
        'placeholder="Como el cliente…" autofocus></textarea>'
        '<button class="first">Enviar</button></form>'
        f'<details><summary>Adjuntar un archivo y más</summary><form class="fields" method="post" '
        f'enctype="multipart/form-data" action="/whatsapp/{address}/enviar"><label>Archivo<input type="file" '
        'name="archivo" required></label><label>Leyenda<input name="texto"></label>'
        f'<button>Enviar archivo</button></form><form class="fields" method="post" action="/whatsapp/{address}/cuenta">'
        f"<button>{toggle}</button></form></details></section>"
    )


def _bubble(store: Store, row: sqlite3.Row, quoted: dict[str, str]) -> str:
    quote = quoted.get(row["reply_to"], "")
    parts = [f"<blockquote>{escape(quote[:160])}</blockquote>" if quote else "", _media(store, row["media"])]
    parts.append(escape(row["text"]))
    label = f"plantilla {escape(row['template'])} · " if row["template"] else ""
    bubble = (
        f'<div class="bubble{" mine" if row["ours"] else ""}">{"".join(parts)}'
        f"<small>{label}{_moment(row['at'])} {_tick(row)}</small></div>"
    )
    return bubble + _buttons(row)


def _tick(row: sqlite3.Row) -> str:
    status: str = row["status"]
    if status.startswith("failed"):
        return f'<b class="bad">no llegó ({escape(status.removeprefix("failed "))})</b>'
    mark = _TICKS.get(status, "")
    words = {"read": "leído", "delivered": "entregado", "sent": "enviado", "accepted": "aceptado"}.get(
        status, status
    )
    return f'<span class="{"read" if status == "read" else ""}" title="{words}">{mark}<i class="hidden">{words}</i></span>'


def _buttons(row: sqlite3.Row) -> str:
    answers: list[list[str]] = json.loads(row["buttons"])
    if not answers:
        return ""
    forms = "".join(
        f'<form method="post" action="/whatsapp/{escape(row["wa_id"])}/boton">'
        f'<input type="hidden" name="wamid" value="{escape(row["wamid"])}">'
        f'<button name="dato" value="{escape(payload)}"{" disabled" if row["pressed"] else ""}>'
        f"{'✓ ' if row['pressed'] == payload else ''}{escape(title)}</button></form>"
        for payload, title in answers
    )
    return f'<div class="answers">{forms}</div>'


def _media(store: Store, media_id: str) -> str:
    found = store.row("SELECT id, name, type, length(content) AS size FROM media WHERE id = ?", media_id)
    if found is None:
        return ""
    address, name = f"/archivo/{found['id']}", escape(found["name"])
    if found["type"] in media.INLINE:
        return f'<img src="{address}" alt="{name}">'
    return f'<a class="file" href="{address}">{name} · {found["size"] // 1024 + 1} kB</a>'


# Mails ------------------------------------------------------------------------------------------


def mails(store: Store, chosen: int | None = None, address: str = "") -> str:
    """The list of mails (of one mailbox) and, if one is chosen, the mail."""
    rows = store.rows("SELECT id, at, sender, recipients, subject, seen FROM mail ORDER BY id DESC LIMIT 500")
    boxes = sorted({each for row in rows for each in json.loads(row["recipients"])})
    shown = [row for row in rows if not address or address in json.loads(row["recipients"])]
    entries = "".join(_mail_entry(each, chosen, address) for each in shown)
    if not entries:
        entries = '<p class="empty">Ningún correo todavía. Aquí aparece todo lo que Mayorista envía.</p>'
    options = "".join(
        f'<option value="{escape(each)}"{" selected" if each == address else ""}>{escape(each)}</option>'
        for each in boxes
    )
    left = (
        f'<section class="panel list" aria-label="Correos"><h1>Buzones ({len(boxes)})</h1>'
        '<p class="fields"><a class="button" href="/correo/escribir">Escribir un correo a Mayorista</a></p>'
        f'<form class="fields" method="get" action="/correo"><label>Buzón<select name="buzon"><option value="">'
        f"Todos los buzones</option>{options}</select></label><button>Ver</button></form>"
        f'<ul class="rows" id="lista" data-live>{entries}</ul></section>'
    )
    return _page("Correos", "correo", left + _mail(store, chosen), opened=chosen is not None)


def _mail_entry(row: sqlite3.Row, chosen: int | None, address: str) -> str:
    to = ", ".join(json.loads(row["recipients"]))
    query = f"?buzon={escape(address)}" if address else ""
    current = " aria-current=true" if row["id"] == chosen else ""
    return (
        f'<li><a href="/correo/{row["id"]}{query}"{"" if row["seen"] else " class=new"}{current}>'
        f'<i class="face" aria-hidden="true">{escape(to[:1].upper())}</i><b>{escape(row["subject"])}</b>'
        f"<time>{_moment(row['at'])}</time><span>{escape(to)}</span></a></li>"
    )


def parsed(store: Store, mail_id: int) -> EmailMessage | None:
    """A mail taken apart."""
    row = store.row("SELECT eml FROM mail WHERE id = ?", mail_id)
    message = BytesParser(EmailMessage, policy=default).parsebytes(row["eml"]) if row else None
    return message if isinstance(message, EmailMessage) else None


def attachment(store: Store, mail_id: int, place: int) -> tuple[str, str, bytes] | None:
    """Name, type and bytes of a mail's file."""
    message = parsed(store, mail_id)
    files = list(message.iter_attachments()) if message else []
    if not 0 <= place < len(files):
        return None
    content = files[place].get_payload(decode=True)
    return (files[place].get_filename() or "archivo", files[place].get_content_type(), bytes(content or b""))


def _mail(store: Store, mail_id: int | None) -> str:
    message = parsed(store, mail_id) if mail_id is not None else None
    if message is None:
        return '<section class="panel detail"><p class="empty">Elija un correo para leerlo.</p></section>'
    row = store.row("SELECT * FROM mail WHERE id = ?", mail_id)
    assert row is not None
    with store.transaction() as connection:
        connection.execute("UPDATE mail SET seen = 1 WHERE id = ?", (mail_id,))
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    files = list(message.iter_attachments())
    links = "".join(
        f'<a class="button" href="/correo/{mail_id}/{place}">{escape(each.get_filename() or "archivo")}</a>'
        for place, each in enumerate(files)
    )
    pdf = next(
        (place for place, each in enumerate(files) if each.get_content_type() == "application/pdf"), None
    )
    facts: list[tuple[str, Any]] = [
        ("De", message["From"]),
        ("Para", ", ".join(json.loads(row["recipients"]))),
        ("Recibido", _moment(row["at"])),
        ("Message-ID", message["Message-ID"]),
        ("En respuesta a", message["In-Reply-To"]),
        ("Expediente", message["X-Mayorista-Expediente"]),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in facts if value)
    return (
        f'<article class="panel detail"><h2><a class="button back" href="/correo">‹ Correos</a> '
        f"{escape(str(message['Subject']))}</h2><dl>{listed}</dl>"
        f'<div class="letter" tabindex="0">{escape(text)}</div>'
        f'<div class="files">{links}<a class="button" href="/correo/{mail_id}/eml">Descargar .eml</a></div>'
        + _answers(mail_id, row)
        + (
            f'<iframe class="pdf" title="Vista del PDF" src="/correo/{mail_id}/{pdf}"></iframe>'
            if pdf is not None
            else ""
        )
        + "</article>"
    )


def _answers(mail_id: int | None, row: sqlite3.Row) -> str:
    """What the recipient, or the recipient's server, may do with a mail."""
    to = "".join(f"<option>{escape(each)}</option>" for each in json.loads(row["recipients"]))
    return (
        f"<details><summary>Responder como el destinatario</summary>{_mail_form(f'/correo/{mail_id}/responder', to, 'RE: ' + row['subject'])}"
        f'</details><details><summary>Hacer que vuelva, o que nadie conteste</summary><form class="fields" method="post" '
        f'action="/correo/{mail_id}/rebote"><label>Lo que dice su servidor<select name="codigo">'
        '<option value="5.1.1">5.1.1 La dirección no existe</option><option value="5.2.2">5.2.2 El buzón está lleno</option>'
        '<option value="5.7.1">5.7.1 Rechazado por sus reglas</option><option value="4.4.1">4.4.1 Demora (no es rebote)</option>'
        f'</select></label><button>Enviar el informe</button></form><form class="fields" method="post" '
        f'action="/correo/{mail_id}/ausencia"><button>Respuesta automática de ausencia</button></form></details>'
    )


def _mail_form(action: str, senders: str, subject: str) -> str:
    who = (
        f'<label>De<select name="de">{senders}</select></label>'
        if senders
        else '<label>De<input name="de" type="email" required placeholder="pagos@vallefibra.example"></label>'
    )
    return (
        f'<form class="fields" method="post" enctype="multipart/form-data" action="{action}">{who}'
        f'<label>Asunto<input name="asunto" value="{escape(subject)}"></label>'
        '<label>Texto<textarea name="texto" rows="4" required></textarea></label>'
        '<label>Archivo<input type="file" name="archivo"></label><button class="first">Enviar a Mayorista</button></form>'
    )


def write_mail(store: Store) -> str:
    """The page where anybody writes to the house, and what was written."""
    rows = "".join(
        f"<li><a href='/correo/escribir'><i class='face' aria-hidden='true'>{escape(sender[:1].upper())}</i><b>{escape(subject)}</b>"
        f"<time>{escape(hour)}</time><span>{escape(sender)}</span></a></li>"
        for sender, subject, hour in correspondents.written(store)
    )
    left = (
        '<section class="panel list" aria-label="Escritos a Mayorista"><h1>Escritos a Mayorista</h1>'
        f'<ul class="rows" id="escritos" data-live>{rows or "<li class=empty>Nada todavía.</li>"}</ul></section>'
    )
    form = _mail_form("/correo/escribir", "", "")
    return _page(
        "Escribir a Mayorista",
        "correo",
        left
        + '<section class="panel detail"><h2><a class="button back" href="/correo">‹ Correos</a> Escribir a Mayorista</h2>'
        + form
        + "</section>",
        opened=True,
    )


# Faults -----------------------------------------------------------------------------------------

FAULTS = {
    "": "Ninguna",
    "w-190": "WhatsApp: token vencido (190)",
    "w-130429": "WhatsApp: demasiado rápido (130429)",
    "w-131056": "WhatsApp: demasiados a una persona (131056)",
    "w-131026": "WhatsApp: no entregable (131026)",
    "w-131016": "WhatsApp: falla pasajera (131016)",
    "w-132001": "WhatsApp: plantilla inexistente (132001)",
    "w-cut-before": "WhatsApp: se corta antes de recibir",
    "w-cut-after": "WhatsApp: recibe y se corta sin responder (incierto)",
    "m-451": "Correo: rechazo temporal (451)",
    "m-550": "Correo: rechazo permanente (550)",
    "m-cut-before": "Correo: se corta antes de guardar",
    "m-cut-after": "Correo: guarda y se corta sin responder (incierto)",
}


def faults(store: Store) -> str:
    """The page where a person makes the outside misbehave."""
    options = "".join(f'<option value="{key}">{escape(name)}</option>' for key, name in FAULTS.items())
    waiting = store.rows("SELECT count(*) AS n FROM webhook")[0]["n"]
    left = sum(each["times"] for name in ("whatsapp_faults", "mail_faults") for each in store.setting(name))

    def box(name: str, words: str) -> str:
        on = " checked" if store.setting(name) else ""
        return f'<label class="check"><input type="checkbox" name="{name}" value="1"{on}> {words}</label>'

    return _page(
        "Provocar fallas",
        "fallas",
        '<section class="panel detail"><h1>Provocar fallas del mundo exterior</h1><form class="fields" method="post" '
        f'action="/fallas"><p id="cuenta" data-live>Pendientes: {left} falla(s) pedida(s); {waiting} aviso(s) por '
        "entregar a Mayorista.</p>"
        f'<label>Próximos envíos<select name="falla">{options}</select></label>'
        '<label>¿Cuántas veces?<input name="veces" type="number" min="1" max="10000" value="1"></label>'
        f'<label>Avisos de estado duplicados (%)<input name="duplicate_percent" type="number" min="0" max="100" '
        f'value="{store.setting("duplicate_percent")}"></label>'
        f'<label>Desorden de los avisos (ms)<input name="shuffle_ms" type="number" min="0" max="60000" '
        f'value="{store.setting("shuffle_ms")}"></label>'
        + box("auto_read", "Los teléfonos leen solos a los dos segundos")
        + box("pair_limit", "Límite de WhatsApp por persona (un mensaje cada 6 s, 45 prestados)")
        + '<button class="first">Guardar</button></form></section>',
        opened=True,
        wide=True,
    )


def requested_fault(choice: str, times: int) -> tuple[str, dict[str, Any]] | None:
    """Setting and fault that a choice of the page means."""
    if choice not in FAULTS or not choice:
        return None
    channel, _, what = choice.partition("-")
    name = "whatsapp_faults" if channel == "w" else "mail_faults"
    if what.startswith("cut-"):
        return name, {"cut": what.removeprefix("cut-"), "times": times}
    status = {"190": 401, "130429": 429, "131016": 500}.get(what, 400)
    return name, {"code": int(what), "http": status, "times": times}
