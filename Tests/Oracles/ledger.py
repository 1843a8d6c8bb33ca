#!/usr/bin/env python3
"""ledger.py STATE [--planted]: an independent reading of a ledger against its audit log and against the paper venue's own store.

Prints one line for everything that does not agree, and at last how much was compared. It knows the formats and nothing
of the code that writes them: the chain is hashed anew from the bytes, positions and money are added up from the fills. With `--planted` it breaks copies of
the state, each in one way, and tells which breakages it did not see.
"""
import collections
import datetime
import hashlib
import json
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
from fractions import Fraction

LIFE = {
    "intended": {"submitting", "denied", "canceled", "rejected"},
    "submitting": {"open", "partially_filled", "filled", "rejected", "unknown", "canceled", "expired"},
    "unknown": {"open", "partially_filled", "filled", "canceled", "expired", "rejected", "absent"},
    "open": {"partially_filled", "filled", "canceled", "expired", "unknown", "rejected"},
    "partially_filled": {"partially_filled", "filled", "canceled", "expired", "unknown", "rejected"},
}
FINAL = {"filled", "canceled", "expired", "rejected", "denied", "absent"}


def rows(path, sql):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(sql)]


def nanoseconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    return int(seconds) * 10**9 + int((part or "0").ljust(9, "0"))


def audit(folder):
    """The lines of the chain, and what is wrong with it."""
    wrong, lines, before, last = [], [], "0" * 64, 0
    for path in sorted(folder.glob("audit-*.jsonl")):
        for raw in path.read_bytes().splitlines():
            line = json.loads(raw)
            body = re.sub(rb',"hash":"[0-9a-f]{64}"}$', b"}", raw)
            if hashlib.sha256(body).hexdigest() != line["hash"]:
                wrong.append(f"audit line {line['seq']}: its hash is not that of its bytes")
            if line["prev"] != before or line["seq"] != last + 1:
                wrong.append(f"audit line {line['seq']}: does not follow line {last}")
            before, last = line["hash"], line["seq"]
            lines.append(line)
    return lines, wrong


def amount(text):
    return Fraction(text)


def same(name, ours, theirs):
    """One line for each that is on one side alone, or more often there."""
    ours, theirs = collections.Counter(ours), collections.Counter(theirs)
    for row in (ours - theirs):
        yield f"{name} in the ledger alone: {row}"
    for row in (theirs - ours):
        yield f"{name} in the audit log alone: {row}"


def fills_agree(ledger, lines):
    keys = ("entry_id", "client_order_id", "product", "side", "price", "quantity", "fee", "role", "kind")
    ours = [tuple(str(row[key]) for key in keys) + (row["occurred_at"],)
            for row in rows(ledger, "SELECT * FROM fills")]
    theirs = []
    for line in lines:
        if line["kind"] == "fill":
            fill = line["fill"]
            theirs.append((fill["entryID"], fill["clientOrderID"], fill["product"], fill["side"], fill["price"],
                           fill["quantity"], fill["fee"], fill["role"], fill["kind"], fill["occurredAt"]))
    def plain(row):
        numbers = [str(amount(str(row[i]).split()[0])) for i in (4, 5, 6)]
        at = row[9] if isinstance(row[9], int) else nanoseconds(row[9])
        return (*row[:4], *numbers, *row[7:9], at)
    yield from same("fill", map(plain, ours), map(plain, theirs))


