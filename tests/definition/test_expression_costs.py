"""What hostile expressions cost: the time of a visit's expressions is bounded by the steps of its budget, and their memory by its bytes."""

import ast
import os
import random
import secrets
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from interlock.definition import ExpressionError, Scope, parse_expression, parse_template, render
from interlock.definition.expressions.budget import Budget
from interlock.definition.expressions.errors import LONGEST_MESSAGE
from interlock.definition.expressions.functions import FUNCTIONS
from interlock.definition.expressions.limits import STANDARD_LIMITS
from interlock.definition.expressions.methods import LIST_METHODS, OBJECT_METHODS, TEXT_METHODS
from interlock.definition.expressions.operators import ARITHMETIC, COMPARISONS

FUZZ_SECONDS = 60.0
FUZZ_SEED = "INTERLOCK_FUZZ_SEED"
"""The environment variable with the seed of an earlier run, which tries the same expressions in the same order."""
LONGEST_RATIO = 4.0
"""How much longer a hostile expression may take than a plain comprehension that spends the whole budget, which takes about 20 ms."""
WHOLE = "[x for x in numbers for y in numbers]"
LONG = "a" * 1_000_000
VALUES: dict[str, Any] = {
    "long": LONG,
    "almost": LONG[1:] + "b",
    "half": "a" * 29_000,
    "late": "b" + "a" * 14_000,
    "later": "a" * 10_000 + "b",
    "set": "".join(map(chr, range(0x4E00, 0x4E00 + 20_000))),
    "wide": "一" * 500_000 + "x",
    "sharp": "ß" * 900_000,
    "control": "\x01" * 900_000,
    "words": "ab " * 300_000,
    "key": "".join(["a"] * 1_000_000),
    "by_long_key": {LONG: 1, "k": {LONG: LONG}},
    "large": 2**14_000,
    "larger": 3**8_000,
    "larges": [2**14_000] * 50_000,
    "reals": [1.1e300] * 50_000,
    "numbers": list(range(50_000)),
    "digits": [10**4_299 - number for number in range(3_000)],
    "rows": [{"a": number, "b": [number]} for number in range(20_000)],
    "keys": {"k" * 5_000 + str(number): number for number in range(150)},
    "lists": [[1] * 100 for _ in range(1_000)],
    "lines": "\r\n" * 400_000,
    "same": [LONG] * 50_000,
    "texts": ["a" * 10_000 + str(number) for number in range(100)],
    "nested": [[[1] * 50] * 100] * 10,
    "small": 2,
    "minus": -1.5,
    "word": "a",
    "nothing": None,
}
# What the fuzzer finds is added here, so that it stays tried when no seed leads to it any more.
HOSTILE = (
    "long.strip(set)", "wide.strip(set)", "wide.rstrip(long)", '"b" in long', "late in half", "(later + 'c') in long", "half.rfind(late)",
    "half.find(late)", "long.rfind(later)", "long.count('aa')", "long.replace('aa', 'b')", "half.replace(late, 'x')", "long.split('a')",
    "half.rsplit(late)", "words.split()", "sharp.upper()", "words.title()", "[by_long_key[key] for x in numbers]",
    "[by_long_key.get(key) for x in numbers]", "[key in by_long_key for x in numbers]", "[long == key for x in numbers]",
    "[by_long_key.k == by_long_key.k for x in numbers]", "almost in same", "same.count(almost)", "same.index(almost)", "long.startswith(same)",
    "long.endswith([almost] * 50000)", "[].index(larges)", "[].index(same)", "[].index([long] * 400)", "[1].index(nested)",
    "[large * larger for x in numbers]", "[large // 3 for x in numbers]", "[str(large) for x in numbers]",
    "str(larges)", "str(reals)", "str(control)", "sum(larges)", "sorted(texts * 100)", "max(same)", "[x < y for x in texts for y in texts]",
    "[sorted(numbers) for x in numbers]", "[nested == nested for x in numbers]", "nested * 1000", "[input] * 50000", "same * 2",
    "[str(x) for x in numbers]",
    "any(x < 0 for x in numbers for y in numbers)", "by_long_key.missing", "by_long_key[almost]", "[x.lower() for x in texts * 100]",
    "[long[1:] for x in numbers]", "[{long: x} for x in numbers]", "[float('1.' + '9' * 990) for x in numbers]", "[-large for x in numbers]",
)  # fmt: skip


