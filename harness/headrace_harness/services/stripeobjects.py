"""Stripe's objects: records of the Stripe data sets with all that Stripe says around them."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from headrace_harness.contract import Column

ACCOUNT: Final = "acct_1HeadraceHarness"
"""The account that all of it belongs to."""

API_VERSION: Final = "2024-06-20"
"""Of Stripe's, whose shapes these are."""

SINGULAR: Final[Mapping[str, str]] = {
    "customers": "customer",
    "charges": "charge",
    "invoices": "invoice",
}
"""Collections, and what each holds."""

Object = dict[str, Any]
Expansion = Callable[[Object], Object]


def objects_of(kind: str, path: Path, columns: tuple[Column, ...]) -> Iterator[Object]:
    """The objects of a data set.

    Args:
        kind: The collection.
        path: The CSV file; what is empty is null.
        columns: Of its contract.
    """
    types = {column.name: column.sql_type for column in columns}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield object_of(kind, {name: _value(types[name], text) for name, text in row.items()})


def object_of(kind: str, record: Mapping[str, Any]) -> Object:
    """An object of a collection.

    Args:
        kind: The collection.
        record: What the data set has of it; whatever else is said follows from it.
    """
    surround = {"customers": _customer, "charges": _charge, "invoices": _invoice}[kind]
    return {
        "id": record["id"],
        "object": SINGULAR[kind],
        **surround(record),
        **record,
        "metadata": {"order": record["id"][-6:], "channel": "web"},
    }


def event_of(found: Mapping[str, Any]) -> Object:
    """The event that tells of an object's creation."""
    digest = hashlib.sha256(str(found["id"]).encode()).hexdigest()[:24]
    return {
        "id": f"evt_{digest}",
        "object": "event",
        "api_version": API_VERSION,
        "created": found["created"],
        "data": {"object": dict(found)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": f"{found['object']}.created",
    }


def account() -> Object:
    """The account."""
    return {
        "id": ACCOUNT,
        "object": "account",
        "business_profile": {"name": "headrace harness", "url": None},
        "charges_enabled": True,
        "country": "DE",
        "default_currency": "eur",
        "details_submitted": True,
        "email": "harness@example.org",
        "payouts_enabled": True,
        "type": "standard",
    }


def list_of(url: str, data: list[Object], *, has_more: bool) -> Object:
    """A page."""
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _with_refunds(found: Object) -> Object:
    refund = {
        "id": str(found["id"]).replace("ch_", "re_"),
        "object": "refund",
        "amount": found["amount_refunded"],
        "charge": found["id"],
        "created": found["created"] + 60,
        "currency": found["currency"],
        "status": "succeeded",
    }
    refunds = [refund] if found["refunded"] else []
    url = f"/v1/charges/{found['id']}/refunds"
    return {**found, "refunds": list_of(url, refunds, has_more=False)}


def _as_it_is(found: Object) -> Object:
    """Nobody has a discount or pays taxes: their lists are empty, written out or not."""
    return found


EXPANSIONS: Final[Mapping[tuple[str, str], Expansion]] = {
    ("charges", "refunds"): _with_refunds,
    ("invoices", "discounts"): _as_it_is,
    ("invoices", "total_tax_amounts.tax_rate"): _as_it_is,
}
"""Parts that are written out on request, by collection and name."""


def _customer(record: Mapping[str, Any]) -> Object:
    street = f"{record['id'][-2:]} Mill Lane"
    return {
        "address": {
            "city": "Leipzig",
            "country": "DE",
            "line1": street,
            "line2": None,
            "postal_code": "04109",
            "state": None,
        },
        "default_source": None,
        "discount": None,
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "next_invoice_sequence": 1,
        "preferred_locales": ["de", "en"],
        "shipping": None,
        "test_clock": None,
    }


def _charge(record: Mapping[str, Any]) -> Object:
    is_paid = record["paid"]
    return {
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "billing_details": {
            "address": {"city": None, "country": "DE", "line1": None, "postal_code": None},
            "email": record["receipt_email"],
            "name": None,
            "phone": None,
        },
        "calculated_statement_descriptor": "HEADRACE",
        "destination": None,
        "dispute": None,
        "fraud_details": {},
        "on_behalf_of": None,
        "outcome": {
            "network_status": "approved_by_network" if is_paid else "declined_by_network",
            "risk_level": "normal",
            "seller_message": "Payment complete." if is_paid else "The bank declined.",
            "type": "authorized" if is_paid else "issuer_declined",
        },
        "payment_method": record["id"].replace("ch_", "pm_"),
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "checks": {"address_line1_check": None, "cvc_check": "pass"},
                "country": "DE",
                "exp_month": 8,
                "exp_year": 2030,
                "funding": "credit",
                "last4": "4242",
            },
            "type": "card",
        },
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/{record['id']}",
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_data": None,
        "transfer_group": None,
    }


def _invoice(record: Mapping[str, Any]) -> Object:
    line = {
        "id": record["id"].replace("in_", "il_"),
        "object": "line_item",
        "amount": record["total"],
        "currency": record["currency"],
        "description": "Mill wheel",
        "period": {"start": record["period_start"], "end": record["period_end"]},
        "quantity": 1,
        "type": "invoiceitem",
    }
    return {
        "account_country": "DE",
        "account_name": "headrace harness",
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "collection_method": "charge_automatically",
        "customer_address": None,
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "description": None,
        "discount": None,
        "discounts": [],
        "ending_balance": 0,
        "lines": list_of(f"/v1/invoices/{record['id']}/lines", [line], has_more=False),
        "next_payment_attempt": None,
        "starting_balance": 0,
        "status_transitions": {"finalized_at": record["created"], "voided_at": None},
        "subscription": None,
        "tax": None,
        "total_discount_amounts": [],
        "total_tax_amounts": [],
        "webhooks_delivered_at": record["created"],
    }


def _value(sql_type: str, text: str) -> str | int | bool | None:
    if not text:
        return None
    if sql_type == "BOOLEAN":
        return text == "true"
    return text if sql_type == "VARCHAR" else int(text)
