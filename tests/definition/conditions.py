"""Random conditions, and random data chosen so that the conditions find something in it."""

import json

from hypothesis import strategies as st

LITERALS = [
    "0", "1", "-1", "5", "10000", "-7", "0.1", "0.5", "1.5", "1.0", "-0.0", "1e16", "1e-7", "1e308", "9007199254740992", "9007199254740993",
    "1e23", "6.022e23", "100000000000000000000000",
    '"EU"', '"US"', '""', '"é"', '"😀"', '"1"', '"true"', "'a\"b'", '"back\\\\slash"', '"tab\\t"', "True", "False", "None", "true", "false", "null",
]  # fmt: skip
NUMBERS = [
    "0", "1", "-1", "2", "5", "10000", "10001", "-7", "0.1", "0.10",
    "0.1000000000000000055", "0.10000000000000000001", "0.5", "1.5", "1.0", "-0.0", "1.00",
    "0.99999999999999999999", "1.0000000000000000001",
    "10000.000000000000001", "9999.9999999999999999", "1e16", "10000000000000001", "1e-7", "1e-400", "-1e-400",
    "1e400", "1e308", "9007199254740992", "9007199254740993", "9007199254740992.5",
    "1e23", "100000000000000000000000.0", "99999999999999991611392", "602200000000000000000000.0",
    "602200000000000027262976", "6.022e23", "10000000000000000.0", "4.999999999999999999", "-7.0000000000000001",
]  # fmt: skip
KEYS = ["a", "b", "amount", "region", "é", 'q"uote', "a b", "__x", "0", "input", "nodes", "$x", "it's", "back\\slash"]

scalars = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(
        ['"EU"', '"US"', '""', '"é"', '"😀"', '"1"', '"true"', '"a\\"b"', '"back\\\\slash"', '"tab\\t"', '"Z"', '"e\\u0301"', '"\\uffff"']
    ),
    st.sampled_from(["true", "false", "null"]),
)


def _object(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in dict(pairs).items()) + "}"


def _values(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.lists(st.tuples(st.sampled_from(KEYS), inner), max_size=3).map(_object),
    )


values = st.recursive(scalars, _values, max_leaves=4)
objects = st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=6).map(_object)


@st.composite
def paths(draw: st.DrawFn) -> str:
    root = draw(st.sampled_from(["a", "b", "amount", "region", "é", "input", "context", "subject", "execution"]))
    path = root
    for _ in range(draw(st.integers(0, 2))):
        path += draw(
            st.one_of(
                st.sampled_from(["a", "b", "amount"]).map(lambda key: f".{key}"),
                st.sampled_from(KEYS).map(lambda key: f"[{key!r}]"),
                st.integers(-2, 2).map(lambda position: f"[{position}]"),
            )
        )
    return path


literals = st.sampled_from(LITERALS)
comparisons = st.one_of(
    st.builds(lambda path, op, literal: f"{path} {op} {literal}", paths(), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), literals),
    st.builds(lambda literal, op, path: f"{literal} {op} {path}", literals, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), paths()),
    st.builds(
        lambda path, op, items: f"{path} {op} [{', '.join(items)}]",
        paths(),
        st.sampled_from(["in", "not in"]),
        st.lists(literals, min_size=1, max_size=3),
    ),
    st.builds(lambda path, op, word: f"{path} {op} {word}", paths(), st.sampled_from(["is", "is not"]), st.sampled_from(["None", "True", "False"])),
    st.builds(
        lambda low, first, path, second, high: f"{low} {first} {path} {second} {high}",
        literals,
        st.sampled_from(["<", "<=", "=="]),
        paths(),
        st.sampled_from(["<", "<=", "=="]),
        literals,
    ),
    paths(),
    literals,
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda left, right: f"({left} and {right})", inner, inner),
        st.builds(lambda left, right: f"({left} or {right})", inner, inner),
        inner.map(lambda condition: f"not ({condition})"),
    ),
    max_leaves=5,
)
