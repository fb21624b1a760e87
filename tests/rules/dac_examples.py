"""Three filled forms (fictional) and the hard ones: a mass event of 60 circuits, long and hostile texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mayorista.rules import dac


def at(text: str) -> datetime:
    """`23/11 21:55` of 2026 on a clock in La Paz, as UTC."""
    return datetime.strptime(f"2026 {text} -0400", "%Y %d/%m %H:%M %z").astimezone(UTC)


def action(text: str, moment: str, who: str = "Operador NOC") -> dac.ActionLine:
    return dac.ActionLine(at=at(moment), text=text, who=who)


def external_fibre_opening() -> dac.DacContent:
    """Example 1 as it stands when the opening is sent."""
    return dac.DacContent(
        number="DAC-2026-000045",
        fault_number="FALLA-2026-000131",
        event=dac.Event.FAILURE,
        cases=(
            dac.CaseLine(
                number="DANO-2026-000148",
                customer_code="ISP-014",
                customer_name="VALLE FIBRA S.R.L.",
                claims=(
                    dac.Claim(
                        number="RECL-2026-000207",
                        received_at=at("23/11 22:00"),
                        channel="WhatsApp",
                        claimant="Ing. de guardia",
                    ),
                ),
            ),
        ),
        services=(
            dac.ServiceLine(
                case_number="DANO-2026-000148",
                customer_code="ISP-014",
                customer_name="VALLE FIBRA S.R.L.",
                circuit_code="TIP-0141",
                description="tránsito IP",
                capacity="2 Gbps",
                port="CBBA-BR1 Te0/0/0/3",
                vlan="1141",
                node="CBBA-BR1",
                asn="64514",
                prefixes=("203.0.113.0/24",),
                intervals=(dac.Interval(starts_at=at("23/11 21:55")),),
                repair_minutes=240,
                repair_source="contrato CT-014",
            ),
        ),
        opening=dac.Opening(
            issued_at=at("23/11 22:18"),
            severity=1,
            attribution="EXTERNAL",
            element="Tramo contratado Oruro – Tambo Quemado",
            impact="Sin tráfico internacional",
            impact_percent=100,
            bgp_down=True,
            origin=dac.Origin.BOTH,
            started_at=at("23/11 21:55"),
            started_estimated=True,
            detected_at=at("23/11 21:57"),
            claimed_at=at("23/11 22:00"),
            registered_at=at("23/11 22:01"),
            diagnosed_at=at("23/11 22:10"),
            coordinated_at=at("23/11 22:11"),
            diagnosis="Pérdida de señal óptica en ambos hilos; causa E-FIB (preliminar)",
            cause_code="E-FIB",
            provider=dac.ProviderTicket(
                name="TRANSPORTE ANDINO DEMO",
                ticket="TA-88213",
                contact="NOC del proveedor",
                level=1,
                reported_at=at("23/11 22:12"),
            ),
            actions=(
                action("Reporte al proveedor", "23/11 22:12"),
                action("Prueba OTDR solicitada", "23/11 22:16"),
            ),
            next_update_at=at("23/11 23:20"),
            author="Operador NOC",
            reviewer="Jefe NOC",
            shift="noche",
            customer_text="COMTECO le informa que registró una falla en su servicio TIP-0141, con inicio a horas 21:55."
            " Nuestro personal ya trabaja en la solución; le enviaremos un avance a la brevedad.",
        ),
    )


def external_fibre() -> dac.DacContent:
    """Example 1, closed: four progress notes, SLA of 4 h exceeded by 17 minutes."""
    content = external_fibre_opening()
    notes = (
        (
            "23/11 23:15",
            "Proveedor ubica corte a 41,2 km de Oruro por obras viales; cuadrilla en camino.",
            "24/11 00:20",
        ),
        ("24/11 00:14", "Cuadrilla en el lugar desde 00:05; excavación en curso.", "24/11 01:15"),
        ("24/11 01:13", "Empalme iniciado, 16 de 48 hilos.", "24/11 02:15"),
        ("24/11 02:11", "Hilos del servicio empalmados; se observa señal, en verificación.", "24/11 03:15"),
    )
    for moment, text, following in notes:
        content = content.with_progress(
            dac.Progress(
                issued_at=at(moment),
                text=text,
                etr_at=at("24/11 02:30"),
                next_update_at=at(following),
                author="Operador NOC",
            )
        )
    content = replace(
        content,
        acknowledgements=(
            dac.Acknowledgement(
                part=dac.Part.OPENING, sequence=1, at=at("23/11 22:24"), who="Gerente de Planificación"
            ),
        ),
    )
    service = replace(
        content.services[0],
        intervals=(dac.Interval(starts_at=at("23/11 21:55"), ends_at=at("24/11 02:12")),),
    )
    return content.with_closing(
        dac.Closing(
            issued_at=at("24/11 02:41"),
            severity=1,
            attribution="EXTERNAL",
            element="Tramo contratado Oruro – Tambo Quemado, km 41,2",
            impact="100 % del tráfico internacional durante toda la interrupción",
            cause_code="E-FIB",
            root_cause="Corte de cable por maquinaria en obra vial",
            rfo_pending=True,
            rfo_due_at=at("27/11 18:00"),
            restored_at=at("24/11 02:12"),
            verified_at=at("24/11 02:30"),
            verification="Tráfico 1,6 Gbps; BGP estable 18 min; conformidad del cliente por WhatsApp 02:33",
            provider=dac.ProviderTicket(
                name="TRANSPORTE ANDINO DEMO", ticket="TA-88213", level=1, rfo_received=False
            ),
            actions=(
                action(
                    "Cuadrilla del proveedor en el lugar, excavación", "24/11 00:05", "TRANSPORTE ANDINO DEMO"
                ),
                action("Empalme de 48 hilos concluido", "24/11 02:10", "TRANSPORTE ANDINO DEMO"),
                action("Verificación de tráfico y sesión BGP", "24/11 02:30"),
            ),
            sla_effect=dac.SlaEffect.COUNTS,
            sla_rule="crédito según cláusula de disponibilidad del contrato (a revisar en monto de diciembre/2026)",
            preventive=(
                dac.Preventive(
                    text="Solicitar RFO al proveedor y evaluar ruta alterna por Desaguadero",
                    responsible="Jefe NOC",
                    due_date=date(2026, 11, 27),
                ),
            ),
            attachments=(
                dac.Attachment(name="trafico-TIP-0141.png", kind="gráfica", sha256="9f" * 32),
                dac.Attachment(name="otdr-TA-88213.pdf", kind="OTDR", sha256="c4" * 32),
            ),
            author="Operador NOC",
            reviewer="Jefe NOC",
            shift="noche",
            customer_text="Le comunicamos que el daño reportado en su servicio TIP-0141 fue solucionado a horas 02:12 del"
            " 24/11/2026. Causa: corte de fibra óptica en tramo de transporte. Duración: 04:17.",
        ),
        services=(service,),
    )


def internal_power() -> dac.DacContent:
    """Example 2: mass event, three ISPs, opening and closing 56 minutes apart."""
    hit = (
        ("DANO-2026-000149", "ISP-003", "ANDESNET LTDA.", "TIP-0032", "3 Gbps", "Te0/2/0/0"),
        ("DANO-2026-000150", "ISP-007", "RED TUNARI S.R.L.", "TIP-0077", "500 Mbps", "Te0/2/0/1"),
        ("DANO-2026-000151", "ISP-009", "CABLE SUR DEMO", "TIP-0090", "1 Gbps", "Te0/2/0/2"),
    )
    claims = {
        "ISP-003": (dac.Claim(number="RECL-2026-000208", received_at=at("25/11 09:25"), channel="teléfono"),),
        "ISP-009": (dac.Claim(number="RECL-2026-000209", received_at=at("25/11 09:31"), channel="WhatsApp"),),
    }
    down = dac.Interval(starts_at=at("25/11 09:21"), ends_at=at("25/11 10:12"))
    services = tuple(
        dac.ServiceLine(
            case_number=case,
            customer_code=code,
            customer_name=name,
            circuit_code=circuit,
            description="tránsito IP",
            capacity=capacity,
            port=f"CBBA-BR2 {port}",
            intervals=(replace(down, ends_at=None),),
            repair_minutes=240,
            repair_source="SLA por defecto",
        )
        for case, code, name, circuit, capacity, port in hit
    )
    content = dac.DacContent(
        number="DAC-2026-000046",
        fault_number="FALLA-2026-000132",
        event=dac.Event.MASS,
        cases=tuple(
            dac.CaseLine(number=case, customer_code=code, customer_name=name, claims=claims.get(code, ()))
            for case, code, name, *_ in hit
        ),
        services=services,
        opening=dac.Opening(
            issued_at=at("25/11 09:40"),
            severity=1,
            attribution="INTERNAL",
            element="Tarjeta de línea 2, router de borde CBBA-BR2",
            impact="3 puertos sin enlace",
            origin=dac.Origin.BOTH,
            started_at=at("25/11 09:21"),
            detected_at=at("25/11 09:22"),
            claimed_at=at("25/11 09:25"),
            diagnosed_at=at("25/11 09:33"),
            diagnosis="Reinicio por alarma de temperatura y caída de rectificador 2; causa I-ENE (preliminar)",
            cause_code="I-ENE",
            actions=(action("Personal de Energía en sala", "25/11 09:36", "Energía"),),
            etr_at=at("25/11 10:45"),
            next_update_at=at("25/11 10:40"),
            author="Operador NOC",
            shift="mañana",
        ),
    )
    return content.with_closing(
        dac.Closing(
            issued_at=at("25/11 10:36"),
            severity=1,
            attribution="INTERNAL",
            element="Tarjeta de línea 2, router de borde CBBA-BR2",
            impact="3 puertos sin enlace durante 51 minutos",
            cause_code="I-ENE",
            root_cause="Rectificador 2 fuera de servicio",
            restored_at=at("25/11 10:12"),
            verified_at=at("25/11 10:27"),
            verification="Los tres puertos con tráfico normal por 15 minutos",
            actions=(action("Carga trasladada a rectificador 1 y tarjeta reinsertada", "25/11 10:10"),),
            preventive=(
                dac.Preventive(
                    text="Reemplazo del rectificador 2; alarma de carga > 80 %",
                    responsible="Energía",
                    due_date=date(2026, 12, 5),
                ),
            ),
            author="Operador NOC",
            shift="mañana",
        ),
        services=tuple(replace(line, intervals=(down,)) for line in services),
    )


def external_attack() -> dac.DacContent:
    """Example 3: degradation by an attack; 47 minutes gross, 9 stopped, 38 net; excluded from the SLA."""
    content = dac.DacContent(
        number="DAC-2026-000047",
        fault_number="FALLA-2026-000133",
        event=dac.Event.DEGRADATION,
        cases=(
            dac.CaseLine(
                number="DANO-2026-000152",
                customer_code="ISP-007",
                customer_name="RED TUNARI S.R.L.",
                claims=(
                    dac.Claim(number="RECL-2026-000210", received_at=at("28/11 18:58"), channel="WhatsApp"),
                ),
            ),
        ),
        services=(
            dac.ServiceLine(
                case_number="DANO-2026-000152",
                customer_code="ISP-007",
                customer_name="RED TUNARI S.R.L.",
                circuit_code="TIP-0077",
                description="tránsito IP",
                capacity="500 Mbps",
                port="CBBA-BR2 Te0/2/0/1",
                asn="64577",
                prefixes=("198.51.100.0/24",),
                effect="PARTIAL",
                intervals=(dac.Interval(starts_at=at("28/11 18:51"), ends_at=at("28/11 19:38")),),
                repair_minutes=480,
                repair_source="SLA por defecto",
            ),
        ),
        opening=dac.Opening(
            issued_at=at("28/11 19:12"),
            severity=2,
            attribution="EXTERNAL",
            element="Puerto del cliente CBBA-BR2 Te0/2/0/1",
            impact="Pérdida de paquetes 35 %, latencia 240 ms; puerto saturado al 100 % de entrada",
            bgp_down=False,
            origin=dac.Origin.CLAIM,
            started_at=at("28/11 18:51"),
            started_estimated=True,
            detected_at=at("28/11 18:59"),
            claimed_at=at("28/11 18:58"),
            diagnosed_at=at("28/11 19:05"),
            diagnosis="Ataque volumétrico UDP ~2,8 Gbps hacia 198.51.100.27; causa E-DDO",
            cause_code="E-DDO",
            provider=dac.ProviderTicket(
                name="UPSTREAM DEMO", ticket="UP-55102", reported_at=at("28/11 19:11")
            ),
            actions=(
                action("Coordinación con el cliente", "28/11 19:08"),
                action("Solicitud de RTBH al upstream (ticket UP-55102)", "28/11 19:11"),
            ),
            etr_at=at("28/11 19:45"),
            next_update_at=at("28/11 21:10"),
            author="Operador NOC",
            shift="tarde",
        ),
    )
    return content.with_closing(
        dac.Closing(
            issued_at=at("28/11 20:20"),
            severity=2,
            attribution="EXTERNAL",
            element="Puerto del cliente CBBA-BR2 Te0/2/0/1",
            impact="Degradación por 47 minutos; el ataque cesa a horas 20:02",
            cause_code="E-DDO",
            root_cause="Ataque volumétrico UDP dirigido al cliente",
            restored_at=at("28/11 19:38"),
            verified_at=at("28/11 20:12"),
            verification="Sin pérdida de paquetes por 10 minutos tras el cese del ataque",
            actions=(
                action("Autorización escrita del cliente para RTBH", "28/11 19:20", "RED TUNARI S.R.L."),
                action("Mitigación efectiva: RTBH del host /32", "28/11 19:38"),
            ),
            stops=(
                dac.Stop(
                    starts_at=at("28/11 19:11"),
                    ends_at=at("28/11 19:20"),
                    reason="A la espera de autorización del cliente",
                    proof="mensaje WhatsApp 28/11/2026 19:20",
                ),
            ),
            sla_effect=dac.SlaEffect.EXCLUDED,
            sla_rule="ataques dirigidos al cliente, según contrato",
            preventive=(
                dac.Preventive(
                    text="Ofrecer comunidad BGP de blackhole",
                    responsible="Gerencia de Planificación",
                    due_date=date(2026, 12, 15),
                ),
            ),
            author="Operador NOC",
            shift="tarde",
        ),
    )


def mass_event(circuits: int = 60, customers: int = 12) -> dac.DacContent:
    """Example 2 grown to `circuits` circuits of `customers` ISPs, restored one minute after another."""
    base = internal_power()
    assert base.closing is not None
    start = at("25/11 09:21")
    services = tuple(
        replace(
            base.services[0],
            case_number=f"DANO-2026-{200 + index % customers:06d}",
            customer_code=f"ISP-{100 + index % customers:03d}",
            customer_name=f"PROVEEDOR REGIONAL {index % customers + 1} DEMO S.R.L.",
            circuit_code=f"TIP-{1000 + index}",
            vlan=str(2000 + index),
            asn=str(64600 + index % customers),
            prefixes=("198.51.100.0/24", "203.0.113.0/24", "2001:db8:14::/48"),
            intervals=(dac.Interval(starts_at=start, ends_at=start + timedelta(minutes=51 - index % 30)),),
        )
        for index in range(circuits)
    )
    cases = tuple(
        dac.CaseLine(
            number=f"DANO-2026-{200 + index:06d}",
            customer_code=f"ISP-{100 + index:03d}",
            customer_name=f"PROVEEDOR REGIONAL {index + 1} DEMO S.R.L.",
            claims=base.cases[0].claims if index % 3 == 0 else (),
        )
        for index in range(customers)
    )
    return replace(base, number="DAC-2026-000051", services=services, cases=cases)


LONG = (
    "La cuadrilla recorrió el tramo completo desde la cámara 14 hasta la cámara 31, midió con reflectómetro en ambos "
    "sentidos y encontró atenuación repartida por humedad en tres empalmes sucesivos; se reemplazó la reserva, se "
    "rehízo la mufa y se volvió a medir cada hilo antes de entregar el enlace al NOC. "
)

HOSTILE = (
    '#read("/etc/passwd") #panic("x") $x^2$ *negrita* _cursiva_ `raw` <etiqueta> @ref // comentario /* bloque */\n'
    '= Título falso\n- viñeta\n#import "@preview/x:1.0.0": *\n\\u{1F4A9} ]} )" \\ ~ --- \u2028 \u202eocultar\u202c\n'
    "emojis 😀👩‍🔧🇧🇴👍🏽 · Ελληνικά · Кириллица · العربية · עברית · 中文字符 · 日本語 · 한국어 · हिन्दी · ไทย · 𝔉𝔯𝔞𝔨\x00\x07\ufffe"
)


def long_texts() -> dac.DacContent:
    """Example 1 with every free text very long, one of them a word without spaces."""
    content = external_fibre()
    assert content.closing is not None
    return replace(
        content,
        number="DAC-2026-000052",
        opening=replace(
            content.opening, diagnosis=LONG * 8, impact=LONG * 3, element="X" * 400, customer_text=LONG * 4
        ),
        progress=tuple(replace(one, text=LONG * 5) for one in content.progress),
        closing=replace(
            content.closing,
            root_cause=LONG * 10,
            verification=LONG * 4,
            actions=tuple(action(f"{n}. {LONG}", "24/11 01:00") for n in range(1, 41)),
        ),
    )


def hostile_texts() -> dac.DacContent:
    """Example 1 with markup, emojis, other alphabets and control characters wherever a person types."""
    content = external_fibre()
    assert content.closing is not None
    return replace(
        content,
        number="DAC-2026-000053",
        cases=(replace(content.cases[0], customer_name=HOSTILE[:60]),),
        services=(
            replace(content.services[0], customer_name=HOSTILE[:60], description=HOSTILE, port="#1 <a> `b`"),
        ),
        opening=replace(content.opening, diagnosis=HOSTILE, element="*<#tramo>*", impact="$ 100 % $"),
        progress=tuple(replace(one, text=HOSTILE) for one in content.progress),
        closing=replace(
            content.closing,
            root_cause=HOSTILE,
            actions=(action(HOSTILE, "24/11 01:00", "#who"),),
            attachments=(dac.Attachment(name="../../etc/<passwd>.png", kind="#foto"),),
        ),
    )
