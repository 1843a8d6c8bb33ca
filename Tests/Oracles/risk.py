#!/usr/bin/env python3
"""An independent reading of the risk pass, to be compared with Vigil's to the last digit.

Prints one JSON object a line: a random policy, books, counters, halts and proposals, and under `expect`
what each proposal must come to: the checks in their order with limit, current and requested, the
notional that is allowed, and what Execution begins with it. All numbers are decimal strings; times are
nanoseconds before now.

An entry is decided at the ask. It may take up to the ask and what its slippage budget leaves beside the
taker fee, rounded down to the tick; where the fee alone exhausts the budget it only rests, at the bid
rounded down to the tick.
What rests and takes is the quantity that the notional buys at the ask, rounded down to the increment. It
counts at the price that it may take at, rounded up, with the taker fee on top, rounded up again. A step
that is too small for the venue or for us, or takes below the ask, is left out.
"""
import json
import random
import sys

ONE = 10**18
CODES = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE"]


def text(raw):
    sign, raw = ("-", -raw) if raw < 0 else ("", raw)
    whole, part = divmod(raw, ONE)
    tail = f".{part:018d}".rstrip("0") if part else ""
    return f"{sign}{whole}{tail}"


def down(a, b, over=ONE):
    """a·b/over towards zero."""
    q = abs(a) * abs(b) // over
    return q if (a < 0) == (b < 0) else -q


