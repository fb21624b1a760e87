"""Load customers, each whole or not at all, with contracts, services and contacts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import AliasKind, BandwidthPeriod, Contract, Service, ServiceAlias
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Contact, ContactPurpose, ContactRole, CustomerKind
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.asking import Asked, moment_of
from mayorista.apps.onboarding.operations import clauses, day_one
from mayorista.apps.onboarding.operations.run import Entry, Run
from mayorista.apps.onboarding.operations.shared import Shared, refer
from mayorista.apps.onboarding.operations.units import Unit
from mayorista.apps.onboarding.values import Problem, Row, problem
from mayorista.rules import capacity, changes, names, nit, phones
from mayorista.rules.errors import DomainError, Invalid

PURPOSES = {
    "tecnico": ContactPurpose.TECHNICAL.value,
    "tecnica": ContactPurpose.TECHNICAL.value,
    "noc": ContactPurpose.TECHNICAL.value,
    "guardia": ContactPurpose.ON_CALL.value,
    "guardia 24x7": ContactPurpose.ON_CALL.value,
    "gerencia": ContactPurpose.MANAGEMENT.value,
    "gerente": ContactPurpose.MANAGEMENT.value,
    "facturacion": ContactPurpose.BILLING.value,
    "cobranza": ContactPurpose.BILLING.value,
    "pagos": ContactPurpose.BILLING.value,
    "legal": ContactPurpose.LEGAL.value,
    "representante legal": ContactPurpose.LEGAL.value,
}
LATE_DATES = ("opt_in_at", "billing_from")
KIND_WORDS = {"isp mayorista", "mayorista", "isp", "isp_wholesale"}
SPARE_WORDS = ("respaldo", "proteccion", "backup", "secundario")


def load(run: Run, unit: Unit, shared: Shared) -> None:
    """Load one customer in a savepoint: if any of its rows has a problem, nothing of it stays.

    Rows are tried even after a problem, so that all problems come at once.
    """
    problems = list(unit.problems)
    saved: list[tuple[Row, Saved]] = []
    with transaction.atomic():
        if unit.known:
            _load_all(run, unit, shared, problems, saved)
        if any(not each.warning for each in problems):
            transaction.set_rollback(True)
    run.add(Entry.of(columns.CUSTOMERS.title, unit.label, unit.all_rows, saved, problems))


def _load_all(
    run: Run, unit: Unit, shared: Shared, problems: list[Problem], saved: list[tuple[Row, Saved]]
) -> None:
    customer_id = unit.customer_id
    if unit.rows:
        customer_id = _customer(run, unit, problems, saved)
    if customer_id is None:
        return
    agreements = dict(Contract.objects.filter(customer_id=customer_id).values_list("number", "pk"))
    for row in unit.contracts:
        _try(row, run, problems, saved, lambda asked: _contract(run, asked, shared, customer_id, agreements))
    first = day_one.first_speeds(unit)
    for row in unit.services:
        _try(
            row,
            run,
            problems,
            saved,
            lambda asked: _service(run, asked, shared, customer_id, agreements, first),
        )
    for row in unit.contacts:
        _try(row, run, problems, saved, lambda asked: _contact(run, asked, customer_id))
    if unit.more:
        day_one.Loader(run, unit, customer_id, agreements, problems, saved).load()


def _try(
    row: Row,
    run: Run,
    problems: list[Problem],
    saved: list[tuple[Row, Saved]],
    load_one: Callable[[Asked], Saved],
) -> None:
    """Load one row. Each operation takes back its own; what an earlier one of the row did goes with the customer."""
    asked = Asked(row, problems, date1904=run.book.date1904)
    try:
        result = load_one(asked)
    except DomainError as error:
        asked.refused(error)
        _read_the_rest(asked)
        return
    saved.append((row, result))
    for text in result.warnings:
        asked.wrong("phone" if row.sheet is columns.CONTACTS else "", text, warning=True)


def _read_the_rest(asked: Asked) -> None:
    """Tell also what is wrong in the cells that only come after the act that was refused: all errors at once."""
    here = {column.key for column in asked.row.sheet.columns}
    if asked.row.sheet is columns.CONTACTS:
        asked.yes_no("opt_in")
    for key in LATE_DATES:
        if key in here and asked.given(key):
            asked.date(key)


# ---- the customer itself


def _customer(run: Run, unit: Unit, problems: list[Problem], saved: list[tuple[Row, Saved]]) -> int | None:
    """Save the customer of the unit; a faulty one is put in by its good fields, so that the rest is tried."""
    row = _joined(unit, problems)
    asked = Asked(row, problems, date1904=run.book.date1904)
    fields: dict[str, Any] = dict(
        asked.texts(("code", "name", "legal_name", "nit", "city", "address", "notes"))
    )
    active = asked.yes_no("active")
    if active is not None:
        fields["active"] = active
    kind = names.sort_key(asked.text("kind"))
    if kind and kind not in KIND_WORDS:
        asked.wrong(
            "kind",
            _("«%(kind)s»: solo se cargan clientes ISP mayorista.") % {"kind": asked.text("kind")[:40]},
            _("Quite la fila si es un cliente minorista."),
        )
    if unit.customer_id is not None:
        _keep_spelling(unit, fields)
    else:
        fields.setdefault("name", "")
    try:
        result = customers.save_customer(customer_id=unit.customer_id, actor=run.actor, at=run.at, **fields)
    except DomainError as error:
        asked.refused(error)
        return unit.customer_id or _stand_in(run, row)
    saved.append((row, result))
    return result.id


def _joined(unit: Unit, problems: list[Problem]) -> Row:
    """Join the rows that describe one customer; two answers to one question are a problem."""
    first, *others = unit.rows
    cells = dict(first.cells)
    for other in others:
        for key, cell in other.cells.items():
            held = cells.get(key)
            if cell.blank:
                continue
            if held is None or held.blank:
                cells[key] = cell
            elif not _agree(key, held.text, cell.text):
                problems.append(
                    problem(
                        other,
                        columns.CUSTOMERS.column(key),
                        _("La fila %(row)d ya describe a este cliente con «%(text)s».")
                        % {"row": first.number, "text": held.text[:40]},
                        _("Deje una sola fila por cliente, o el mismo dato en ambas."),
                    )
                )
    return Row(first.sheet, first.number, cells)


def _agree(key: str, one: str, other: str) -> bool:
    if key == "name":
        return True  # the same customer by its key; the first spelling stays
    if key == "nit":
        try:
            return nit.same(nit.normalise(one), nit.normalise(other))
        except Invalid:
            return one == other
    return names.sort_key(one) == names.sort_key(other)


def _keep_spelling(unit: Unit, fields: dict[str, Any]) -> None:
    """A customer that was found by its name or NIT keeps the name it has; one named by code takes the new."""
    if not unit.by_code:
        fields.pop("name", None)
    if not fields.get("code"):
        fields.pop("code", None)


def _stand_in(run: Run, row: Row) -> int | None:
    """Put a customer in the place of a faulty one; the savepoint around takes it away again."""
    name = f"Importación fila {row.number} {run.at:%H%M%S%f}"
    try:
        with transaction.atomic():
            return customers.save_customer(
                name=name, kind=CustomerKind.ISP_WHOLESALE, actor=run.actor, at=run.at
            ).id
    except DomainError:
        return None


# ---- what hangs on it


def _contract(run: Run, asked: Asked, shared: Shared, customer_id: int, agreements: dict[str, int]) -> Saved:
    fields: dict[str, Any] = dict(asked.texts(("number",)))
    for key in ("signed_date", "starts_date", "ends_date"):
        if asked.given(key):
            fields[key] = asked.date(key)
    if asked.given("signatories"):
        fields["signatories"] = asked.pieces("signatories")
    _sla_profile(asked, shared, fields)
    number = str(fields.get("number", "")).upper().replace(" ", "")
    current = agreements.get(number)
    saved = contracts.save_contract(
        contract_id=current, customer_id=customer_id, actor=run.actor, at=run.at, **({"number": ""} | fields)
    )
    agreements[saved.code] = saved.id
    return _with_clauses(run, asked, saved)


def _with_clauses(run: Run, asked: Asked, saved: Saved) -> Saved:
    """What the row says about money, and the scan of the contract."""
    contract = Contract.objects.get(pk=saved.id)
    said = [clauses.agree(run, asked, contract, None)]
    _document, new = clauses.contract_paper(run, asked, contract, "CONTRACT", signed=contract.signed_date)
    if new:
        said.append(_("documento archivado"))
    return _more(saved, "terms", [each for each in said if each])


def _more(saved: Saved, field: str, said: Sequence[str]) -> Saved:
    """The same with more that changed."""
    if not said:
        return saved
    more = tuple(changes.Change(field, text, "", _("registrado")) for text in said)
    return Saved(
        saved.id,
        saved.code,
        saved.dossier_id,
        created=saved.created,
        changes=(*saved.changes, *more),
        warnings=saved.warnings,
    )


def _sla_profile(asked: Asked, shared: Shared, fields: dict[str, Any]) -> None:
    if asked.given("sla_profile"):
        text = asked.text("sla_profile")
        found = (
            refer(asked, "sla_profile", text, shared.profiles, shared, columns.SLA_PROFILES.title)
            if text
            else None
        )
        fields["sla_profile_id"] = found


def _service(
    run: Run,
    asked: Asked,
    shared: Shared,
    customer_id: int,
    agreements: dict[str, int],
    first: Mapping[str, int],
) -> Saved:
    fields: dict[str, Any] = dict(
        asked.texts(("circuit_code", "description", "port", "prefixes", "equipment", "notes"))
    )
    for key in ("vlan", "asn"):
        if asked.given(key):
            fields[key] = asked.text(key)
    code = str(fields.get("circuit_code", "")).upper()
    current = Service.objects.filter(circuit_code=code, customer_id=customer_id).first() if code else None
    _capacity(asked, fields)
    if asked.given("started_date"):
        fields["started_date"] = asked.date("started_date")
    _references(run, asked, shared, customer_id, agreements, fields)
    wishes: dict[str, object] = {}
    if asked.given("rides"):
        wishes["rides"] = _rides(asked, shared)
    if asked.given("nms_names"):
        wishes["nms_names"] = [contracts.NameWish(labels) for labels in asked.labels("nms_names")]
    if any(asked.given(f"{kind}_aliases") for kind in ("own", "upstream", "customer")):
        wishes["aliases"] = _aliases(asked, current)
    if current is None:
        saved = contracts.save_service(
            customer_id=customer_id,
            actor=run.actor,
            at=run.at,
            **{"circuit_code": "", **fields},
            **wishes,  # type: ignore[arg-type]  # read above
        )
    else:
        _keep_timeline(current, fields)
        saved = contracts.save_service(
            service_id=current.pk, actor=run.actor, at=run.at, **fields, **wishes  # type: ignore[arg-type]  # read above
        )  # fmt: skip
    service = Service.objects.get(pk=saved.id)
    said = clauses.hold(run, asked, service, service.contract_id, first.get(code))
    return _more(saved, "holding", [said] if said else [])


def _keep_timeline(current: Service, fields: dict[str, Any]) -> None:
    """A circuit that bills runs at what its timeline says: the workbook's capacity is what it began with."""
    if "capacity_kbps" in fields and BandwidthPeriod.objects.filter(service=current).exists():
        del fields["capacity_kbps"]


