#!/usr/bin/env python3
"""An independent reading of what fills mean, to be compared with Vigil's to the last digit.

Prints random days, one line a step, and after each day what it must come to:

  F side kind product price quantity fee trade   a fill (or its reversal)
  M amount                                       a deposit or withdrawal in USD
  Q product bid                                  a quote, followed by a look at the books
  = realised unrealised fees cash nlv drawdown product:quantity:cost:fees ...

The rules: average cost; both fees; a sale takes its share of cost and entry fees, rounded down at
10^-18, the last one all that is left; notionals round at 10^-18 against us; net value is cash plus
positions at the bid less the taker fee of leaving, rounded up; the peak moves with flows.
"""
import random
import sys

ONE = 10**18
TAKER = 12 * 10**15  # 1.2 %


def mul(a, b, up=False):
    product = a * b
    return -(-product // ONE) if up else product // ONE


def text(raw):
    sign, raw = ("-", -raw) if raw < 0 else ("", raw)
    whole, part = divmod(raw, ONE)
    tail = f".{part:018d}".rstrip("0") if part else ""
    return f"{sign}{whole}{tail}"


class Books:
    def __init__(self):
        self.cash = self.realised = self.fees = self.flows = 0
        self.held = {}
        self.bids = {}
        self.peak = None
        self.drawdown = 0

    def fill(self, side, product, price, quantity, fee):
        notional = mul(price, quantity, up=side == "buy")
        self.fees += fee
        if side == "buy":
            self.cash -= notional + fee
            q, c, f = self.held.get(product, (0, 0, 0))
            self.held[product] = (q + quantity, c + notional, f + fee)
            return
        self.cash += notional - fee
        q, c, f = self.held[product]
        whole = quantity == q
        cost = c if whole else c * quantity // q
        paid = f if whole else f * quantity // q
        self.realised += notional - fee - cost - paid
        if whole:
            del self.held[product]
        else:
            self.held[product] = (q - quantity, c - cost, f - paid)

    def flow(self, amount):
        """A flow is neither profit nor loss: the peak moves as the net value does."""
        before = self.value()[0]
        self.cash += amount
        after = before + amount
        if before > 0 and after > 0:
            self.peak = None if self.peak is None else self.peak * after // before
        else:
            self.peak = None

    def value(self):
        nlv, unrealised = self.cash, 0
        for product, (q, c, f) in self.held.items():
            value = mul(self.bids[product], q) if product in self.bids else c
            worth = value - mul(value, TAKER, up=True)
            nlv += worth
            unrealised += worth - c - f
        return nlv, unrealised

    def look(self):
        nlv, unrealised = self.value()
        if self.peak is None or nlv > self.peak:
            self.peak = nlv
        fall = (nlv - self.peak) * ONE
        # Towards zero, as a ratio of the peak.
        self.drawdown = -(abs(fall) // self.peak) if self.peak > 0 else 0
        return nlv, unrealised


def day(rng):
    books = Books()
    trades = 0
    amount = rng.randrange(1_000, 1_000_000) * ONE
    books.flow(amount)
    print("M", text(amount))
    for _ in range(rng.randint(5, 60)):
        choice = rng.random()
        product = rng.choice(["BTC-USD", "ETH-USD", "DOGE-USD"])
        price = rng.randrange(1, 10**7) * 10 ** rng.choice([16, 15, 12])
        if choice < 0.1:
            flow = rng.randrange(-500, 1_000) * ONE
            books.flow(flow)
            print("M", text(flow))
        elif choice < 0.4:
            books.bids[product] = price
            books.look()
            print("Q", product, text(price))
        else:
            held = books.held.get(product, (0, 0, 0))[0]
            sells = held > 0 and rng.random() < 0.5
            quantity = rng.randrange(1, 10**10) * 10 ** rng.choice([10, 8, 2])
            if sells:
                quantity = held if rng.random() < 0.3 else min(quantity, held)
            fee = mul(mul(price, quantity, up=not sells), rng.choice([6, 12]) * 10**15, up=True)
            side = "sell" if sells else "buy"
            trades += 1
            books.fill(side, product, price, quantity, fee)
            print("F", side, "fill", product, text(price), text(quantity), text(fee), f"t{trades}")
            if side == "buy" and rng.random() < 0.05:
                # The venue takes the purchase back: quantity, cost and fee as if it never was.
                q, c, f = books.held[product]
                notional = mul(price, quantity, up=True)
                books.cash += notional + fee
                books.fees -= fee
                rest = (q - quantity, c - notional, f - fee)
                if rest[0]:
                    books.held[product] = rest
                else:
                    del books.held[product]
                print("F", side, "reversal", product, text(price), text(quantity), text(fee), f"t{trades}")
    nlv, unrealised = books.look()
    held = [
        f"{p}:{text(q)}:{text(c)}:{text(f)}" for p, (q, c, f) in sorted(books.held.items())
    ]
    print("=", text(books.realised), text(unrealised), text(books.fees), text(books.cash), text(nlv),
          text(-books.drawdown), *held)


rng = random.Random(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    day(rng)
