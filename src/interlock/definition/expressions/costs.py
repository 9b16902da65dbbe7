"""What expressions cost, as the page docs/reference/expressions.md says it: a test compares the two."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["operator", "function", "text", "list", "object"]
CALL: Final = "6 steps for the call"
EACH_ELEMENT: Final = "for each element a step for every part that is written down"
_CODE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something costs.

    Attributes:
        what: what is done, in Markdown; the functions, methods and operators that it names cost this.
        steps: how many steps.
        kinds: of which kind these are; empty: of any.
    """

    what: str
    steps: str
    kinds: tuple[Kind, ...] = ()


def cost_of(kind: Kind, name: str) -> str:
    """Returns what a function, method or operator costs, in Markdown."""
    first = OF_OPERATORS.steps if kind == "operator" else CALL
    if kind == "operator" and " for " in name:
        return EACH_ELEMENT
    named = [
        cost.steps for cost in COSTS if cost not in (OF_OPERATORS, OF_CALLS) and name in _CODE.findall(cost.what) and kind in (cost.kinds or (kind,))
    ]
    return "; ".join(dict.fromkeys((first, *named)))


OF_OPERATORS: Final = Cost(what="a comparison, an operator, a sign", steps="1 or 2; for texts and lists, what looking at them costs besides")
OF_CALLS: Final = Cost(
    what="a call of a function or method, a part `a[i:j]`",
    steps="6, and what follows; `len` and `bool` cost no more than that",
)
COSTS: Final = (
    OF_OPERATORS,
    OF_CALLS,
    Cost(
        what="looking at a value, in `==`, `<`, `max`, `min` and for the result",
        steps="1 for a value and for each element in it, 1 for 64 characters",
    ),
    Cost(
        what="`all`, `any`, `list`, `max`, `min`, `range`, `sorted`, `sum`, `keys`, `values`, `items`",
        steps="1 for each element; `sum` 4 more",
    ),
    Cost(
        what="multiplying, dividing or writing whole numbers beyond 64 bits; `abs`, `round`, `sum` of such numbers",
        steps="the product of their lengths, in words of 64 bits, / 32, and their sum / 8",
    ),
    Cost(
        what="making a text, looking up a key: `join`, `removeprefix`, `removesuffix`, `get`",
        steps="1 for 64 characters; `join` also 1 for each text",
    ),
    Cost(
        what="changing or asking each character: `capitalize`, `casefold`, `lower`, `title`, `upper`, `isalnum`, `isalpha`, "
        "`isdecimal`, `isdigit`, `islower`, `isspace`, `isupper`, `split`, `rsplit`, `splitlines`",
        steps="1 for 8 characters",
    ),
    Cost(what="`int`, `float` of a text", steps="1 for 8 characters"),
    Cost(what="`strip`, `lstrip`, `rstrip`", steps="characters of the text × characters to take away / 8"),
    Cost(
        what="searching: `in`, `contains`, `find`, `count`, `replace`, `split` with a part",
        steps="1 for 8 characters; in texts below 30,000 characters: characters × (length of the part + 1) / 64; `replace` counts the part twice",
        kinds=("operator", "text"),
    ),
    Cost(what="`rfind`, `rsplit` with a part", steps="characters × (length of the part + 1) / 64"),
    Cost(
        what="`in`, `contains`, `count`, `index` of a list",
        steps="1 for each element, and for each 64 characters of the text that is searched; twice that for `index`",
        kinds=("operator", "list"),
    ),
    Cost(what="`startswith`, `endswith`", steps="1 for each text that is asked for, and for each 64 characters of it"),
    Cost(
        what="`sorted`",
        steps="what looking at the list costs, times the logarithm of its length; a quarter of that for short elements",
    ),
    Cost(what="`str`, a value in the text of a template", steps="12, and three times what looking at it costs"),
)
"""In the order of the page."""
