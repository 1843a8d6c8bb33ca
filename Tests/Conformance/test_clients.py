#!/usr/bin/env python3
"""What other people's clients send, and the official SDK does not: each is answered as HTTP, RFC 3339 and WebSocket say."""
import datetime
import json
import logging
import pathlib
import socket
import ssl
import struct
import sys
import unittest
from decimal import Decimal

import requests
from requests.exceptions import HTTPError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support.processes import eventually  # noqa: E402
from support.sim import SimCase, client_id  # noqa: E402

logging.disable(logging.CRITICAL)
API = "/api/v3/brokerage"
FIXTURE = ROOT.parent / "shared/coinbase/fixtures/docs/jk_GetPortfolio.json"


class Clients(SimCase):
    arguments = ("--cash", "USD=100000", "BTC=2", "--products", "3")

    def low(self):
        return str((Decimal(self.client.get_product("BTC-USD").price) * Decimal("0.9")).quantize(Decimal("0.01")))

    def resting(self, **more):
        answer = self.client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", self.low(), **more)
        self.assertTrue(answer.success, answer.to_dict())
        return answer.success_response["order_id"]

    def order(self, order_id):
        def look():
            try:
                found = self.client.get_order(order_id).order
                return found.status != "PENDING" and found
            except HTTPError:
                return None
        return eventually(look)

    def status(self, path, **query):
        try:
            return 200, self.client.get(f"{API}/{path}", params=query)
        except HTTPError as error:
            return error.response.status_code, error.response.json()

    # Times

    def test_times_have_any_zone_and_always_one(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        berlin = datetime.timezone(datetime.timedelta(hours=2))
        end = now + datetime.timedelta(hours=3)
        for text in (end.isoformat(), end.astimezone(berlin).isoformat(), end.isoformat().replace("+00:00", "Z")):
            answer = self.client.limit_order_gtd_buy(client_id(), "BTC-USD", "0.01", self.low(), text)
            self.assertTrue(answer.success, text)
            order = self.order(answer.success_response["order_id"])
            said = order.order_configuration["limit_limit_gtd"]["end_time"]
            self.assertEqual(datetime.datetime.fromisoformat(said.replace("Z", "+00:00")).timestamp(), end.timestamp(), text)
        with self.assertRaises(HTTPError) as refused:
            self.client.limit_order_gtd_buy(client_id(), "BTC-USD", "0.01", self.low(), end.replace(tzinfo=None).isoformat())
        self.assertEqual(refused.exception.response.status_code, 400)

    def test_filters_hear_an_offset(self):
        order_id = self.resting()
        self.order(order_id)
        now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
        hour = datetime.timedelta(hours=1)
        for query, is_there in (({"start_date": now - hour}, True), ({"start_date": now + hour}, False),
                                ({"end_date": now + hour}, True), ({"end_date": now - hour}, False)):
            code, said = self.status("orders/historical/batch", **{name: time.isoformat() for name, time in query.items()})
            self.assertEqual(code, 200)
            self.assertEqual(order_id in [order["order_id"] for order in said["orders"]], is_there, query)

    def test_bad_values_are_refused_and_named(self):
        bad = {
            "orders/historical/batch": [("limit", "abc"), ("limit", "-1"), ("start_date", "yesterday"), ("end_date", "2026-01-01T00:00:00"),
                                        ("order_side", "buy"), ("order_types", "LIMITED"), ("time_in_forces", "GTC"),
                                        ("product_type", "spot"), ("order_status", "open"), ("cursor", "x")],
            "orders/historical/fills": [("limit", "1.5"), ("start_sequence_timestamp", "1700000000"), ("end_sequence_timestamp", "now"),
                                        ("order_side", "b"), ("cursor", "x"), ("product_types", "COIN")],
            "accounts": [("limit", "all"), ("limit", "-1"), ("cursor", "x")],
            "products": [("limit", "many"), ("offset", "-1"), ("product_type", "COIN")],
            "product_book": [("limit", "x")],
            "market/products/BTC-USD/candles": [("start", "yesterday"), ("end", "-1"), ("limit", "x")],
            "market/products/BTC-USD/ticker": [("start", "x"), ("end", "x"), ("limit", "-1")],
        }
        usual = {"product_book": {"product_id": "BTC-USD"}, "market/products/BTC-USD/candles": {"granularity": "ONE_MINUTE"},
                 "market/products/BTC-USD/ticker": {"limit": "1"}}
        for path, values in bad.items():
            self.assertEqual(self.status(path, **usual.get(path, {}))[0], 200, path)
            for name, value in values:
                code, said = self.status(path, **{**usual.get(path, {}), name: value})
                self.assertEqual(code, 400, (path, name, value))
                if "error" in said and said["error"] == "INVALID_ARGUMENT":
                    self.assertIn(name, said["message"])

    def test_pages_of_products_end_where_the_products_do(self):
        names = [product["product_id"] for product in self.status("products")[1]["products"]]
        self.assertEqual(len(names), 3)
        for query, expected in (({"offset": 1}, names[1:]), ({"offset": 1, "limit": 0}, names[1:]), ({"offset": 2, "limit": 5}, names[2:]),
                                ({"offset": 3}, []), ({"offset": 99}, []), ({"limit": 1}, names[:1])):
            code, said = self.status("products", **query)
            self.assertEqual((code, [product["product_id"] for product in said["products"]]), (200, expected), query)

    # HTTP

    def connection(self, family=socket.AF_INET, secure=False):
        address = ("::1" if family == socket.AF_INET6 else "127.0.0.1", self.sim.secure if secure else self.sim.plain)
        plain = socket.socket(family)
        plain.settimeout(20)
        plain.connect(address)
        self.addCleanup(plain.close)
        if not secure:
            return plain
        return ssl.create_default_context(cafile=self.sim.ca).wrap_socket(plain, server_hostname="localhost")

    def head(self, connection):
        """The head of an answer, and what came behind it."""
        said = b""
        while b"\r\n\r\n" not in said:
            said += connection.recv(4096)
        head, rest = said.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        return int(lines[0].split()[1]), {line.split(": ")[0].lower(): line.split(": ")[1] for line in lines[1:]}, rest

    def test_head_has_a_length_and_no_body(self):
        connection = self.connection()
        for _ in range(2):
            connection.sendall(f"HEAD {API}/market/products HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            status, headers, rest = self.head(connection)
            self.assertEqual((status, rest), (200, b""))
            self.assertGreater(int(headers["content-length"]), 100)
        # What comes next on the connection is the answer to what was asked next.
        connection.sendall(f"GET {API}/time HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, _, rest = self.head(connection)
        self.assertEqual(status, 200)
        self.assertTrue(rest.startswith(b'{"iso"'), rest)

    def test_a_body_that_waits_is_asked_for(self):
        connection = self.connection()
        connection.sendall(f"POST {API}/orders HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode())
        self.assertEqual(self.head(connection)[0], 100)
        connection.sendall(b"{}")
        self.assertEqual(self.head(connection)[0], 401)

    def test_both_loopbacks(self):
        try:
            socket.socket(socket.AF_INET6).bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 here")
        for secure in (False, True):
            connection = self.connection(socket.AF_INET6, secure)
            connection.sendall(f"GET {API}/time HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertEqual(self.head(connection)[0], 200)

    def test_an_escaped_path_and_a_scheme_in_lower_case(self):
        self.assertEqual(self.sim.raw(f"{API}/market/products/BTC%2DUSD")[0], 200)
        self.assertEqual(self.sim.raw(f"{API}/market/products/BTC%2fUSD")[0], 404)
        path = f"{API}/accounts"
        headers = self.client.set_headers("GET", path)
        for scheme, expected in (("bearer", 200), ("BEARER", 200), ("Basic", 401)):
            headers["Authorization"] = f"{scheme} {headers['Authorization'].split()[1]}"
            answer = self.client.session.get(f"https://127.0.0.1:{self.sim.secure}{path}", headers=headers, timeout=20)
            self.assertEqual(answer.status_code, expected, scheme)

    # Orders and money

    def test_a_buy_for_an_amount_comes_to_it(self):
        for amount in ("6.36", "10", "123.45", "77.77"):
            answer = self.client.market_order_buy(client_id(), "BTC-USD", quote_size=amount)
            order = eventually(lambda: (found := self.order(answer.success_response["order_id"])).status == "FILLED" and found)
            self.assertEqual(order.total_value_after_fees, amount)
            self.assertEqual(Decimal(order.filled_value) + Decimal(order.total_fees), Decimal(amount))
            # The division's noise is in the average, and no more than that.
            fills = eventually(lambda: self.client.get_fills(order_ids=[order.order_id]).fills)
            self.assertTrue(all(fill["size_in_quote"] for fill in fills))
            worth = sum(Decimal(fill["size"]) for fill in fills)
            self.assertLess(abs(worth - Decimal(order.filled_value)), Decimal("1e-9"))

    def test_an_edit_is_previewed_with_its_fee(self):
        order_id = self.resting(post_only=True)
        self.order(order_id)
        price = self.low()
        said = self.client.preview_edit_order(order_id, size="0.02", price=price).to_dict()
        value = Decimal(price) * Decimal("0.02")
        self.assertEqual(said["errors"], [])
        self.assertEqual(Decimal(said["commission_total"]), value * Decimal("0.005"))
        self.assertEqual(Decimal(said["order_total"]), value * Decimal("1.005"))
        refused = self.client.preview_edit_order(order_id, size="0", price=price).to_dict()
        self.assertEqual((refused["commission_total"], len(refused["errors"])), ("0", 1))

    def test_who_may_only_rest_holds_the_makers_fee(self):
        for post_only, rate in ((True, "1.005"), (False, "1.009")):
            order = self.order(self.resting(post_only=post_only))
            price = Decimal(order.order_configuration["limit_limit_gtc"]["limit_price"])
            self.assertEqual(Decimal(order.outstanding_hold_amount), price * Decimal("0.01") * Decimal(rate))

    def test_a_portfolio_has_every_field_of_a_position(self):
        portfolio = self.client.get_portfolios().portfolios[0].uuid
        breakdown = self.client.get_portfolio_breakdown(portfolio).to_dict()["breakdown"]
        fields = {"asset", "account_uuid", "total_balance_fiat", "total_balance_crypto", "available_to_trade_fiat", "allocation",
                  "one_day_change", "cost_basis", "asset_img_url", "is_cash", "available_to_trade_crypto"}
        shares = Decimal(0)
        for position in breakdown["spot_positions"]:
            self.assertEqual(set(position), fields)
            shares += Decimal(str(position["allocation"]))
        self.assertLess(abs(shares - 1), Decimal("0.001"))
        self.assertEqual({position["asset"] for position in breakdown["spot_positions"]}, {"USD", "BTC"})
        if FIXTURE.exists():
            known = json.loads(FIXTURE.read_text())
            while "spot_positions" not in known:
                known = next(value for value in known.values() if isinstance(value, dict))
            self.assertLessEqual(set(known["spot_positions"][0]), fields)

    # WebSocket

    def asked(self, key="MDEyMzQ1Njc4OWFiY2RlZg==", version="13"):
        connection = self.connection()
        connection.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        return connection

    def test_handshakes_that_are_none(self):
        for key in ("", "c2hvcnQ=", "not base64 at all!!!!!!!!", "MDEyMzQ1Njc4OWFiY2RlZmdo"):
            self.assertEqual(self.head(self.asked(key=key))[0], 400, key)
        for version in ("8", "12", "14", ""):
            status, headers, _ = self.head(self.asked(version=version))
            self.assertEqual((status, headers.get("sec-websocket-version")), (426, "13"), version)

    def test_frames_that_no_client_may_send(self):
        mask = b"\x01\x02\x03\x04"

        def masked(data):
            return bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        unmasked = b"\x81\x05hello"
        reserved = b"\xc1\x85" + mask + masked(b"hello")
        invalid = b"\x81\x82" + mask + masked(b"\xff\xfe")
        split = b"\x01\x81" + mask + masked(b"\xe2") + b"\x80\x81" + mask + masked(b"\x28")
        for frame, code in ((unmasked, 1002), (reserved, 1002), (invalid, 1007), (split, 1007)):
            connection = self.asked()
            self.assertEqual(self.head(connection)[0], 101)
            connection.sendall(frame)
            said = b""
            while chunk := connection.recv(4096):
                said += chunk
            self.assertEqual(said[:2], b"\x88\x02", frame)
            self.assertEqual(struct.unpack(">H", said[2:4])[0], code, frame)


if __name__ == "__main__":
    unittest.main(verbosity=1)
