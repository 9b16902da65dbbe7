"""What can be written in an expression: the functions, methods and operators, each with what it gives, an example and what it costs.

The page docs/reference/expressions.md and the completion in the builder say the same: a test compares the page with this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from interlock.definition.expressions.costs import Kind, cost_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A function, a method of texts, lists or objects, or an operator.

    Attributes:
        kind: `function`, `operator`, or whose method it is.
        signature: how it is written: `round(x, digits)`, `a.key`.
        summary: one or more sentences, in Markdown.
        example: an expression over the data of the page.
        result: its value, as JSON.
    """

    kind: Kind
    signature: str
    summary: str
    example: str
    result: str

    @property
    def name(self) -> str:
        """Its name, or the operator as it is written."""
        return self.signature.partition("(")[0] if self.kind != "operator" else self.signature

    @property
    def cost(self) -> str:
        """What it costs, in Markdown."""
        return cost_of(self.kind, self.name)


OPERATORS: Final = tuple(
    Entry(kind="operator", signature=signature, summary=summary, example=example, result=result)
    for signature, summary, example, result in (
        ("a if c else b", "`a` where `c` is true, else `b`; the other is not looked at.", '"large" if amount > 100 else "small"', '"large"'),
        ("or", "The first operand that is true, else the last. What stands behind it is not looked at.", 'note or "none"', '"none"'),
        ("and", "The first operand that is false, else the last.", "paid and 1 / 0", "false"),
        ("not", "True where its operand is false, null, 0 or empty.", "not note", "true"),
        ("==", "Equal. `true` equals 1 and `false` equals 0; text never equals a number.", "amount == 120.0", "true"),
        ("!=", "Not equal.", 'name != "Bob"', "true"),
        ("<", "Less: numbers with numbers, text with text (by code point), lists with lists. Comparisons chain.", "0 < amount < 200", "true"),
        ("<=", "Less or equal.", "amount <= 120", "true"),
        (">", "Greater.", '"b" > "a"', "true"),
        (">=", "Greater or equal.", "amount >= 121", "false"),
        ("in", "Whether a list has the element, a text the part, an object the key.", '"vip" in tags', "true"),
        ("not in", "The opposite of `in`.", '"street" not in address', "true"),
        ("is", "Whether a value is exactly `null`, `true` or `false`; nothing else stands beside `is`.", "note is null", "true"),
        ("is not", "The opposite of `is`.", "paid is not null", "true"),
        ("+", "The sum of numbers; two texts or two lists joined. Before a number: that number.", 'name[:3] + "!"', '"Ada!"'),
        ("-", "The difference of numbers. Before a number: its negative.", "amount - 20", "100"),
        ("*", "The product of numbers; a text or list repeated.", '"ab" * 2', '"abab"'),
        ("/", "The quotient, always a decimal number.", "amount / 100", "1.2"),
        ("//", "The quotient rounded down.", "7 // 2", "3"),
        ("%", "The remainder, with the sign of the divisor.", "7 % 4", "3"),
        ("**", "The power.", "2 ** 10", "1024"),
        ("a.key", "The value of a key. A key that is missing is an error.", "address.city", '"Oslo"'),
        (
            "a[key]",
            "The value of a key, or the element or character at a position, from 0; negative positions count from the end.",
            "tags[-1]",
            '"vip"',
        ),
        ("a[i:j:k]", "A part of a list or text.", "name[0:3]", '"Ada"'),
        ("[x for a in b if c]", "The list of `x` for every element of `b` where `c` is true.", "[l.what for l in lines if l.price > 2]", '["tea"]'),
        ("{k: v for a in b}", "The same for an object.", "{l.what: l.pieces for l in lines}", '{"tea": 2, "pen": 10}'),
        ("f(x for a in b)", "The same without brackets, as the only argument of a function.", "sum(l.price * l.pieces for l in lines)", "23.0"),
    )
)

FUNCTIONS: Final = tuple(
    Entry(kind="function", signature=signature, summary=summary, example=example, result=result)
    for signature, summary, example, result in (
        ("abs(x)", "The number without its sign.", "abs(20 - amount)", "100"),
        ("all(list)", "Whether every element is true; true for none. Stops at the first that is not.", "all(l.price > 1 for l in lines)", "true"),
        ("any(list)", "Whether some element is true; false for none. Stops at the first that is.", "any(l.price > 3 for l in lines)", "true"),
        ("bool(x)", "False for false, null, 0 and what is empty, else true.", "bool(tags)", "true"),
        ("float(x)", "The decimal number, from a number or a text.", 'float("1.5")', "1.5"),
        ("int(x)", "The whole number, from a number (its decimals are cut off) or a text.", 'int("12") + int(1.9)', "13"),
        (
            "len(x)",
            (
                "How many elements, keys or characters a list, object or text has. A character is a code point: an emoji of several counts "
                "several times."
            ),
            "len(lines)",
            "2",
        ),
        ("list(x)", "The elements of a list, the keys of an object or the characters of a text, as a list.", "list(address)", '["city", "zip code"]'),
        ("max(list)", "The largest element, or the largest of several arguments; `default=` is given for none.", "max(l.price for l in lines)", "4"),
        ("min(list)", "The smallest, in the same way.", "min([], default=0)", "0"),
        ("range(n)", "The list 0 to n-1; `range(a, b, step)` as in Python.", "range(1, 4)", "[1, 2, 3]"),
        (
            "round(x, digits)",
            "The number rounded; halves go to the even neighbour. Without digits: a whole number.",
            "round(2.5) + round(2.567, 1)",
            "4.6",
        ),
        ("sorted(list)", "The list in ascending order; `reverse=true` turns it round.", "sorted(tags, reverse=true)", '["vip", "new"]'),
        ("str(x)", "The value as text: text as it is, everything else as JSON.", "str([1, null])", '"[1, null]"'),
        ("sum(list)", "The sum of a list of numbers; a second argument is added to it.", "sum(nodes.fetch.output.rows)", "6"),
    )
)

