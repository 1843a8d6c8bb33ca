#!/usr/bin/env python3
"""venue.py FILE: an independent reading of the paper venue's matching, holds, fees and balances.

FILE holds a story, one event a line; for each line one line is printed: what the owner of the orders is
told, then every open order with its place in the queue and its hold, then every balance. All numbers are
integers in units of 10^-18.
"""
import sys

ONE = 10**18
PROTECTION = 300 * ONE // 10_000


def down(a, b, by):
    return a * b // by


def up(a, b, by):
    return -(-a * b // by)


def notional(price, quantity, side):
    return (up if side == "buy" else down)(price, quantity, ONE)


class Order:
    def __init__(self, name, product, side, kind, terms):
        self.name, self.product, self.side, self.kind, self.terms = name, product, side, kind, terms
        self.filled, self.status, self.ahead, self.held = 0, "open", 0, 0
        self.limit = self.stop = self.remaining = self.sequence = self.rates = None
        self.ends = None

    def reaches(self, price):
        return price <= self.limit if self.side == "buy" else price >= self.limit

    def opposite(self, venue):
        return venue.books[self.product]["asks" if self.side == "buy" else "bids"] \
            if self.product in venue.books else []


class Venue:
    def __init__(self):
        self.products, self.books, self.last, self.status = {}, {}, {}, {}
        self.orders, self.open, self.rows = {}, {}, {}
        self.sequence, self.fees, self.now = 0, (0, 0), 0

    def row(self, currency):
        return self.rows.setdefault(currency, {"available": 0, "hold": 0, "market": 0, "fees": 0})

    # What an order must be like

    def refused(self, order):
        rules, status = self.products[order.product], self.status[order.product]
        kind, terms = order.kind, order.terms
        may = {"online": True, "post_only": kind == "limit" and terms["post"],
               "limit_only": kind in ("limit", "stop")}.get(status, False)
        if not may:
            return "PRODUCT_NOT_TRADABLE"
        if kind in ("limit", "stop"):
            if terms["price"] % rules["tick"] or terms["price"] == 0:
                return "INVALID_PRICE_PRECISION"
            if terms["quantity"] % rules["increment"]:
                return "INVALID_SIZE_PRECISION"
            worth = down(terms["price"], terms["quantity"], ONE)
            if worth < rules["quoteMin"] or terms["quantity"] < rules["baseMin"]:
                return "INVALID_SIZE_TOO_SMALL"
        book = self.books.get(order.product, {"asks": [], "bids": []})
        if kind == "limit":
            if terms["force"] == "gtt" and terms["end"] <= self.now:
                return "END_TIME_IS_IN_THE_PAST"
            touch = book["asks"][:1] if order.side == "buy" else book["bids"][:1]
            order.limit = terms["price"]
            if terms["post"] and touch and order.reaches(touch[0][0]):
                return "INVALID_LIMIT_PRICE_POST_ONLY"
        if kind == "stop":
            if terms["stop"] % rules["tick"] or terms["stop"] == 0:
                return "INVALID_PRICE_PRECISION"
            last = self.last.get(order.product)
            if last is not None and self.wakes(order, last):
                return "STOP_PRICE_WRONG_SIDE"
        if kind == "base":
            if terms["quantity"] % rules["increment"]:
                return "INVALID_SIZE_PRECISION"
            if terms["quantity"] < rules["baseMin"]:
                return "INVALID_SIZE_TOO_SMALL"
        if kind == "quote":
            if order.side == "sell":
                return "PRODUCT_NOT_TRADABLE"
            if terms["amount"] % rules["quoteIncrement"]:
                return "INVALID_SIZE_PRECISION"
            if terms["amount"] < rules["quoteMin"]:
                return "INVALID_SIZE_TOO_SMALL"
        return None

    @staticmethod
    def wakes(order, price):
        stop = order.terms["stop"]
        return price >= stop if order.terms["direction"] == "rising" else price <= stop

    # Arrival

    def submit(self, order):
        if order.name in self.orders:
            known = self.orders[order.name]
            return [f"A {known.name} {known.status} {known.filled}"]
        reason = self.refused(order)
        if reason is None and not self.draft(order):
            reason = "PRODUCT_NOT_TRADABLE"
        if reason is None and order.stop is None and self.crosses_own(order):
            reason = "SELF_TRADE_PREVENTED"
        if reason is None and order.terms.get("force") == "fok":
            reachable = sum(q for p, q in order.opposite(self) if order.reaches(p))
            if reachable < order.remaining:
                reason = "FOK_NOT_FILLABLE"
        if reason is None and not self.hold(order, order.held):
            reason = "INSUFFICIENT_FUND"
        if reason:
            return [f"R {order.name} {reason}"]
        self.orders[order.name] = order
        self.sequence += 1
        told = [f"A {order.name} open 0"]
        if order.stop is None:
            told += self.take(order)
        return told + self.settle(order)

    def draft(self, order):
        kind, terms = order.kind, order.terms
        order.rates, order.sequence = self.fees, self.sequence + 1
        if kind in ("limit", "stop"):
            order.limit, order.remaining, order.stop = terms["price"], terms["quantity"], terms.get("stop")
            order.ends = terms["end"] if terms.get("force") == "gtt" else None
        else:
            touch = order.opposite(self)[:1]
            if not touch:
                return False
            order.limit = down(touch[0][0], ONE + PROTECTION, ONE) if order.side == "buy" \
                else up(touch[0][0], ONE - PROTECTION, ONE)
            order.remaining = terms["quantity"] if kind == "base" else up(terms["amount"], ONE, order.limit)
        order.held = self.needed(order, order.limit, order.remaining)
        return True

    def needed(self, order, price, quantity):
        if order.kind == "quote":
            return order.terms["amount"]
        if order.side == "sell":
            return quantity
        worth = up(price, quantity, ONE)
        rests = order.kind == "limit" and order.terms["post"]
        return worth + up(worth, self.fees[0] if rests else max(self.fees), ONE)

    def money(self, order):
        base, quote = order.product.split("-")
        return quote if order.side == "buy" else base

    def hold(self, order, amount):
        row = self.row(self.money(order))
        if row["available"] < amount:
            return False
        row["available"] -= amount
        row["hold"] += amount
        return True

    def release(self, order):
        row = self.row(self.money(order))
        row["available"] += order.held
        row["hold"] -= order.held
        order.held = 0

    def crosses_own(self, order):
        return any(other.side != order.side and other.stop is None and order.reaches(other.limit)
                   for other in self.open.get(order.product, []))

    # Trading

    def wanted(self, order, price):
        if order.kind != "quote":
            return order.remaining
        # What a quote-sized order buys is paid out of what it holds: roundings included, never more.
        gross = up(price, ONE + order.rates[1], ONE)
        return down(max(order.held - 3, 0), ONE, gross) // 100 * 100

    def take(self, order):
        told = []
        while True:
            levels = order.opposite(self)
            if not levels or not order.reaches(levels[0][0]):
                return told
            price, shown = levels[0]
            quantity = min(self.wanted(order, price), shown)
            if quantity == 0:
                return told
            self.consume(levels, quantity)
            told += self.book(order, quantity, price, "taker")
            if order.status == "filled":
                return told

    @staticmethod
    def consume(levels, quantity):
        levels[0][1] -= quantity
        if levels[0][1] == 0:
            levels.pop(0)

    def book(self, order, quantity, price, role):
        self.sequence += 1
        gross = notional(price, quantity, order.side)
        fee = up(gross, order.rates[role == "taker"], ONE)
        if order.side == "buy" and 0 <= order.held - gross < fee <= order.held - gross + 1000:
            fee = order.held - gross
        base, quote = order.product.split("-")
        coins, cash = self.row(base), self.row(quote)
        if order.side == "buy":
            cash["hold"] -= gross + fee
            cash["market"] += gross
            coins["available"] += quantity
            coins["market"] -= quantity
            order.held -= gross + fee
        else:
            coins["hold"] -= quantity
            coins["market"] += quantity
            cash["available"] += gross - fee
            cash["market"] -= gross
            order.held -= quantity
        cash["fees"] += fee
        order.remaining = max(0, order.remaining - quantity)
        order.filled += quantity
        done = self.wanted(order, price) == 0 if order.kind == "quote" else order.remaining == 0
        if done:
            order.status = "filled"
        return [f"F {order.name} {price} {quantity} {fee} {role}"]

    def settle(self, order):
        rests = order.kind == "stop" or order.terms.get("force") in ("gtc", "gtt")
        if order.status == "filled" or not rests:
            if order.status != "filled":
                order.status = "canceled"
            self.release(order)
            return [self.state(order)]
        order.ahead = 0 if order.stop is not None else self.displayed(order)
        self.open.setdefault(order.product, []).append(order)
        return [self.state(order)] if order.filled else []

    @staticmethod
    def state(order):
        return f"U {order.name} {order.status} {order.filled}"

    def displayed(self, order):
        book = self.books.get(order.product)
        if book is None:
            return 0
        levels = book["bids" if order.side == "buy" else "asks"]
        for price, shown in levels:
            if price == order.limit:
                return shown
        if not levels:
            return 0
        last, shown = levels[-1]
        beyond = order.limit < last if order.side == "buy" else order.limit > last
        return shown if beyond else 0

    def resting(self, product, side):
        """Best price first, then first come."""
        found = [o for o in self.open.get(product, []) if o.stop is None and o.side == side]
        sign = -1 if side == "buy" else 1
        return sorted(found, key=lambda o: (sign * o.limit, o.sequence))

    def fill_resting(self, order, quantity):
        told = self.book(order, quantity, order.limit, "maker")
        if order.status == "filled":
            self.open[order.product].remove(order)
            self.release(order)
        return told + [self.state(order)]

    def new_book(self, product, bids, asks):
        self.books[product] = {"bids": bids, "asks": asks}
        told = []
        both = self.resting(product, "buy") + self.resting(product, "sell")
        for order in both:
            order.ahead = min(order.ahead, self.displayed(order))
            while order.status == "open":
                levels = order.opposite(self)
                if not levels or not order.reaches(levels[0][0]):
                    break
                quantity = min(order.remaining, levels[0][1])
                self.consume(levels, quantity)
                told += self.fill_resting(order, quantity)
        return told

    def trade(self, product, price, quantity, maker):
        self.last[product] = price
        told, left, external = [], quantity, 0
        for order in self.resting(product, maker):
            if not order.reaches(price):
                continue
            if order.limit == price and external < order.ahead:
                waits = min(left, order.ahead - external)
                left -= waits
                external += waits
            filled = min(order.remaining, left)
            left -= filled
            if order.limit == price:
                order.ahead = max(0, order.ahead - external)
            if filled:
                told += self.fill_resting(order, filled)
        for order in list(self.open.get(product, [])):
            if order.stop is None or not self.wakes(order, price):
                continue
            order.stop = None
            self.open[product].remove(order)
            if self.crosses_own(order):
                order.status = "canceled"
                self.release(order)
                told.append(self.state(order))
                continue
            told += self.take(order)
            told += self.settle(order) or [self.state(order)]
        return told

    # Changes and ends

    def end(self, order, status):
        self.open[order.product].remove(order)
        order.status = status
        self.release(order)
        return [self.state(order)]

    def standing(self):
        return [order for product in sorted(self.open) for order in self.open[product]]

    def amend(self, name, price, quantity):
        old = next((o for o in self.standing() if o.name == name), None)
        if old is None or old.kind != "limit":
            return [f"N {name} PRODUCT_NOT_TRADABLE"]
        new = Order(name, old.product, old.side, "limit", {**old.terms, "price": price, "quantity": quantity})
        reason = self.refused(new)
        new.limit, new.filled, new.ends = price, old.filled, old.ends
        new.rates, new.ahead = self.fees, old.ahead
        if reason is None and quantity <= old.filled:
            reason = "INVALID_SIZE_TOO_SMALL"
        if reason:
            return [f"N {name} {reason}"]
        new.remaining = quantity - old.filled
        new.held = self.needed(new, price, new.remaining)
        keeps = price == old.terms["price"] and new.remaining <= old.remaining
        new.sequence = old.sequence if keeps else self.sequence + 1
        if self.crosses_own(new):
            return [f"N {name} SELF_TRADE_PREVENTED"]
        held = old.held
        self.release(old)
        if not self.hold(new, new.held):
            old.held = held
            self.hold(old, held)
            return [f"N {name} INSUFFICIENT_FUND"]
        place = self.open[old.product].index(old)
        self.open[old.product].remove(old)
        self.orders[name] = new
        self.sequence += 1
        if keeps:
            self.open[old.product].insert(place, new)
            return [self.state(new)]
        return [self.state(new)] + self.take(new) + self.settle(new)

    def handle(self, line):
        sign, *rest = line.split()
        if sign == "P":
            name, tick, increment, quote, base_min, quote_min = rest
            self.products[name] = {"tick": int(tick), "increment": int(increment), "baseMin": int(base_min),
                                   "quoteIncrement": int(quote), "quoteMin": int(quote_min)}
            self.status[name] = "online"
        elif sign == "D":
            self.row(rest[0])["available"] += int(rest[1])
        elif sign == "$":
            self.fees = (int(rest[0]), int(rest[1]))
        elif sign == "N":
            self.now = int(rest[0])
        elif sign == "S":
            self.status[rest[0]] = rest[1]
        elif sign == "B":
            bids, asks = ([[int(n) for n in level.split(":")] for level in side.split(",") if level != "-"]
                          for side in rest[1:])
            return self.new_book(rest[0], bids, asks)
        elif sign == "T":
            return self.trade(rest[0], int(rest[1]), int(rest[2]), rest[3])
        elif sign == "C":
            order = next((o for o in self.standing() if o.name == rest[0]), None)
            return self.end(order, "canceled") if order else []
        elif sign == "A":
            return self.amend(rest[0], int(rest[1]), int(rest[2]))
        elif sign == "X":
            orders = sorted((o for o in self.standing() if o.side == rest[0]), key=lambda o: o.sequence)
            return [told for order in orders for told in self.end(order, "canceled")]
        elif sign == "E":
            self.now = int(rest[0])
            late = [o for o in self.standing() if o.ends is not None and o.ends <= self.now]
            return [told for order in late for told in self.end(order, "expired")]
        elif sign == "O":
            name, product, side, kind, *fields = rest
            terms = dict(field.split("=") for field in fields)
            for key in ("price", "quantity", "end", "stop", "amount"):
                if key in terms:
                    terms[key] = int(terms[key])
            terms["post"] = terms.get("post") == "1"
            return self.submit(Order(name, product, side, kind, terms))
        return []

    def seen(self):
        orders = [f"{o.name}:{o.filled}:{o.ahead}:{o.held}"
                  for o in sorted(self.standing(), key=lambda o: o.sequence)]
        rows = [f"{currency}:{row['available']}:{row['hold']}:{row['market']}:{row['fees']}"
                for currency, row in sorted(self.rows.items())
                if any(row.values())]
        return " ".join(orders) + " | " + " ".join(rows)


def main():
    venue = Venue()
    with open(sys.argv[1], encoding="utf-8") as story:
        for line in story:
            told = venue.handle(line)
            print("; ".join(told) + " | " + venue.seen())


if __name__ == "__main__":
    main()