def _capacity(asked: Asked, fields: dict[str, Any]) -> None:
    """The capacity with its own unit, or with the one that the column's heading names."""
    text = asked.exact("capacity")
    if not text:
        if asked.given("capacity"):
            fields["capacity"] = ""
        return
    try:
        fields["capacity_kbps"] = capacity.parse(text, unit=asked.unit("capacity"))
    except Invalid as error:
        asked.refused(error)
        fields["capacity_kbps"] = capacity.KBPS_OF_MBPS  # tried on, for the problems of the other cells


def _references(
    run: Run,
    asked: Asked,
    shared: Shared,
    customer_id: int,
    agreements: dict[str, int],
    fields: dict[str, Any],
) -> None:
    if asked.given("node"):
        text = asked.text("node")
        fields["node_id"] = (
            refer(asked, "node", text, shared.resources, shared, columns.RESOURCES.title) if text else None
        )
    _sla_profile(asked, shared, fields)
    if not asked.given("contract"):
        return
    number = asked.text("contract").upper().replace(" ", "")
    if number and number not in agreements:
        saved = contracts.save_contract(customer_id=customer_id, number=number, actor=run.actor, at=run.at)
        agreements[saved.code] = saved.id
    fields["contract_id"] = agreements.get(number)


def _rides(asked: Asked, shared: Shared) -> list[contracts.RideWish]:
    found = []
    for piece in asked.pieces("rides"):
        bare, _paren, remark = piece.partition("(")
        primary = not any(word in names.sort_key(remark) for word in SPARE_WORDS)
        resource = refer(asked, "rides", bare.strip(), shared.resources, shared, columns.RESOURCES.title)
        if resource is not None:
            found.append(contracts.RideWish(resource, primary))
    return found


