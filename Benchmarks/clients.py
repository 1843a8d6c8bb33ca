#!/usr/bin/env python3
"""clients.py FEED-BENCH BINARIES: Vigil's Coinbase side against its limits, and beside the official SDK and ccxt.

Run by ./dev bench with the interpreter that has the other clients. All speak to the same coinbase-sim on the
same two cores, so that ratios of one run mean something and the figures themselves little.
"""
import argparse
import asyncio
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Tests"), str(ROOT / "Tests/Conformance")]


def sdk(mode, sim, products, seconds):
    """The official Python SDK, unmodified; keeps no book, so that its figure is a lower bound of its cost."""
    from coinbase.websocket import WSClient

    name, secret = sim.key()
    if mode == "requests":
        client = sim.client()
        client.get_api_key_permissions()
        return count(lambda: client.get_api_key_permissions(), seconds)
    seen, lock = [0], threading.Lock()

    def on_message(text):
        json.loads(text)  # as its own response types do
        with lock:
            seen[0] += 1

    client = WSClient(api_key=name, api_secret=secret, base_url=f"wss://127.0.0.1:{sim.secure}", on_message=on_message,
                      max_size=1 << 26)
    client.open()
    client.subscribe(products, ["heartbeats", "level2"])
    time.sleep(3)
    first, cpu = seen[0], time.process_time()
    time.sleep(seconds)
    result = (seen[0] - first) / seconds, (time.process_time() - cpu) / seconds * 100
    os._exit(print(json.dumps(result), flush=True) or 0)


def ccxt(mode, sim, products, seconds):
    """ccxt and ccxt.pro as a bot uses them, over plain sockets."""
    import ccxt as plain
    import ccxt.pro

    from test_ccxt import options

    if mode == "requests":
        venue = plain.coinbase(options(sim))
        venue.enableRateLimit = False
        venue.v3PrivateGetBrokerageKeyPermissions()
        return count(lambda: venue.v3PrivateGetBrokerageKeyPermissions(), seconds)

    async def listen():
        venue = ccxt.pro.coinbase(options(sim))
        venue.has["fetchCurrencies"] = False
        await venue.load_markets()
        symbols = [product.replace("-", "/") for product in products]
        seen = 0

        async def one(symbol):
            nonlocal seen
            while True:
                await venue.watch_order_book(symbol)
                seen += 1
        tasks = [asyncio.create_task(one(symbol)) for symbol in symbols]
        await asyncio.sleep(4)
        first, cpu = seen, time.process_time()
        await asyncio.sleep(seconds)
        print(json.dumps(((seen - first) / seconds, (time.process_time() - cpu) / seconds * 100)), flush=True)
        os._exit(0 if tasks else 1)

    asyncio.run(listen())


def count(ask, seconds):
    number, cpu, end = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        ask()
        number += 1
    print(json.dumps((number / seconds, (time.process_time() - cpu) * 1e3 / number)), flush=True)


