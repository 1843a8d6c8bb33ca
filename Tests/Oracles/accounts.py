#!/usr/bin/env python3
"""An independent reading of what fills mean, to be compared with Vigil's to the last digit.

Prints random stories of some days, one line a step, and after each story what it must come to:

  T seconds                                      time goes on, counted from a Monday, 00:00 UTC
  F side kind product price quantity fee trade   a fill (or its reversal)
  M amount currency                              a deposit or withdrawal
  Q product bid                                  a quote, followed by a look at the books
  = realised unrealised fees cash nlv drawdown day week streak product:quantity:cost:fees ...
  L product bought sold quantity cost proceeds   a sale, lot by lot, first in, first out
  O product bought quantity cost                 a lot that is left

The rules: average cost; both fees; a sale takes its share of cost and entry fees, rounded down at
10^-18, the last one all that is left; notionals round at 10^-18 against us; net value is cash plus
positions at the bid less the taker fee of leaving, rounded up; what is in a stable coin counts at its
bid, a dollar before there is one; levels that losses are measured from move with flows as the net value
does; a day begins at its first look. A losing trade is a position that was closed with a loss.
"""
import random
import sys

ONE = 10**18
TAKER = 12 * 10**15  # 1.2 %
PRODUCTS = ["BTC-USD", "ETH-USD", "DOGE-USDT"]


