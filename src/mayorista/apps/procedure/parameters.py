"""The parameters there are, with the values of the procedure's revision 0.

A row of `Parameter` overrides the default from its date on. Sources: requirements G-…, the clocks
table of the D.A.C.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mayorista.rules import records


@dataclass(frozen=True, slots=True)
class Default:
    """A parameter's value when no row says otherwise, and what it means (Spanish)."""

    value: Any
    title: str


DEFAULTS: dict[str, Default] = {
    "carrier.name": Default("COMTECO R.L.", "Nombre del operador en documentos"),
    "carrier.short_name": Default("COMTECO", "Nombre corto del operador en mensajes"),
    "carrier.support_phone": Default("+591 4 4200000", "Teléfono de WhatsApp del Grupo de Soporte"),
    "carrier.city": Default("Cochabamba", "Ciudad del operador"),
    "carrier.domain": Default("comteco.example", "Dominio de correo del operador"),
    "manager.signature": Default("Gerencia de Planificación", "Firma de los avisos al cliente"),
    "manager.title": Default(
        "Gerente de Planificación (Responsable Whole Sale)", "Cargo que firma las cartas al cliente"
    ),
    "procedure.code": Default("GC-PRC-OPE-CUM-02", "Código del procedimiento"),
    "procedure.revision": Default("Rev. 0", "Revisión del procedimiento"),
    "procedure.title": Default("POST VENTA CLIENTE INTERNET MAYORISTA", "Título del procedimiento"),
    "procedure.process": Default("OPERATIVO", "Proceso al que pertenece"),
    "procedure.header": Default("GESTIÓN POR PROCESOS", "Encabezado de los documentos"),
    "documents.retention_years": Default(
        {each.code: each.years for each in records.TYPES.values()},
        "Años que se conserva cada tipo de documento desde el cierre de su expediente (0 = siempre)",
    ),
    "dac.copies": Default([], "Correos internos que reciben copia del D.A.C."),
    "dac.opening_minutes": Default({"1": 15, "2": 30, "3": 120}, "Minutos del diagnóstico a la apertura"),
    "dac.progress_minutes": Default({"1": 60, "2": 120, "3": 720}, "Minutos entre avances"),
    "dac.closing_minutes": Default({"1": 30, "2": 60, "3": 240}, "Minutos de la verificación al cierre"),
    "notice.solution_minutes": Default(
        {"1": 30, "2": 60, "3": 240}, "Minutos del cierre al aviso al cliente"
    ),
    "sla.repair_minutes": Default({"1": 240, "2": 480, "3": 2880}, "SLA por defecto: minutos de reparación"),
    "sla.counted_effects": Default(
        ["TOTAL", "INTERMITTENT"],
        "Efectos que son indisponibilidad: TOTAL, PARTIAL (degradación), INTERMITTENT",
    ),
    "escalation.minutes": Default(
        {"1": [120, 240, 360], "2": [180, 360, 540], "3": [1440, 2160, 2880]},
        "Escalamiento por severidad: Jefe NOC, Gerente, Gerencia General (minutos)",
    ),
    "escalation.contacts": Default(
        {"1": [], "2": [], "3": []}, "Correos de los tres niveles: Jefe NOC, Gerente, Gerencia General"
    ),
    "step.minutes": Default(
        {"A.1": 5, "A.2": 30, "A.3": 15, "A.4": 15, "A.5": 15, "B.1": 1440},
        "Minutos para concluir cada paso desde que se abre",
    ),
    "correlation.window_seconds": Default(
        120, "Segundos en que circuitos con un elemento común son un evento"
    ),
    "correlation.minimum_circuits": Default(3, "Circuitos que hacen un evento masivo"),
    "correlation.severity_threshold": Default("warning", "Severidad mínima de alarma que abre un caso"),
    "alarms.body_days": Default(90, "Días que se guardan los cuerpos recibidos de alarmas"),
    "flap.minutes": Default(5, "Minutos en que lo que se restablece solo puede cerrarse sin D.A.C."),
    "notice.opening_default": Default(
        {"1": True, "2": False, "3": False}, "Aviso de apertura al cliente por severidad (G-12)"
    ),
    "notice.progress_default": Default(
        {"1": True, "2": False, "3": False}, "Avisos de avance al cliente por severidad (G-12)"
    ),
    "notice.undo_seconds": Default(10, "Segundos para deshacer un envío"),
    "notice.auto_send_minutes": Default(0, "Aviso A.7 automático tras n minutos sin acto (0 = nunca)"),
    "support.silence_hours": Default(12, "Horas sin respuesta para cerrar el soporte (G-13)"),
    "support.reopen_hours": Default(48, "Horas en que la Gerencia puede reabrir (G-13)"),
    "reopen.same_cause_hours": Default(24, "Horas en que la misma causa reabre el caso (G-01 d)"),
    "rfo.business_days": Default(3, "Días hábiles para la causa raíz tras «RFO pendiente» (G-43)"),
    "correction.business_days": Default(
        1, "Días hábiles para confirmar la corrección de la atribución de un caso cerrado"
    ),
    "claim.reply_seconds": Default(60, "Segundos para dar el número de caso al reclamante (G-44)"),
    "verification.stable_minutes": Default(10, "Minutos de estabilidad antes de verificar"),
    "att.report_minutes": Default(30, "Minutos de interrupción que exigen evaluar reporte a la ATT"),
    "att.further_hours": Default(12, "Horas de interrupción con deber adicional ante la ATT"),
    "att.report_days": Default(3, "Días hábiles para reportar una interrupción a la ATT"),
    "att.notice_days": Default(5, "Días de aviso previo a los usuarios de una interrupción programada"),
    "att.active": Default(
        value=False, title="Los plazos de la ATT abren tareas (encender cuando Asesoría Legal lo confirme)"
    ),
    "billing.email": Default("cobranzas@comteco.example", "Correo de cobranza"),
    "contract.alert_days": Default(
        [90, 60, 30], "Días antes del vencimiento de un contrato o garantía en que se avisa"
    ),
    "contract.mandatory_items": Default(
        [1, 2, 3, 4, 5, 8, 9], "Ítems obligatorios de la copia de contrato completa (G-33)"
    ),
    "contract.business_days": Default(
        {"receive": 1, "review": 2, "complete": 3},
        "Días hábiles para recibir un contrato, revisarlo y completar uno observado",
    ),
    "speed.business_days": Default(
        {
            "capacity": 1,
            "decision": 1,
            "order": 1,
            "execution": 1,
            "acceptance": 1,
            "addendum": 5,
            "objection": 1,
        },
        "Días hábiles para cada paso de un cambio de velocidad",
    ),
    "speed.silence_hours": Default(
        48, "Horas de silencio del cliente que aceptan un cambio ejecutado (G-21)"
    ),
    "speed.addendum_debt_days": Default(15, "Días para adjuntar la adenda que la Gerencia dispensó (G-22)"),
    "billing.limit_days": Default(
        {
            "coordinated": 1,
            "defined": 2,
            "remitted": 3,
            "invoiced": 5,
            "advance_coordinated": 25,
            "advance_defined": 28,
        },
        "Días límite del mes: días hábiles del mes siguiente; por adelantado, días del mes anterior (G-24)",
    ),
    "billing.open_days": Default(
        {"arrears": 25, "advance": 20}, "Día del mes en que se abre la coordinación: vencido y por adelantado"
    ),
    "billing.adjustment_percent": Default(
        10, "Porcentaje del monto sobre el cual un ajuste manual necesita a la Gerencia (G-36)"
    ),
    "billing.invoicers": Default(
        ["EXTERNAL", "INTERNAL"],
        "Cómo se factura: EXTERNAL (sistema en uso), INTERNAL (serie propia no fiscal)",
    ),
    "billing.invoice_series": Default("FAC-INT", "Serie de las facturas propias (no fiscales)"),
    "billing.signature": Default("Encargada de Facturación", "Firma de los correos con facturas"),
    "billing.accounts": Default(
        "Banco Demo, cuenta en bolivianos 000-000000-0",
        "Cuentas para depósito que se escriben en los correos",
    ),
    "accounting.email": Default("contabilidad@comteco.example", "Correo del Depto. Contabilidad (B.8)"),
    "accounting.notice": Default(
        "SINGLE", "Aviso a Contabilidad: SINGLE (uno por comprobante) o DAILY (uno por día hábil, 17:00)"
    ),
    "accounting.iva_percent": Default(13, "Porcentaje de IVA de los asientos sugeridos"),
    "accounting.it_percent": Default(3, "Porcentaje de IT de los asientos sugeridos"),
    "accounting.plan": Default(
        {
            "bank": "1.1.1.02 Bancos",
            "receivable": "1.1.2.01 Cuentas por cobrar clientes mayoristas",
            "advances": "2.1.3.01 Anticipos de clientes",
            "income": "4.1.1.01 Ingresos Internet mayorista",
            "iva": "2.1.2.01 Débito fiscal IVA",
            "it_expense": "5.2.1.01 Impuesto a las transacciones",
            "it_payable": "2.1.2.02 IT por pagar",
            "bank_charges": "5.2.2.01 Comisiones bancarias",
            "withholdings": "1.1.3.01 Retenciones por recuperar",
            "compensation": "2.1.1.05 Compensaciones con clientes",
            "exchange": "5.3.1.01 Diferencia de cambio",
            "rounding": "5.3.1.02 Redondeos",
        },
        "Cuentas contables de los asientos sugeridos",
    ),
    "receipts.business_days": Default(
        {"allocate": 1, "inform": 1, "reconcile": 2, "rejected": 1},
        "Días hábiles para imputar un comprobante, informarlo, conciliarlo y atender un rechazo",
    ),
    "collection.reminder_days": Default(
        [-5, 0, 5, 15, 30], "Días del vencimiento en que sale cada recordatorio (G-26)"
    ),
    "collection.release_from_days": Default(
        30, "Días de mora desde los que un recordatorio espera a Asesoría Legal"
    ),
    "collection.automatic": Default(
        value=False, title="Los recordatorios del día salen solos (si no, los envía una persona)"
    ),
    "collection.hour": Default(9, "Hora de La Paz desde la que se preparan los recordatorios del día"),
    "collection.answer_business_days": Default(
        5, "Días hábiles para responder antes de derivar a U.T. Cartera (texto D+15)"
    ),
    "collection.final_business_days": Default(5, "Días hábiles del último plazo prelegal (texto D+30)"),
    "collection.portfolio_days": Default(
        30, "Días de mora tras los que una factura pasa a U.T. Cartera (G-27)"
    ),
    "collection.objection_days": Default(
        30, "Días desde la entrega para objetar una factura si el contrato calla"
    ),
    "collection.suspension_days": Default(
        30, "Días de mora para proponer la suspensión si el contrato calla"
    ),
    "collection.signature": Default(
        "Depto. Interconexión y Servicios de Apoyo", "Firma de los correos de cobranza"
    ),
    "assurance.internal_minutes": Default(
        {"1": 120, "2": 240, "3": 1440}, "Reloj interno (OLA): minutos nuestros de reparación por severidad"
    ),
    "indicators.first_day": Default(
        "",
        "Primer día de uso: antes de él no hay controles ni se informa (vacío = el primer renglón de la bitácora)",
    ),
    "indicators.snapshot_day": Default(5, "Día del mes en que se informa el mes anterior (G-06)"),
    "shift.acknowledge_minutes": Default(15, "Minutos para que el turno entrante reciba la entrega de turno"),
    "shift.warn_days": Default(14, "Días hacia adelante en que se avisa una hora sin turno"),
    "public.base_url": Default("http://127.0.0.1:8000", "Dirección pública del sistema en los enlaces"),
}
