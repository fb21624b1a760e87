"""What an Alertmanager posts, made here: the lab and the benches speak as the real one does.

Source: prometheus/alertmanager notify/webhook/webhook.go and template/template.go; the fingerprint is
prometheus/common model.LabelSet.Fingerprint (FNV-1a, 64 bits, over the sorted labels).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEVER = "0001-01-01T00:00:00Z"
FNV_OFFSET, FNV_PRIME, SEPARATOR = 14695981039346656037, 1099511628211, 255
EXTERNAL_URL = "http://alertmanager.lab:9093"


def fingerprint(labels: Mapping[str, str]) -> str:
    """The fingerprint that Prometheus gives to a set of labels: 16 hexadecimal digits."""
    total = FNV_OFFSET
    for name in sorted(labels):
        for part in (name, labels[name]):
            for byte in (*part.encode(), SEPARATOR):
                total = ((total ^ byte) * FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{total:016x}"


def alert(
    labels: Mapping[str, str],
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One alert, firing since `starts_at` or resolved at `ends_at`."""
    return {
        "status": "firing" if ends_at is None else "resolved",
        "labels": dict(labels),
        "annotations": dict(annotations or {}),
        "startsAt": go_time(starts_at),
        "endsAt": NEVER if ends_at is None else go_time(ends_at),
        "generatorURL": "http://prometheus.lab:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "fingerprint": fingerprint(labels),
    }


def post(alerts: Sequence[Mapping[str, Any]], *, receiver: str = "mayorista", truncated: int = 0) -> bytes:
    """The body of one post with these alerts (at least one), as Alertmanager writes it."""
    first = alerts[0]["labels"]
    common = {n: v for n, v in first.items() if all(each["labels"].get(n) == v for each in alerts)}
    texts = alerts[0]["annotations"]
    common_texts = {n: v for n, v in texts.items() if all(each["annotations"].get(n) == v for each in alerts)}
    group = {"alertname": first["alertname"]} if "alertname" in common else {}
    inside = ", ".join(f'{name}="{value}"' for name, value in sorted(group.items()))
    return json.dumps(
        {
            "receiver": receiver,
            "status": "firing" if any(each["status"] == "firing" for each in alerts) else "resolved",
            "alerts": list(alerts),
            "groupLabels": group,
            "commonLabels": common,
            "commonAnnotations": common_texts,
            "externalURL": EXTERNAL_URL,
            "version": "4",
            "groupKey": "{}:{" + inside + "}",
            "truncatedAlerts": truncated,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def go_time(moment: dt.datetime) -> str:
    """A moment as Go writes it: UTC, with as many digits of the second as it needs."""
    text = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return text + "Z"
