#!/usr/bin/env python3
"""The official Python SDK's RESTClient, unmodified, over TLS with our CA: each call it has for spot."""
import datetime
import logging
import pathlib
import sys
import unittest
from decimal import Decimal

import jwt
import requests
from requests.exceptions import HTTPError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.processes import eventually  # noqa: E402
from support.sim import Sim, SimCase, client_id  # noqa: E402

# The SDK prints every refusal; here they are what is asked for.
logging.disable(logging.CRITICAL)


def at(price, factor, tick="0.01"):
    return format((Decimal(price) * Decimal(factor)).quantize(Decimal(tick)).normalize(), "f")


class Spot(SimCase):
    arguments = ("--cash", "USD=100000", "BTC=2", "--products", "12")

    def price(self, product="BTC-USD"):
        return self.client.get_product(product).price

    def order(self, order_id):
        """What is visible of an order; the venue needs a moment, as the real one does."""
        def look():
            try:
                return self.client.get_order(order_id).order
            except HTTPError as error:
                self.assertEqual(error.response.status_code, 404)
        return eventually(look)

    def settled(self, order_id, *statuses):
        return eventually(lambda: (order := self.order(order_id)).status in statuses and order)

    def accepted(self, answer):
        self.assertTrue(answer.success, answer.to_dict())
        return answer.success_response["order_id"]

    def refused(self, answer, reason=None, preview=None):
        self.assertFalse(answer.success)
        error = answer.error_response
        if reason:
            self.assertEqual(error["error"], reason)
        if preview:
            self.assertEqual(error["preview_failure_reason"], preview)


class Public(Spot):
    def test_time(self):
        answer = self.client.get_unix_time()
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        self.assertLess(abs(int(answer.epoch_millis) / 1000 - now), 5)

    def test_products_and_their_twins(self):
        products = self.client.get_products().products
        self.assertEqual(len(products), 12)
        self.assertEqual(len(self.client.get_products(limit=5, offset=2).products), 5)
        named = self.client.get_products(product_ids=["BTC-USD", "ETH-USD"]).products
        self.assertEqual([product.product_id for product in named], ["BTC-USD", "ETH-USD"])
        self.assertEqual(self.client.get_products(product_type="FUTURE").products, [])
        one = self.client.get_product("BTC-USD", get_tradability_status=True)
        twin = self.client.get_public_product("BTC-USD")
        self.assertEqual((one.status, twin.price_increment), ("online", "0.01"))
        self.assertEqual(len(self.client.get_public_products().products), 12)
        with self.assertRaises(HTTPError) as caught:
            self.client.get_product("NOPE-USD")
        self.assertEqual(caught.exception.response.json(),
                         {"error": "NOT_FOUND", "message": "Product NOPE-USD not supported"})

    def test_books(self):
        for look in (self.client.get_product_book, self.client.get_public_product_book):
            book = look("BTC-USD", limit=20).pricebook
            bids = [Decimal(level["price"]) for level in book.bids]
            asks = [Decimal(level["price"]) for level in book.asks]
            self.assertEqual((len(bids), len(asks)), (20, 20))
            self.assertEqual(bids, sorted(bids, reverse=True))
            self.assertEqual(asks, sorted(asks))
            self.assertLess(bids[0], asks[0])
        best = self.client.get_best_bid_ask(["BTC-USD", "ETH-USD"]).pricebooks
        self.assertEqual([len(book.bids) for book in best], [1, 1])

    def test_candles(self):
        now = int(datetime.datetime.now().timestamp())
        for look in (self.client.get_candles, self.client.get_public_candles):
            candles = look("BTC-USD", str(now - 3600), str(now), "FIVE_MINUTE").candles
            starts = [int(candle["start"]) for candle in candles]
            self.assertEqual(starts, sorted(starts, reverse=True))
            self.assertGreaterEqual(len(candles), 12)
        start = now // 60 * 60 - 349 * 60
        self.client.get_candles("BTC-USD", str(start), str(start + 349 * 60), "ONE_MINUTE")
        with self.assertRaises(HTTPError) as caught:
            self.client.get_candles("BTC-USD", str(start), str(start + 350 * 60), "ONE_MINUTE")
        self.assertTrue(caught.exception.response.json()["message"].endswith("less than 350 "))

    def test_market_trades(self):
        for look in (self.client.get_market_trades, self.client.get_public_market_trades):
            answer = eventually(lambda: (found := look("BTC-USD", limit=5)).trades and found)
            ids = [int(trade["trade_id"]) for trade in answer.trades]
            self.assertEqual(ids, sorted(ids, reverse=True))
            self.assertIn(answer.trades[0]["side"], ("BUY", "SELL"))
        with self.assertRaises(HTTPError) as caught:
            self.client.get_market_trades("BTC-USD", limit=1001)
        self.assertEqual(caught.exception.response.status_code, 500)

    def test_a_path_that_is_not_there(self):
        with self.assertRaises(HTTPError) as caught:
            self.client.get("/api/v3/brokerage/nothing/here")
        self.assertEqual(caught.exception.response.status_code, 404)