def other(name, mode, sim, products, seconds):
    """One of the other clients in a process of its own: two figures."""
    said = subprocess.run([sys.executable, __file__, "--client", name, mode, str(sim.secure), str(sim.plain), str(sim.folder),
                           ",".join(products), str(seconds)], capture_output=True, text=True, timeout=120)
    if said.returncode != 0:
        raise SystemExit(f"{name} {mode}: {said.stderr[-600:]}")
    return json.loads(said.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("build")
    parser.add_argument("--listen", type=int, default=20, help="seconds with 300 products (600 for the whole proof)")
    parser.add_argument("--smoke", action="store_true", help="everything once, in small, nothing judged")
    options = parser.parse_args()
    os.environ["COINBASE_SIM"] = options.build + "/coinbase-sim"
    import yardsticks
    from support.sim import Sim

    listened, products = (2, 20) if options.smoke else (options.listen, 300)

    def bench(mode, sim=None, *arguments):
        where = [] if sim is None else ["--port", str(sim.secure), "--tls-dir", str(sim.tls)]
        said = subprocess.run([options.bench, mode, *where, *arguments], capture_output=True, text=True, cwd=ROOT)
        if said.returncode != 0:
            raise SystemExit(f"{mode}: {said.stderr[-600:]}")
        return json.loads(said.stdout)

    report = yardsticks.Report(not options.smoke)
    stick, memory = yardsticks.work(), yardsticks.interpreter(1)[1]
    print(f"yardsticks: {stick:.2f} CPU-s of Python work, an idle Python of {memory / 1e6:.1f} MB")
    decoded = bench("decode")
    rate = decoded["updates_per_second"]
    report.row("level2 decode and book update, one core", rate, "/s", rate * stick / 1e6, "million a Python work", least=0.6)
    spent = decoded["snapshot_ms"]
    report.row(f"a snapshot of {decoded['snapshot_megabytes']:.1f} MB, applied", spent, "ms", spent / 1e3 / stick, "Python works",
               most=0.2)
    passed = bench("pass")
    for part in ("p50", "p99"):
        spent = passed[f"{part}_us"]
        report.row(f"risk pass, 50 proposals, 20 positions, 50 open, {part}", spent, "us", spent / 1e3 / stick, "Python works / 1,000",
                   most=0.3 if part == "p50" else None)
    with Sim("--products", "3", "--no-rate-limit", "--cash", "USD=1000000") as sim, tempfile.TemporaryDirectory(dir=ROOT) as folder:
        plain = bench("wire", sim, "--count", "20" if options.smoke else "200")
        for part in ("p50", "p99"):
            spent = plain[f"{part}_us"]
            report.row(f"tick to wire, nothing stored, {part}", spent, "us", spent / 1e3 / stick, "Python works / 1,000",
                       most=0.8 if part == "p50" else None)
        bare = yardsticks.commits(folder, 500)[494] * 1e6
        stored = bench("wire", sim, "--ledger", folder, "--count", "20" if options.smoke else "90")
        for part in ("p50", "p99"):
            spent = stored[f"{part}_us"]
            report.row(f"tick to wire, intent durable, {part}", spent, "us", spent / bare, "a bare commit's p99",
                       most=2 if part == "p50" else None)
    with Sim("--products", products, "--speed", "2", "--no-rate-limit") as sim:
        heard = bench("listen", sim, "--products", str(products), "--seconds", str(listened))
        rate = heard["messages_per_second"]
        print(f"{products} products: {rate:,.0f} messages a second")
        each = heard["cpu_percent"] / 100 / rate * 1e6
        report.row("    CPU of a message", each, "us", each / 1e3 / stick, "Python works / 1,000", most=0.25)
        held = heard["resident_megabytes"]
        report.row("    memory", held, "MB", held * 1e6 / memory, "idle Pythons", most=13)
        growth = heard["growth_megabytes"]
        report.row(f"    growth over {listened} s", growth, "MB", growth / held, "of the memory", most=0.03)
        report.row("    losses", heard["losses"], "", heard["losses"], "", most=0)
    compare(Sim, bench, report, 1 if options.smoke else 8)
    report.end()


def compare(sim_type, bench, report, seconds):
    print(f"\n{'the same calls and the same subscription':<34} {'requests/s':>12} {'CPU ms each':>12} {'messages/s':>12} {'CPU %':>8}"
          f" {'CPU us each':>12}")
    with sim_type("--products", "60", "--speed", "30", "--no-rate-limit") as sim:
        truth = json.loads(sim.raw("/api/v3/brokerage/market/products")[2])
        products = [product["product_id"] for product in truth["products"]]
        ours, heard = bench("requests", sim), bench("listen", sim, "--products", "60", "--bare", "--seconds", str(seconds))
        table = {"vigil (keeps books and candles)": (ours["per_second"], ours["cpu_ms_each"], heard["messages_per_second"], heard["cpu_percent"])}
        for name, shown in [("sdk", "official SDK 1.8.4 (keeps none)"), ("ccxt", "ccxt 4.5.90 (books)")]:
            table[shown] = (*other(name, "requests", sim, products, min(seconds, 3)), *other(name, "listen", sim, products, seconds))
    for name, (rate, each, messages, cpu) in table.items():
        print(f"{name:<34} {rate:12,.0f} {each:12.2f} {messages:12,.0f} {cpu:8.1f} {cpu * 1e4 / max(messages, 1):12.1f}")
    ours, theirs = table["vigil (keeps books and candles)"], table["official SDK 1.8.4 (keeps none)"]
    report.row("CPU of a request", ours[1], "ms", ours[1] / theirs[1], "of the official SDK's", most=0.5)
    ours, theirs = ours[3] / max(ours[2], 1), theirs[3] / max(theirs[2], 1)
    # It keeps no book, and so does less.
    report.row("CPU of a message", ours * 1e4, "us", ours / theirs, "of the official SDK's")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        from support.sim import Sim

        _, _, client, mode, secure, plain, folder, products, seconds = sys.argv
        running = Sim.__new__(Sim)
        running.secure, running.plain, running.folder = int(secure), int(plain), pathlib.Path(folder)
        running.tls, running.ca = running.folder / "tls", str(running.folder / "tls/ca.pem")
        {"sdk": sdk, "ccxt": ccxt}[client](mode, running, products.split(","), int(seconds))
    else:
        main()
