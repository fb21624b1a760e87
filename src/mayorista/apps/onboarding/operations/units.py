"""Which rows belong to which customer, however its name is spelled."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.asking import LIST_SEPARATORS
from mayorista.apps.onboarding.operations.run import Run
from mayorista.apps.onboarding.values import Problem, Row, problem
from mayorista.rules import names, nit
from mayorista.rules.errors import Invalid


@dataclass(slots=True)
class Unit:
    """A customer of the workbook with all its rows; `customer_id` None is a new one."""

    label: str
    customer_id: int | None = None
    known: bool = True
    by_code: bool = False
    rows: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    more: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def all_rows(self) -> list[Row]:
        """All rows that load or fail together."""
        return [
            *self.rows,
            *self.contracts,
            *self.services,
            *self.contacts,
            *(row for rows in self.more.values() for row in rows),
        ]

    def take(self, row: Row) -> None:
        """Add a row of any sheet but Clientes."""
        home = {"contracts": self.contracts, "services": self.services, "contacts": self.contacts}
        key = row.sheet.key
        (home[key] if key in home else self.more.setdefault(key, [])).append(row)

    def of(self, sheet: columns.Sheet) -> list[Row]:
        """Return its rows of one of the sheets of day one."""
        return self.more.get(sheet.key, [])


@dataclass(slots=True)
class _Directory:
    """Customers by code, name and NIT: those stored, and those of the sheet."""

    by_code: dict[str, Unit] = field(default_factory=dict)
    by_name: dict[str, Unit] = field(default_factory=dict)
    by_nit: dict[str, Unit] = field(default_factory=dict)
    shown: dict[str, Unit] = field(default_factory=dict)


def gather(run: Run) -> list[Unit]:
    """Return the units of a workbook: customers in the order of the sheet, then others referred to."""
    directory, stored = _Directory(), []
    for pk, code, name, number in customers.known_names():
        unit = Unit(label=f"{name} ({code})", customer_id=pk)
        stored.append(unit)
        directory.by_code[code] = directory.by_name[names.normal_key(name)] = directory.shown[name] = unit
        if number:
            directory.by_nit[number.lstrip("0")] = unit
    fresh = [_place(row, directory) for row in run.book.rows(columns.CUSTOMERS)]
    orphans: dict[str, Unit] = {}
    for row in (row for sheet in columns.PER_CUSTOMER[1:] for row in run.book.rows(sheet)):
        for unit in _owners(row, directory, orphans):
            unit.take(row)
    ordered: dict[int, Unit] = {}
    for unit in [*fresh, *stored, *orphans.values()]:
        if unit.all_rows:
            ordered.setdefault(id(unit), unit)
    return list(ordered.values())


def _place(row: Row, directory: _Directory) -> Unit:
    """Find or make the unit of a row of Clientes: by code, by name, by NIT with a like name."""
    code, name = row.text("code").upper(), row.text("name")
    key, digits = names.normal_key(name), _digits(row)
    unit = directory.by_code.get(code) if code else None
    by_code = unit is not None
    unit = unit or (directory.by_name.get(key) if key else None)
    if unit is None and digits and (twin := directory.by_nit.get(digits)) is not None:
        spelled = next((shown for shown, each in directory.shown.items() if each is twin), "")
        if names.similarity(name, spelled) >= names.CLOSE_ENOUGH:
            unit = twin
            unit.problems.append(
                problem(
                    row,
                    columns.CUSTOMERS.column("name"),
                    _("Por su NIT es %(label)s; se conserva ese nombre.") % {"label": twin.label},
                    warning=True,
                )
            )
    if unit is None:
        unit = Unit(label=f"{name or code or _('fila %(n)d') % {'n': row.number}} ({_('nuevo')})")
    unit.by_code = unit.by_code or by_code
    unit.rows.append(row)
    for index, value in ((directory.by_code, code), (directory.by_name, key), (directory.by_nit, digits)):
        if value:
            index.setdefault(value, unit)
    if name:
        directory.shown.setdefault(name, unit)
    return unit


def _digits(row: Row) -> str:
    try:
        return nit.normalise(row.text("nit")).lstrip("0")
    except Invalid:
        return ""


def _owners(row: Row, directory: _Directory, orphans: dict[str, Unit]) -> list[Unit]:
    """Return the units that a row refers to; an unknown customer makes a unit that cannot load."""
    texts = [row.text("customer")]
    if row.sheet is columns.CONTACTS:
        texts = [piece.strip() for piece in LIST_SEPARATORS.split(row.text("customer")) if piece.strip()] or [
            ""
        ]
    return list(
        {id(unit): unit for unit in (_owner(row, text, directory, orphans) for text in texts)}.values()
    )


def _owner(row: Row, text: str, directory: _Directory, orphans: dict[str, Unit]) -> Unit:
    found = directory.by_code.get(text.upper()) or directory.by_name.get(names.normal_key(text) or "\0")
    if found is not None:
        return found
    # "VALLE FIBRA (ISP-014)" is how lists of this system write a customer.
    inner = text.rsplit("(", 1)[-1].rstrip(") ").upper() if text.endswith(")") else ""
    if inner in directory.by_code:
        return directory.by_code[inner]
    unit = orphans.setdefault(names.normal_key(text), Unit(label=text or _("sin cliente"), known=False))
    column = row.sheet.column("customer")
    if not text:
        unit.problems.append(problem(row, column, _("Falta el cliente."), _("Escriba su código o nombre.")))
        return unit
    like = names.proposals(text, directory.shown)[:3]
    remedy = _("Agréguelo a la hoja Clientes.")
    if like:
        remedy = _("¿Quiso decir %(these)s?") % {
            "these": ", ".join(directory.shown[each.name].label for each in like)
        }
    unit.problems.append(
        problem(row, column, _("No existe el cliente «%(text)s».") % {"text": text[:60]}, remedy)
    )
    return unit