class Account(Spot):
    def test_accounts_page_by_page(self):
        found, cursor = [], None
        while True:
            page = self.client.get_accounts(limit=5, cursor=cursor)
            found += [account["currency"] for account in page.accounts]
            self.assertEqual(page.size, len(page.accounts))
            if not page.has_next:
                break
            cursor = page.cursor
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(len(found), 13)
        account = self.client.get_accounts().accounts[0]
        same = self.client.get_account(account["uuid"]).account
        self.assertEqual(same["currency"], account["currency"])

    def test_fees_permissions_portfolios(self):
        summary = self.client.get_transaction_summary()
        self.assertEqual(summary.fee_tier["maker_fee_rate"], "0.005")
        self.assertEqual(summary.fee_tier["taker_fee_rate"], "0.009")
        rights = self.client.get_api_key_permissions()
        self.assertEqual((rights.can_view, rights.can_trade, rights.can_transfer), (True, True, False))
        portfolio = self.client.get_portfolios().portfolios[0]
        self.assertEqual(portfolio["uuid"], rights.portfolio_uuid)
        breakdown = self.client.get_portfolio_breakdown(portfolio["uuid"]).breakdown
        self.assertGreater(Decimal(breakdown["portfolio_balances"]["total_balance"]["value"]), 100_000)