def _aliases(asked: Asked, current: Service | None) -> list[contracts.AliasWish]:
    """The aliases given; a kind whose cell is empty stays as stored."""
    found: list[contracts.AliasWish] = []
    for kind, key in (
        (AliasKind.OWN, "own_aliases"),
        (AliasKind.UPSTREAM, "upstream_aliases"),
        (AliasKind.CUSTOMER, "customer_aliases"),
    ):
        if asked.given(key):
            found += [contracts.AliasWish(alias, kind.value) for alias in asked.pieces(key)]
        elif current is not None:
            held = ServiceAlias.objects.filter(service=current, kind=kind).values_list("alias", flat=True)
            found += [contracts.AliasWish(alias, kind.value) for alias in held]
    return found


def _contact(run: Run, asked: Asked, customer_id: int) -> Saved:
    fields: dict[str, Any] = dict(asked.texts(("full_name", "email", "phone", "notes")))
    current = _known_contact(fields, customer_id)
    wishes = None
    if asked.given("roles"):
        priority = asked.whole("priority", 1)
        wishes = [
            customers.ContactRoleWish(customer_id, role, priority)
            for role in asked.choices("roles", PURPOSES)
        ]
    if current is None:
        fields = {"full_name": "", **fields}
        if not asked.row.given("roles"):
            asked.wrong("roles", _("Falta el rol del contacto."), asked.column("roles").hint)
    saved = customers.save_contact(
        contact_id=current, roles=wishes, roles_at=customer_id, actor=run.actor, at=run.at, **fields
    )
    change = _opt_in(run, asked, saved.id)
    if change is None:
        return saved
    return Saved(
        saved.id,
        saved.code,
        None,
        created=saved.created,
        changes=(*saved.changes, change),
        warnings=saved.warnings,
    )


