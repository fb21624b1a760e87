"""The sheets of day one: what a contract says about money, and what the former books left open."""

from __future__ import annotations

from mayorista.apps.onboarding.column_types import Column, Sheet

YES_NO = ("sí", "no")
CURRENCIES = ("Bs", "USD")
RATE_DAYS = ("Emisión", "Fin de mes", "Fijo")
PAYMENT_STARTS = ("Entrega", "Emisión")
CHANGE_POLICIES = ("Prorrateado", "Día 1")
SCOPES = ("Servicio", "Contrato", "Cliente")
SUSPENSIONS = ("Todo", "Compromiso", "Nada")
RENEWALS = ("No", "Automática")
MINIMUM_POLICIES = ("No se acepta", "Se factura el mínimo")
MODELS = ("Por Mbps", "Cuota fija", "Por tramo", "Escalonado", "Compromiso y exceso")

CUSTOMER = Column(
    "customer", "Cliente", "Código o nombre.", "VALLE FIBRA S.R.L.", required=True, also=("ISP",)
)
CONTRACT = Column(
    "contract",
    "Contrato",
    "Número.",
    "CT-014",
    required=True,
    also=("N.º de contrato",),
    fields=("contract_id",),
)
CIRCUIT = Column(
    "circuit",
    "Circuito",
    "Código.",
    "TIP-0141",
    required=True,
    also=("Código de circuito", "Servicio"),
    fields=("service_id", "service"),
)
FILE = Column(
    "file",
    "Archivo",
    "Nombre del escaneo (PDF, JPG o PNG) en la carpeta o ZIP que acompaña al libro.",
    "",
    also=("Escaneo",),
    fields=("upload", "pdf"),
)
CURRENCY = Column("currency", "Moneda", "Bs o USD.", "Bs", choices=CURRENCIES)

CLAUSES = (
    Column("currency", "Moneda", "Del contrato: Bs o USD.", "Bs", choices=CURRENCIES),
    Column(
        "invoice_currency", "Moneda de la factura", "Bs o USD; vacío es Bs.", "Bs", choices=CURRENCIES
    ),
    Column("rate_source", "Fuente del tipo de cambio", "Por ejemplo BCB.", ""),
    Column("rate_day", "Día del tipo de cambio", "Emisión, Fin de mes o Fijo.", "", choices=RATE_DAYS),
    Column("fixed_rate", "Tipo de cambio fijo", "Solo si el día es Fijo.", ""),
    Column("tax_included", "IVA incluido", "sí o no; vacío es sí.", "sí", choices=YES_NO),
    Column("payment_days", "Días para pagar", "", "30"),
    Column("payment_from", "Plazo desde", "Entrega o Emisión de la factura.", "Entrega", choices=PAYMENT_STARTS),
    Column("minimum_invoice", "Factura mínima", "Importe al mes.", ""),
    Column("min_kbps", "Velocidad mínima", "Con unidad.", "300 Mbps"),
    Column(
        "min_policy", "Por debajo del mínimo", "No se acepta, o Se factura el mínimo.", "", choices=MINIMUM_POLICIES
    ),
    Column("changes_per_month", "Cambios por mes", "Vacío es sin límite.", ""),
    Column("downgrade_notice_days", "Aviso de disminución", "Días.", "30"),
    Column("upgrade_policy", "Un aumento factura", "Prorrateado o Día 1.", "Prorrateado", choices=CHANGE_POLICIES),
    Column("downgrade_policy", "Una disminución factura", "Prorrateado o Día 1.", "Día 1", choices=CHANGE_POLICIES),
    Column("tier_scope", "Los tramos miran", "Servicio, Contrato o Cliente.", "Servicio", choices=SCOPES),
    Column("suspension_bills", "Suspendido factura", "Todo, Compromiso o Nada.", "Todo", choices=SUSPENSIONS),
    Column("reconnection_fee", "Reconexión", "Importe del cargo.", ""),
    Column("late_interest_yearly", "Interés anual %", "Por mora.", ""),
    Column("objection_days", "Días para objetar", "", "10"),
    Column(
        "sla_credit",
        "Créditos SLA",
        "Por debajo de qué disponibilidad se descuenta cuánto: 99,9: 5; 99,5: 10.",
        "99,9: 5; 99,5: 10; 99: 25",
    ),
    Column("requires_addendum", "Exige adenda", "sí o no.", "no", choices=YES_NO),
    Column("renewal", "Renovación", "No o Automática.", "No", choices=RENEWALS),
    Column("renewal_notice_days", "Aviso de no renovación", "Días.", ""),
)  # fmt: skip

ADDENDA = Sheet(
    "addenda",
    "Adendas",
    "Una adenda por fila; lo que deja vacío sigue como estaba.",
    (
        CUSTOMER,
        CONTRACT,
        Column("number", "Número", "", "Adenda 1", required=True, also=("Adenda",)),
        Column("signed_date", "Firmada", "Fecha.", "15/03/2026"),
        Column("starts_date", "Rige desde", "Fecha.", "01/04/2026", also=("Desde",), required=True),
        FILE,
        *CLAUSES,
    ),
)

SPEEDS = Sheet(
    "speeds",
    "Velocidades",
    "El historial de velocidades de cada circuito: una fila por cambio; la primera es la inicial.",
    (
        CUSTOMER,
        CIRCUIT,
        Column("day", "Desde", "Primer día.", "01/12/2025", required=True, fields=("day",)),
        Column("speed", "Velocidad", "Con unidad.", "2 Gbps", required=True, also=("Capacidad",), fields=("kbps",)),
        Column("until", "Hasta", "Solo si fue temporal: día en que ya no rige.", ""),
        Column("reference", "Documento", "Carta, adenda u orden.", "Contrato"),
    ),
    also=("Historial de velocidades", "Cambios de velocidad"),
)  # fmt: skip

