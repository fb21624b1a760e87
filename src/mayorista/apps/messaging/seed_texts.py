"""The house's first texts: version 1 of each, written by a migration and edited by people from then on.

Formal Spanish of Bolivia. WhatsApp templates have numbered variables and are handed to Meta under these
names; the others have named ones. Source: the texts agreed for the procedure (steps A.1 to A.7).
Plain data without Django, so that the local stand-in of WhatsApp can know them too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeedText:
    """One text: see MessageTemplate for the fields."""

    code: str
    kind: str
    channel: str
    name: str
    body: str
    variables: tuple[str, ...]
    step: str
    subject: str = ""
    buttons: tuple[tuple[str, str], ...] = ()


def _template(
    code: str, name: str, step: str, variables: str, body: str, buttons: tuple[tuple[str, str], ...] = ()
) -> SeedText:
    return SeedText(code, "TEMPLATE", "WHATSAPP", name, body, tuple(variables.split()), step, buttons=buttons)


def _mail(code: str, name: str, step: str, variables: str, subject: str, body: str) -> SeedText:
    return SeedText(code, "TEXT", "EMAIL", name, body, tuple(variables.split()), step, subject=subject)


def _quick(code: str, name: str, variables: str, body: str) -> SeedText:
    return SeedText(code, "QUICK", "WHATSAPP", name, body, tuple(variables.split()), "A.4")


CONFORMITY = (("conformidad:{{caso}}:si", "Sí, restablecido"), ("conformidad:{{caso}}:no", "Aún con falla"))

TEXTS: tuple[SeedText, ...] = (
    _template(
        "aviso_apertura_falla",
        "Aviso de apertura de falla",
        "A.6",
        "cliente caso inicio servicio",
        "Estimado cliente {{1}}: COMTECO le informa que registró una falla en su servicio {{4}}, con inicio a "
        "horas {{3}}. Número de atención: {{2}}. Nuestro personal ya trabaja en la solución; le enviaremos un "
        "avance a la brevedad. Atentamente, COMTECO.",
        (("acuse:{{caso}}", "Recibido"),),
    ),
    _template(
        "aviso_avance_falla",
        "Aviso de avance de falla",
        "A.6",
        "cliente caso hora situacion etr proximo",
        "Estimado cliente {{1}}: avance del caso {{2}}. Situación a horas {{3}}: {{4}}. Hora estimada de "
        "solución: {{5}}. Próximo avance a horas {{6}}. Agradecemos su comprensión.",
    ),
    _template(
        "aviso_cierre_falla",
        "Aviso de solución (paso A.7)",
        "A.7",
        "cliente caso hora causa duracion",
        "Estimado cliente {{1}}: le comunicamos que el daño reportado en el caso {{2}} fue solucionado a horas "
        "{{3}}. Causa: {{4}}. Duración: {{5}}. Le agradecemos confirmar el normal funcionamiento de su "
        "servicio. Atentamente, Gerencia de Planificación, COMTECO.",
        CONFORMITY,
    ),
    _template(
        "solicitud_datos_caso",
        "Solicitud de datos",
        "A.4",
        "cliente caso destino",
        "Estimado cliente {{1}}: para atender su reclamo {{2}} le solicitamos enviar, por favor: hora de inicio "
        "de la falla, dirección IP o prefijo afectado, resultado de ping y traceroute hacia {{3}} y una "
        "fotografía de las luces del equipo. Con esos datos continuaremos con el diagnóstico.",
    ),
    _template(
        "retomar_atencion",
        "Retomar atención fuera de ventana",
        "A.4",
        "cliente caso",
        "Estimado cliente {{1}}: tenemos información sobre su caso {{2}}. Responda a este mensaje para "
        "continuar la atención con nuestro Grupo de Soporte.",
    ),
    _template(
        "confirmar_restablecimiento",
        "Confirmar restablecimiento",
        "A.4",
        "cliente caso",
        "Estimado cliente {{1}}: ¿nos confirma, por favor, que su servicio quedó restablecido? Con su "
        "confirmación concluimos la atención {{2}}. Atentamente, Grupo de Soporte, COMTECO.",
        CONFORMITY,
    ),
    _template(
        "reclamo_registrado",
        "Reclamo registrado",
        "A.1",
        "cliente caso servicio",
        "Estimado cliente {{1}}: recibimos su reclamo por el servicio {{3}} y lo registramos con el número "
        "{{2}}. Nuestro Grupo de Soporte lo está atendiendo. Atentamente, COMTECO.",
    ),
    _template(
        "aviso_mantenimiento",
        "Aviso de mantenimiento",
        "",
        "cliente trabajo servicio inicio fin",
        "Estimado cliente {{1}}: le informamos el trabajo programado «{{2}}», que puede interrumpir su servicio "
        "{{3}} desde {{4}} hasta {{5}}. Agradecemos su comprensión. Atentamente, COMTECO.",
    ),
    _template(
        "aviso_dac_gerencia",
        "D.A.C. para la Gerencia",
        "A.6",
        "dac parte caso clientes enlace",
        "D.A.C. {{1}}, parte {{2}}, del daño {{3}}. Clientes: {{4}}. El acta está en {{5}} y puede acusar "
        "recibo con el botón. Equipo Monitoreo Servicios y Recursos (NOC).",
        (("acuse:{{dac}}", "Acuso recibo"),),
    ),
    _mail(
        "apertura_falla_correo",
        "Apertura de falla (correo)",
        "A.6",
        "cliente caso servicio inicio firma telefono",
        "Falla en su servicio – Caso {{caso}} – {{cliente}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "COMTECO les informa que registró una falla en su servicio {{servicio}}, con inicio a horas {{inicio}}. "
        "Número de atención: {{caso}}. Nuestro personal ya trabaja en la solución; les enviaremos un avance a "
        "la brevedad.\n\nNuestro Grupo de Soporte atiende las 24 horas, los siete días de la semana, por "
        "WhatsApp al {{telefono}}.\n\nAtentamente,\n\n{{firma}} · COMTECO R.L.\n",
    ),
    _mail(
        "avance_falla_correo",
        "Avance de falla (correo)",
        "A.6",
        "cliente caso hora situacion etr proximo firma",
        "Avance del caso {{caso}} – {{cliente}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Avance del caso {{caso}}. Situación a horas {{hora}}: {{situacion}}. Hora estimada de solución: "
        "{{etr}}. Próximo avance a horas {{proximo}}.\n\nAgradecemos su comprensión.\n\nAtentamente,\n\n"
        "{{firma}} · COMTECO R.L.\n",
    ),
    _mail(
        "cierre_falla_correo",
        "Solución de daño (correo, paso A.7)",
        "A.7",
        "cliente caso servicio fecha hora inicio duracion causa_cliente accion telefono firma",
        "Solución de daño – Caso {{caso}} – {{cliente}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Mediante la presente comunicamos a ustedes que el daño registrado en su servicio {{servicio}}, "
        "atendido con el número {{caso}}, fue solucionado el {{fecha}} a horas {{hora}}.\n\n"
        "Inicio de la afectación: {{inicio}}. Duración: {{duracion}}. Causa: {{causa_cliente}}. Acción "
        "realizada: {{accion}}.\n\nEn caso de persistir cualquier inconveniente, nuestro Grupo de Soporte "
        "atiende las 24 horas, los siete días de la semana, por WhatsApp al {{telefono}}.\n\n"
        "Con este motivo, saludamos a ustedes atentamente.\n\n"
        "{{firma}} · Gerente de Planificación (Responsable Whole Sale) · COMTECO R.L.\n",
    ),
    _mail(
        "reclamo_registrado_correo",
        "Reclamo registrado (correo)",
        "A.1",
        "cliente caso servicio telefono",
        "Reclamo registrado – Caso {{caso}} – {{cliente}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Recibimos su reclamo por el servicio {{servicio}} y lo registramos con el número {{caso}}. Nuestro "
        "Grupo de Soporte lo está atendiendo, las 24 horas, por WhatsApp al {{telefono}}.\n\nAtentamente,\n\n"
        "Grupo de Soporte · COMTECO R.L.\n",
    ),
    _mail(
        "dac_gerencia_correo",
        "D.A.C. para la Gerencia (correo)",
        "A.6",
        "dac parte caso clientes resumen enlace firma",
        "D.A.C. {{dac}} – {{parte}} – {{clientes}}",
        "Señor\nGerente de Planificación (Responsable Whole Sale)\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Adjuntamos el formulario D.A.C. {{dac}}, parte {{parte}}, del daño {{caso}}. Clientes: {{clientes}}.\n\n"
        "{{resumen}}\n\nAgradecemos acusar recibo en {{enlace}}\n\n"
        "{{firma}} · Equipo Monitoreo Servicios y Recursos (NOC) · COMTECO R.L.\n",
    ),
    _mail(
        "mantenimiento_correo",
        "Aviso de mantenimiento (correo)",
        "",
        "cliente trabajo servicio inicio fin telefono firma",
        "Trabajo programado – {{trabajo}} – {{cliente}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Les informamos el trabajo programado «{{trabajo}}», que puede interrumpir su servicio {{servicio}} "
        "desde {{inicio}} hasta {{fin}}.\n\nPara cualquier consulta, nuestro Grupo de Soporte atiende las 24 "
        "horas por WhatsApp al {{telefono}}.\n\nAgradecemos su comprensión.\n\nAtentamente,\n\n"
        "{{firma}} · COMTECO R.L.\n",
    ),
    _quick(
        "rr_saludo",
        "Saludo y número de caso",
        "dias_tardes_noches nombre agente caso",
        "Buenas {{dias_tardes_noches}}, {{nombre}}. Le saluda {{agente}} del Grupo de Soporte COMTECO. "
        "Registramos su reclamo con el número {{caso}}. ¿Nos confirma, por favor, si la caída es total o "
        "parcial y desde qué hora?",
    ),
    _quick(
        "rr_puerto_activo",
        "Puerto activo: pedir revisión de equipo",
        "",
        "Verificamos que nuestro puerto está activo y sin errores hasta su equipo. ¿Podría confirmar si su "
        "equipo tiene energía y si el enlace óptico muestra luz en recepción?",
    ),
    _quick(
        "rr_limite_prefijos",
        "BGP por límite de prefijos",
        "recibidos limite",
        "Observamos la sesión BGP en estado *Idle* por límite de prefijos. Por favor revise los prefijos que "
        "anuncia ({{recibidos}} de {{limite}}) y avísenos para reiniciar la sesión.",
    ),
    _quick(
        "rr_falla_en_su_red",
        "La falla es de la red del cliente",
        "causa",
        "De acuerdo con el análisis, la falla corresponde a {{causa}} en su red. Quedamos a su disposición para "
        "apoyarle hasta la solución.",
    ),
    _quick(
        "rr_confirmar",
        "Pedir confirmación",
        "caso",
        "¿Nos confirma, por favor, que su servicio quedó restablecido? Con su confirmación concluimos la "
        "atención {{caso}}.",
    ),
    _quick(
        "rr_sin_respuesta",
        "Conclusión sin respuesta",
        "hora caso",
        "No recibimos respuesta desde horas {{hora}}; el servicio se observa estable. Concluimos la atención "
        "{{caso}}. Si persiste la falla, responda a este mensaje y la reabrimos de inmediato.",
    ),
    _quick(
        "rr_reclamo_registrado",
        "Reclamo registrado (automático)",
        "caso",
        "Estimado cliente: recibimos su reclamo {{caso}}. Nuestro Grupo de Soporte lo está atendiendo.",
    ),
)