def _known_contact(fields: dict[str, Any], customer_id: int) -> int | None:
    """The contact meant: same name with the same mail or number, or with a role at this customer."""
    name = names.sort_key(str(fields.get("full_name", "")))
    try:
        numbers = [phone.e164 for phone in phones.normalise_all(str(fields.get("phone", "")))]
    except Invalid:
        numbers = []
    email = str(fields.get("email", "")).strip().lower()
    here = ContactRole.objects.filter(customer_id=customer_id).values("contact_id")
    same = Q(pk__in=here)
    if email:
        same |= Q(email=email)
    if numbers:
        same |= Q(phone_e164__in=numbers)
    return Contact.objects.filter(same, sort_key=name).order_by("pk").values_list("pk", flat=True).first()


def _opt_in(run: Run, asked: Asked, contact_id: int) -> changes.Change | None:
    """Record or withdraw the consent that the row tells; without a date an existing one stays."""
    answer = asked.yes_no("opt_in")
    if answer is None:
        return None
    contact = Contact.objects.get(pk=contact_id)
    label = "acepta WhatsApp"
    if not answer:
        if contact.whatsapp_opt_in_at is None:
            return None
        customers.withdraw_opt_in(
            contact_id=contact_id, reason=_("según importación"), actor=run.actor, at=run.at
        )
        return changes.Change("opt_in", label, "sí", "no")
    day = asked.date("opt_in_at") if asked.given("opt_in_at") else None
    how = asked.text("opt_in_how") or contact.opt_in_how
    if day is None and contact.whatsapp_opt_in_at is not None and how == contact.opt_in_how:
        return None
    moment = moment_of(day) if day else contact.whatsapp_opt_in_at or run.at
    before = changes.shown(contact.whatsapp_opt_in_at)
    try:
        if customers.record_opt_in(
            contact_id=contact_id, how=how, given_at=moment, actor=run.actor, at=run.at
        ):
            return changes.Change("opt_in", label, before, changes.shown(day) if day else "sí")
    except Invalid as error:
        asked.refused(error)
    return None
