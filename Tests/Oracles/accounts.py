#!/usr/bin/env python3
"""An independent reading of what fills mean, to be compared with Vigil's to the last digit.

Prints random stories of some days, one line a step, and after each story what it must come to:

  T seconds                                      time goes on, counted from a Monday, 00:00 UTC
  F side kind product price quantity fee trade stop target   a fill (or its reversal) with its plan
  M amount currency                              a deposit or withdrawal
  Q product bid                                  a quote, followed by a look at the books
  = realised unrealised fees cash nlv drawdown day week dollars of the day and of the week, streak
    product:quantity:cost:fees:realised:stop:target:opened ...
  L product bought sold quantity cost proceeds   a sale, lot by lot, first in, first out
  O product bought quantity cost                 a lot that is left

The rules: average cost; both fees; a sale takes its share of cost and entry fees, rounded down at
10^-18, the last one all that is left; notionals round at 10^-18 against us; net value is cash plus
positions at the bid less the taker fee of leaving, rounded up; what is in a stable coin counts at its
bid, a dollar before there is one; levels that losses are measured from move with flows as the net value
does; a day begins at its first look. A losing trade is a position that was closed with a loss.

A position is as old as its first purchase. Its stop and target stand by its average price and the plan of
its last purchase, both rounded up, and move with a purchase or with what is taken back, not with a sale. A
reversal makes its trade as if it never was: what was sold is held again, at what it had cost; a position
that was closed by then goes on, as one with what was bought since.
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


class Trade:
    """A position from its first purchase to its end, and beyond where a sale is taken back."""

    def __init__(self, opened):
        self.quantity = self.cost = self.fees = self.realised = self.stop = self.target = 0
        self.opened, self.plan, self.mixed = opened, None, False

    def place(self):
        """Stop and target where the average price puts them; what cost nothing keeps the old ones."""
        if self.cost > 0:
            average = self.cost * ONE // self.quantity
            self.stop = mul(average, ONE - self.plan[0], up=True)
            self.target = mul(average, ONE + self.plan[1], up=True)


class Books:
    def __init__(self):
        self.cash = {"USD": 0, "USDT": 0}
        self.realised = {"USD": 0, "USDT": 0}
        self.fees = {"USD": 0, "USDT": 0}
        self.held, self.bids, self.level, self.period = {}, {}, {}, {}
        self.now = self.streak = self.drawdown = self.day = self.week = 0
        self.fills, self.sales = [], {}
        # What the day and the week began with in dollars, which no flow moves, and what was paid in since.
        self.began, self.opening, self.paid = {}, {}, {"day": 0, "week": 0}

    def rate(self, product):
        return self.bids.get("USDT-USD", ONE) if product.endswith("USDT") else ONE

    def usd(self, product, amount, up=False):
        return amount if product.endswith("USD") else mul(amount, self.rate(product), up)

    def fill(self, side, product, price, quantity, fee, trade, plan):
        money = product.split("-")[1]
        notional = mul(price, quantity, up=side == "buy")
        self.fees[money] += fee
        self.fills.append([side, product, price, quantity, fee, trade, self.now])
        if side == "buy":
            self.cash[money] -= notional + fee
            held = self.held.setdefault(product, Trade(self.now))
            held.quantity += quantity
            held.cost += notional
            held.fees += fee
            held.plan = plan
            held.place()
            return
        self.cash[money] += notional - fee
        held = self.held[product]
        whole = quantity == held.quantity
        cost = held.cost if whole else held.cost * quantity // held.quantity
        paid = held.fees if whole else held.fees * quantity // held.quantity
        gained = notional - fee - cost - paid
        self.realised[money] += gained
        held.realised += gained
        held.quantity -= quantity
        held.cost -= cost
        held.fees -= paid
        self.sales[trade] = (held, cost, paid, gained)
        if not whole:
            return
        del self.held[product]
        if held.realised < 0:
            self.streak += 1
        elif held.realised > 0:
            self.streak = 0

    def forget(self, trade):
        self.fills = [fill for fill in self.fills if fill[5] != trade]

    def undo_purchase(self, product, price, quantity, fee, trade):
        """The venue takes the last purchase back: quantity, cost and fee as if it never was."""
        money = product.split("-")[1]
        notional = mul(price, quantity, up=True)
        self.cash[money] += notional + fee
        self.fees[money] -= fee
        self.forget(trade)
        held = self.held[product]
        held.quantity -= quantity
        held.cost -= notional
        held.fees -= fee
        if held.quantity:
            held.place()
        else:
            del self.held[product]

    def undo_sale(self, product, price, quantity, fee, trade):
        """The venue takes a sale back: its trade goes on, with whatever was bought since."""
        money = product.split("-")[1]
        notional = mul(price, quantity)
        sold, cost, paid, gained = self.sales.pop(trade)
        now = self.held.get(product)
        self.cash[money] -= notional - fee
        self.fees[money] -= fee
        self.realised[money] -= gained
        self.forget(trade)
        sold.realised -= gained
        sold.quantity += quantity
        sold.cost += cost
        sold.fees += paid
        if now and now is not sold:
            sold.quantity += now.quantity
            sold.cost += now.cost
            sold.fees += now.fees
            sold.realised += now.realised
            sold.plan, sold.opened = now.plan, min(sold.opened, now.opened)
            sold.mixed = now.mixed = True
        self.held[product] = sold
        sold.place()

    def flow(self, amount, money):
        """A flow is neither profit nor loss: the levels move as the net value does."""
        before = self.value()[0]
        self.cash[money] += amount
        after = self.value()[0]
        for name in self.paid:
            self.paid[name] += after - before
        if before > 0 and after > 0:
            self.level = {name: level * after // before for name, level in self.level.items()}
        else:
            self.level, self.period = {}, {}

    def value(self):
        nlv = self.cash["USD"] + self.usd("-USDT", self.cash["USDT"])
        unrealised = 0
        for product, held in self.held.items():
            mark = mul(self.bids[product], held.quantity) if product in self.bids else held.cost
            mark = self.usd(product, mark)
            worth = mark - mul(mark, TAKER, up=True)
            nlv += worth
            unrealised += worth - self.usd(product, held.cost + held.fees, up=True)
        return nlv, unrealised

    def look(self):
        nlv, unrealised = self.value()
        if "peak" not in self.level or nlv > self.level["peak"]:
            self.level["peak"] = nlv
        for name, length in (("day", 86_400), ("week", 604_800)):
            if self.period.get(name) != self.now // length:
                self.period[name] = self.now // length
                self.level[name] = nlv
            if self.began.get(name) != self.now // length:
                self.began[name], self.opening[name], self.paid[name] = self.now // length, nlv, 0
        self.dollars = [nlv - self.opening[name] - self.paid[name] for name in ("day", "week")]
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
    trades, sold = 0, []
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
            held = books.held[product].quantity if product in books.held else 0
            sells = held > 0 and rng.random() < 0.5
            quantity = rng.randrange(1, 10**10) * 10 ** rng.choice([10, 8, 2])
            if sells:
                quantity = held if rng.random() < 0.3 else min(quantity, held)
            fee = mul(mul(price, quantity, up=not sells), rng.choice([6, 12]) * 10**15, up=True)
            side = "sell" if sells else "buy"
            trades += 1
            name = f"t{trades}"
            # Such as 3 % and 5 %, or hardly anything.
            plan = (rng.randrange(1, 10**6) * 10**11, rng.randrange(1, 10**6) * 10**12)
            books.fill(side, product, price, quantity, fee, name, plan)
            told = [product, text(price), text(quantity), text(fee), name, *map(text, plan)]
            print("F", side, "fill", *told)
            if side == "buy" and rng.random() < 0.1:
                books.undo_purchase(product, price, quantity, fee, name)
                print("F", side, "reversal", *told)
            if side == "sell":
                sold.append((product, price, quantity, fee, name, told))
            # Where two trades became one, nothing more of either is taken back.
            sold = [row for row in sold if not books.sales[row[4]][0].mixed]
            if sold and rng.random() < 0.08:
                *row, told = sold.pop(rng.randrange(len(sold)))
                books.undo_sale(*row)
                print("F sell reversal", *told)
    nlv, unrealised = books.look()
    held = [
        ":".join([p, *map(text, (t.quantity, t.cost, t.fees, t.realised, t.stop, t.target)), str(t.opened)])
        for p, t in sorted(books.held.items())
    ]
    print("=", text(books.total(books.realised)), text(unrealised), text(books.total(books.fees)),
          text(books.total(books.cash)), text(nlv), text(books.drawdown), text(books.day),
          text(books.week), *map(text, books.dollars), books.streak, *held)
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