def mul(a, b, up=False):
    q = abs(a) * abs(b)
    q = -(-q // ONE) if up else q // ONE
    return q if (a < 0) == (b < 0) else -q


def text(raw):
    sign, raw = ("-", -raw) if raw < 0 else ("", raw)
    whole, part = divmod(raw, ONE)
    tail = f".{part:018d}".rstrip("0") if part else ""
    return f"{sign}{whole}{tail}"


class Books:
    def __init__(self):
        self.cash = {"USD": 0, "USDT": 0}
        self.realised = {"USD": 0, "USDT": 0}
        self.fees = {"USD": 0, "USDT": 0}
        self.held, self.bids, self.level, self.period = {}, {}, {}, {}
        self.now = self.streak = self.drawdown = self.day = self.week = 0
        self.fills = []

    def rate(self, product):
        return self.bids.get("USDT-USD", ONE) if product.endswith("USDT") else ONE

    def usd(self, product, amount, up=False):
        return amount if product.endswith("USD") else mul(amount, self.rate(product), up)

    def fill(self, side, product, price, quantity, fee, trade):
        money = product.split("-")[1]
        notional = mul(price, quantity, up=side == "buy")
        self.fees[money] += fee
        self.fills.append([side, product, price, quantity, fee, trade, self.now])
        if side == "buy":
            self.cash[money] -= notional + fee
            q, c, f, r = self.held.get(product, (0, 0, 0, 0))
            self.held[product] = (q + quantity, c + notional, f + fee, r)
            return
        self.cash[money] += notional - fee
        q, c, f, r = self.held[product]
        whole = quantity == q
        cost = c if whole else c * quantity // q
        paid = f if whole else f * quantity // q
        gained = notional - fee - cost - paid
        self.realised[money] += gained
        if not whole:
            self.held[product] = (q - quantity, c - cost, f - paid, r + gained)
            return
        del self.held[product]
        if r + gained < 0:
            self.streak += 1
        elif r + gained > 0:
            self.streak = 0

    def undo(self, product, price, quantity, fee):
        """The venue takes the last purchase back: quantity, cost and fee as if it never was."""
        money = product.split("-")[1]
        q, c, f, r = self.held[product]
        notional = mul(price, quantity, up=True)
        self.cash[money] += notional + fee
        self.fees[money] -= fee
        self.fills.pop()
        if q == quantity:
            del self.held[product]
        else:
            self.held[product] = (q - quantity, c - notional, f - fee, r)

    def flow(self, amount, money):
        """A flow is neither profit nor loss: the levels move as the net value does."""
        before = self.value()[0]
        self.cash[money] += amount
        after = self.value()[0]
        if before > 0 and after > 0:
            self.level = {name: level * after // before for name, level in self.level.items()}
        else:
            self.level, self.period = {}, {}

    def value(self):
        nlv = self.cash["USD"] + self.usd("-USDT", self.cash["USDT"])
        unrealised = 0
        for product, (q, c, f, _) in self.held.items():
            mark = mul(self.bids[product], q) if product in self.bids else c
            mark = self.usd(product, mark)
            worth = mark - mul(mark, TAKER, up=True)
            nlv += worth
            unrealised += worth - self.usd(product, c + f, up=True)
        return nlv, unrealised

    def look(self):
        nlv, unrealised = self.value()
        if "peak" not in self.level or nlv > self.level["peak"]:
            self.level["peak"] = nlv
        for name, length in (("day", 86_400), ("week", 604_800)):
            if self.period.get(name) != self.now // length:
                self.period[name] = self.now // length
                self.level[name] = nlv
        self.drawdown = -self.change("peak", nlv)
        self.day, self.week = self.change("day", nlv), self.change("week", nlv)
        return nlv, unrealised

    def change(self, name, nlv):
        start = self.level[name]
        if start <= 0:
            return 0
        # Towards zero.
        size = abs(nlv - start) * ONE // start
        return size if nlv >= start else -size

    def total(self, amounts):
        return amounts["USD"] + self.usd("-USDT", amounts["USDT"])

    def lots(self):
        """First in, first out; the last part of a lot, and of a sale, takes all that is left."""
        lots, sales = {}, []
        for side, product, price, quantity, fee, trade, _ in self.fills:
            notional = mul(price, quantity, up=side == "buy")
            queue = lots.setdefault(product, [])
            if side == "buy":
                queue.append([trade, quantity, notional + fee])
                continue
            left, proceeds = quantity, notional - fee
            while left:
                lot = queue[0]
                part = min(left, lot[1])
                cost = lot[2] if part == lot[1] else lot[2] * part // lot[1]
                brought = proceeds
                if part != left:
                    size = abs(proceeds) * part // left
                    brought = size if proceeds >= 0 else -size
                sales.append((product, lot[0], trade, part, cost, brought))
                lot[1] -= part
                lot[2] -= cost
                left -= part
                proceeds -= brought
                if not lot[1]:
                    queue.pop(0)
        return sales, lots


def story(rng):
    books = Books()
    trades = 0
    for money in ("USD", "USDT"):
        amount = rng.randrange(1_000, 1_000_000) * ONE
        books.flow(amount, money)
        print("M", text(amount), money)
    for _ in range(rng.randint(5, 60)):
        books.now += rng.choice([60, 600, 7_200, 50_000])
        print("T", books.now)
        choice = rng.random()
        product = rng.choice(PRODUCTS)
        price = rng.randrange(1, 10**7) * 10 ** rng.choice([16, 15, 12])
        if choice < 0.1:
            flow, money = rng.randrange(-500, 1_000) * ONE, rng.choice(["USD", "USDT"])
            books.flow(flow, money)
            print("M", text(flow), money)
        elif choice < 0.4:
            if rng.random() < 0.2:
                product, price = "USDT-USD", rng.randrange(90, 110) * 10**16
            books.bids[product] = price
            books.look()
            print("Q", product, text(price))
        else:
            held = books.held.get(product, (0, 0, 0, 0))[0]
            sells = held > 0 and rng.random() < 0.5
            quantity = rng.randrange(1, 10**10) * 10 ** rng.choice([10, 8, 2])
            if sells:
                quantity = held if rng.random() < 0.3 else min(quantity, held)
            fee = mul(mul(price, quantity, up=not sells), rng.choice([6, 12]) * 10**15, up=True)
            side = "sell" if sells else "buy"
            trades += 1
            name = f"t{trades}"
            books.fill(side, product, price, quantity, fee, name)
            print("F", side, "fill", product, text(price), text(quantity), text(fee), name)
            if side == "buy" and rng.random() < 0.05:
                books.undo(product, price, quantity, fee)
                print("F", side, "reversal", product, text(price), text(quantity), text(fee), name)
    nlv, unrealised = books.look()
    held = [
        f"{p}:{text(q)}:{text(c)}:{text(f)}" for p, (q, c, f, _) in sorted(books.held.items())
    ]
    print("=", text(books.total(books.realised)), text(unrealised), text(books.total(books.fees)),
          text(books.total(books.cash)), text(nlv), text(books.drawdown), text(books.day),
          text(books.week), books.streak, *held)
    sales, lots = books.lots()
    for product, bought, sold, quantity, cost, brought in sales:
        print("L", product, bought, sold, text(quantity), text(cost), text(brought))
    for product in sorted(lots):
        for bought, quantity, cost in lots[product]:
            print("O", product, bought, text(quantity), text(cost))
    print(".")


rng = random.Random(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    story(rng)
