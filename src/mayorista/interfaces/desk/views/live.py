"""What open screens ask once or twice a second: did anything move?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import frame as frame_queries
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.rules import lapaz

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

TOPICS = frozenset(
    {
        "alarms",
        "billing",
        "board",
        "channels",
        "collection",
        "contracts",
        "messages",
        "receipts",
        "speed",
        "tray",
    }
)


def _known(text: str) -> dict[str, int]:
    """Read `board:12,tray:5,fault-7:3`; what is not so written is left out."""
    known = {}
    for part in text[:2000].split(","):
        name, _, version = part.rpartition(":")
        if (
            name
            and (name in TOPICS or name.startswith(("fault-", "case-")))
            and version.lstrip("-").isdecimal()
        ):
            known[name] = int(version)
    return known


@require_GET
@never_cache
def live(request: DeskRequest) -> HttpResponse:
    """Versions of the topics asked for; the counts of the frame when one of them moved."""
    known = _known(request.GET.get("v", ""))
    versions = procedure_queries.live_versions(known)
    news: dict[str, object] = {"versions": versions, "now": lapaz.utc(request.at)}
    if any(versions[name] != known[name] for name in known):
        counts = frame_queries.counts(actor=request.actor, at=request.at)
        sounding = counts.unacknowledged
        news["unacknowledged"] = {"count": sounding.count, "worst": sounding.worst}
        news["counts"] = {"tray": counts.waiting, "board": sounding.count}
    return JsonResponse(news)
