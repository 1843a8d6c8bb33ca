#!/usr/bin/env python3
"""candle_fills.py LEDGER PATH SHARE CSV...: every fill of a recorded run against the minute that it happened in.

An independent reading of what candles allow. The CSV files are plain (`timestamp,open,high,low,close,volume`),
named after their product. Prints what no market of these candles could have given; nothing is the right answer.
"""
import csv
import pathlib
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime, timezone
from decimal import Decimal

MINUTE = 60 * 10**9


def stamp(text):
    """Nanoseconds, of seconds or of a date in UTC."""
    return 10**9 * int(text if text.isdigit() else datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def recorded(paths):
    """(product, minute) -> (low, high, volume, open)"""
    rows = {}
    for path in paths:
        with open(path, newline="") as lines:
            for row in csv.DictReader(lines):
                rows[pathlib.Path(path).stem, stamp(row["timestamp"])] = tuple(
                    Decimal(row[name]) for name in ("low", "high", "volume", "open"))
    return rows


def traded(ledger):
    """(product, side, price, quantity, role, time in nanoseconds), oldest first"""
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as books:
        rows = books.execute("SELECT product, side, price, quantity, role, occurred_at FROM fills WHERE kind = 'fill' ORDER BY id")
        return [(product, side, Decimal(price), Decimal(quantity), role, time) for product, side, price, quantity, role, time in rows]


def findings(fills, candles, path, share):
    """What could not have been, as lines."""
    found, sums = [], defaultdict(Decimal)
    for product, side, price, quantity, role, time in fills:
        minute = time // MINUTE * MINUTE
        what = f"{product} {side} {quantity} at {price} ({role}, {time // 10**9})"
        if (product, minute) not in candles:
            found.append(f"{what}: nothing was traded in this minute")
            continue
        low, high, volume, first = candles[product, minute]
        # Worse than the range is honest: an order that rests trades at its own price.
        if price < low if side == "buy" else price > high:
            found.append(f"{what}: better than anything traded, {low} to {high}")
        # A buy that rests is reached by what falls to it, a sell by what rises to it.
        if role == "maker" and (low > price if side == "buy" else high < price):
            found.append(f"{what}: never reached, {low} to {high}")
        if role == "taker" and side == "buy" and path == "pessimistic" and time - minute < 35 * 10**9 and price < first:
            found.append(f"{what}: in a dip that may not have been there for it, below the open of {first}")
        if role == "maker" and side == "buy" and path == "pessimistic" and time - minute < 35 * 10**9:
            found.append(f"{what}: before the minute's high was seen")
        sums[product, minute] += quantity
    for (product, minute), quantity in sorted(sums.items()):
        volume = candles[product, minute][2]
        if quantity > volume * share:
            found.append(f"{product}, minute {minute // 10**9}: {quantity} filled where {volume} was traded")
    return found


if __name__ == "__main__":
    ledger, path, share, *files = sys.argv[1:]
    print(*findings(traded(ledger), recorded(files), path, Decimal(share)), sep="\n")
