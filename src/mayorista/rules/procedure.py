"""The procedure GC-PRC-OPE-CUM-02 as one table: its steps, whose they are and what may follow.

Screens, trays, pictures, indicators and tests read this table; nothing else knows the order of the
steps. Limits are the defaults of the procedure's revision 0 and live as dated parameters; what is
here are their names. Source: the written procedure, sections II.A and II.B.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who acts, by the procedure's section I.e and the steps' headings (R-05, R-06)."""

    NOC = "NOC"
    SUPPORT = "SUPPORT"
    MANAGER = "MANAGER"
    SALES = "SALES"
    INTERCONNECTION = "INTERCONNECTION"
    BILLING = "BILLING"
    ACCOUNTING = "ACCOUNTING"
    PORTFOLIO = "PORTFOLIO"
    LEGAL = "LEGAL"
    AUDITOR = "AUDITOR"
    ADMIN = "ADMIN"


ROLE_TITLES: dict[Role, str] = {
    Role.NOC: "Equipo Monitoreo Servicios y Recursos (NOC)",
    Role.SUPPORT: "Grupo de Soporte",
    Role.MANAGER: "Gerente de Planificación (Responsable Whole Sale)",
    Role.SALES: "Ventas",
    Role.INTERCONNECTION: "Depto. Interconexión y Servicios de Apoyo",
    Role.BILLING: "Encargada Facturación",
    Role.ACCOUNTING: "Depto. Contabilidad",
    Role.PORTFOLIO: "U.T. Cartera",
    Role.LEGAL: "Asesoría Legal",
    Role.AUDITOR: "Auditoría (solo lectura)",
    Role.ADMIN: "Administración del sistema",
}

ROLE_SHORT: dict[Role, str] = {
    Role.NOC: "NOC",
    Role.SUPPORT: "Soporte",
    Role.MANAGER: "Gerencia",
    Role.SALES: "Ventas",
    Role.INTERCONNECTION: "Interconexión",
    Role.BILLING: "Facturación",
    Role.ACCOUNTING: "Contabilidad",
    Role.PORTFOLIO: "Cartera",
    Role.LEGAL: "Legal",
    Role.AUDITOR: "Auditoría",
    Role.ADMIN: "Administración",
}


class Attribution(StrEnum):
    """The three answers of step A.3."""

    EXTERNAL = "EXTERNAL"
    INTERNAL = "INTERNAL"
    CUSTOMER = "CUSTOMER"


