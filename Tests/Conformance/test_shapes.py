#!/usr/bin/env python3
"""The venue's answers have the keys and types of real recordings.

`shapes.json` holds the keys and types of bodies that were recorded from Coinbase by others, without their
values. Where the recordings are at hand (`VIGIL_COINBASE_FIXTURES`, or beside the checkout), it is compared
with them too; `WRITE_SHAPES=1` writes it anew from them.
"""
import asyncio
import json
import logging
import os
import pathlib
import sys
import unittest

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support.processes import eventually  # noqa: E402
from support.sim import Sim, client_id  # noqa: E402

logging.disable(logging.CRITICAL)
SHAPES = pathlib.Path(__file__).with_name("shapes.json")
FIXTURES = pathlib.Path(os.environ.get("VIGIL_COINBASE_FIXTURES", ROOT.parent / "shared/coinbase/fixtures"))


def shape(value):
    """Keys and types of a value; a list has the shape of all its elements together."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        merged = None
        for each in value:
            merged = shape(each) if merged is None else merge(merged, shape(each))
        return [merged] if merged is not None else []
    if value is None:
        return "null"
    return {bool: "bool", int: "number", float: "number", str: "string"}[type(value)]


def merge(left, right):
    if isinstance(left, dict) and isinstance(right, dict):
        return {key: merge(left.get(key, right.get(key)), right.get(key, left.get(key))) for key in {**left, **right}}
    if isinstance(left, list) and isinstance(right, list):
        return left or right
    return right if left == "null" else left


def differences(real, ours, path=""):
    """What is missing or of another type in ours."""
    if "null" in (real, ours):
        return []
    if isinstance(real, dict) and isinstance(ours, dict):
        found = []
        for key, value in real.items():
            found += differences(value, ours[key], f"{path}.{key}") if key in ours else [f"{path}.{key} is missing"]
        return found
    if isinstance(real, list) and isinstance(ours, list):
        return differences(real[0], ours[0], path + "[]") if real and ours else []
    return [] if real == ours else [f"{path}: {ours} instead of {real}"]


def extras(real, ours, path=""):
    if isinstance(real, dict) and isinstance(ours, dict):
        return [line for key in ours for line in
                (extras(real[key], ours[key], f"{path}.{key}") if key in real else [f"{path}.{key}"])]
    if isinstance(real, list) and isinstance(ours, list) and real and ours:
        return extras(real[0], ours[0], path + "[]")
    return []


# What was recorded, where it lies in a recording, and how to have the same of ours.
RECORDED = {
    "product 2026-04": ("live/naut_http_product.json", [], lambda v: v.get("/products/BTC-USD")),
    "products 2026-04": ("live/naut_http_products.json", ["products"], lambda v: v.get("/products")["products"]),
    "futures 2026-04": ("live/naut_http_products_future.json", ["num_products"],
                        lambda v: v.get("/products?product_type=FUTURE")["num_products"]),
    "book 2026-04": ("live/naut_http_product_book.json", [], lambda v: v.get("/product_book?product_id=BTC-USD&limit=5")),
    "public book 2024-10": ("live/jk_GetOrderBook.json", ["body"], lambda v: v.get("/market/product_book?product_id=BTC-USD&limit=1")),
    "trades 2026-04": ("live/naut_http_ticker.json", [], lambda v: eventually(
        lambda: (found := v.get("/products/BTC-USD/ticker?limit=3"))["trades"] and found)),
    "candles 2026-04": ("live/naut_http_candles.json", [], lambda v: v.get("/products/BTC-USD/candles?granularity=ONE_HOUR")),
    "fees 2025": ("live/jk_GetFeeInfo2.json", ["body"], lambda v: v.get("/transaction_summary")),
    "market order 2022-11": ("live/dart_market_order.json", [], lambda v: v.order(v.bought)),
    "open order 2022-11": ("live/dart_open_order.json", [], lambda v: v.order(v.resting)),
    "order 2023-01": ("ccxt/rest_fetch_order_1.json", ["body", "order"], lambda v: v.order(v.resting)),
    "accounts 2023": ("ccxt/rest_fetch_accounts_v3_1.json", ["body"], lambda v: v.get("/accounts")),
    "created 2023": ("ccxt/rest_create_order_1.json", ["body", "success_response"], lambda v: v.created["success_response"]),
    "fills 2023-01": ("ccxt/rest_fetch_my_trades_1.json", ["body"], lambda v: v.get(f"/orders/historical/fills?order_id={v.bought}")),
    "cancel 2023": ("ccxt/rest_cancel_orders_1.json", ["body"], lambda v: v.post("/orders/batch_cancel", {"order_ids": ["x"]})),
    "refusal for funds": ("errors/200_insufficient_fund.json", ["body"], lambda v: v.refused),
    "401": ("errors/401_unauthorized.json", ["body"], lambda v: v.sim.raw("/api/v3/brokerage/accounts")[2].decode()),
    "404 order": ("errors/404_order.json", ["body"], lambda v: v.failure("/orders/historical/nothing")),
    "404 path": ("errors/404_path.json", ["body"], lambda v: v.failure("/nothing")),
    "404 product": ("errors/404_product.json", ["body"], lambda v: v.failure("/products/NOPE-USD")),
    "400 candles": ("errors/400_candles_range.json", ["body"],
                    lambda v: v.failure("/products/BTC-USD/candles?granularity=ONE_MINUTE&start=0&end=999999")),
    "level2 snapshot 2026-09": ("ws/live_2026_l2_snapshot.json", [], lambda v: v.frame("level2", "l2_data")),
    "level2 acknowledged 2026-09": ("ws/live_2026_ack_level2.json", [], lambda v: v.frame("level2", "subscriptions")),
    "heartbeat 2026-09": ("ws/live_2026_heartbeat.json", [], lambda v: v.frame("heartbeats", "heartbeats")),
    "heartbeats acknowledged 2026-09": ("ws/live_2026_ack_heartbeats.json", ["channel"],
                                        lambda v: v.frame("heartbeats", "subscriptions")["channel"]),
    "error frame 2026-09": ("ws/live_2026_error_unknown_channel.json", [], lambda v: v.frame("nothing", None)),
    "trades frame 2024-10": ("ws/jk_Trades.json", [2, "msg"], lambda v: v.frame("market_trades", "market_trades")),
}
# Documented, not recorded; the same rule.
DOCUMENTED = {
    "ticker frame": ("ws/doc_ticker.json", [], lambda v: v.frame("ticker", "ticker")),
    "ticker_batch frame": ("ws/doc_ticker_batch.json", [], lambda v: v.frame("ticker_batch", "ticker_batch")),
    "candles frame": ("ws/doc_candles.json", [], lambda v: v.frame("candles", "candles")),
    "status frame": ("ws/doc_status.json", [], lambda v: v.frame("status", "status")),
    "user order": ("ws/doc_user.json", ["events", 0, "orders"], lambda v: v.frame("user", "user")["events"][0]["orders"]),
    "permissions": ("docs/key_permissions.json", [], lambda v: v.get("/key_permissions")),
    "time": ("docs/server_time.json", [], lambda v: v.get("/time")),
    "preview": ("docs/preview_order.json", [], lambda v: v.post("/orders/preview", {
        "product_id": "BTC-USD", "side": "BUY", "order_configuration": {"market_market_ioc": {"quote_size": "10"}}})),
    "portfolios": ("docs/dart_list_portfolios.json", [], lambda v: v.get("/portfolios")),
    "best bid ask": ("docs/dart_get_best_bid_ask.json", [], lambda v: v.get("/best_bid_ask")),
}
CASES = {**RECORDED, **DOCUMENTED}


class Venue:
    def __init__(self, sim):
        self.sim, self.client = sim, sim.client()
        self.created = self.post("/orders", self.body({"limit_limit_gtc": {"base_size": "0.01", "limit_price": "40000"}}))
        self.resting = self.created["success_response"]["order_id"]
        self.bought = self.post("/orders", self.body({"market_market_ioc": {"quote_size": "100"}}))["success_response"]["order_id"]
        self.refused = self.post("/orders", self.body({"market_market_ioc": {"quote_size": "10000000"}}))

    def body(self, configuration):
        return {"client_order_id": client_id(), "product_id": "BTC-USD", "side": "BUY", "order_configuration": configuration}

    def get(self, path):
        return self.client.get("/api/v3/brokerage" + path.split("?")[0], params=dict(
            pair.split("=") for pair in path.split("?")[1].split("&")) if "?" in path else None)

    def post(self, path, body):
        return self.client.post("/api/v3/brokerage" + path, data=body)

    def order(self, order_id):
        return self.get(f"/orders/historical/{order_id}")["order"]

    def failure(self, path):
        try:
            self.get(path)
        except Exception as error:
            return error.response.json()
        raise AssertionError(f"{path} was answered")

    def frame(self, channel, name):
        from coinbase import jwt_generator
        key, secret = self.sim.key()

        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}", max_size=1 << 26) as socket:
                message = {"type": "subscribe", "channel": channel, "product_ids": ["BTC-USD"]}
                if channel == "user":
                    message["jwt"] = jwt_generator.build_ws_jwt(key, secret)
                await socket.send(json.dumps(message))
                while True:
                    frame = json.loads(await socket.recv())
                    if name is None or frame.get("channel") == name:
                        return frame
        return asyncio.run(asyncio.wait_for(run(), 20))


def recorded(file, place):
    value = json.loads((FIXTURES / file).read_text())
    for step in place:
        value = value[step]
    return shape(value)


class Shapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--products", "2", "--no-rate-limit", "--visibility-lag", "0").__enter__()
        cls.venue = Venue(cls.sim)

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__()

    def test_ours_have_the_keys_and_types_of_the_real_ones(self):
        known = json.loads(SHAPES.read_text())
        self.assertEqual(sorted(known), sorted(CASES))
        for name, (_, _, ask) in CASES.items():
            with self.subTest(name):
                ours = shape(ask(self.venue))
                more = extras(known[name], ours)
                if more:
                    print(f"{name}: beyond the recording: {', '.join(more)}")
                self.assertEqual(differences(known[name], ours), [])

    @unittest.skipUnless(FIXTURES.exists(), "the recordings are not at hand")
    def test_the_shapes_are_those_of_the_recordings(self):
        shapes = {name: recorded(file, place) for name, (file, place, _) in CASES.items()}
        if os.environ.get("WRITE_SHAPES"):
            SHAPES.write_text(json.dumps(shapes, indent=1, sort_keys=True) + "\n")
        self.assertEqual(json.loads(SHAPES.read_text()), shapes)


if __name__ == "__main__":
    unittest.main(verbosity=1)
