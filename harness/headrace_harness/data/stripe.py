"""The Stripe data sets: customers, charges and invoices that belong to each other.

A data set is named after what it holds: `stripe-customers`. Ids follow from the number of a record,
so that a charge can name its customer without either being made.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from headrace_harness.catalog import DataSet, Size
from headrace_harness.data.words import WORDS, below, pick

PREFIX: Final = "stripe-"
"""Of the names of these data sets; what follows names the collection."""

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Nothing is older."""

SEED: Final = 2011
CUSTOMERS: Final = 600
"""How many customers there are for charges and invoices to name."""

INVOICES: Final = 300
"""How many invoices there are; the charges of these numbers pay them."""

Record = dict[str, str | int | bool | None]

_SPAN_S: Final = 2 * 365 * 86_400  # within 2025: who reads asks for nothing of the future
_NAMES: Final = ("Ada Lovelace", "José Núñez", "Søren Kjær", "O'Neil, Sons", "東京 会社", "Zoë Ng")
_NULL_SHARE: Final = 0.2
_DELINQUENT_SHARE: Final = 0.1
_FAILED_SHARE: Final = 0.1
_REFUNDED_SHARE: Final = 0.1
_PAID_SHARE: Final = 0.8
_CURRENCIES: Final = ("eur", "gbp", "jpy", "usd")
_EXEMPT: Final = ("none", "exempt", "reverse")
_REASONS: Final = ("manual", "subscription_create", "subscription_cycle")
_FAILURES: Final = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "insufficient_funds": 'Your card has insufficient funds, says "the bank".',
}


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Write `size.rows` records; the same rows are a prefix of every larger size.

    Args:
        dataset: Its name says what is made.
        size: How many rows.
        target: Overwritten.
    """
    found = list(islice(records(dataset.name.removeprefix(PREFIX)), size.rows))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _spelled(value) for name, value in one.items()} for one in found)


def records(kind: str) -> Iterator[Record]:
    """Records of a kind, `customers`, `charges` or `invoices`, without end; null is None."""
    random = Random(SEED)  # noqa: S311 - repeatable data, not secrets
    number = 0
    while True:
        number += 1
        yield MAKERS[kind](random, number)


def identity(prefix: str, number: int) -> str:
    """The id of an object, `cus_…` for one."""
    return f"{prefix}_{hashlib.sha256(f'{prefix} {number}'.encode()).hexdigest()[:24]}"


def _customer(random: Random, number: int) -> Record:
    return {
        "id": identity("cus", number),
        "created": _moment(random),
        "name": pick(random, _NAMES),
        "email": _or_null(random, f"customer.{number}@mail.example.org"),
        "phone": _or_null(random, f"+49 30 {below(random, 10_000_000):07}"),
        "description": _or_null(random, _prose(random)),
        "currency": _or_null(random, pick(random, _CURRENCIES)),
        "balance": below(random, 20_000) - 10_000,
        "delinquent": random.random() < _DELINQUENT_SHARE,
        "livemode": False,
        "invoice_prefix": identity("P", number)[2:10].upper(),
        "tax_exempt": pick(random, _EXEMPT),
    }


def _charge(random: Random, number: int) -> Record:
    amount = below(random, 500_000) + 50
    failure = pick(random, tuple(_FAILURES)) if random.random() < _FAILED_SHARE else None
    is_refunded = failure is None and random.random() < _REFUNDED_SHARE
    return {
        "id": identity("ch", number),
        "created": _moment(random),
        "amount": amount,
        "amount_captured": 0 if failure else amount,
        "amount_refunded": amount if is_refunded else 0,
        "currency": pick(random, _CURRENCIES),
        "customer": identity("cus", 1 + below(random, CUSTOMERS)),
        "invoice": identity("in", number) if number <= INVOICES else None,
        "description": _or_null(random, _prose(random)),
        "paid": failure is None,
        "captured": failure is None,
        "refunded": is_refunded,
        "disputed": False,
        "livemode": False,
        "status": "failed" if failure else "succeeded",
        "failure_code": failure,
        "failure_message": _FAILURES[failure] if failure else None,
        "payment_intent": identity("pi", number),
        "balance_transaction": None if failure else identity("txn", number),
        "receipt_email": _or_null(random, f"receipt.{number}@mail.example.org"),
    }


def _invoice(random: Random, number: int) -> Record:
    total = below(random, 500_000) + 50
    is_paid = random.random() < _PAID_SHARE
    created = _moment(random)
    return {
        "id": identity("in", number),
        "created": created,
        "number": f"{identity('P', number)[2:10].upper()}-{number:04}",
        "customer": identity("cus", 1 + below(random, CUSTOMERS)),
        "customer_name": pick(random, _NAMES),
        "customer_email": _or_null(random, f"invoices.{number}@mail.example.org"),
        "charge": identity("ch", number),
        "status": "paid" if is_paid else "open",
        "billing_reason": pick(random, _REASONS),
        "currency": pick(random, _CURRENCIES),
        "subtotal": total,
        "total": total,
        "amount_due": total,
        "amount_paid": total if is_paid else 0,
        "amount_remaining": 0 if is_paid else total,
        "attempt_count": below(random, 4),
        "attempted": True,
        "auto_advance": not is_paid,
        "paid": is_paid,
        "livemode": False,
        "period_start": created - 30 * 86_400,
        "period_end": created,
        "due_date": None if is_paid else created + 14 * 86_400,
    }


MAKERS: Final[Mapping[str, Callable[[Random, int], Record]]] = {
    "customers": _customer,
    "charges": _charge,
    "invoices": _invoice,
}


def _spelled(value: object) -> object:
    """As DuckDB spells it."""
    return str(value).lower() if isinstance(value, bool) else value


def _moment(random: Random) -> int:
    """Seconds since 1970."""
    return int(START.timestamp()) + below(random, _SPAN_S)


def _or_null(random: Random, value: str) -> str | None:
    return None if random.random() < _NULL_SHARE else value


def _prose(random: Random) -> str:
    return " ".join(pick(random, WORDS) for _ in range(2 + below(random, 8)))
