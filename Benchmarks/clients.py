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


def row(name, value, unit, limit, least):
    good = value >= limit if least else value <= limit
    print(f"{name:<58} {value:12,.1f} {unit:<6} {'least' if least else 'most '} {limit:11,.1f}  {'ok' if good else 'MISSED'}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("build")
    parser.add_argument("--listen", type=int, default=20, help="seconds with 300 products (600 for the whole proof)")
    options = parser.parse_args()
    os.environ["COINBASE_SIM"] = options.build + "/coinbase-sim"
    from bench import bare_commits
    from support.sim import Sim

    def bench(mode, sim=None, *arguments):
        where = [] if sim is None else ["--port", str(sim.secure), "--tls-dir", str(sim.tls)]
        said = subprocess.run([options.bench, mode, *where, *arguments], capture_output=True, text=True, cwd=ROOT)
        if said.returncode != 0:
            raise SystemExit(f"{mode}: {said.stderr[-600:]}")
        return json.loads(said.stdout)

    good = []
    decoded = bench("decode")
    good.append(row("level2 decode and book update, one core", decoded["updates_per_second"], "/s", 3e6, True))
    good.append(row(f"a snapshot of {decoded['snapshot_megabytes']:.1f} MB, applied", decoded["snapshot_ms"], "ms", 40, False))
    passed = bench("pass")
    good.append(row("risk pass, 50 proposals, 20 positions, 50 open orders, p50", passed["p50_us"], "us", 50, False))
    print(f"{'    p99':<58} {passed['p99_us']:12,.1f} us")
    with Sim("--products", "3", "--no-rate-limit", "--cash", "USD=1000000") as sim, tempfile.TemporaryDirectory(dir=ROOT) as folder:
        plain = bench("wire", sim)
        good.append(row("tick to wire, nothing stored, p50", plain["p50_us"], "us", 150, False))
        print(f"{'    p99':<58} {plain['p99_us']:12,.1f} us")
        bare = bare_commits(folder, 500)[494] * 1e6
        stored = bench("wire", sim, "--ledger", folder, "--count", "90")
        good.append(row("tick to wire, intent durable, p50 (twice a commit's p99)", stored["p50_us"], "us", 2 * bare, False))
        print(f"{'    p99':<58} {stored['p99_us']:12,.1f} us")
    with Sim("--products", "300", "--speed", "2", "--no-rate-limit") as sim:
        heard = bench("listen", sim, "--seconds", str(options.listen))
        rate = heard["messages_per_second"]
        good.append(row("300 products, messages", rate, "/s", 2_000, True))
        good.append(row("    CPU at 2,000 of them, of one core", heard["cpu_percent"] * 2_000 / rate, "%", 10, False))
        good.append(row("    memory", heard["resident_megabytes"], "MB", 120, False))
        good.append(row(f"    growth over {options.listen} s", heard["growth_megabytes"], "MB", 3, False))
        good.append(row("    losses", heard["losses"], "", 0, False))
    compare(Sim, bench)
    sys.exit(0 if all(good) else 1)


def compare(sim_type, bench):
    print(f"\n{'the same calls and the same subscription':<34} {'requests/s':>12} {'CPU ms each':>12} {'messages/s':>12} {'CPU %':>8}"
          f" {'CPU us each':>12}")
    with sim_type("--products", "60", "--speed", "30", "--no-rate-limit") as sim:
        truth = json.loads(sim.raw("/api/v3/brokerage/market/products")[2])
        products = [product["product_id"] for product in truth["products"]]
        ours, heard = bench("requests", sim), bench("listen", sim, "--products", "60", "--bare", "--seconds", "8")
        table = {"vigil (keeps books and candles)": (ours["per_second"], ours["cpu_ms_each"], heard["messages_per_second"], heard["cpu_percent"])}
        for name, shown in [("sdk", "official SDK 1.8.4 (keeps none)"), ("ccxt", "ccxt 4.5.90 (books)")]:
            table[shown] = (*other(name, "requests", sim, products, 3), *other(name, "listen", sim, products, 8))
    for name, (rate, each, messages, cpu) in table.items():
        print(f"{name:<34} {rate:12,.0f} {each:12.2f} {messages:12,.0f} {cpu:8.1f} {cpu * 1e4 / max(messages, 1):12.1f}")


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
