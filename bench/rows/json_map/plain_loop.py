"""A JSON text of about 100 bytes is parsed, changed and dumped for each of the numbers 1 to n, in a loop."""

import json
import sys

TEXTS = [
    json.dumps({"id": n, "user": f"u-{n:06d}", "amount": n * 1.25, "currency": "EUR", "items": [n, n + 1], "ok": True})
    for n in range(1000)
]


def change(n: int) -> str:
    order = json.loads(TEXTS[n % 1000])
    order["amount"] *= 2
    return json.dumps(order)


for n in range(1, int(sys.argv[1]) + 1):
    change(n)
