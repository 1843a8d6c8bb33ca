#!/usr/bin/env python3
"""Writes cases of exact arithmetic, computed by Python's decimal: op, a, b, c, rounding, result.

A result is a decimal string, or the word error. The arithmetic under test is fixed point at 10^-18 in
a signed 128-bit integer: what does not fit must be refused.
"""
import decimal
import random
import sys

decimal.getcontext().prec = 120
D = decimal.Decimal
UNIT = D(10) ** -18
LIMIT = D(2**127 - 1) * UNIT
MODES = {
    "down": decimal.ROUND_DOWN,
    "up": decimal.ROUND_UP,
    "halfEven": decimal.ROUND_HALF_EVEN,
}


def plain(value):
    text = format(value.normalize(), "f")
    return "0" if D(text) == 0 else text


def bounded(value):
    return plain(value) if abs(value) <= LIMIT else "error"


def number(rng):
    digits = rng.randint(0, 20)
    whole = str(rng.randrange(10**digits)) if digits else "0"
    places = rng.choice([0, 0, 1, 2, 8, 15, 16, 17, 18])
    text = whole + ("." + "".join(rng.choice("0123456789") for _ in range(places)) if places else "")
    return ("-" if rng.random() < 0.3 else "") + text


def case(rng):
    op = rng.choice(["parse", "parse", "scale", "scale", "scale", "snap", "add"])
    mode = rng.choice(list(MODES))
    a, b, c = number(rng), number(rng), number(rng)
    if op == "parse":
        if rng.random() < 0.2:
            a = rng.choice([".5", "1.", "+1", "1e3", " 1", "", "-", "--1", "1_0", "0x1", "NaN", "1.2.3", "1.0000000000000000001", "1.0000000000000000000", "-0", "00.5", "١"])
            try:
                value = D(a)
                legal = all(ch in "0123456789.-" for ch in a) and a.count(".") <= 1
                body = a.lstrip("-")
                legal = legal and len(a) - len(body) <= 1 and body[:1].isdigit() and body[-1:].isdigit()
                exact = value == value.quantize(UNIT) if value.is_finite() else False
                return op, a, "0", "0", mode, bounded(value) if legal and exact else "error"
            except decimal.InvalidOperation:
                return op, a, "0", "0", mode, "error"
        return op, a, "0", "0", mode, bounded(D(a))
    if any(bounded(D(x)) == "error" for x in (a, b, c)):
        return case(rng)
    if op == "add":
        return op, a, b, "0", mode, bounded(D(a) + D(b))
    if op == "scale":
        if D(c) == 0:
            return op, a, b, c, mode, "error"
        return op, a, b, c, mode, bounded((D(a) * D(b) / D(c)).quantize(UNIT, MODES[mode]))
    step = abs(D(b)) or D(1)
    if step == 0:
        return case(rng)
    return op, a, plain(step), "0", mode, bounded((D(a) / step).quantize(D(1), MODES[mode]) * step)


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print("\t".join(case(rng)))


main()