ATTRIBUTION_TITLES: dict[Attribution, str] = {
    Attribution.EXTERNAL: "externo (red contratada)",
    Attribution.INTERNAL: "interno",
    Attribution.CUSTOMER: "atribuible al cliente",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: `scope` says which dossier carries it (G-43), `follows` what may come next."""

    code: str
    title: str
    imperative: str
    role: Role
    scope: str
    follows: tuple[str, ...]
    document: str = ""


STEPS: dict[str, Step] = {
    step.code: step
    for step in (
        Step("A.1", "Detección", "Reconocer la caída", Role.NOC, "FAULT", ("A.2", "A.3")),
        Step("A.2", "Protocolos del NOC", "Completar protocolos", Role.NOC, "FAULT", ("A.3",)),
        Step("A.3", "Análisis", "Diagnosticar", Role.SUPPORT, "FAULT", ("A.4", "A.5")),
        Step("A.4", "Soporte al cliente", "Dar soporte por WhatsApp", Role.SUPPORT, "CASE", ("A.3",)),
        Step("A.5", "Coordinación", "Coordinar con el NOC", Role.NOC, "FAULT", ("A.6", "A.3")),
        Step("A.6", "D.A.C.", "Enviar D.A.C.", Role.NOC, "FAULT", ("A.7", "A.3"), "D.A.C."),
        Step("A.7", "Aviso al cliente", "Comunicar la solución", Role.MANAGER, "CASE", ()),
        Step("B.1", "Contrato", "Recibir contrato", Role.INTERCONNECTION, "CONTRACT", ("B.2",), "Contrato"),
        Step("B.2", "Cambio de velocidad", "Coordinar velocidad", Role.INTERCONNECTION, "AMOUNT", ("B.3",)),
        Step("B.3", "Monto", "Definir monto", Role.INTERCONNECTION, "AMOUNT", ("B.4",)),
        Step("B.4", "Remisión", "Remitir monto", Role.INTERCONNECTION, "AMOUNT", ("B.5",)),
        Step("B.5", "Factura", "Emitir y despachar factura", Role.BILLING, "INVOICE", ("B.6", "B.7")),
        Step("B.6", "Cobranza", "Gestionar cobranza", Role.INTERCONNECTION, "INVOICE", ("B.7",)),
        Step("B.7", "Comprobante", "Registrar comprobante", Role.INTERCONNECTION, "INVOICE", ("B.8",)),
        Step("B.8", "Aviso a Contabilidad", "Informar a Contabilidad", Role.INTERCONNECTION, "INVOICE", ()),
    )
}

STAGE_TITLES: dict[str, str] = {
    "A": "A) DAÑOS",
    "B": "B) SEGUIMIENTO FACTURACIÓN Y COBRANZAS",
}


def route_after_analysis(attribution: Attribution) -> str:
    """Step that follows A.3: A.4 when it is the customer's, else A.5 (procedure A.3)."""
    return "A.4" if attribution is Attribution.CUSTOMER else "A.5"


class Act(StrEnum):
    """Everything a person may do, named once; `WHO_MAY` says which roles."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    OPEN_CASE = "OPEN_CASE"
    REGISTER_CLAIM = "REGISTER_CLAIM"
    MARK_MESSAGE = "MARK_MESSAGE"
    CHECK_PROTOCOLS = "CHECK_PROTOCOLS"
    DIAGNOSE = "DIAGNOSE"
    DISPUTE = "DISPUTE"
    SECOND_OPINION = "SECOND_OPINION"
    DECIDE_DISPUTE = "DECIDE_DISPUTE"
    CORRECT_ATTRIBUTION = "CORRECT_ATTRIBUTION"
    CONFIRM_ATTRIBUTION = "CONFIRM_ATTRIBUTION"
    SUPPORT_CUSTOMER = "SUPPORT_CUSTOMER"
    SEND_MESSAGE = "SEND_MESSAGE"
    CLOSE_SUPPORT = "CLOSE_SUPPORT"
    REOPEN = "REOPEN"
    HAND_OVER = "HAND_OVER"
    ACCEPT_HAND_OVER = "ACCEPT_HAND_OVER"
    MANAGE_REPAIR = "MANAGE_REPAIR"
    RESTORE = "RESTORE"
    STOP_CLOCK = "STOP_CLOCK"
    ISSUE_DAC = "ISSUE_DAC"
    ACKNOWLEDGE_DAC = "ACKNOWLEDGE_DAC"
    TELL_CUSTOMER = "TELL_CUSTOMER"
    NOTIFY_PROGRESS = "NOTIFY_PROGRESS"
    CLOSE_SELF_CLEARED = "CLOSE_SELF_CLEARED"
    REGROUP = "REGROUP"
    VOID_CASE = "VOID_CASE"
    LINK_ALARM = "LINK_ALARM"
    PLAN_MAINTENANCE = "PLAN_MAINTENANCE"
    NOTE = "NOTE"
    EDIT_CUSTOMERS = "EDIT_CUSTOMERS"
    EDIT_SERVICES = "EDIT_SERVICES"
    IMPORT = "IMPORT"
    RESEND_MESSAGE = "RESEND_MESSAGE"
    FILE_MESSAGE = "FILE_MESSAGE"
    SUSPEND = "SUSPEND"
    DELEGATE = "DELEGATE"
    ADMINISTER = "ADMINISTER"
    EDIT_PARAMETERS = "EDIT_PARAMETERS"
    VIEW_PARAMETERS = "VIEW_PARAMETERS"
    HAND_OVER_CONTRACT = "HAND_OVER_CONTRACT"
    RECEIVE_CONTRACT = "RECEIVE_CONTRACT"
    EDIT_AGREEMENTS = "EDIT_AGREEMENTS"
    FILE_CONTRACT_PAPERS = "FILE_CONTRACT_PAPERS"
    MOVE_CUSTODY = "MOVE_CUSTODY"
    REQUEST_SPEED = "REQUEST_SPEED"
    CHECK_CAPACITY = "CHECK_CAPACITY"
    DECIDE_SPEED = "DECIDE_SPEED"
    ORDER_SPEED = "ORDER_SPEED"
    EXECUTE_SPEED = "EXECUTE_SPEED"
    ACCEPT_SPEED = "ACCEPT_SPEED"
    WAIVE_ADDENDUM = "WAIVE_ADDENDUM"
    BROWSE_AGREEMENTS = "BROWSE_AGREEMENTS"
    LOAD_TRAFFIC = "LOAD_TRAFFIC"
    VIEW_BILLING = "VIEW_BILLING"
    MANAGE_GROUPS = "MANAGE_GROUPS"
    CONFIRM_MONTH = "CONFIRM_MONTH"
    APPROVE_MONTH = "APPROVE_MONTH"
    DEFINE_AMOUNT = "DEFINE_AMOUNT"
    APPROVE_ADJUSTMENT = "APPROVE_ADJUSTMENT"
    DECIDE_CREDIT = "DECIDE_CREDIT"
    ENTER_RATE = "ENTER_RATE"
    SEND_PACKET = "SEND_PACKET"
    ACKNOWLEDGE_PACKET = "ACKNOWLEDGE_PACKET"
    ISSUE_INVOICE = "ISSUE_INVOICE"
    DISPATCH_INVOICE = "DISPATCH_INVOICE"
    ISSUE_NOTE = "ISSUE_NOTE"
    REGISTER_RECEIPT = "REGISTER_RECEIPT"
    ALLOCATE_RECEIPT = "ALLOCATE_RECEIPT"
    INFORM_ACCOUNTING = "INFORM_ACCOUNTING"
    RECONCILE_RECEIPT = "RECONCILE_RECEIPT"
    NOTE_REJECTION = "NOTE_REJECTION"
    LOAD_STATEMENT = "LOAD_STATEMENT"
    PROPOSE_BANK_ACCOUNT = "PROPOSE_BANK_ACCOUNT"
    APPROVE_BANK_ACCOUNT = "APPROVE_BANK_ACCOUNT"
    EDIT_CRITERIA = "EDIT_CRITERIA"
    TAKE_SNAPSHOT = "TAKE_SNAPSHOT"
    ANSWER_REGULATOR = "ANSWER_REGULATOR"
    COPY_DOCUMENT = "COPY_DOCUMENT"
    HOLD_RECORDS = "HOLD_RECORDS"
    PROPOSE_DISPOSAL = "PROPOSE_DISPOSAL"
    APPROVE_DISPOSAL = "APPROVE_DISPOSAL"
    CONFIRM_NETWORK = "CONFIRM_NETWORK"
    SUPERVISE = "SUPERVISE"
    VIEW_AUDIT = "VIEW_AUDIT"
    HAND_OVER_SHIFT = "HAND_OVER_SHIFT"
    PLAN_ROSTER = "PLAN_ROSTER"
    VIEW_COLLECTION = "VIEW_COLLECTION"
    SEND_REMINDER = "SEND_REMINDER"
    RELEASE_REMINDER = "RELEASE_REMINDER"
    PAUSE_REMINDERS = "PAUSE_REMINDERS"
    LOG_CONTACT = "LOG_CONTACT"
    RAISE_OBJECTION = "RAISE_OBJECTION"
    DECIDE_OBJECTION = "DECIDE_OBJECTION"
    SEND_STATEMENT = "SEND_STATEMENT"
    HAND_OVER_DEBT = "HAND_OVER_DEBT"
    TAKE_LEGAL_ACTION = "TAKE_LEGAL_ACTION"
    PROPOSE_SUSPENSION = "PROPOSE_SUSPENSION"
    APPROVE_SUSPENSION = "APPROVE_SUSPENSION"
    EXECUTE_SUSPENSION = "EXECUTE_SUSPENSION"
    VIEW_SUSPENSION = "VIEW_SUSPENSION"
    CHARGE_INTEREST = "CHARGE_INTEREST"
    VIEW_REPORTS = "VIEW_REPORTS"
    ISSUE_REPORT = "ISSUE_REPORT"
    SEND_REPORT = "SEND_REPORT"
    DRAFT_RFO = "DRAFT_RFO"
    APPROVE_RFO = "APPROVE_RFO"
    DRAFT_PROVIDER_CLAIM = "DRAFT_PROVIDER_CLAIM"
    APPROVE_PROVIDER_CLAIM = "APPROVE_PROVIDER_CLAIM"
    VIEW = "VIEW"


_ALL = frozenset(Role)
_FLOOR = frozenset({Role.NOC, Role.SUPPORT, Role.MANAGER})
_WRITERS = _ALL - {Role.AUDITOR}

WHO_MAY: dict[Act, frozenset[Role]] = {
    Act.VIEW: _ALL,
    Act.ACKNOWLEDGE: _FLOOR,
    Act.OPEN_CASE: _FLOOR,
    Act.REGISTER_CLAIM: _FLOOR | {Role.INTERCONNECTION, Role.SALES},
    Act.MARK_MESSAGE: _FLOOR,
    Act.CHECK_PROTOCOLS: frozenset({Role.NOC}),
    Act.DIAGNOSE: frozenset({Role.SUPPORT}),
    Act.DISPUTE: _FLOOR | {Role.INTERCONNECTION},
    Act.SECOND_OPINION: frozenset({Role.SUPPORT}),
    Act.DECIDE_DISPUTE: frozenset({Role.MANAGER}),
    Act.CORRECT_ATTRIBUTION: frozenset({Role.SUPPORT, Role.MANAGER}),
    Act.CONFIRM_ATTRIBUTION: frozenset({Role.MANAGER}),
    Act.SUPPORT_CUSTOMER: frozenset({Role.SUPPORT}),
    Act.SEND_MESSAGE: _FLOOR,
    Act.CLOSE_SUPPORT: frozenset({Role.SUPPORT}),
    Act.REOPEN: frozenset({Role.SUPPORT, Role.MANAGER, Role.NOC}),
    Act.HAND_OVER: frozenset({Role.SUPPORT}),
    Act.ACCEPT_HAND_OVER: frozenset({Role.NOC}),
    Act.MANAGE_REPAIR: frozenset({Role.NOC, Role.SUPPORT}),
    Act.RESTORE: frozenset({Role.NOC, Role.SUPPORT}),
    Act.STOP_CLOCK: frozenset({Role.NOC, Role.SUPPORT}),
    Act.ISSUE_DAC: frozenset({Role.NOC}),
    Act.ACKNOWLEDGE_DAC: frozenset({Role.MANAGER}),
    Act.TELL_CUSTOMER: frozenset({Role.MANAGER}),
    Act.NOTIFY_PROGRESS: _FLOOR,
    Act.CLOSE_SELF_CLEARED: frozenset({Role.NOC, Role.SUPPORT}),
    Act.REGROUP: frozenset({Role.NOC, Role.SUPPORT}),
    Act.VOID_CASE: frozenset({Role.NOC, Role.SUPPORT, Role.MANAGER}),
    Act.LINK_ALARM: frozenset({Role.NOC, Role.SUPPORT, Role.ADMIN}),
    Act.PLAN_MAINTENANCE: frozenset({Role.NOC, Role.MANAGER}),
    Act.NOTE: _WRITERS,
    Act.EDIT_CUSTOMERS: frozenset({Role.SALES, Role.INTERCONNECTION, Role.MANAGER, Role.ADMIN}),
    Act.EDIT_SERVICES: frozenset({Role.NOC, Role.INTERCONNECTION, Role.ADMIN}),
    Act.IMPORT: frozenset({Role.INTERCONNECTION, Role.ADMIN}),
    Act.RESEND_MESSAGE: _WRITERS,
    Act.FILE_MESSAGE: _WRITERS,
    Act.SUSPEND: frozenset({Role.INTERCONNECTION, Role.MANAGER}),
    Act.DELEGATE: frozenset({Role.MANAGER, Role.ADMIN}),
    Act.ADMINISTER: frozenset({Role.ADMIN}),
    Act.EDIT_PARAMETERS: frozenset({Role.MANAGER, Role.ADMIN}),
    Act.VIEW_PARAMETERS: frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR}),
    Act.HAND_OVER_CONTRACT: frozenset({Role.SALES}),
    Act.RECEIVE_CONTRACT: frozenset({Role.INTERCONNECTION}),
    Act.EDIT_AGREEMENTS: frozenset({Role.INTERCONNECTION, Role.ADMIN}),
    Act.FILE_CONTRACT_PAPERS: frozenset({Role.SALES, Role.INTERCONNECTION, Role.LEGAL, Role.ADMIN}),
    Act.MOVE_CUSTODY: frozenset({Role.INTERCONNECTION, Role.LEGAL}),
    Act.REQUEST_SPEED: frozenset({Role.INTERCONNECTION}),
    Act.CHECK_CAPACITY: frozenset({Role.NOC}),
    Act.DECIDE_SPEED: frozenset({Role.MANAGER}),
    Act.ORDER_SPEED: frozenset({Role.INTERCONNECTION}),
    Act.EXECUTE_SPEED: frozenset({Role.NOC}),
    Act.ACCEPT_SPEED: frozenset({Role.INTERCONNECTION}),
    Act.WAIVE_ADDENDUM: frozenset({Role.MANAGER}),
    Act.BROWSE_AGREEMENTS: _ALL - {Role.NOC, Role.SUPPORT},
    Act.LOAD_TRAFFIC: frozenset({Role.NOC, Role.INTERCONNECTION, Role.ADMIN}),
    Act.VIEW_BILLING: _ALL - {Role.NOC, Role.SUPPORT},
    Act.MANAGE_GROUPS: frozenset({Role.INTERCONNECTION}),
    Act.CONFIRM_MONTH: frozenset({Role.INTERCONNECTION}),
    Act.APPROVE_MONTH: frozenset({Role.MANAGER}),
    Act.DEFINE_AMOUNT: frozenset({Role.INTERCONNECTION}),
    Act.APPROVE_ADJUSTMENT: frozenset({Role.MANAGER}),
    Act.DECIDE_CREDIT: frozenset({Role.MANAGER}),
    Act.ENTER_RATE: frozenset({Role.INTERCONNECTION, Role.BILLING, Role.ACCOUNTING}),
    Act.SEND_PACKET: frozenset({Role.INTERCONNECTION}),
    Act.ACKNOWLEDGE_PACKET: frozenset({Role.BILLING}),
    Act.ISSUE_INVOICE: frozenset({Role.BILLING}),
    Act.DISPATCH_INVOICE: frozenset({Role.BILLING}),
    Act.ISSUE_NOTE: frozenset({Role.BILLING}),
    Act.REGISTER_RECEIPT: frozenset({Role.INTERCONNECTION, Role.BILLING, Role.PORTFOLIO}),
    Act.ALLOCATE_RECEIPT: frozenset({Role.INTERCONNECTION, Role.BILLING}),
    Act.INFORM_ACCOUNTING: frozenset({Role.INTERCONNECTION}),
    Act.RECONCILE_RECEIPT: frozenset({Role.ACCOUNTING, Role.PORTFOLIO}),
    Act.NOTE_REJECTION: frozenset({Role.BILLING}),
    Act.LOAD_STATEMENT: frozenset({Role.INTERCONNECTION, Role.ACCOUNTING, Role.PORTFOLIO}),
    Act.PROPOSE_BANK_ACCOUNT: frozenset({Role.BILLING, Role.ACCOUNTING}),
    Act.APPROVE_BANK_ACCOUNT: frozenset({Role.ACCOUNTING, Role.MANAGER}),
    Act.EDIT_CRITERIA: frozenset({Role.MANAGER}),
    Act.TAKE_SNAPSHOT: frozenset({Role.MANAGER}),
    Act.ANSWER_REGULATOR: frozenset({Role.MANAGER, Role.LEGAL}),
    Act.COPY_DOCUMENT: _ALL,
    Act.HOLD_RECORDS: frozenset({Role.LEGAL}),
    Act.PROPOSE_DISPOSAL: frozenset({Role.MANAGER, Role.ADMIN}),
    Act.APPROVE_DISPOSAL: frozenset({Role.MANAGER, Role.LEGAL, Role.ADMIN}),
    Act.CONFIRM_NETWORK: frozenset({Role.NOC}),
    Act.SUPERVISE: frozenset({Role.MANAGER, Role.AUDITOR}),
    Act.VIEW_AUDIT: frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMIN}),
    Act.HAND_OVER_SHIFT: frozenset({Role.NOC, Role.SUPPORT}),
    Act.PLAN_ROSTER: _FLOOR,
    Act.VIEW_COLLECTION: _ALL - {Role.NOC, Role.SUPPORT},
    Act.SEND_REMINDER: frozenset({Role.INTERCONNECTION}),
    Act.RELEASE_REMINDER: frozenset({Role.LEGAL}),
    Act.PAUSE_REMINDERS: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO, Role.MANAGER}),
    Act.LOG_CONTACT: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO, Role.LEGAL, Role.MANAGER}),
    Act.RAISE_OBJECTION: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO, Role.BILLING}),
    Act.DECIDE_OBJECTION: frozenset({Role.MANAGER}),
    Act.SEND_STATEMENT: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO}),
    Act.HAND_OVER_DEBT: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO}),
    Act.TAKE_LEGAL_ACTION: frozenset({Role.LEGAL}),
    Act.PROPOSE_SUSPENSION: frozenset({Role.INTERCONNECTION, Role.PORTFOLIO}),
    Act.APPROVE_SUSPENSION: frozenset({Role.MANAGER}),
    Act.EXECUTE_SUSPENSION: frozenset({Role.NOC}),
    Act.VIEW_SUSPENSION: _ALL - {Role.SUPPORT},
    Act.CHARGE_INTEREST: frozenset({Role.INTERCONNECTION}),
    Act.VIEW_REPORTS: _FLOOR | {Role.INTERCONNECTION, Role.LEGAL, Role.AUDITOR},
    Act.ISSUE_REPORT: frozenset({Role.NOC, Role.MANAGER}),
    Act.SEND_REPORT: frozenset({Role.MANAGER, Role.INTERCONNECTION}),
    Act.DRAFT_RFO: _FLOOR,
    Act.APPROVE_RFO: frozenset({Role.MANAGER}),
    Act.DRAFT_PROVIDER_CLAIM: frozenset({Role.NOC, Role.MANAGER, Role.INTERCONNECTION}),
    Act.APPROVE_PROVIDER_CLAIM: frozenset({Role.MANAGER}),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause code of the D.A.C.: its class and whether the time counts against the SLA."""

    code: str
    title: str
    attribution: Attribution | None
    sla: str


CAUSES: dict[str, Cause] = {
    cause.code: cause
    for cause in (
        Cause("E-FIB", "Corte de fibra de red contratada/tercero", Attribution.EXTERNAL, "COUNTS"),
        Cause(
            "E-UPS", "Falla de proveedor upstream / tránsito internacional", Attribution.EXTERNAL, "COUNTS"
        ),
        Cause(
            "E-ENE",
            "Corte de energía pública (ELFEC) sin respaldo suficiente",
            Attribution.EXTERNAL,
            "CONTRACT",
        ),
        Cause("E-DDO", "Ataque DDoS", Attribution.EXTERNAL, "CONTRACT"),
        Cause("E-OBR", "Obras civiles / vandalismo / robo de cable", Attribution.EXTERNAL, "FORCE_MAJEURE"),
        Cause(
            "E-NAT",
            "Fenómeno natural / bloqueo de caminos que impide acceso",
            Attribution.EXTERNAL,
            "FORCE_MAJEURE",
        ),
        Cause("I-FIB", "Corte de fibra propia", Attribution.INTERNAL, "COUNTS"),
        Cause("I-EQP", "Falla de equipo (router, tarjeta, óptica, DWDM)", Attribution.INTERNAL, "COUNTS"),
        Cause(
            "I-ENE", "Falla de energía propia (rectificador, baterías, grupo)", Attribution.INTERNAL, "COUNTS"
        ),
        Cause("I-CFG", "Error de configuración / cambio", Attribution.INTERNAL, "COUNTS"),
        Cause("I-SAT", "Saturación de enlace", Attribution.INTERNAL, "CONTRACT"),
        Cause("I-BGP", "Enrutamiento / filtros / fuga de rutas", Attribution.INTERNAL, "COUNTS"),
        Cause("I-MAN", "Exceso de ventana de mantenimiento", Attribution.INTERNAL, "COUNTS"),
        Cause("C-EQP", "Equipo del cliente", Attribution.CUSTOMER, "EXCLUDED"),
        Cause("C-ENE", "Energía del cliente", Attribution.CUSTOMER, "EXCLUDED"),
        Cause(
            "C-CFG", "Configuración del cliente (BGP, prefijos, filtros)", Attribution.CUSTOMER, "EXCLUDED"
        ),
        Cause("C-CAP", "Cliente excede capacidad contratada", Attribution.CUSTOMER, "EXCLUDED"),
        Cause("C-COB", "Suspensión por falta de pago", Attribution.CUSTOMER, "EXCLUDED"),
        Cause("N-SIN", "Sin falla encontrada / se restableció solo", None, "COUNTS"),
    )
}


def cause_fits(code: str, attribution: Attribution) -> bool:
    """Whether a cause code may stand under an attribution (N-SIN stands under any)."""
    cause = CAUSES.get(code)
    return cause is not None and cause.attribution in (None, attribution)


def causes_count_alike(one: str, other: str, attribution: Attribution) -> bool:
    """Whether a cause may take the place of another without moving the attribution or what counts for the SLA."""
    return cause_fits(other, attribution) and CAUSES[one].sla == CAUSES[other].sla