def notes_agree(ledger, lines):
    flows = [(str(amount(row["amount"])), row["currency"], row["reason"], row["at"])
             for row in rows(ledger, "SELECT * FROM flows")]
    told = []
    for line in lines:
        if line["kind"] == "flow":
            number, currency = line["note"]["amount"].split()
            told.append((str(amount(number)), currency, line["note"]["reason"], nanoseconds(line["at"])))
    yield from same("flow", flows, told)
    cycles = [(row["run_id"], row["cycle"], row["at"]) for row in rows(ledger, "SELECT * FROM cycles")]
    decided = [(line["run_id"], line["decision"]["cycle"], nanoseconds(line["decision"]["at"]))
               for line in lines if line["kind"] == "decision"]
    yield from same("cycle", cycles, decided)
    halts = rows(ledger, "SELECT * FROM halts")
    raised = [(f"{row['reason']} {row['product']}" if row["product"] else row["reason"], row["detail"])
              for row in halts if row["detail"] != ""]
    # A halt that goes on is told again with its newest detail, and keeps its one row.
    said, open_at = [], {}
    for line in lines:
        if line["kind"] == "halt":
            reason, detail = line["note"]["reason"], line["note"].get("detail", "")
            if reason in open_at:
                said[open_at[reason]] = (reason, detail)
            else:
                open_at[reason] = len(said)
                said.append((reason, detail))
        elif line["kind"] == "halt_cleared":
            open_at.pop(line["note"]["reason"], None)
    yield from same("halt", [row for row in raised if row[0] != "recovering"],
                    [row for row in said if row[0] != "recovering"])


def orders_agree(ledger):
    """Every order went one way of its life, and was filled by what its fills say."""
    filled = collections.defaultdict(Fraction)
    for row in rows(ledger, "SELECT * FROM fills"):
        sign = -1 if row["kind"] == "reversal" else 1
        filled[row["client_order_id"]] += sign * amount(row["quantity"])
    steps = collections.defaultdict(list)
    for row in rows(ledger, "SELECT * FROM transitions ORDER BY id"):
        steps[row["client_order_id"]].append((row["from_state"], row["to_state"]))
    states = {row["client_order_id"]: row["state"] for row in rows(ledger, "SELECT * FROM orders")}
    intents = {row["client_order_id"] for row in rows(ledger, "SELECT client_order_id FROM intents")}
    for name, state in states.items():
        here = "intended"
        for before, after in steps[name]:
            if before != here or after not in LIFE.get(before, set()):
                yield f"order {name}: {before} to {after}, and it was {here}"
            here = after
        if here != state:
            yield f"order {name}: is {state}, its steps end at {here}"
        if state == "filled" and not filled[name]:
            yield f"order {name}: filled without a fill"
        if name not in intents:
            yield f"order {name}: nobody meant it"


