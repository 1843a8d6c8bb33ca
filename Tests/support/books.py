"""What the ledger and the venue's own books say, and whether they agree."""
import collections
import contextlib
import decimal
import json
import sqlite3

decimal.getcontext().prec = 60


def books(state):
    """Fills and coins by the ledger and by the venue's own store."""
    with sqlite3.connect(f"file:{state}/ledger.sqlite?mode=ro", uri=True) as ledger:
        ours = ledger.execute("SELECT entry_id, price, quantity FROM fills ORDER BY id").fetchall()
        unfinished = ledger.execute(
            "SELECT COUNT(*) FROM orders WHERE state IN "
            "('intended','submitting','open','partially_filled','unknown')"
        ).fetchone()[0]
    with sqlite3.connect(f"file:{state}/paper.sqlite?mode=ro", uri=True) as paper:
        theirs = [json.loads(row[0]) for row in paper.execute("SELECT json FROM fills ORDER BY sequence")]
        resting = paper.execute("SELECT COUNT(*) FROM orders WHERE is_open = 1").fetchone()[0]
    theirs = [(f["entryID"], f["price"].split(" ")[0], f["quantity"]) for f in theirs]
    return ours, theirs, unfinished, resting


class Ledger:
    """The ledger, read between two runs."""

    def __init__(self, state):
        self.path = state / "ledger.sqlite"

    def rows(self, sql):
        # A connection that lingers would keep the disk from being taken away.
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def open_orders(self):
        try:
            return self.rows("SELECT client_order_id, state FROM orders WHERE state NOT IN "
                             "('filled', 'canceled', 'expired', 'rejected', 'denied')")
        except sqlite3.OperationalError:
            return [("?", "the ledger is busy")]


def exact(text):
    return decimal.Decimal(text.split(" ")[0])


def compare(sim, folder):
    """What the venue's truth and the ledger disagree about."""
    wrong = []
    truth, ledger = sim.truth(), Ledger(folder / "state")
    instance = ledger.rows("SELECT value FROM meta WHERE name = 'instance'")[0][0]
    known = {row[0] for row in ledger.rows("SELECT client_order_id FROM orders")}
    seen = collections.Counter(order["client_order_id"] for order in truth["orders"])
    for name, count in seen.items():
        if not name.startswith(f"v-{instance}-") or name not in known:
            wrong.append(f"lost: order {name} is not in the ledger")
        if count > 1:
            wrong.append(f"duplicate: order {name} stands {count} times at the venue")
    # What was wanted of one decision, against everything that was bought or sold for it.
    filled = collections.defaultdict(decimal.Decimal)
    names = {order["order_id"]: order["client_order_id"] for order in truth["orders"]}
    for fill in truth["fills"]:
        filled[names[fill["order_id"]]] += exact(fill["size"])
    parents = dict(ledger.rows("SELECT client_order_id, parent_id FROM intents"))
    wanted = {name: exact(json.loads(terms)["limit"]["quantity"])
              for name, terms in ledger.rows("SELECT client_order_id, terms FROM intents")}
    chains = collections.defaultdict(decimal.Decimal)
    for name, amount in filled.items():
        root = name
        while parents.get(root):
            root = parents[root]
        chains[root] += amount
    for root, amount in chains.items():
        if root in wanted and amount > wanted[root]:
            wrong.append(f"duplicate: {amount} was filled for {root}, which wanted {wanted[root]}")
    venue = collections.Counter(fill["entry_id"] for fill in truth["fills"])
    ours = collections.Counter(row[0] for row in ledger.rows("SELECT entry_id FROM fills"))
    wrong += [f"lost: fill {name}" for name in venue - ours] + [f"doubled: fill {name}" for name in ours - venue]
    wrong += drift(truth, ledger)
    for name, state in ledger.open_orders():
        wrong.append(f"open: {name} is {state} after an end in order")
    for order in truth["orders"]:
        if order["status"] in ("OPEN", "PENDING", "CANCEL_QUEUED"):
            wrong.append(f"open: {order['client_order_id']} is {order['status']} at the venue")
    return wrong


def drift(truth, ledger):
    """Cash and coins by the ledger's own rows, against the venue's balances."""
    held = collections.defaultdict(decimal.Decimal)
    for currency, amount in ledger.rows("SELECT currency, amount FROM flows"):
        held[currency] += exact(amount)
    for currency, amount in ledger.rows("SELECT currency, amount FROM externals"):
        held[currency] += exact(amount)
    for product, side, price, quantity, fee in ledger.rows("SELECT product, side, price, quantity, fee FROM fills"):
        base, quote = product.split("-")
        sign = 1 if side == "buy" else -1
        held[base] += sign * exact(quantity)
        held[quote] -= sign * exact(price) * exact(quantity) + exact(fee)
    wrong = []
    for row in truth["balances"]:
        total = exact(row["available"]) + exact(row["hold"])
        if held.pop(row["currency"], decimal.Decimal(0)) != total:
            wrong.append(f"drift: {row['currency']} differs from the venue's {total}")
    return wrong + [f"drift: {name} {amount} is not at the venue" for name, amount in held.items() if amount]
