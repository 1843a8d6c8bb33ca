#!/usr/bin/env python3
"""Breaks Vigil on purpose, one breakage at a time, and shows which test notices.

    ./dev mutants [NAME ...]

A mutant is a line that is wrong while the environment names it, in a copy of the sources that
Tests/Mutants/hooks is put into. The tests of the cores are asked first; a breaker that is off is shown to its own drill. A mutant
that nothing notices is a hole in the tests.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = f"{ROOT}/.build/mutants/debug"

CHECKS = {
    "HALTED": "a halt stops no entry", "DAILY_STOP": "the day's stop stops no entry",
    "WEEKLY_STOP": "the week's stop stops no entry", "DRAWDOWN": "a fall stops no entry",
    "LOSS_STREAK": "losses in a row stop no entry", "BREAKER": "a product's breaker stops no entry",
    "NO_QUOTE": "a quote may be of any age", "WORKING_ENTRY": "a product is entered twice at once",
    "TRADE_SPACING": "entries are not spaced", "PRODUCT_SPACING": "a product's entries are not spaced",
    "PRODUCT_COOLDOWN": "a product does not cool down", "HOURLY_COUNT": "any number of entries an hour",
    "HOURLY_TRADES": "any number of trades an hour", "DAILY_COUNT": "any number of entries a day",
    "STRATEGY_TRADES": "any number of entries of a strategy", "OPEN_POSITIONS": "any number of positions",
    "NEW_POSITIONS": "any number of new positions", "ALREADY_HELD": "what is held is bought again",
    "PYRAMID_SPACING": "additions are not spaced", "PYRAMID_COUNT": "any number of additions a day",
    "PYRAMID_POSITIONS": "any position may be added to", "ORDER_SIZE": "an order of any size",
    "STRATEGY_BUDGET": "a strategy without a budget", "THEME": "a theme without a cap",
    "ASSET_SIZE": "an asset without a cap", "POSITION_SIZE": "a position without a cap",
    "TOTAL_AT_RISK": "no cap on everything together", "CAPITAL_FENCE": "no fence around the capital",
    "CASH": "more is spent than there is", "BELOW_MINIMUM": "an order that is too small",
}

BREAKERS = [
    "ledger", "audit", "metrics", "disk_low", "memory", "mismatch", "connectivity", "api_errors",
    "rate_limited", "clock_skew", "rejection_burst", "exception_burst", "depeg", "universe",
    "daily_stop", "weekly_stop", "drawdown", "loss_streak", "product_status", "feed_gap",
    "quote_stale", "candle_stale", "price_outlier", "volatility", "spread",
]

OTHERS = {
    "risk.order_matters": "proposals of equal conviction are looked at as they come",
    "risk.slip_forgotten": "the worst price is the one that was seen",
    "risk.size_beyond_fence": "sizes are taken of all money, not of what may be used",
    "halt.lost_at_restart": "a restart forgets the halts",
    "halt.ends_at_once": "what time clears is cleared at once",
    "halt.entries_go_on": "Execution does not hear of halts",
    "breaker.errors_never_forgotten": "an answer does not end a row of errors",
    "stop.ends_with_price": "a better price lifts the day's stop",
    "use.working_ignored": "working entries use nothing",
    "use.granted_ignored": "what was granted before in the pass uses nothing",
    "use.unknown_is_gone": "an order of unknown fate uses nothing",
    "count.each_fill_an_entry": "every fill counts as an entry",
    "count.first_entry_adds": "the first entry counts as an addition",
    "count.no_result": "a cooldown does not know whether the trade won",
    "books.fee_left_out": "the entry's fee costs nothing",
    "books.part_takes_all_cost": "a part that is sold takes the whole cost",
    "books.reversal_pays_again": "a reversal pays the fee again",
    "books.each_sale_closes": "every sale counts as a closed trade",
    "books.external_is_ours": "what was there before is not told apart",
    "levels.peak_follows": "the peak follows the value down",
    "levels.day_never_ends": "a new day begins at the old level",
    "levels.week_never_ends": "a new week begins at the old level",
    "levels.flow_is_profit": "a deposit counts as profit",
    "value.at_the_ask": "positions are valued at the ask",
    "value.leaving_is_free": "leaving a position costs nothing",
    "value.coin_is_dollar": "a stable coin is always a dollar",
    "lots.last_in_first_out": "the last lot is sold first",
    "route.no_fallback": "an exit that rested does not take in the end",
    "unknown.listings_at_once": "three listings at one moment prove an order absent",
    "permit.no_certificate": "LIVE needs nothing that vouches for it",
    "permit.key_may_transfer": "a key that may take money out is good for LIVE",
    "size.regime_forgotten": "the market's weather does not change sizes",
}


def mutants():
    for code, text in CHECKS.items():
        yield f"check_off.{code}", text, None
    for name in BREAKERS:
        yield f"breaker_off.{name}", f"the breaker `{name}` is off", name
    for name, text in OTHERS.items():
        yield name, text, None


def tests(mutant, only):
    """The first test that fails; nil where all pass."""
    command = [
        f"{BUILD}/vigilPackageTests.xctest", "--testing-library", "swift-testing", "--filter", only
    ]
    environment = {**os.environ, "VIGIL_MUTANT": mutant, "SWIFT_BACKTRACE": "enable=no"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)
    found = re.search(r'Test "(.*)" (?:with .*)?recorded an issue|Test (.*) recorded an issue',
                      run.stdout + run.stderr)
    if found:
        return (found[1] or found[2]).strip('"')
    return None if run.returncode == 0 else f"exit {run.returncode}"


def drill(mutant, name):
    command = [f"{BUILD}/vigil", "drill", name, "--config", f"{ROOT}/config"]
    environment = {**os.environ, "VIGIL_MUTANT": mutant}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    failed = re.search(r"^FAIL (.*)$", run.stdout, re.M)
    return f"drill {name}: {failed[1]}" if failed else None


def kill(mutant):
    name, text, drilled = mutant
    if drilled:
        return name, text, drill(name, drilled)
    by = tests(name, "VigilCoreTests") or tests(name, "ExternalHoldings|EngineSimulation")
    return name, text, by or next(filter(None, (drill(name, each) for each in BREAKERS)), None)


def main():
    wanted = sys.argv[1:]
    chosen = [m for m in mutants() if not wanted or any(word in m[0] for word in wanted)]
    unbroken = tests("", "VigilCoreTests")
    if unbroken:
        sys.exit(f"the tests fail without any mutant: {unbroken}")
    survivors = 0
    print("| mutant | what is broken | noticed by |\n| --- | --- | --- |")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, text, by in pool.map(kill, chosen):
            survivors += by is None
            print(f"| `{name}` | {text} | {by or '**nothing**'} |", flush=True)
    print(f"\n{len(chosen)} mutants, {survivors} survived")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
