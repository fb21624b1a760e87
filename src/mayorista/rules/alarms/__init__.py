"""Alarms on paper: what a monitoring system says, what it names, what it hits and what belongs together.

- `values`: the alarm itself, X.733 severities, the threshold;
- `alertmanager`: the webhook (version 4) of Prometheus Alertmanager turned into values;
- `naming`: which labels name a circuit or an element, and which of them an alarm names;
- `muting`: maintenance and suspension;
- `grouping`: which outages are one fault;
- `outages`: effect, restoration and what cleared itself.
"""
