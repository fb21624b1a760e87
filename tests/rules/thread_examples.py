"""A conversation of a case, and a long one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mayorista.rules import thread
from tests.rules.dac_examples import HOSTILE, at


def conversation() -> thread.ThreadContent:
    line, side = thread.ThreadLine, thread.Side
    return thread.ThreadContent(
        case_number="DANO-2026-000148",
        fault_number="FALLA-2026-000131",
        customer="VALLE FIBRA S.R.L. (ISP-014)",
        services=("TIP-0141 2 Gbps",),
        state="CERRADO",
        opened_at=at("23/11 21:57"),
        closed_at=at("24/11 02:50"),
        exported_at=at("24/11 09:00"),
        exported_by="Auditoría",
        lines=(
            line(at=at("23/11 21:55"), side=side.ACT, heading="Alarma", who="Prometheus",
                 text="BGPSessionDown CBBA-BR1 · par 64514 · 14 repeticiones"),
            line(at=at("23/11 22:00"), side=side.IN, heading="WhatsApp · reclamo", who="Ing. de guardia",
                 text="Buenas noches, estamos sin servicio internacional desde las 21:55 😟 ¿nos pueden confirmar?",
                 attachments=("captura.jpg",)),
            line(at=at("23/11 22:01"), side=side.OUT, heading="WhatsApp", who="Grupo de Soporte",
                 text="Buenas noches. Registramos su reclamo con el número DANO-2026-000148; ya trabajamos en la"
                 " solución.\nPróximo avance a horas 23:20.", state="leído 22:02"),
            line(at=at("23/11 22:10"), side=side.ACT, heading="Diagnóstico (A.3)", who="Grupo de Soporte",
                 text="Externo (red contratada) · E-FIB preliminar"),
            line(at=at("24/11 02:50"), side=side.OUT, heading="Correo · aviso de solución (A.7)",
                 who="Gerencia de Planificación", text="Mediante la presente comunicamos a ustedes que el daño…",
                 state="entregado 02:51"),
        ),
    )  # fmt: skip


def long_conversation(messages: int = 600) -> thread.ThreadContent:
    base = conversation()
    lines = tuple(
        replace(
            base.lines[index % 5],
            at=base.opened_at + timedelta(minutes=7 * index),
            text=HOSTILE if index % 9 == 0 else "…",
        )
        for index in range(messages)
    )
    return replace(base, lines=lines)