def evaluate(source: str) -> tuple[float, Any]:
    """The CPU seconds of one evaluation with a fresh budget, and its value or the code of its error, which never holds a whole value."""
    expression = parse_expression(source)
    scope = Scope(input=VALUES)
    message = ""
    began = time.thread_time()
    try:
        value = expression.evaluate(scope)
    except ExpressionError as error:
        value, message = error.code, error.message
    seconds = time.thread_time() - began
    assert len(message) <= LONGEST_MESSAGE + 1, source
    return seconds, value


def quickest(source: str, times: int = 3) -> float:
    return min(evaluate(source)[0] for _ in range(times))


@pytest.fixture(scope="module")
def longest() -> float:
    """The most CPU seconds that an expression may take on this machine."""
    assert evaluate(WHOLE)[1] == "limit"
    return LONGEST_RATIO * quickest(WHOLE, 5)


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_expression_takes_no_longer_than_its_steps(source: str, longest: float) -> None:
    assert quickest(source) <= longest or quickest(source, 5) <= LONGEST_RATIO * quickest(WHOLE, 5)


def test_a_fuzzer_finds_no_expression_that_takes_longer_than_its_steps(longest: float) -> None:
    seed = int(os.environ.get(FUZZ_SEED) or secrets.randbits(32))
    print(f"{FUZZ_SEED}={seed}")
    choose = random.Random(seed)
    ends = time.monotonic() + FUZZ_SECONDS
    tried, refused = 0, 0
    while time.monotonic() < ends:
        source = expression_of(choose, 3)
        try:
            seconds, _ = evaluate(source)
        except ExpressionError:
            refused += 1  # it does not parse: a comprehension inside braces, say
            continue
        tried += 1
        assert seconds <= longest or quickest(source, 5) <= LONGEST_RATIO * quickest(WHOLE, 5), f"{source}: {FUZZ_SEED}={seed}"
    assert tried > 20 * refused


def test_a_seed_repeats_what_the_fuzzer_tried() -> None:
    one, same, other = (random.Random(seed) for seed in (1, 1, 2))
    tried = [[expression_of(choose, 3) for _ in range(100)] for choose in (one, same, other)]
    assert tried[0] == tried[1] != tried[2]


def expression_of(choose: random.Random, depth: int) -> str:
    """A random expression over the hostile values. Each function, method and operator occurs."""
    if depth == 0:
        return choose.choice([*VALUES, "0", "3", "'a'", "'aa'", "x", "[]", "{}", "true"]).replace("x", "small", 1 if choose.random() < 0.5 else 0)

    def inner() -> str:
        return expression_of(choose, depth - choose.randint(1, depth))

    kind = choose.randrange(9)
    if kind == 0:
        name = choose.choice(sorted(FUNCTIONS))
        return f"{name}({', '.join(inner() for _ in range(choose.choice([1, 1, 1, 2])))})"
    if kind == 1:
        name = choose.choice(sorted({*TEXT_METHODS, *LIST_METHODS, *OBJECT_METHODS}))
        return f"({inner()}).{name}({', '.join(inner() for _ in range(choose.choice([0, 1, 1, 2])))})"
    if kind == 2:
        return f"({inner()} {choose.choice(['+', '-', '*', '/', '//', '%', '**', '==', '!=', '<', '>=', 'in', 'not in', 'and', 'or'])} {inner()})"
    if kind == 3:
        return f"[{inner()} for x in {choose.choice(['numbers', 'texts', 'same', 'larges', 'long', inner()])}]"
    if kind == 4:
        return f"{choose.choice(['any', 'all', 'sum', 'len'])}([{inner()} for x in numbers if {inner()}])"
    if kind == 5:
        return f"({inner()})[{choose.choice(['1:', '::2', '::-1', inner(), inner()])}]"
    if kind == 6:
        return f"({inner()} if {inner()} else {inner()})"
    if kind == 7:
        return choose.choice([f"[{inner()}, {inner()}]", f"{{'a': {inner()}, str({inner()}): {inner()}}}", f"-({inner()})", f"not ({inner()})"])
    return f"{{str(x): {inner()} for x in {choose.choice(['numbers', 'texts', inner()])}}}"