def up(a, b, over=ONE):
    """a·b/over away from zero."""
    q = -(-(abs(a) * abs(b)) // over)
    return q if (a < 0) == (b < 0) else -q


class Ended(Exception):
    pass


class Pass:
    def __init__(self, case):
        self.case = {**case, "counters": remembered(case["events"])}
        self.policy = case["policy"]
        self.books = case["books"]
        self.held = dict(self.books["exposures"])
        self.used = dict(self.held)
        self.total = self.books["exposure"]
        self.theme, self.by, self.spent = {}, {}, {}
        self.busy, self.granted, self.opened, self.trades = set(), 0, 0, {}
        for product, value in self.held.items():
            owner = self.books["strategies"].get(product, "")
            self.by[owner] = self.by.get(owner, 0) + value
            for name in self.themes(product):
                self.theme[name] = self.theme.get(name, 0) + value
        for entry in case["working"]:
            self.take(entry["product"], entry["worst"], entry["strategy"])
            self.busy.add(entry["product"])

    def themes(self, product):
        return self.policy["themes"].get(product, [])

    def rate(self, product):
        return self.books["rates"].get(product.split("-")[1])

    def take(self, product, cost, owner):
        rate = self.rate(product) or ONE
        cost = cost if product.endswith("-USD") else up(cost, rate)
        self.total += cost
        self.used[product] = self.used.get(product, 0) + cost
        self.by[owner] = self.by.get(owner, 0) + cost
        quote = product.split("-")[1]
        self.spent[quote] = self.spent.get(quote, 0) + cost
        for name in self.themes(product):
            self.theme[name] = self.theme.get(name, 0) + cost

    def run(self):
        order = sorted(
            range(len(self.case["proposals"])),
            key=lambda i: (
                -self.case["proposals"][i]["conviction"],
                self.case["proposals"][i]["tier"],
                key(self.case["proposals"][i]["product"]),
                i,
            ),
        )
        answers = [None] * len(order)
        for index in order:
            self.checks = []
            try:
                notional = self.judge(self.case["proposals"][index])
            except Ended:
                notional = None
            answers[index] = {
                "checks": self.checks,
                "notional": None if notional is None else text(notional),
                "order": None if notional is None else self.order(self.case["proposals"][index], notional),
            }
        return answers

    def order(self, wish, notional):
        """What is begun: price, quantity, how it is worked, and its worst case; nothing where it cannot be."""
        policy, quote = self.policy, self.case["quotes"][wish["product"]]
        rules = self.case["rules"][wish["product"]]
        allowance = policy["budget"][str(wish["tier"])] - policy["taker"]
        slip = min(max(allowance, 0), policy["slip"])
        worst = down(quote["ask"], ONE + slip)
        worst -= worst % rules["tick"]
        quantity = notional * ONE // quote["ask"]
        quantity -= quantity % rules["step"]
        steps = [("rests", quote["bid"] - quote["bid"] % rules["tick"])]
        if allowance >= 0:
            takes = ("takes", worst)
            steps = [takes] if notional < policy["taken_below"] else steps + [takes]
        for how, price in steps:
            value = down(price, quantity)
            if how == "takes" and price < quote["ask"]:
                continue
            if value < self.case["quote_min"] or value < policy["work_min"] or quantity < rules["least"]:
                continue
            cost = up(worst, quantity)
            return f"{text(price)} {text(quantity)} {how} {text(cost + up(cost, policy['taker']))}"
        return "nothing"

    def say(self, code, outcome, unit, limit, current, requested, subject=""):
        words = [code, outcome, unit, text(limit), text(current), text(requested)]
        self.checks.append(" ".join(words + ([subject] if subject else [])))
        if outcome == "denied":
            raise Ended

    def bound(self, code, unit, limit, current, requested, subject=""):
        fits = current + requested <= limit
        self.say(code, "passed" if fits else "denied", unit, limit, current, requested, subject)

    def count(self, code, current, limit):
        if limit is not None:
            self.bound(code, "count", limit * ONE, current * ONE, ONE)

    def wait(self, code, ago, span, subject=""):
        if ago is None or span == 0:
            return
        ago = max(ago, 0)
        outcome = "passed" if ago >= span else "denied"
        self.say(code, outcome, "seconds", span * 10**9, ago * 10**9, 0, subject)

    def judge(self, wish):
        policy, counters, product = self.policy, self.case["counters"], wish["product"]
        self.halts(product)
        quote = self.case["quotes"].get(product)
        most = policy["quote_age"] * 10**9
        if quote is None:
            self.say("NO_QUOTE", "denied", "seconds", most, most + 1, 0, "none")
        self.bound("NO_QUOTE", "seconds", most, max(quote["age"], 0) * 10**9, 0)
        last = counters["last"].get(product)
        # An entry that is worked may fill now.
        worked = bool(self.case["working"])
        latest = 0 if worked else min(counters["entries"], default=None)
        self.wait("TRADE_SPACING", latest, policy["spacing"], "working" if worked else "")
        self.wait("PRODUCT_SPACING", last, policy["product_spacing"])
        left = counters["left"].get(product)
        if left:
            self.wait("PRODUCT_COOLDOWN", left["ago"], policy["cooldown"][left["kind"]], left["kind"])
        self.counts(wish, counters, last)
        return self.size(wish, quote)

    def halts(self, product):
        books, policy = self.books, self.policy
        for halt in self.case["halts"]:
            reason, _, only = halt.partition(" ")
            if only:
                continue
            numbers = {
                "daily_stop": ("DAILY_STOP", "ratio", policy["daily_stop"], -books["day"]),
                "weekly_stop": ("WEEKLY_STOP", "ratio", policy["weekly_stop"], -books["week"]),
                "drawdown": ("DRAWDOWN", "ratio", policy["drawdown"], books["drawdown"]),
                "loss_streak": (
                    "LOSS_STREAK", "count", policy["streak"] * ONE,
                    self.case["counters"]["streak"] * ONE,
                ),
            }
            code, unit, limit, current = numbers.get(reason, ("HALTED", "count", 0, ONE))
            self.say(code, "denied", unit, limit, current, 0, reason)
        for halt in self.case["halts"]:
            reason, _, only = halt.partition(" ")
            if only == product:
                self.bound("BREAKER", "count", 0, ONE, 0, reason)

    def counts(self, wish, counters, last):
        policy, product, owner = self.policy, wish["product"], wish["strategy"]
        hour, day = self.case["hour"], self.case["day"]

        def since(times, span):
            return sum(1 for ago in times if ago <= span)

        self.bound("WORKING_ENTRY", "count", 0, ONE if product in self.busy else 0, 0)
        worked = len(self.case["working"])
        entries = since(counters["entries"], hour) + worked
        self.count("HOURLY_COUNT", entries + self.granted, policy["per_hour"])
        both = entries + since(counters["exits"], hour)
        self.count("HOURLY_TRADES", both + self.granted, policy["both_per_hour"])
        today = since(counters["entries"], day) + worked
        self.count("DAILY_COUNT", today + self.granted, policy["per_day"])
        self.count("STRATEGY_TRADES", self.trades.get(owner, 0), policy["strategy_trades"].get(owner))
        if product not in self.held:
            self.count("OPEN_POSITIONS", len(self.used), policy["positions"])
            self.count("NEW_POSITIONS", self.opened, policy["new_positions"])
            return
        pyramid = policy["pyramid"]
        self.bound("ALREADY_HELD", "count", ONE if pyramid else 0, ONE, 0)
        self.wait("PYRAMID_SPACING", last, pyramid["spacing"])
        added = since(counters["additions"].get(product, []), day)
        self.count("PYRAMID_COUNT", added, pyramid["per_day"])
        others = len(set(counters["pyramids"]) - {product})
        self.count("PYRAMID_POSITIONS", others, pyramid["positions"])

    def size(self, wish, quote):
        policy, product, owner = self.policy, wish["product"], wish["strategy"]
        rate = self.rate(product)
        if not rate:
            self.say("NO_RATE", "denied", "ratio", 0, 0, 0)
        fee = policy["taker"]
        slip = min(max(policy["budget"][str(wish["tier"])] - fee, 0), policy["slip"])
        factor = up(ONE + slip, ONE + fee)
        base = min(self.books["nlv"], policy["capital"])
        notional = down(base, wish["size"])
        caps = [("ORDER_SIZE", up(policy["order"], factor), 0, "")]
        if owner in policy["strategy_budget"]:
            caps.append(
                ("STRATEGY_BUDGET", down(base, policy["strategy_budget"][owner]),
                 self.by.get(owner, 0), owner)
            )
        for name in self.themes(product):
            if name in policy["theme_max"]:
                caps.append(
                    ("THEME", down(base, policy["theme_max"][name]), self.theme.get(name, 0), name)
                )
        there = self.used.get(product, 0)
        caps.append(("ASSET_SIZE", down(base, policy["asset"]), there, ""))
        own = min(policy["position"], policy["tier_position"][str(wish["tier"])])
        caps.append(("POSITION_SIZE", down(base, own), 0 if product in self.held else there, ""))
        caps.append(("TOTAL_AT_RISK", down(base, policy["total"]), self.total, ""))
        caps.append(("CAPITAL_FENCE", policy["capital"], self.total, ""))
        money = product.split("-")[1]
        cash = self.books["cash"].get(money, 0)
        cash = cash if money == "USD" else down(cash, rate)
        caps.append(("CASH", cash, self.spent.get(money, 0), ""))
        binding = None
        for code, limit, current, subject in caps:
            cost, room = up(notional, factor), limit - current
            if cost > room:
                self.say(code, "shrunk", "usd", limit, current, cost, subject)
                notional = room * ONE // factor if room > 0 else 0
                binding = (code, limit, current, cost, subject)
            else:
                self.say(code, "passed", "usd", limit, current, cost, subject)
        least = self.case["quote_min"]
        least = least if money == "USD" else up(least, rate)
        least = max(policy["notional_min"], least, up(base, policy["position_min"]))
        if notional < least:
            if binding:
                code, limit, current, cost, subject = binding
                self.say(code, "denied", "usd", limit, current, cost, subject)
            self.say("BELOW_MINIMUM", "denied", "usd", least, notional, 0)
        self.say("BELOW_MINIMUM", "passed", "usd", least, notional, 0)
        allowed = notional if money == "USD" else notional * ONE // rate
        self.opened += product not in self.held
        self.granted += 1
        self.trades[owner] = self.trades.get(owner, 0) + 1
        self.take(product, up(allowed, factor), owner)
        self.busy.add(product)
        return allowed


def key(product):
    """Codes are compared byte by byte, the shorter one filled up with zeros."""
    return tuple(part.encode().ljust(16, b"\0") for part in product.split("-"))


def ratio(rng, least, most):
    return rng.randrange(int(least * 10**6), int(most * 10**6)) * 10**12


def event(rng, product):
    kind = rng.choice(["entry", "entry", "exit", "close"])
    return {
        "ago": rng.randrange(0, rng.choice([4_000, 90_000])) * 10**9, "kind": kind, "product": product,
        "key": rng.choice([None, 1, 2]),
        "reason": rng.choice(["stop_loss", "take_profit", "max_hold"]),
        "amount": rng.randrange(-3, 4) * ONE,
    }


def remembered(events):
    """What is left of the past: counted per entry and per closed trade, not per fill."""
    state = {"entries": [], "exits": [], "last": {}, "left": {}, "additions": {},
             "pyramids": set(), "streak": 0}
    open_ = {}
    for e in events:
        product, ago = e["product"], e["ago"]
        if e["kind"] == "entry":
            if product in open_:
                if open_[product] == e["key"]:
                    continue
                state["additions"].setdefault(product, []).append(ago)
                state["pyramids"].add(product)
            open_[product] = e["key"]
            state["entries"].append(ago)
            state["last"][product] = ago
        elif e["kind"] == "exit":
            kind = "stop" if e["reason"] == "stop_loss" else "exit"
            state["left"][product] = {"ago": ago, "kind": kind}
            state["exits"].append(ago)
        else:
            open_.pop(product, None)
            state["pyramids"].discard(product)
            left = state["left"].get(product)
            if left and left["kind"] != "stop" and e["amount"]:
                left["kind"] = "win" if e["amount"] > 0 else "loss"
            elif left and left["kind"] != "stop":
                left["kind"] = "exit"
            if e["amount"] < 0:
                state["streak"] += 1
            elif e["amount"] > 0:
                state["streak"] = 0
    return state


def scenario(rng):
    money = ["USD"] if rng.random() < 0.7 else ["USD", "USDT", "USDC"]
    products = [f"{code}-{rng.choice(money)}" for code in CODES]
    loose = rng.random() < 0.6
    second = 10**9
    nlv = rng.randrange(1_000, 100_000) * ONE + rng.randrange(ONE)
    exposures = {p: rng.randrange(1, nlv // 8) for p in products if rng.random() < 0.3}
    spans = lambda most: 0 if loose else rng.randrange(most) * second
    themes = {p: rng.sample(["L1", "MEME"], rng.randint(0, 2)) for p in products}
    policy = {
        "quote_age": 15 * second, "spacing": spans(300), "product_spacing": spans(900),
        "cooldown": {k: spans(3_000) for k in ("stop", "win", "loss", "exit")},
        "per_hour": 50 if loose else rng.randint(1, 4),
        "both_per_hour": None if rng.random() < 0.5 else rng.randint(1, 9),
        "per_day": 90 if loose else rng.randint(1, 6),
        "strategy_trades": {"a": rng.randint(1, 3)} if rng.random() < 0.4 else {},
        "positions": rng.randint(2, 9), "new_positions": rng.randint(1, 5),
        "pyramid": None if rng.random() < 0.5 else {
            "spacing": rng.choice([0, 90_000]) * second, "per_day": rng.randint(1, 3), "positions": rng.randint(0, 2),
        },
        "taker": rng.choice([0, 6 * 10**15, 12 * 10**15]),
        "budget": {str(t): rng.randrange(0, 200) * 10**14 for t in (1, 2, 3)},
        "slip": rng.randrange(0, 100) * 10**14,
        "capital": rng.choice([10**9 * ONE, nlv // 2, nlv // 5]),
        "order": rng.randrange(20, 10_000) * ONE, "strategy_budget": {},
        "themes": themes, "theme_max": {}, "asset": ratio(rng, 0.01, 0.4),
        "position": ratio(rng, 0.01, 0.3), "total": ratio(rng, 0.1, 1.0),
        "tier_position": {str(t): ratio(rng, 0.01, 0.4) for t in (1, 2, 3)},
        "taken_below": rng.choice([0, 0, 200, 10**6]) * ONE, "work_min": rng.choice([0, 1, 90]) * ONE,
        "notional_min": rng.randrange(1, 100) * ONE, "position_min": ratio(rng, 0, 0.01),
        "daily_stop": ratio(rng, 0.01, 0.1), "weekly_stop": ratio(rng, 0.01, 0.2),
        "drawdown": ratio(rng, 0.01, 0.3), "streak": rng.randint(1, 5),
    }
    for name in ("L1", "MEME"):
        if rng.random() < 0.6:
            policy["theme_max"][name] = ratio(rng, 0.02, 0.5)
    if rng.random() < 0.5:
        policy["strategy_budget"]["a"] = ratio(rng, 0.05, 0.6)
    rates = {"USD": ONE}
    for coin in ("USDT", "USDC"):
        if rng.random() < 0.7:
            rates[coin] = rng.randrange(95, 104) * 10**16
    events = sorted(
        (event(rng, rng.choice(products)) for _ in range(rng.randint(0, 9))),
        key=lambda e: -e["ago"],
    )
    halts = []
    if rng.random() < 0.15:
        halts.append(rng.choice(["kill", "mismatch", "daily_stop", "weekly_stop", "drawdown",
                                 "loss_streak"]))
    halts += [f"spread {p}" for p in products if rng.random() < 0.08]
    quotes = {p: quote(rng, second) for p in products if rng.random() < 0.95}
    return {
        "policy": policy,
        "books": {
            "nlv": nlv, "exposure": sum(exposures.values()), "exposures": exposures,
            "cash": {m: rng.randrange(0, nlv) for m in money},
            "rates": rates, "strategies": {p: rng.choice(["a", "b"]) for p in exposures},
            "day": ratio(rng, -0.3, 0.1), "week": ratio(rng, -0.3, 0.1),
            "drawdown": ratio(rng, 0, 0.4),
        },
        "events": events, "halts": halts,
        "working": [
            {"product": p, "worst": rng.randrange(1, nlv // 10), "strategy": rng.choice(["a", "b"])}
            for p in products if rng.random() < 0.15
        ],
        "quotes": quotes,
        "rules": {p: rules(rng, q["bid"]) for p, q in quotes.items()},
        "quote_min": rng.randrange(1, 20) * ONE,
        # Now is half past noon, UTC.
        "hour": 1_800 * second, "day": 45_000 * second,
        "proposals": [
            {
                "product": p, "tier": rng.randint(1, 3), "size": ratio(rng, 0.000_1, 0.2),
                "conviction": rng.choice([0.25, 0.5, 0.75]), "strategy": rng.choice(["a", "b"]),
            }
            for p in rng.sample(products, rng.randint(1, 6))
        ],
    }


def quote(rng, second):
    """A bid and an ask off any grid, some basis points apart."""
    bid = rng.randrange(10**16, 10 ** rng.choice([19, 21, 23]))
    age = rng.choice([0, 5, 14, 15, 16]) * second if rng.random() < 0.2 else second
    return {"age": age, "bid": bid, "ask": bid + 1 + bid * rng.randrange(0, 80 * 10**6) // 10**10}


def rules(rng, bid):
    """Steps from what hardly rounds to what rounds much, measured by the price."""
    step = 10 ** rng.choice([12, 15, 16])
    return {"tick": max(bid // rng.choice([10**2, 10**4, 10**9]), 1), "step": step, "least": step * rng.randint(1, 50)}


def printable(value):
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return {name: printable(item) for name, item in value.items()}
    return [printable(item) for item in value]


rng = random.Random(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    case = scenario(rng)
    expect = Pass(case).run()
    print(json.dumps({"case": printable(case), "expect": expect}))