def money_agrees(ledger, paper):
    """What flows and fills add up to is what the venue's own books hold."""
    sums = collections.defaultdict(Fraction)
    for row in rows(ledger, "SELECT * FROM flows"):
        sums[row["currency"]] += amount(row["amount"])
    unit = Fraction(1, 10**18)
    for row in rows(ledger, "SELECT * FROM fills"):
        base, quote = row["product"].split("-")
        price, quantity = amount(row["price"]), amount(row["quantity"])
        buys = row["side"] == "buy"
        # Rounded at eighteen places against us.
        gross = price * quantity / unit
        gross = (-(-gross.numerator // gross.denominator) if buys else gross.numerator // gross.denominator) * unit
        sign = -1 if row["kind"] == "reversal" else 1
        sums[base] += sign * (quantity if buys else -quantity)
        sums[quote] += sign * ((-gross if buys else gross) - amount(row["fee"].split()[0]))
    held = {}
    for row in rows(paper, "SELECT * FROM accounts"):
        account = json.loads(row["json"])
        held[row["currency"]] = sum(amount(account[part].split()[0]) for part in ("available", "onHold"))
    for currency in sorted(set(sums) | set(held)):
        if sums[currency] != held.get(currency, 0):
            yield (f"{currency}: flows and fills make {float(sums[currency])}, "
                   f"the venue has {float(held.get(currency, 0))}")


def differences(state):
    ledger, paper = state / "ledger.sqlite", state / "paper.sqlite"
    lines, wrong = audit(state / "audit")
    head = rows(ledger, "SELECT value FROM meta WHERE name = 'audit_head'")[0]["value"]
    if head != f"{lines[-1]['seq']} {lines[-1]['hash']}":
        wrong.append(f"the ledger's head of the chain is {head}, its last line is {lines[-1]['seq']}")
    wrong += fills_agree(ledger, lines)
    wrong += notes_agree(ledger, lines)
    wrong += orders_agree(ledger)
    wrong += money_agrees(ledger, paper)
    fills = len(rows(ledger, "SELECT id FROM fills"))
    orders = len(rows(ledger, "SELECT client_order_id FROM orders"))
    return wrong, f"compared {len(lines)} lines, {orders} orders, {fills} fills: {len(wrong)} differences"


SOME_FILL = "(SELECT max(id) FROM fills)"
PLANTED = {
    "a fill is lost": f"DELETE FROM fills WHERE id = {SOME_FILL}",
    "a fill is recorded twice": "INSERT INTO fills SELECT id + 100000, entry_id || 'x', trade_id, client_order_id, "
                                f"product, side, price, quantity, fee, role, kind, occurred_at, recorded_at FROM fills "
                                f"WHERE id = {SOME_FILL}",
    "a fee is smaller": f"UPDATE fills SET fee = '0.01 USD' WHERE id = {SOME_FILL}",
    "a price differs in its last digit": f"UPDATE fills SET price = price || '1' WHERE id = {SOME_FILL}",
    "a purchase is a sale": f"UPDATE fills SET side = CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END "
                            f"WHERE id = {SOME_FILL}",
    "a fill is later": f"UPDATE fills SET occurred_at = occurred_at + 1 WHERE id = {SOME_FILL}",
    "a deposit is larger": "UPDATE flows SET amount = '10000.01' WHERE id = 1",
    "a deposit is lost": "DELETE FROM flows WHERE id = 1",
    "a cycle is lost": "DELETE FROM cycles WHERE cycle = 2",
    "an order's end is another one": "UPDATE orders SET state = 'canceled' WHERE state = 'filled'",
    "a step of an order is lost": "DELETE FROM transitions WHERE from_state = 'intended'",
    "an order goes back": "INSERT INTO transitions SELECT id + 100000, client_order_id, 'filled', 'open', fact, at, "
                          "evidence FROM transitions WHERE to_state = 'filled'",
    "an order was never meant": "DELETE FROM intents",
    "a halt is lost": "DELETE FROM halts WHERE reason != 'recovering'",
    "the head is an earlier one": "UPDATE meta SET value = '1 ' || value WHERE name = 'audit_head'",
}


LOG = {
    "a line of the log is changed at its end": lambda lines: [lines[0].replace(b'"seq":1', b'"seq":1 ')] + lines[1:],
    "a line of the log is lost": lambda lines: lines[:3] + lines[4:],
    "two lines of the log are swapped": lambda lines: lines[:3] + [lines[4], lines[3]] + lines[5:],
    "the log ends early": lambda lines: lines[:-1],
}


def planted(state):
    """The breakages that nothing above has seen."""
    for name in [*PLANTED, *LOG]:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "state"
            shutil.copytree(state, copy)
            if name in PLANTED:
                database = sqlite3.connect(copy / "ledger.sqlite")
                database.execute(PLANTED[name])
                database.commit()
                database.close()
            else:
                log = next((copy / "audit").glob("audit-*.jsonl"))
                log.write_bytes(b"\n".join(LOG[name](log.read_bytes().splitlines())) + b"\n")
            try:
                wrong, _ = differences(copy)
            except (ValueError, KeyError):
                continue
            if not wrong:
                yield f"not seen: {name}"


def main():
    state = pathlib.Path(sys.argv[1])
    if "--planted" in sys.argv:
        missed = list(planted(state))
        print("\n".join(missed + [f"planted {len(PLANTED) + len(LOG)}, missed {len(missed)}"]))
        return
    wrong, compared = differences(state)
    print("\n".join(wrong + [compared]))


if __name__ == "__main__":
    main()
