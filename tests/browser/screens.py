"""Every address of the desk that answers a GET: who looks at it, with which rows of `carrier`'s worlds.

A new address needs a line here; `test_look.py` and `test_every_view.py` fail until it has one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.test import RequestFactory
from django.urls import URLPattern, reverse

from mayorista.interfaces.desk import acts
from mayorista.interfaces.desk.views import speeds
from mayorista.rules.procedure import WHO_MAY, Act, Role

NIGHT, MONTH = "night", "month"  # the world in which it is looked at
PERSON_OF = {
    Role.NOC: "noc",
    Role.SUPPORT: "soporte",
    Role.MANAGER: "gerente",
    Role.SALES: "ventas",
    Role.INTERCONNECTION: "interconexion",
    Role.BILLING: "facturacion",
    Role.ACCOUNTING: "contabilidad",
    Role.PORTFOLIO: "cartera",
    Role.LEGAL: "legal",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
}


@dataclass(frozen=True)
class Screen:
    """`args` in capitals are rows of the world; `who` is empty for a stranger; `file` is downloaded, not shown."""

    world: str
    name: str
    who: str
    args: tuple[str | int, ...] = ()
    query: str = ""
    file: bool = False
    status: int = 200

    def path(self, rows: dict[str, str | int]) -> str:
        args = [rows.get(arg, arg) if isinstance(arg, str) else arg for arg in self.args]
        name = self.name if self.name.startswith(("account_", "mfa_")) else f"desk:{self.name}"
        return reverse(name, args=args) + self.query

    @property
    def title(self) -> str:
        """A name for its picture."""
        words = [self.name, *(str(arg) for arg in self.args), self.query, self.who]
        return "-".join("".join(c if c.isalnum() else "-" for c in word).strip("-") for word in words if word)


def _who_does(act: Act) -> str:
    """A person who may do it: the people of the procedure before the administrator."""
    return next(PERSON_OF[role] for role in Role if role in WHO_MAY[act])


def _night(name: str, who: str = "noc", *args: str | int, **more) -> Screen:
    return Screen(NIGHT, name, who, args, **more)


def _month(name: str, who: str = "interconexion", *args: str | int, **more) -> Screen:
    return Screen(MONTH, name, who, args, **more)


NOVEMBER = "2026-11"
STAGE_A = (
    _night("tray"),
    _night("tray", "soporte"),
    _night("tray", "gerente"),
    _night("tray", "auditor"),
    _night("board"),
    _night("board", query="?estado=cerrados"),
    _night("wall"),
    _night("new-case"),
    _night("new-case", query="?buscar=valle"),
    _night("new-claim", "soporte", query="?buscar=valle"),
    _night("case", "noc", "CASE"),
    _night("case", "noc", "FAULT"),
    _night("case", "gerente", "TELL"),
    _night("case", "soporte", "ACT:solucion"),
    _night("case", "noc", "NADA", status=404),
    _night("conversation", "noc", "CASE", file=True),
    *(
        _night(f"act-{spec.slug}", _who_does(spec.act), f"ACT:{spec.slug}")
        for spec in acts.SPECS
        if spec.slug != "reconocer"
    ),
    _night("act-dac", "noc", "FAULT"),
    _night("tell", "gerente", "TELL"),
    _night("inform", "soporte", "CASE", "apertura"),
    _night("notices", "gerente"),
    _night("dac", "gerente", "DAC"),
    _night("verify-form", ""),
    _night("verify", "", "TOKEN"),
    _night("file", "noc", "FILE", file=True),
    _night("search", query="?q=valle"),
    _night("search", query="?q=nada+de+nada"),
    _night("alarms"),
    _night("alarms", query="?ver=todas"),
    _night("alarms-unknown"),
    _night("alarm-link", "noc", "ALARM"),
    _night("alarms-quarantine"),
    _night("alarm-raw", "noc", "POST"),
    _night("alarm-sources", "admin"),
    _night("alarm-source-new", "admin"),
    _night("maintenance"),
    _night("maintenance-new"),
    _night("maintenance-window", "noc", "WINDOW"),
    _night("messages"),
    _night("channels"),
    _night("lab"),
    _night("protocols"),
    _night("protocol", "noc", "GESTORES"),
    _night("account_login", ""),
    _night("account_change_password"),
    _night("mfa_index"),
    _night("indicators", "gerente"),
    _night("indicator-term", "gerente", "2026-11"),
    _night("indicator-term", "auditor", "2026"),
    _night("indicator-snapshot", "auditor", "SNAPSHOT"),
    _night("indicator-journal", "auditor", "2026-11"),
    _night("indicator-case", "soporte", "JUDGED"),
    _night("criteria", "gerente"),
    _night("criteria-propose", "gerente"),
    _night("criteria-set", "gerente", "CRITERIA"),
    _night("conformance-now", "auditor"),
    _night("conformance", "auditor", "2026-11"),
    _night("records", "auditor"),
    _night("records-of", "noc", "dac"),
    _night("record-holds", "legal"),
    _night("disposals", "auditor"),
    _night("disposal", "gerente", "DISPOSAL"),
    _night("disposal-propose", "admin", "dac"),
    _month("records-of", "facturacion", "factura"),
    _night("regulator-now", "gerente"),
    _night("regulator", "gerente", "2026-11"),
    _night("regulator-paper", "legal", "2026-11", file=True),
    _night("regulator-answer", "legal", "FAULT"),
    _night("process", "noc"),
    _night("process-step", "noc", "A.3"),
    _night("process-bpmn", "noc", file=True),
    _night("process-svg", "noc", file=True),
    _night("process-paper", "noc", file=True),
    _night("shift", "noc"),
    _night("roster", "gerente"),
    _night("audit", "auditor"),
    _night("audit-seals", "auditor"),
    _night("audit-csv", "auditor", file=True),
    _night("audit-xes", "auditor", file=True),
    _night("supervision", "gerente"),
    _night("supervision-cases", "auditor", query="?ver=no"),
    _night("supervision-controls", "gerente"),
    _night("supervision-step", "gerente", "A.1"),
    _night("supervision-risk", "gerente", "relojes"),
    _night("snooze", "noc", "ITEM"),
    _night("alarm-source", "admin", "SOURCE"),
    _night("message", "noc", "LETTER"),
    _night("message-answer", "noc", "LETTER"),
    _night("message-link", "interconexion", "LETTER", query="?texto=a"),
    _night("message-original", "noc", "LETTER", file=True),
    _night("trace", "noc", "CASE"),
    _night("texts", "admin"),
    _night("text", "admin", "cierre_falla_correo"),
    _night("protocol-version", "noc", "GESTORES", 1),
    _night("protocol-publish", "admin", "GESTORES"),
    _night("case-clocks", "noc", "FAULT"),
    _night("rfo", "noc", "FAULT"),
    _night("rfo", "auditor", "CASE"),
    _night("provider-claims", "gerente", NOVEMBER),
    _night("live", query="?v=board:-1", file=True),
)
STAGE_B = (
    _month("tray", "interconexion"),
    _month("tray", "facturacion"),
    _month("tray", "gerente"),
    _month("customers"),
    _month("customer-new", "ventas"),
    _month("customer", "interconexion", "CUSTOMER"),
    _month("customer-edit", "ventas", "CUSTOMER"),
    _month("contact-new", "ventas", "CUSTOMER"),
    _month("contract-new", "interconexion", "CUSTOMER"),
    _month("service-new", "interconexion", "CUSTOMER"),
    _month("contacts"),
    _month("contact", "ventas", "CONTACT"),
    _month("contact-opt-in", "ventas", "CONTACT"),
    _month("identity", "noc", "IDENTITY"),
    _month("contracts", "interconexion"),
    _month("contracts", "ventas"),
    _month("contract", "interconexion", "CONTRACT"),
    _month("contract", "ventas", "OBSERVED"),
    _month("contract-edit", "interconexion", "CONTRACT"),
    _month("contract-hand-over", "ventas"),
    _month("contract-book", "ventas"),
    _month("contract-book-template", "ventas", file=True),
    _month("contract-book-preview", "ventas", "BOOK"),
    _month("contract-hand-over-again", "ventas", "OBSERVED"),
    _month("contract-observe", "interconexion", "CONTRACT"),
    _month("contract-items", "interconexion", "OBSERVED"),
    _month("contract-document", "interconexion", "CONTRACT"),
    _month("contract-custody", "legal", "CONTRACT"),
    _month("contract-guarantee", "interconexion", "CONTRACT"),
    _month("contract-terms", "interconexion", "CONTRACT"),
    _month("contract-price", "interconexion", "CONTRACT"),
    _month("contract-hold", "interconexion", "CONTRACT"),
    _month("contract-take-over", "interconexion", "CONTRACT"),
    _month("guarantee-return", "interconexion", "GUARANTEE"),
    _month("speed-changes"),
    _month("speed-changes", "gerente", query="?estado=todos"),
    _month("speed-new", "interconexion", "SERVICE"),
    _month("speed-change", "interconexion", "SPEED:conformidad"),
    _month("speed-change", "gerente", "SPEED:comunicado"),
    _month("speed-change", "noc", "SPEED:capacidad"),
    _month("speed-decide-many", "gerente"),
    *(_month(f"speed-{spec.slug}", _who_does(spec.act), f"SPEED:{spec.slug}") for spec in speeds.SPECS),
    _month("services"),
    _month("service", "noc", "SERVICE"),
    _month("service-edit", "noc", "SERVICE"),
    _month("service-end", "noc", "SERVICE"),
    _month("service-suspend", "interconexion", "SERVICE"),
    _month("network", "noc"),
    _month("resource-new", "noc"),
    _month("resource", "noc", "UP-TAD-1"),
    _month("provider-new", "noc"),
    _month("provider", "noc", "TAD"),
    _month("sla-profiles", "noc"),
    _month("sla-profile-new", "noc"),
    _month("sla-profile", "noc", "SLA"),
    _month("imports", "admin"),
    _month("import-template", "admin", file=True),
    _month("import", "admin", "IMPORT"),
    _month("administration", "admin"),
    _month("users", "admin"),
    _month("user-new", "admin"),
    _month("user", "admin", "USER"),
    _month("delegations", "gerente"),
    _month("units", "admin"),
    _month("holidays", "admin"),
    _month("parameters", "admin"),
    _month("parameter", "admin", "carrier.name"),
    _month("parameter", "admin", "escalation.minutes"),
    _month("billing"),
    _month("billing-month", "interconexion", NOVEMBER),
    _month("billing-month", "facturacion", NOVEMBER),
    _month("billing-month", "gerente", "2026-12"),
    _month("billing-month", "auditor", "2025-01"),
    _month("billing-credits", "gerente"),
    _month("billing-rates", "contabilidad"),
    _month("billing-estimate", "ventas"),
    _month(
        "billing-estimate",
        "ventas",
        query="?month=2026-11&currency=BOB&model=per_mbps&unit_price=11,50&mbps=2000&change_mbps=3000&change_on=16/11/2026",
    ),
    _month("billing-groups"),
    _month("billing-run", "interconexion", "RUN:DEFINE"),
    _month("billing-run", "facturacion", "RUN:ISSUE"),
    _month("billing-run", "facturacion", "RUN:DISPATCH"),
    _month("billing-sheet", "interconexion", "SHEET"),
    _month("billing-sheet", "interconexion", "ODD_SHEET"),
    _month("billing-sheet", "gerente", "OPEN_SHEET"),
    _month("billing-sheet-pdf", "interconexion", "SHEET", file=True),
    _month("billing-sheet-case", "interconexion", "SHEET", file=True),
    _month("billing-packet", "facturacion", "PACKET"),
    _month("billing-dispatch", "facturacion", NOVEMBER),
    _month("billing-packets-file", "facturacion", NOVEMBER, "csv", file=True),
    _month("billing-packets-file", "facturacion", NOVEMBER, "xlsx", file=True),
    _month("availability-latest", "interconexion"),
    _month("availability-month", "gerente", "2026-11"),
    _month("availability", "interconexion", "2026-11", "SERVICE"),
    _month("receipts", "contabilidad"),
    _month("receipts", "interconexion"),
    _month("receipt-new", "interconexion"),
    _month("statements", "contabilidad"),
    _month("statement", "contabilidad", "STATEMENT"),
    _month("bank-accounts", "facturacion"),
    _month("receipts-export", "contabilidad", "asientos.csv", file=True),
    _month("traffic"),
    _month("traffic-upload"),
    _month("traffic-sources"),
    _month("traffic-source-new", "admin"),
    _month("traffic-port", "interconexion", "2026-11", "SERVICE"),
    _month("receipt", "interconexion", "RECEIPT"),
    _month("receipt", "contabilidad", "TOLD"),
    _month("receipt", "interconexion", "REJECTED"),
    _month("reminders", "interconexion"),
    _month("controls-now", "auditor"),
    _month("controls", "interconexion", "2026-12"),
    _month("control", "interconexion", "2026-12", "CONTRACT"),
    _month("control-paper", "auditor", "2026-12", "CONTRACT", file=True),
    _month("control-network", "noc", "2026-12"),
    _month("supervision", "auditor"),
    _month("reports-newest", "noc"),
    _month("reports", "gerente", NOVEMBER),
    _month("report", "gerente", NOVEMBER, "CUSTOMER"),
    _month("reports-send", "gerente", NOVEMBER),
    _month("rfo", "gerente", "RFO_WAITS"),
    _month("rfo", "noc", "RFO_SENT"),
    _month("case-clocks", "noc", "CLOCKS"),
    _month("provider-claims", "interconexion", NOVEMBER),
    _month("provider-claim", "gerente", NOVEMBER, "TAD", query="?contrato=CT-TAD-2025-07"),
    _month("paper", "gerente", "CLAIM"),
    _month("shift", "noc"),
    _month("roster", "gerente"),
    _month("audit-seals", "auditor"),
    _month("collection", "cartera"),
    _month("collection", "cartera", query="?tramo=1-15"),
    _month("collection-objections", "interconexion"),
    _month("collection-customer", "interconexion", "DEBTOR"),
    _month("suspensions", "gerente"),
    _month("suspension", "gerente", "SUSPENSION"),
    _month("account-statement", "cartera", "DEBTOR"),
    _month("account-statement-pdf", "cartera", "DEBTOR", file=True),
    _month("proofs", "legal", "DEBTOR", file=True),
    _month("trace", "facturacion", "SHEET"),
    _month("billing-shadow", "interconexion", NOVEMBER),
    _month("invoices", "facturacion"),
    _month("invoice-import", "facturacion"),
    _month("invoice", "facturacion", "INVOICE"),
    _month("invoice-by-number", "facturacion", "INVOICE_NUMBER"),
    _month("invoice", "facturacion", "EXTERNAL"),
    _month("billing-note", "facturacion", "NOTE"),
    _month("billing-note-pdf", "facturacion", "NOTE", file=True),
    _month("invoice-pdf", "facturacion", "INVOICE", file=True),
)
SCREENS = (*STAGE_A, *STAGE_B)


def answers_get(pattern: URLPattern) -> bool:
    """Whether an address answers a GET: a view that takes only a POST refuses before it looks at anything."""
    request = RequestFactory().get("/")
    words = dict.fromkeys(pattern.pattern.regex.groupindex, "1")
    try:
        return pattern.callback(request, **words).status_code != 405
    except Exception:  # noqa: BLE001 - it went on to work without a person, a clock or a row
        return True
