"""The 95th percentile of 5-minute samples, per direction (R12, R19), from run lengths or packed days.

A sample is a pair (in, out) in bits per second; where either direction is missing the pair is missing, and a
missing pair is left out, never zero. Billed is the larger of the two percentiles, never their sum.

    selection  the percentile of a column
    packed     days as stored
    runs       runs of equal samples
    pools      several ports as one
"""

from mayorista.rules.percentile.packed import LARGEST, PackedDays, Pair, pack, unpack
from mayorista.rules.percentile.pools import Lag, Member, Pool
from mayorista.rules.percentile.runs import Run, RunLengths
from mayorista.rules.percentile.selection import (
    DAY_MINUTES,
    INTERVAL,
    MISSING,
    PER_DAY,
    Columns,
    Coverage,
    Percentile,
    Port,
    discarded,
    highest,
    ninety_fifth,
    of_columns,
)

__all__ = [
    "DAY_MINUTES",
    "INTERVAL",
    "LARGEST",
    "MISSING",
    "PER_DAY",
    "Columns",
    "Coverage",
    "Lag",
    "Member",
    "PackedDays",
    "Pair",
    "Percentile",
    "Pool",
    "Port",
    "Run",
    "RunLengths",
    "discarded",
    "highest",
    "ninety_fifth",
    "of_columns",
    "pack",
    "unpack",
]
