"""Results that follow from the arguments by a formula: an invented sum would teach a model to believe nonsense.

A formula is found by the keys of the result that an everyday API returns; where its arguments are not given, or it
fails on them, the result is varied like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, median, stdev
from typing import Any

from toolace.records import Json

Arguments = Mapping[str, Any]

_ROMAN = {
    **{1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC", 50: "L", 40: "XL"},
    **{10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"},
}
_METERS = {
    **{"meters": 1, "meter": 1, "m": 1, "centimeters": 0.01, "kilometers": 1000, "millimeters": 0.001},
    **{"feet": 0.3048, "inches": 0.0254, "yards": 0.9144, "miles": 1609.344},
}
_PAIRS = str.maketrans("ACGTU", "TGCAA")


def compute(returns: Json, arguments: Arguments) -> dict[str, Json] | None:
    """Give what a formula says of a result with these keys; None where there is none that fits the arguments."""
    formula = _FORMULAS.get(tuple(returns)) if isinstance(returns, dict) else None
    try:
        values = formula(arguments) if formula else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return values and {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}


def _final_price(a: Arguments) -> dict[str, Json]:
    saved = a["list_price"] * a["discount_percent"] / 100
    price = (a["list_price"] - saved) * (1 + a.get("tax_percent", 0) / 100)
    return {"final_price": round(price, 2), "saved": round(saved, 2)}


def _tip(a: Arguments) -> dict[str, Json]:
    tip = a["bill"] * a.get("percent", 15) / 100
    return {"tip": round(tip, 2), "total": round(a["bill"] + tip, 2)}


def _split(a: Arguments) -> dict[str, Json]:
    tip = a["amount"] * a.get("tipPercent", 0) / 100
    each = (a["amount"] + tip) / a["people"]
    each = math.ceil(each) if a.get("roundUp") else round(each, 2)
    return {"perPerson": each, "tip": round(tip, 2), "total": round(a["amount"] + tip, 2)}


def _stay(a: Arguments) -> dict[str, Json]:
    tax = a["nightly_rate"] * a["nights"] * a.get("tax_percent", 0) / 100
    total = a["nightly_rate"] * a["nights"] + tax + a.get("cleaning_fee", 0)
    return {"total": round(total, 2), "tax": round(tax, 2)}


def _loan(a: Arguments) -> dict[str, Json]:
    per_year = {"weekly": 52, "biweekly": 26, "monthly": 12, "quarterly": 4}[a.get("frequency", "monthly")]
    count, rate = a["years"] * per_year, a["annual_rate"] / 100 / per_year
    installment = a["amount"] * rate / (1 - (1 + rate) ** -count)
    interest = round(installment * count - a["amount"], 2)
    return {"installment": round(installment, 2), "payments": count, "total_interest": interest}


def _mortgage(a: Arguments) -> dict[str, Json]:
    loan = _loan({"amount": a["home_price"] - a.get("down_payment", 0), **a})
    return {"monthly_payment": loan["installment"], "total_interest": loan["total_interest"]}


def _gain(a: Arguments) -> dict[str, Json]:
    cost = a["quantity"] * a["buy_price"]
    gain = a["quantity"] * a["sell_price"] - cost - a.get("fees", 0)
    after = gain * (1 - a.get("tax_rate", 0)) if gain > 0 else gain
    return {"gain": round(gain, 2), "return_percent": round(100 * gain / cost, 2), "after_tax": round(after, 2)}


def _unit_prices(a: Arguments) -> dict[str, Json]:
    first, second = a["price_a"] / a["size_a"], a["price_b"] / a["size_b"]
    return {"cheaper": "a" if first < second else "b", "unit_price_a": first, "unit_price_b": second}


def _days(a: Arguments) -> dict[str, Json]:
    first, last = sorted(date.fromisoformat(v) for k, v in a.items() if k.endswith("date"))
    days = [first + timedelta(n) for n in range((last - first).days + bool(a.get("inclusive") or a.get("include_end")))]
    weekdays = a.get("workdays_only") or a.get("business_days_only")
    return {"days": sum(day.weekday() < 5 for day in days) if weekdays else len(days)}


def _bmi(a: Arguments) -> dict[str, Json]:
    bmi = round(a["weight_kg"] / (a["height_cm"] / 100) ** 2, 1)
    limits = (18.5, 23, 27.5) if a.get("population") == "asian" else (18.5, 25, 30)
    names = ["underweight", "normal", "overweight", "obese"]
    return {"bmi": bmi, "category": names[sum(bmi >= limit for limit in limits)]}


def _roman(a: Arguments) -> dict[str, Json]:
    number, text = a["number"], ""
    for value, letters in _ROMAN.items():
        text += letters * (number // value)
        number %= value
    return {"roman": text.lower() if a.get("lowercase") else text}


def _resistors(a: Arguments) -> dict[str, Json]:
    values = a["resistances"]
    total = sum(values) if a["arrangement"] == "series" else 1 / sum(1 / value for value in values)
    return {"total_resistance": round(total, 2)} | (
        {"current": round(a["source_voltage"] / total, 3)} if "source_voltage" in a else {}
    )


def _running_cost(a: Arguments) -> dict[str, Json]:
    energy = a["watts"] / 1000 * a["hours_per_day"] * a.get("days", 30)
    return {"kwh": round(energy, 2), "cost": round(energy * a["price_per_kwh"], 2)}


def _temperatures(a: Arguments) -> dict[str, Json]:
    kelvin = {"celsius": lambda t: t + 273.15, "fahrenheit": lambda t: (t - 32) / 1.8 + 273.15, "kelvin": lambda t: t}
    back = {"celsius": lambda t: t - 273.15, "fahrenheit": lambda t: (t - 273.15) * 1.8 + 32, "kelvin": lambda t: t}
    return {"converted": [round(back[a["to_scale"]](kelvin[a["from_scale"]](t)), 2) for t in a["temperatures"]]}


def _length(a: Arguments) -> dict[str, Json]:
    unit = a.get("to_unit") or ("meters" if a["from_unit"] in ("feet", "inches", "yards", "miles") else "feet")
    return {"value": round(a["value"] * _METERS[a["from_unit"]] / _METERS[unit], 3), "unit": unit}


def _summary(a: Arguments) -> dict[str, Json]:
    values = a["values"]
    return {"mean": round(mean(values), 2), "median": median(values), "std": round(stdev(values), 2)}


def _track(a: Arguments) -> dict[str, Json]:
    points = [(p["x"], p["y"]) for p in a["points"]]
    points += points[:1] if a.get("closed") else []
    return {"meters": round(sum(math.dist(p, q) for p, q in pairwise(points)), 1)}


def _tiles(a: Arguments) -> dict[str, Json]:
    count = a["floor_area"] * 10_000 / (a["tile_length"] * a["tile_width"]) * (1 + a.get("waste_percent", 10) / 100)
    return {"tiles": math.ceil(count)}


def _trapezoid(a: Arguments) -> dict[str, Json]:
    area = (a["long_base"] + a["short_base"]) / 2 * a["height"]
    return {"area": round(area, 2), "unit": f"square {a.get('unit', 'meters')}"}


def _reverse_complement(a: Arguments) -> dict[str, Json]:
    text = a["sequence"].upper().translate(_PAIRS)[::-1]
    return {"result": text.replace("T", "U") if str(a.get("molecule", "dna")).lower() == "rna" else text}


_FORMULAS: dict[tuple[str, ...], Callable[[Arguments], dict[str, Json]]] = {
    ("final_price", "saved"): _final_price,
    ("tip", "total"): _tip,
    ("perPerson", "tip", "total"): _split,
    ("total", "tax"): _stay,
    ("installment", "payments", "total_interest"): _loan,
    ("monthly_payment", "total_interest"): _mortgage,
    ("gain", "return_percent", "after_tax"): _gain,
    ("cheaper", "unit_price_a", "unit_price_b"): _unit_prices,
    ("days",): _days,
    ("bmi", "category"): _bmi,
    ("roman",): _roman,
    ("total_resistance", "current"): _resistors,
    ("kwh", "cost"): _running_cost,
    ("converted",): _temperatures,
    ("value", "unit"): _length,
    ("mean", "median", "std"): _summary,
    ("meters",): _track,
    ("tiles",): _tiles,
    ("result",): _reverse_complement,
    ("percent_change",): lambda a: {"percent_change": round(100 * (a["new_value"] / a["old_value"] - 1), 2)},
    ("shares",): lambda a: {"shares": [round(a["total"] * part / sum(a["ratio"]), 2) for part in a["ratio"]]},
    ("average",): lambda a: {"average": round(a["hits"] / a["at_bats"], a.get("decimals", 3))},
    ("force", "unit"): lambda a: {"force": round(a["stiffness"] * a["displacement"], 2), "unit": "N"},
    ("area", "unit"): _trapezoid,
    ("minutes",): lambda a: {
        "minutes": round(a["pages"] * a.get("words_per_page", 275) / a.get("words_per_minute", 240))
    },
}