TEXT_METHODS: Final = tuple(
    Entry(kind="text", signature=signature, summary=summary, example=example, result=result)
    for signature, summary, example, result in (
        ("capitalize()", "The first character in upper case, the rest in lower case.", '"oSLO".capitalize()', '"Oslo"'),
        ("casefold()", "Lower case for comparing, in every script.", '"Straße".casefold()', '"strasse"'),
        ("contains(part)", "The same as `part in text`.", 'name.contains("Love")', "true"),
        ("count(part)", "How often the part occurs, without overlaps.", '"banana".count("an")', "2"),
        ("endswith(part)", "Whether it ends with the part, or with one of a list.", 'name.endswith(["lace", "ace"])', "true"),
        ("find(part)", "The first position of the part, -1 where it does not occur.", 'name.find("L")', "4"),
        ("isalnum()", "Whether it consists of letters and digits, at least one.", '"a1".isalnum()', "true"),
        ("isalpha()", "Whether it consists of letters.", '"a1".isalpha()', "false"),
        ("isdecimal()", "Whether it consists of decimal digits, of any script.", '"0150".isdecimal()', "true"),
        ("isdigit()", "The same, small raised digits included.", '"²".isdigit()', "true"),
        ("islower()", "Whether all its letters are lower case, at least one.", '"ada".islower()', "true"),
        ("isspace()", "Whether it consists of white space.", '" \\t".isspace()', "true"),
        ("isupper()", "Whether all its letters are upper case, at least one.", "name.isupper()", "false"),
        ("join(list)", "The texts of a list with this text between them.", '", ".join(tags)', '"new, vip"'),
        ("lower()", "In lower case.", "name.lower()", '"ada lovelace"'),
        ("lstrip()", "Without white space at the start, or without the characters given.", '"00150".lstrip("0")', '"150"'),
        ("removeprefix(part)", "Without the part at the start, where it stands there.", 'subject.removeprefix("account-")', '"7"'),
        ("removesuffix(part)", "Without the part at the end, where it stands there.", '"a.csv".removesuffix(".csv")', '"a"'),
        ("replace(old, new)", "With every `old` replaced by `new`.", '"1,5".replace(",", ".")', '"1.5"'),
        ("rfind(part)", "The last position of the part, -1 where it does not occur.", 'name.rfind("a")', "9"),
        ("rsplit(part, n)", "Split at the part from the right, at most n times.", '"a/b/c".rsplit("/", 1)', '["a/b", "c"]'),
        ("rstrip()", "Without white space at the end, or without the characters given.", '"1.500".rstrip("0")', '"1.5"'),
        ("split(part)", "The pieces between the parts; without a part, between white space.", "name.split()", '["Ada", "Lovelace"]'),
        ("splitlines()", "The lines.", '"a\\nb".splitlines()', '["a", "b"]'),
        ("startswith(part)", "Whether it starts with the part, or with one of a list.", 'name.startswith("Ada")', "true"),
        ("strip()", "Without white space at both ends, or without the characters given.", '"  x ".strip()', '"x"'),
        ("title()", "Every word with an upper-case first letter.", '"new york".title()', '"New York"'),
        ("upper()", "In upper case.", '"vip".upper()', '"VIP"'),
    )
)

LIST_METHODS: Final = tuple(
    Entry(kind="list", signature=signature, summary=summary, example=example, result=result)
    for signature, summary, example, result in (
        ("contains(x)", "The same as `x in list`.", 'tags.contains("vip")', "true"),
        ("count(x)", "How many elements equal x.", "[1, 2, 1].count(1)", "2"),
        ("index(x)", "The position of the first element that equals x; an error where there is none.", 'tags.index("vip")', "1"),
    )
)

OBJECT_METHODS: Final = tuple(
    Entry(kind="object", signature=signature, summary=summary, example=example, result=result)
    for signature, summary, example, result in (
        ("contains(key)", "The same as `key in object`.", 'address.contains("city")', "true"),
        (
            "get(key, default)",
            "The value of the key, or the default (null where none is given) where the key is missing.",
            'input.get("discount", 0)',
            "0",
        ),
        ("items()", "Every key and value, as a list of pairs.", '[k for k, v in address.items() if v == "Oslo"]', '["city"]'),
        ("keys()", "The keys, as a list.", "address.keys()", '["city", "zip code"]'),
        ("values()", "The values, as a list.", "address.values()", '["Oslo", "0150"]'),
    )
)

ENTRIES: Final = (*OPERATORS, *FUNCTIONS, *TEXT_METHODS, *LIST_METHODS, *OBJECT_METHODS)
"""In the order of the page."""

EXAMPLE_DATA: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "input": {
            "amount": 120,
            "rate": 0.25,
            "name": "Ada Lovelace",
            "paid": False,
            "note": None,
            "tags": ["new", "vip"],
            "lines": [{"what": "tea", "price": 4, "pieces": 2}, {"what": "pen", "price": 1.5, "pieces": 10}],
            "address": {"city": "Oslo", "zip code": "0150"},
        },
        "nodes": {"fetch": {"output": {"status": 200, "rows": [1, 2, 3]}}},
        "context": {"tries": 3},
        "execution": {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "workflow": "Refund", "version": 2, "started_at": "2030-01-31T09:00:00.000000Z"},
        "subject": "account-7",
    }
)
"""The data of the examples."""