class Orders(Spot):
    def test_a_market_buy_by_quote_spends_the_sum_fees_included(self):
        order_id = self.accepted(self.client.market_order_buy(client_id(), "BTC-USD", quote_size="1000"))
        order = self.settled(order_id, "FILLED")
        self.assertTrue(order.size_in_quote)
        self.assertAlmostEqual(Decimal(order.total_value_after_fees), 1000, places=9)
        self.assertAlmostEqual(Decimal(order.total_fees), Decimal(order.filled_value) * Decimal("0.009"), places=9)
        fills = self.client.get_fills(order_ids=[order_id]).fills
        self.assertEqual(len(fills), int(order.number_of_fills))
        self.assertTrue(all(fill["size_in_quote"] for fill in fills))
        self.assertAlmostEqual(sum(Decimal(fill["size"]) for fill in fills), Decimal(order.filled_value), places=9)
        self.assertEqual({fill["liquidity_indicator"] for fill in fills}, {"TAKER"})
        self.assertTrue(all(len(fill["entry_id"]) == 64 for fill in fills))

    def test_market_orders_by_base(self):
        for send in (self.client.market_order_buy, self.client.market_order_sell):
            order = self.settled(self.accepted(send(client_id(), "BTC-USD", base_size="0.01")), "FILLED")
            self.assertEqual(Decimal(order.filled_size), Decimal("0.01"))
        generic = self.client.market_order(client_id(), "ETH-USD", "BUY", base_size="0.1")
        self.settled(self.accepted(generic), "FILLED")

    def test_place_look_cancel_reconcile(self):
        price = at(self.price(), "0.8")
        before = self.balance("USD")
        order_id = self.accepted(self.client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.1", price, post_only=True))
        order = self.settled(order_id, "OPEN")
        self.assertEqual(order.order_configuration.to_dict(), {
            "limit_limit_gtc": {"base_size": "0.1", "limit_price": price, "post_only": True}})
        held = Decimal(order.outstanding_hold_amount)
        self.assertAlmostEqual(held, Decimal(price) * Decimal("0.1") * Decimal("1.005"), places=9)
        self.assertEqual(before - self.balance("USD"), held)
        self.assertIn(order_id, [each["order_id"] for each in self.client.list_orders(order_status=["OPEN"]).orders])
        book = self.client.get_product_book("BTC-USD").pricebook
        self.assertIn(price, [level["price"] for level in book.bids])
        result = self.client.cancel_orders([order_id]).results[0]
        self.assertTrue(result["success"])
        self.settled(order_id, "CANCELLED")
        self.assertEqual(self.balance("USD"), before)
        again = self.client.cancel_orders([order_id, "nothing", order_id]).results
        self.assertEqual([row["failure_reason"] for row in again],
                         ["UNKNOWN_CANCEL_ORDER", "UNKNOWN_CANCEL_ORDER", "DUPLICATE_CANCEL_REQUEST"])

    def balance(self, currency):
        for account in self.client.get_accounts(limit=250).accounts:
            if account["currency"] == currency:
                return Decimal(account["available_balance"]["value"])

    def test_a_resting_order_fills_and_its_rows_are_listed_once(self):
        # At the touch: the market comes to it, or a sweep of ours does.
        order_id = self.accepted(self.client.limit_order_gtc_sell(client_id(), "BTC-USD", "0.001", at(self.price(), "1.002")))
        self.client.cancel_orders([order_id])
        self.settled(order_id, "CANCELLED", "FILLED")
        bought = self.accepted(self.client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.002", at(self.price(), "1.02")))
        order = self.settled(bought, "FILLED")
        seen, cursor = [], None
        while True:
            page = self.client.get_fills(order_ids=[bought], limit=1, cursor=cursor)
            seen += [fill["entry_id"] for fill in page.fills]
            cursor = page.cursor
            if not cursor or not page.fills:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), int(order.number_of_fills))

    def test_all_kinds_of_limit_orders(self):
        price = self.price()
        low, high = at(price, "0.7"), at(price, "1.3")
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        c, product = self.client, "BTC-USD"
        resting = [
            c.limit_order_gtc(client_id(), product, "BUY", "0.001", low),
            c.limit_order_gtc_sell(client_id(), product, "0.001", high),
            c.limit_order_gtd(client_id(), product, "BUY", "0.001", low, end),
            c.limit_order_gtd_buy(client_id(), product, "0.001", low, end, post_only=True),
            c.limit_order_gtd_sell(client_id(), product, "0.001", high, end),
            c.stop_limit_order_gtc(client_id(), product, "SELL", "0.001", low, low, "STOP_DIRECTION_STOP_DOWN"),
            c.stop_limit_order_gtc_buy(client_id(), product, "0.001", high, high, "STOP_DIRECTION_STOP_UP"),
            c.stop_limit_order_gtc_sell(client_id(), product, "0.001", low, low, "STOP_DIRECTION_STOP_DOWN"),
            c.stop_limit_order_gtd(client_id(), product, "SELL", "0.001", low, low, end, "STOP_DIRECTION_STOP_DOWN"),
            c.stop_limit_order_gtd_buy(client_id(), product, "0.001", high, high, end, "STOP_DIRECTION_STOP_UP"),
            c.stop_limit_order_gtd_sell(client_id(), product, "0.001", low, low, end, "STOP_DIRECTION_STOP_DOWN"),
        ]
        ids = [self.accepted(answer) for answer in resting]
        for order_id in ids:
            self.settled(order_id, "OPEN")
        stop = self.order(ids[5])
        self.assertEqual((stop.order_type, stop.trigger_status), ("STOP_LIMIT", "STOP_PENDING"))
        self.assertEqual(self.order(ids[2]).time_in_force, "GOOD_UNTIL_DATE_TIME")
        for fill_or_kill in (
            c.limit_order_fok(client_id(), product, "BUY", "0.001", low),
            c.limit_order_fok_buy(client_id(), product, "0.001", low),
            c.limit_order_ioc(client_id(), product, "BUY", "0.001", low),
            c.limit_order_ioc_buy(client_id(), product, "0.001", low),
        ):
            self.assertEqual(self.settled(self.accepted(fill_or_kill), "CANCELLED").filled_size, "0")
        crossing = at(price, "0.99")
        for taken in (
            c.limit_order_fok_sell(client_id(), product, "0.001", crossing),
            c.limit_order_ioc_sell(client_id(), product, "0.001", crossing),
        ):
            self.settled(self.accepted(taken), "FILLED")
        results = self.client.cancel_orders(ids).results
        self.assertTrue(all(row["success"] for row in results), results)

    def test_generic_create_and_brackets_that_spot_here_does_without(self):
        low = at(self.price(), "0.7")
        created = self.client.create_order(client_id(), "BTC-USD", "BUY", {"limit_limit_gtc": {"base_size": "0.001", "limit_price": low}})
        self.client.cancel_orders([self.accepted(created)])
        sized = self.client.create_order(client_id(), "BTC-USD", "BUY", {"limit_limit_gtc": {"quote_size": "100", "limit_price": low}})
        self.client.cancel_orders([self.accepted(sized)])
        end = "2030-01-01T00:00:00Z"
        c = self.client
        for answer in (
            c.trigger_bracket_order_gtc(client_id(), "BTC-USD", "SELL", "0.001", low, low),
            c.trigger_bracket_order_gtc_buy(client_id(), "BTC-USD", "0.001", low, low),
            c.trigger_bracket_order_gtc_sell(client_id(), "BTC-USD", "0.001", low, low),
            c.trigger_bracket_order_gtd(client_id(), "BTC-USD", "SELL", "0.001", low, low, end),
            c.trigger_bracket_order_gtd_buy(client_id(), "BTC-USD", "0.001", low, low, end),
            c.trigger_bracket_order_gtd_sell(client_id(), "BTC-USD", "0.001", low, low, end),
        ):
            self.refused(answer, "UNSUPPORTED_ORDER_CONFIGURATION")

    def test_edit(self):
        price = at(self.price(), "0.75")
        order_id = self.accepted(self.client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.1", price))
        self.settled(order_id, "OPEN")
        self.assertEqual(self.client.preview_edit_order(order_id, size="0.05", price=price).errors, [])
        self.assertTrue(self.client.edit_order(order_id, size="0.05", price=price).success)
        order = self.order(order_id)
        self.assertEqual(order.order_configuration.to_dict()["limit_limit_gtc"]["base_size"], "0.05")
        self.assertEqual(len(order.edit_history), 1)
        for size, wrong in (("0.05", at(self.price(), "10")), ("9000000", price), ("0.05", "50000.001"), ("0.00000001", price)):
            self.assertFalse(self.client.edit_order(order_id, size=size, price=wrong).success, (size, wrong))
            self.assertEqual(len(self.client.preview_edit_order(order_id, size=size, price=wrong).errors), 1)
        failed = self.client.edit_order(order_id, price=price)
        self.assertEqual(failed.errors[0]["edit_failure_reason"], "INVALID_EDITED_SIZE")
        self.client.cancel_orders([order_id])
        closed = self.client.edit_order(order_id, size="0.04", price=price)
        self.assertEqual(closed.errors[0]["edit_failure_reason"], "ONLY_OPEN_ORDERS_CAN_BE_EDITED")
        missing = self.client.edit_order("nothing", size="0.04", price=price)
        self.assertEqual(missing.errors[0]["edit_failure_reason"], "ORDER_NOT_FOUND")

    def test_previews(self):
        c, product, price = self.client, "BTC-USD", self.price()
        low, high, end = at(price, "0.7"), at(price, "1.3"), "2027-06-01T00:00:00Z"
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        down, up = "STOP_DIRECTION_STOP_DOWN", "STOP_DIRECTION_STOP_UP"
        good = [
            c.preview_order(product, "BUY", {"market_market_ioc": {"quote_size": "100"}}),
            c.preview_market_order(product, "BUY", quote_size="100"),
            c.preview_market_order_buy(product, quote_size="100"),
            c.preview_market_order_sell(product, base_size="0.01"),
            c.preview_limit_order_ioc(product, "BUY", "0.01", high),
            c.preview_limit_order_ioc_buy(product, "0.01", high),
            c.preview_limit_order_ioc_sell(product, "0.01", low),
            c.preview_limit_order_gtc(product, "BUY", "0.01", low),
            c.preview_limit_order_gtc_buy(product, "0.01", low),
            c.preview_limit_order_gtc_sell(product, "0.01", high),
            c.preview_limit_order_gtd(product, "BUY", "0.01", low, end),
            c.preview_limit_order_gtd_buy(product, "0.01", low, end),
            c.preview_limit_order_gtd_sell(product, "0.01", high, end),
            c.preview_limit_order_fok(product, "BUY", "0.01", high),
            c.preview_limit_order_fok_buy(product, "0.01", high),
            c.preview_limit_order_fok_sell(product, "0.01", low),
            c.preview_stop_limit_order_gtc(product, "SELL", "0.01", low, low, down),
            c.preview_stop_limit_order_gtc_buy(product, "0.01", high, high, up),
            c.preview_stop_limit_order_gtc_sell(product, "0.01", low, low, down),
            c.preview_stop_limit_order_gtd(product, "SELL", "0.01", low, low, end, down),
            c.preview_stop_limit_order_gtd_buy(product, "0.01", high, high, end, up),
            c.preview_stop_limit_order_gtd_sell(product, "0.01", low, low, end, down),
        ]
        for answer in good:
            self.assertEqual(answer.errs, [], answer.to_dict())
            self.assertGreater(Decimal(answer.order_total), 0)
        self.assertEqual(c.preview_market_order_buy(product, quote_size="90000000").errs, ["PREVIEW_INSUFFICIENT_FUND"])
        for answer in (
            c.preview_trigger_bracket_order_gtc(product, "SELL", "0.01", high, low),
            c.preview_trigger_bracket_order_gtc_buy(product, "0.01", high, low),
            c.preview_trigger_bracket_order_gtc_sell(product, "0.01", high, low),
            c.preview_trigger_bracket_order_gtd(product, "SELL", "0.01", high, low, end),
            c.preview_trigger_bracket_order_gtd_buy(product, "0.01", high, low, end),
            c.preview_trigger_bracket_order_gtd_sell(product, "0.01", high, low, end),
        ):
            self.assertEqual(answer.errs, ["PREVIEW_INVALID_ORDER_CONFIG"])

    def test_refusals_are_two_hundreds_with_the_venues_reasons(self):
        c, price = self.client, self.price()
        past = "2020-01-01T00:00:00Z"
        cases = [
            (c.market_order_buy(client_id(), "BTC-USD", quote_size="90000000"), "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", at(price, "1.1"), post_only=True), "INVALID_LIMIT_PRICE_POST_ONLY", None),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "0.000000001", at(price, "0.9")), None, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "0.0100000001", at(price, "0.9")), "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION"),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "50000.001"), "INVALID_PRICE_PRECISION", None),
            (c.market_order_buy(client_id(), "BTC-USD", quote_size="10.001"), "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION"),
            (c.market_order_buy(client_id(), "BTC-USD", quote_size="0.5"), None, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "99999999", at(price, "0.9")), None, "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"),
            (c.limit_order_gtd_buy(client_id(), "BTC-USD", "0.01", at(price, "0.9"), past), "END_TIME_IS_IN_THE_PAST", None),
            (c.stop_limit_order_gtc_sell(client_id(), "BTC-USD", "0.01", at(price, "1.2"), at(price, "1.2"), "STOP_DIRECTION_STOP_DOWN"),
             "UNKNOWN_FAILURE_REASON", "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"),
            (c.stop_limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", at(price, "0.8"), at(price, "0.8"), "STOP_DIRECTION_STOP_UP"),
             "UNKNOWN_FAILURE_REASON", "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"),
            (c.stop_limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", at(price, "1.2"), at(price, "1.3"), "STOP_DIRECTION_STOP_UP"),
             None, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE"),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "0.001", at(price, "1.9")), "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY", None),
            (c.limit_order_gtc_buy(client_id(), "BTC-USD", "9000000", at(price, "0.9")), None, "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE"),
            (c.market_order_sell(client_id(), "BTC-USD", base_size="0.00000001"), None, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
            (c.create_order(client_id(), "BTC-USD", "BUY", {"limit_limit_gtd": {"base_size": "1", "limit_price": "5"}}), "GTD_ORDERS_MUST_HAVE_END_TIME", None),
            (c.create_order(client_id(), "BTC-USD", "BUY", {"market_market_fok": {"quote_size": "10"}}), "UNSUPPORTED_ORDER_CONFIGURATION", None),
        ]
        for answer, reason, preview in cases:
            self.refused(answer, reason, preview)

    def test_orders_trade_against_all_that_is_displayed_at_the_makers_prices(self):
        asks = self.client.get_product_book("SOL-USD", limit=60).pricebook.asks
        size = sum(Decimal(level["size"]) for level in asks[:30]).quantize(Decimal("0.01"))
        if size * Decimal(asks[30]["price"]) > 90_000:
            size = Decimal(80_000 / float(asks[30]["price"])).quantize(Decimal("0.01"))
        taken = self.settled(self.accepted(self.client.limit_order_ioc_buy(
            client_id(), "SOL-USD", str(size), at(asks[40]["price"], "1.01"))), "FILLED")
        fills = self.client.get_fills(order_ids=[taken.order_id]).fills
        self.assertEqual({fill["liquidity_indicator"] for fill in fills}, {"TAKER"})
        self.assertLess(Decimal(fills[-1]["price"]), Decimal(asks[40]["price"]) * Decimal("1.01"))
        best = self.client.get_product_book("SOL-USD", limit=1).pricebook
        self.assertLess(Decimal(best.bids[0]["price"]), Decimal(best.asks[0]["price"]))
        self.settled(self.accepted(self.client.market_order_sell(client_id(), "SOL-USD", base_size=str(size))), "FILLED", "CANCELLED")

    def test_an_edit_may_not_trade_with_an_order_of_ones_own(self):
        book = self.client.get_product_book("ADA-USD", limit=1).pricebook
        high, low = at(book.asks[0]["price"], "1.1", "0.0001"), at(book.bids[0]["price"], "0.9", "0.0001")
        sell = self.accepted(self.client.limit_order_gtc_buy(client_id(), "ADA-USD", "100", low))
        bought = self.accepted(self.client.market_order_buy(client_id(), "ADA-USD", quote_size="500"))
        self.settled(bought, "FILLED")
        own = self.accepted(self.client.limit_order_gtc_sell(client_id(), "ADA-USD", "100", high))
        self.settled(own, "OPEN")
        self.settled(sell, "OPEN")
        refused = self.client.edit_order(sell, size="100", price=high)
        self.assertFalse(refused.success)
        self.client.cancel_orders([own, sell])

    def test_malformed_orders_are_four_hundreds(self):
        for body in ({}, {"limit_limit_gtc": {"base_size": "x", "limit_price": "1"}}, {"nothing": {}},
                     {"limit_limit_gtc": {"base_size": "1"}}, {"limit_limit_gtc": {"base_size": "-1", "limit_price": "5"}}):
            with self.assertRaises(HTTPError) as caught:
                self.client.create_order(client_id(), "BTC-USD", "BUY", body)
            self.assertEqual(caught.exception.response.status_code, 400)
            self.assertEqual(caught.exception.response.json()["error"], "INVALID_ARGUMENT")
        with self.assertRaises(HTTPError):
            self.client.market_order_buy(client_id(), "NOPE-USD", quote_size="10")

    def test_a_repeated_client_id_returns_the_original(self):
        name, low = client_id(), at(self.price(), "0.7")
        first = self.accepted(self.client.limit_order_gtc_buy(name, "BTC-USD", "0.01", low))
        second = self.accepted(self.client.limit_order_gtc_buy(name, "BTC-USD", "0.02", low))
        self.assertEqual(first, second)
        self.client.cancel_orders([first])

    def test_more_than_a_hundred_cancels(self):
        with self.assertRaises(HTTPError) as caught:
            self.client.cancel_orders([str(number) for number in range(101)])
        self.assertEqual(caught.exception.response.json(),
                         {"error": "InvalidArgument", "message": "Too many orderIDs entered, limit is 100"})

    def test_listing_filters_and_pages(self):
        low = at(self.price("ETH-USD"), "0.7")
        ids = [self.accepted(self.client.limit_order_gtc_buy(client_id(), "ETH-USD", "0.01", low)) for _ in range(7)]
        for order_id in ids:
            self.settled(order_id, "OPEN")
        found, cursor = [], None
        while True:
            page = self.client.list_orders(product_ids=["ETH-USD"], order_status=["OPEN"], limit=3, cursor=cursor)
            found += [order["order_id"] for order in page.orders]
            if not page.has_next:
                break
            cursor = page.cursor
        self.assertEqual(found, ids[::-1])
        self.assertEqual(self.client.list_orders(order_ids=[ids[0]]).orders[0]["order_id"], ids[0])
        self.assertEqual(self.client.list_orders(product_ids=["ETH-USD"], order_side="SELL").orders, [])
        for wrong in (["OPEN", "FILLED"], ["NOTHING"]):
            with self.assertRaises(HTTPError):
                self.client.list_orders(order_status=wrong)
        self.assertEqual(self.client.list_orders(product_type="FUTURE").orders, [])
        self.assertEqual(self.client.get_fills(product_types=["FUTURE"]).fills, [])
        self.client.cancel_orders(ids)


class Quirks(unittest.TestCase):
    def test_404_at_first_and_open_leaves_pending_out(self):
        with Sim("--products", "2", "--visibility-lag", "1500", "--pending", "600000", "--no-rate-limit") as sim:
            client = sim.client()
            order_id = client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "1000").success_response["order_id"]
            with self.assertRaises(HTTPError) as caught:
                client.get_order(order_id)
            self.assertEqual(caught.exception.response.json()["message"], "order with this orderID was not found")
            order = eventually(lambda: [each for each in client.list_orders().orders if each["order_id"] == order_id])[0]
            self.assertEqual(order["status"], "PENDING")
            self.assertEqual(client.list_orders(order_status=["OPEN"]).orders, [])
            self.assertTrue(client.cancel_orders([order_id]).results[0]["success"])

    def test_duplicates_refused_by_switch(self):
        with Sim("--products", "1", "--refuse-duplicates") as sim:
            client, name = sim.client(), client_id()
            client.limit_order_gtc_buy(name, "BTC-USD", "0.01", "1000")
            again = client.limit_order_gtc_buy(name, "BTC-USD", "0.01", "1000")
            self.assertEqual(again.error_response["new_order_failure_reason"], "DUPLICATE_CLIENT_ORDER_ID")

    def test_limits(self):
        with Sim("--products", "1") as sim:
            client = sim.client(rate_limit_headers=True)
            self.assertEqual(client.get_accounts().rate_limit_limit, "30")
            with self.assertRaises(HTTPError) as caught:
                for _ in range(400):
                    client.get_accounts()
            self.assertEqual(caught.exception.response.status_code, 429)
            self.assertEqual(caught.exception.response.json(),
                             {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]})


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--products", "2", "--no-rate-limit").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__()

    def test_each_kind_of_key_trades(self):
        for file in ("key.json", "key-ed25519.json", "key-transfer.json"):
            self.assertTrue(self.sim.client(file).limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "1000").success)

    def test_the_key_file_is_coinbases_own(self):
        from coinbase.rest import RESTClient
        client = RESTClient(key_file=str(self.sim.tls / "key.json"), base_url=f"127.0.0.1:{self.sim.secure}")
        client.session.trust_env, client.session.verify = False, self.sim.ca
        self.assertTrue(client.get_accounts().accounts)

    def test_view_only_may_look_and_not_trade(self):
        client = self.sim.client("key-view.json")
        self.assertTrue(client.get_accounts().accounts)
        with self.assertRaises(HTTPError) as caught:
            client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "1000")
        self.assertEqual(caught.exception.response.status_code, 403)
        self.assertIn('"error_details":"Missing required scopes"', caught.exception.response.text)
        self.assertTrue(self.sim.client("key-transfer.json").get_api_key_permissions().can_transfer)

    def token(self, file="key.json", **changes):
        import time
        from cryptography.hazmat.primitives import serialization
        name, secret = self.sim.key(file)
        now = int(time.time())
        claims = {"sub": name, "iss": "cdp", "nbf": now, "exp": now + 120,
                  "uri": f"GET 127.0.0.1:{self.sim.plain}/api/v3/brokerage/accounts", **changes}
        key = serialization.load_pem_private_key(secret.encode(), None)
        return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm="ES256",
                          headers={"kid": changes.get("kid", name), "nonce": "ab"})

    def status(self, token):
        return self.sim.raw("/api/v3/brokerage/accounts?limit=3", headers={"Authorization": f"Bearer {token}"})[::2]

    def test_tokens_as_the_contract_lists_them(self):
        import time
        now = int(time.time())
        uri = f"GET 127.0.0.1:{self.sim.plain}/api/v3/brokerage/accounts"
        good = [{}, {"uri": None, "uris": [uri], "aud": ["cdp_service"], "iat": now},
                {"iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"]},
                {"uri": uri.replace("GET ", "GET http://")},
                {"uri": "GET api.coinbase.com/api/v3/brokerage/accounts"}]
        for changes in good:
            self.assertEqual(self.status(self.token(**changes))[0], 200, changes)
        bad = [{"iss": "me"}, {"exp": now - 1}, {"nbf": now + 100}, {"exp": now + 400}, {"sub": "other"},
               {"uri": uri.replace("GET", "POST")}, {"uri": uri + "s"}, {"kid": "nobody"},
               {"uri": "GET example.com/api/v3/brokerage/accounts"}]
        for changes in bad:
            self.assertEqual(self.status(self.token(**changes)), (401, b"Unauthorized\n"), changes)
        token = self.token()
        for text in ("", "x", "a.b.c", token[:-4] + "AAAA", token + "A" * 9000):
            self.assertEqual(self.status(text), (401, b"Unauthorized\n"))

    def test_tls_is_real(self):
        url = f"https://127.0.0.1:{self.sim.secure}/api/v3/brokerage/time"
        session = requests.Session()
        session.trust_env = False
        self.assertEqual(session.get(url, verify=self.sim.ca).status_code, 200)
        with self.assertRaises(requests.exceptions.SSLError):
            session.get(url)


if __name__ == "__main__":
    unittest.main(verbosity=1)
