import pytest

from mayorista.interfaces import clock


@pytest.fixture
def here(world, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: world.at)
    return world


PAGES = [
    "/",
    "/danos/",
    "/pizarra",
    "/danos/nuevo/",
    "/danos/nuevo/?buscar=valle",
    "/reclamos/nuevo/",
    "/buscar/?q=valle",
    "/alarmas/",
    "/alarmas/cuarentena/",
    "/alarmas/fuentes/",
    "/mensajes/",
    "/canales/",
    "/protocolos/",
    "/protocolos/GESTORES/",
    "/avisos/",
    "/mantenimientos/",
    "/mantenimientos/nuevo/",
    "/alarmas/fuentes/nueva/",
    "/verificar/",
    "/vivo?v=board:-1,tray:-1",
    "/no-existe/",
]


class TestSmoke:
    def test_pages(self, here, visit):
        here.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")
        here.alarm(service="TIP-0141")
        print({k: sorted(u.username for u in [v]) for k, v in here.users.items()})
        bad = []
        for who in here.users:
            c = visit(who)
            for page in PAGES:
                r = c.get(page)
                if r.status_code >= 500:
                    bad.append((who, page, r.status_code))
        number = here.case(1).dossier.number if False else None
        from mayorista.apps.faults.models import Case

        number = Case.objects.get().dossier.number
        from mayorista.interfaces.desk import acts

        for page in [
            f"/danos/{number}/",
            *[f"/danos/{number}/{s.slug}/" for s in acts.SPECS if s.slug != "reconocer"],
            f"/danos/{number}/dac/",
            f"/danos/{number}/avisar/",
            f"/danos/{number}/avisar/apertura/",
        ]:
            for who in ("noc", "soporte", "gerente"):
                if who in here.users:
                    r = visit(who).get(page)
                    print(who, page, r.status_code)
                    if r.status_code >= 500:
                        bad.append((who, page, r.status_code))
        assert not bad

    def test_dac(self, here, visit):
        valle = here.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")
        here.alarm(service="TIP-0141")
        fault = here.fault()
        here.diagnose(fault, "EXTERNAL", "E-FIB")
        here.coordinate(fault)
        n = here.case(valle).dossier.number
        assert visit("noc").get(f"/danos/{n}/dac/").status_code == 200
        here.open_dac(fault)
        assert visit("noc").get(f"/danos/{n}/dac/").status_code == 200
        here.protocols(fault)
        here.pass_minutes(30)
        here.restore_and_verify(fault)
        assert visit("noc").get(f"/danos/{n}/dac/").status_code == 200