PRICES = Sheet(
    "prices",
    "Precios",
    "Una versión de precio por fila: qué cuesta un circuito y desde cuándo.",
    (
        CUSTOMER,
        CONTRACT,
        CIRCUIT,
        Column(
            "day", "Desde", "Primer día en que rige.", "01/12/2025", required=True, fields=("effective_date",)
        ),
        Column("model", "Modelo", ", ".join(MODELS) + ".", "Por Mbps", required=True, choices=MODELS),
        Column(
            "price",
            "Precio",
            "Por Mbps, la cuota del mes, o el Mbps del compromiso.",
            "11,50",
            fields=("unit_price", "monthly_fee", "commit_price"),
        ),
        Column(
            "tiers",
            "Tramos",
            "Hasta cuántos Mbps a qué precio; el último sin límite: 300: 13,00; más: 12,20.",
            "",
            fields=("tiers",),
        ),
        Column("burst_price", "Precio del exceso", "Por Mbps sobre el compromiso.", ""),
        Column("burst_rounding", "Exceso al Mbps entero", "sí o no; vacío es no.", "", choices=YES_NO),
        Column("in_advance", "Por adelantado", "sí o no; vacío es no.", "no", choices=YES_NO),
        Column("clause", "Cláusula", "", "4.2"),
    ),
    also=("Tarifas",),
)

GUARANTEES = Sheet(
    "guarantees",
    "Garantías",
    "Una garantía vigente por fila.",
    (
        CUSTOMER,
        CONTRACT,
        Column("kind", "Clase", "Boleta bancaria, póliza…", "Boleta bancaria", required=True, also=("Tipo",)),
        CURRENCY,
        Column("amount", "Monto", "", "20.000,00", required=True, also=("Importe",)),
        Column("expires_date", "Vence", "Fecha.", "31/12/2027", required=True, also=("Vencimiento",)),
        FILE,
    ),
)

OPENING = Sheet(
    "opening",
    "Saldos iniciales",
    "Las facturas impagas de los libros anteriores: se cobran, no se emiten.",
    (
        CUSTOMER,
        Column(
            "contract", "Contrato", "Número; vacío si el cliente tiene uno solo.", "CT-014", fields=("contract_id",)
        ),
        Column("number", "Factura", "Número.", "4417", required=True, also=("N.º de factura", "Número")),
        Column("authorization", "Autorización", "CUF o autorización.", "", also=("CUF",)),
        Column("month", "Mes", "Facturado: 10/2026. Vacío es el de la emisión.", "10/2026", also=("Periodo",)),
        Column("issued_date", "Emitida", "Fecha.", "02/11/2026", required=True, also=("Fecha",)),
        Column("due_date", "Vence", "Fecha.", "02/12/2026", required=True, also=("Vencimiento",)),
        CURRENCY,
        Column("total", "Saldo", "Lo que se debe de ella.", "34.500,00", required=True, also=("Saldo impago", "Deuda")),
        Column("original", "Importe original", "Si ya se pagó una parte.", ""),
        FILE,
    ),
    also=("Facturas impagas", "Saldo inicial"),
)  # fmt: skip

DISPUTES = Sheet(
    "disputes",
    "Disputas",
    "Lo que un cliente objeta de una factura impaga; solo esa parte se detiene.",
    (
        CUSTOMER,
        Column("number", "Factura", "Número.", "4417", required=True, fields=("invoice_id",)),
        Column("amount", "Importe objetado", "", "1.200,00", required=True, also=("Importe", "Monto")),
        Column("raised_on", "Presentada", "Fecha.", "10/11/2026", required=True, also=("Fecha",)),
        Column("words", "Motivo", "Qué dice el cliente.", "Objeta dos días sin servicio", required=True),
    ),
    also=("Objeciones",),
)

ADVANCES = Sheet(
    "advances",
    "Anticipos",
    "Dinero del cliente que aún no pagó ninguna factura (a cuenta).",
    (
        CUSTOMER,
        Column("paid_on", "Fecha", "Del depósito.", "28/10/2026", required=True),
        Column("bank", "Banco", "", "Banco Unión", required=True),
        Column("reference", "Referencia", "Número del depósito o transferencia.", "00918273", required=True),
        CURRENCY,
        Column("amount", "Importe", "Lo que queda a cuenta.", "5.000,00", required=True, also=("Monto", "Saldo")),
        FILE,
    ),
    also=("A cuenta",),
)  # fmt: skip

RATES = Sheet(
    "rates",
    "Tipos de cambio",
    "Un tipo de cambio por fila: bolivianos por dólar.",
    (
        Column("on", "Fecha", "", "30/11/2026", required=True),
        Column("source", "Fuente", "Por ejemplo BCB.", "BCB", required=True),
        Column("rate", "Tipo de cambio", "Con coma o punto.", "6,96", required=True, also=("T/C", "TC")),
    ),
)

TRAFFIC = Sheet(
    "traffic",
    "Tráfico",
    "Un circuito y día por fila, con sus 288 muestras de cinco minutos.",
    (
        CUSTOMER,
        CIRCUIT,
        Column("port", "Puerto", "Vacío es el del circuito.", ""),
        Column("on", "Día", "De La Paz.", "01/11/2026", required=True, also=("Fecha",)),
        Column("unit", "Unidad", "kbps o Mbps; vacío es kbps.", "", choices=("kbps", "Mbps")),
        Column(
            "samples",
            "Muestras",
            "288 pares entrada/salida separados por espacio; guion donde falta: 812000/94000 - 815000/96000 …",
            "",
            required=True,
        ),
    ),
    also=("Trafico", "Muestras de tráfico"),
)
