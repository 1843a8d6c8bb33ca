#!/usr/bin/env python3
"""signals.py FILE: an independent reading of regimes, indicators, triggers, sizing and the universe.

FILE holds one JSON object a line, each a random day as a strategy sees it; for each, one line is printed
with what must follow from it. The formulas are those of the predecessor's reference.
"""
import json
import math
import sys

HOURS_A_YEAR = 9_359.487  # 100 * sqrt(24 * 365), rounded as the reference gives it


def mean_and_deviation(values):
    if len(values) < 2:
        return 0.0
    total = 0.0
    for value in values:
        total += value
    mean = total / len(values)
    squares = 0.0
    for value in values:
        squares += (value - mean) * (value - mean)
    return math.sqrt(squares / (len(values) - 1))


def yearly(closes):
    moves = [after / before - 1 for before, after in zip(closes, closes[1:])]
    return mean_and_deviation(moves) * HOURS_A_YEAR


def by_the_clock(starts, closes, most):
    """The last close of each hour of the clock, oldest first; the newest hour ends with the newest minute."""
    ends = {}
    for start, close in zip(starts, closes):
        ends[start // 3_600] = close
    return [ends[hour] for hour in sorted(ends)][-most:]


def regime(starts, closes):
    if not starts or starts[-1] - starts[0] < 23 * 3_600:
        return "chop"
    trend = (closes[-1] / closes[0] - 1) * 100
    wild = yearly(by_the_clock(starts, closes, 25))
    if wild > 100 or trend < -10:
        return "crash"
    if trend >= 10 and wild < 60:
        return "bull"
    return "bear" if trend <= -5 else "chop"


class Product:
    """The completed minutes of a product: start, open, high, low, close, volume."""

    def __init__(self, read):
        self.name, self.tier = read["product"], read["tier"]
        self.starts = [row[0] for row in read["candles"]]
        self.highs = [row[2] for row in read["candles"]]
        self.closes = [row[4] for row in read["candles"]]
        self.volumes = [row[5] for row in read["candles"]]

    def change(self, minutes):
        if len(self.closes) <= minutes:
            return None
        before = self.closes[-1 - minutes]
        return (self.closes[-1] / before - 1) * 100 if before > 0 else None

    def volume_ratio(self):
        if len(self.closes) < 1_440:
            return None
        recent = before = 0.0
        for value in self.volumes[-60:]:
            recent += value
        for value in self.volumes[-1_440:-60]:
            before += value
        before /= 23
        return recent / before if before > 0 else None

    def volatility(self):
        hourly = by_the_clock(self.starts, self.closes, 25)
        return min(max(yearly(hourly), 10.0), 200.0) if len(hourly) > 2 else 50.0

    def realised(self, hours):
        closes = by_the_clock(self.starts, self.closes, hours + 1)
        if len(closes) < min(hours + 1, 12):
            return None
        return yearly(closes)

    def persistence(self, upward):
        newest_first = self.closes[::-1][:781][::60]
        rises = [newer > older for newer, older in zip(newest_first, newest_first[1:])]
        return sum(rise == upward for rise in rises) / len(rises) if rises else 0.0

    def triggers(self, rules, limits):
        hour, quarter, day = self.change(60), self.change(15), self.change(1_439)
        if hour is None or quarter is None:
            return
        fast, slow = abs(quarter) >= limits["move15"], abs(hour) >= limits["move60"]
        if fast or slow:
            strength, confidence = {(1, 1): (0.8, 0.85), (1, 0): (0.6, 0.7), (0, 1): (0.7, 0.75)}[
                (int(fast), int(slow))]
            yield "price_move", strength, confidence, hour if slow else quarter
        ratio = self.volume_ratio()
        if ratio is not None and ratio >= limits["volume"]:
            yield "volume_spike", (ratio - 1) / 3, ratio / 4, hour
        window = rules["breakoutHours"] * 60
        if len(self.closes) > window and self.closes[-1] >= max(self.highs[-1 - window:-1]):
            yield "breakout", 0.7, 0.8, hour
        if day is not None and abs(day) >= rules["momentum"]:
            yield "momentum", abs(day) / 10, self.persistence(day > 0), day


def unit(value):
    return min(max(value, 0.0), 1.0)


def rank(trigger):
    """Nothing is sold short: a rise comes before every fall."""
    return (trigger["change"] > 0, trigger["strength"] * trigger["confidence"])


def scan(products, rules, limits, now):
    if limits is None:
        return []
    best = []
    for product in products:
        if not product.starts or now - product.starts[-1] - 60 > rules["candleAge"]:
            continue
        found = [
            {"product": product.name, "tier": product.tier, "kind": kind, "strength": unit(strength),
             "confidence": unit(confidence), "change": change, "volatility": product.volatility()}
            for kind, strength, confidence, change in product.triggers(rules, limits)]
        found = [t for t in found if t["strength"] * t["confidence"] >= rules["scoreMin"]
                 and (t["change"] > 0 or not rules["onlyUpside"])]
        # Of equals the first found is kept.
        chosen = None
        for trigger in found:
            if chosen is None or rank(trigger) > rank(chosen):
                chosen = trigger
        if chosen:
            best.append(chosen)
    best.sort(key=rank, reverse=True)
    return best[:rules["perCycle"]]


ONE = 10**18


def ratio_of(value):
    """Six places of an indicator, as raw units of 10^-18."""
    return int(round(min(max(value, -1e9), 1e9) * 1e6)) * 10**12


def times(left, right):
    return left * right // ONE


def proposals(triggers, strategy, weather):
    found = []
    for trigger in triggers:
        rule = strategy["rules"].get(trigger["kind"])
        least = 0.5 if trigger["kind"] == "volume_spike" else None
        rises = trigger["change"] >= least if least is not None else trigger["change"] > 0
        if not strategy["enabled"] or rule is None or not rises:
            continue
        boost = strategy["coreBoost"] if trigger["tier"] == 1 else 0.0
        conviction = unit(strategy["strengthWeight"] * trigger["strength"]
                          + strategy["confidenceWeight"] * trigger["confidence"] + boost)
        base, stop = strategy["base"].get(str(trigger["tier"])), int(rule["stop"])
        if conviction < strategy["convictionMin"] or base is None or stop <= 0:
            continue
        # What one trade may lose, over what it loses at its stop; less where the product is wilder
        # than fifty percent a year, more where it is calmer.
        risk = int(strategy["risk"]) / 1e18 / (stop / 1e18) * (50 / max(trigger["volatility"], 10.0))
        size = min(ratio_of(risk), int(base))
        steps = [int(base), size]
        size = times(size, int(rule["multiplier"]))
        steps.append(size)
        size = times(size, ratio_of(0.5 + conviction / 2))
        steps.append(size)
        size = times(size, int(strategy["weather"].get(weather, str(ONE))))
        steps.append(size)
        if size > 0:
            found.append({"product": trigger["product"], "conviction": conviction,
                          "steps": [str(step) for step in steps]})
    found.sort(key=lambda p: -p["conviction"])
    return found


def universe(readings, rules, products):
    """Which products may be entered after each reading, and why the others may not."""
    fails, eligible, answers = {}, set(), []
    traded = {}
    for product in products:
        total, volumes = 0.0, product.volumes[-1_440:]
        for volume, close in zip(volumes, product.closes[-1_440:]):
            total += volume * close
        # A young recording is measured by what it has, scaled to a day.
        traded[product.name] = total * (1_440 / len(volumes)) if volumes else 0.0
    for reading in readings:
        excluded, chosen = {}, []
        for name, tier in rules["products"]:
            view = reading["views"].get(name)
            demands = rules["tiers"][str(tier)]
            why = hard = None
            if name in rules["never"]:
                hard = "NEVER_TRADE"
            elif view is None:
                hard = "NOT_LISTED"
            elif view["status"] != "online":
                hard = "NOT_TRADABLE"
            elif view.get("bid") is None or view["ageNanoseconds"] > rules["quoteAgeNanoseconds"]:
                hard = "NO_QUOTE"
            else:
                low, high = view["bid"], view["ask"]
                if traded[name] < demands["volume"]:
                    why = "VOLUME_LOW"
                elif (high - low) / ((low + high) / 2) * 10_000 > demands["spread"]:
                    why = "SPREAD_WIDE"
                elif view["depth"] < demands["depth"]:
                    why = "DEPTH_LOW"
            if hard:
                # What cannot be traded has no grace, also not when it can be traded again and is poor.
                eligible.discard(name)
                fails[name] = rules["grace"]
            elif why:
                fails[name] = fails.get(name, 0) + 1
                if fails[name] >= rules["grace"]:
                    eligible.discard(name)
            else:
                fails[name] = 0
                eligible.add(name)
            if name in eligible:
                chosen.append(name)
            else:
                excluded[name] = hard or why
        listed = {name for name, _ in rules["products"]}
        for name in reading["views"]:
            if name not in listed:
                excluded[name] = "NEVER_TRADE" if name in rules["never"] else "NOT_IN_UNIVERSE"
        answers.append({"eligible": chosen, "excluded": excluded})
    return answers


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            day = json.loads(line)
            products = [Product(read) for read in day["products"]]
            weather = regime(products[0].starts[-1_440:], products[0].closes[-1_440:])
            triggers = scan(products, day["triggers"], day["triggers"]["limits"].get(weather), day["now"])
            print(json.dumps({
                "regime": weather,
                "realised": products[0].realised(day["hours"]),
                "triggers": triggers,
                "proposals": proposals(triggers, day["strategy"], weather),
                "universe": universe(day["readings"], day["universe"], products),
            }))


if __name__ == "__main__":
    main()