def peak_of(make: Any) -> int:
    """The most bytes that were allocated at once while it ran."""
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionError) as refused:
            make()
        assert refused.value.code == "limit"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_templates_of_one_node_share_one_budget_of_bytes() -> None:
    template = {f"p{number}": "{{ 'a' * 1000000 }}" for number in range(1_000)}
    assert peak_of(lambda: render(template, Scope())) < 80_000_000


def test_texts_that_templates_make_of_large_values_share_it_too() -> None:
    template = ["{{ rows }} and {{ rows }}"] * 1_000
    assert peak_of(lambda: render(template, Scope(input={"rows": ["a" * 1_000] * 2_000}))) < 80_000_000


def test_a_large_value_may_be_passed_on_as_a_whole_and_not_very_often() -> None:
    scope = Scope(input={"rows": ["a" * 1_000] * 20_000})
    rendered = render(["{{ rows }}", "{{ input.rows }}", "{{ input }}"], scope)
    assert rendered[0] is scope.input["rows"]
    with pytest.raises(ExpressionError, match="67,108,864 bytes"):
        render(["{{ rows }}"] * 10, scope)


def test_the_templates_of_one_node_share_one_budget_of_steps() -> None:
    once = "{{ [x for x in numbers if x < 0] }}"
    numbers = {"numbers": list(range(4_000))}
    assert render([once, once], Scope(input=numbers)) == [[], []]
    with pytest.raises(ExpressionError, match="250,000 steps"):
        render([once] * 5, Scope(input=numbers))


def test_the_budget_of_another_visit_is_its_own() -> None:
    template = parse_template("{{ [x for x in numbers if x < 0] }}")
    for _ in range(5):
        assert template.render(Scope(input={"numbers": list(range(4_000))})) == []


SHORT: dict[str, Any] = {"text": "ab " * 100, "word": "b", "parts": ["a", "b"], "numbers": [3, 1, 2], "rows": {"k": 1}, "small": 2}


def every_call() -> Iterator[str]:
    for name in sorted(FUNCTIONS):
        yield f"{name}({'numbers' if name in ('all', 'any', 'len', 'list', 'max', 'min', 'sorted', 'sum') else 'small'})"
    for name in sorted(TEXT_METHODS):
        needs_text = name in ("contains", "count", "endswith", "find", "removeprefix", "removesuffix", "rfind", "startswith")
        yield f"text.{name}({'word' if needs_text else 'word, word' if name == 'replace' else 'parts' if name == 'join' else ''})"
    for name in sorted(LIST_METHODS):
        yield f"numbers.{name}(small)"
    for name in sorted(OBJECT_METHODS):
        yield f"rows.{name}({'word' if name in ('contains', 'get') else ''})"


SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
RIGHT: dict[type[ast.AST], str] = {ast.In: "numbers", ast.NotIn: "numbers", ast.Is: "null", ast.IsNot: "null"}
OPERATIONS = (
    *(f"small {SIGNS[sign]} {RIGHT.get(sign, 'small')}" for sign in [*ARITHMETIC, *COMPARISONS]),
    "[1]", "{}", "-small", "text[1:]", "numbers[1:]", "[x for x in parts]", "rows['k']", "numbers[0]",
)  # fmt: skip


@pytest.mark.parametrize("source", [*every_call(), *OPERATIONS])
def test_every_function_method_and_operator_has_a_cost(source: str) -> None:
    scope = Scope(input=SHORT)
    parse_expression(source).evaluate(scope)
    assert scope.budget.steps < STANDARD_LIMITS.steps


def test_the_budget_counts_keys_and_whole_numbers_of_any_size() -> None:
    assert spent_on({"k" * 6_400: 1}) >= 100
    assert spent_on([2**14_000]) >= 1_000
    assert spent_on([1] * 1_000) <= 1_001


def spent_on(value: Any) -> int:
    budget = Budget()
    budget.weigh(value)
    return STANDARD_LIMITS.steps - budget.steps
