"""Turns a syntax tree into closures: each node of the tree becomes one function of the frame, made once and called for every evaluation."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from interlock.definition.expressions.budget import STEPS_OF_CALL, Budget
from interlock.definition.expressions.columns import Columns
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.frame import Frame
from interlock.definition.expressions.functions import FUNCTIONS
from interlock.definition.expressions.lookup import index, member, named
from interlock.definition.expressions.methods import METHOD_NAMES, method_of
from interlock.definition.expressions.operators import ARITHMETIC, COMPARISONS
from interlock.definition.expressions.values import is_number, kind_of

Evaluate = Callable[[Frame], Any]

WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_PYTHON_ERRORS: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds closures; `variables` are the names that comprehensions around the node have bound."""

    source: str
    columns: Columns
    variables: frozenset[str] = frozenset()

    def build(self, node: ast.expr) -> Evaluate:
        """Returns the closure of a checked tree.

        Raises:
            ExpressionError: `not_allowed`, for example for a function that does not exist.
        """
        maker: Any = getattr(self, f"_{type(node).__name__.lower()}")
        built: Evaluate = maker(node)
        return built

    def _refuse(self, node: ast.expr, message: str, hint: str) -> ExpressionError:
        return ExpressionError("not_allowed", message, hint, source=self.source, column=self.columns.of(node))

    def _guarded(self, node: ast.expr, evaluate: Evaluate) -> Evaluate:
        """Wraps a closure, so that every error from it has the position of its node."""
        source, columns = self.source, self.columns

        def run(frame: Frame) -> Any:
            try:
                return evaluate(frame)
            except ExpressionError as error:
                raise error if error.column is not None else error.located(source, columns.of(node)) from error
            except _PYTHON_ERRORS as error:
                column = columns.start_of(node.right) if isinstance(error, ZeroDivisionError) and isinstance(node, ast.BinOp) else columns.of(node)
                raise ExpressionError("bad_value", f"{_sentence(error)}.", _hint(error), source=source, column=column) from error

        return run

    def _constant(self, node: ast.Constant) -> Evaluate:
        value = node.value
        return lambda _: value

    def _name(self, node: ast.Name) -> Evaluate:
        name = node.id
        if name in self.variables:
            return lambda frame: frame.variables[name]
        if name in WORDS:
            value = WORDS[name]
            return lambda _: value
        return self._guarded(node, named(name))

    def _attribute(self, node: ast.Attribute) -> Evaluate:
        base, key = self.build(node.value), node.attr
        return self._guarded(node, lambda frame: member(base(frame), key))

    def _subscript(self, node: ast.Subscript) -> Evaluate:
        base = self.build(node.value)
        if isinstance(node.slice, ast.Slice):
            return self._guarded(node, self._slice(base, node.slice))
        key = self.build(node.slice)
        return self._guarded(node, lambda frame: index(frame.budget, base(frame), key(frame)))

    def _slice(self, base: Evaluate, node: ast.Slice) -> Evaluate:
        bounds = [self.build(bound) if bound else None for bound in (node.lower, node.upper, node.step)]

        def run(frame: Frame) -> Any:
            frame.budget.spend(STEPS_OF_CALL)
            value = base(frame)
            if not isinstance(value, list | str):
                raise ExpressionError("wrong_type", f"{kind_of(value).capitalize()} cannot be sliced.", "Slice lists and texts.")
            frame.budget.make_text(len(value)) if isinstance(value, str) else frame.budget.spend(len(value))
            return value[slice(*(bound(frame) if bound else None for bound in bounds))]

        return run

    def _boolop(self, node: ast.BoolOp) -> Evaluate:
        *before, last = [self.build(value) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)

        def run(frame: Frame) -> Any:
            for evaluate in before:
                value = evaluate(frame)
                if bool(value) is stops_at:
                    return value
            return last(frame)

        return run

    def _unaryop(self, node: ast.UnaryOp) -> Evaluate:
        operand = self.build(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda frame: not operand(frame)
        sign = -1 if isinstance(node.op, ast.USub) else 1

        def run(frame: Frame) -> Any:
            value = operand(frame)
            frame.budget.spend(1)
            frame.budget.weigh_digits(value, 1)
            if not is_number(value):
                raise ExpressionError("wrong_type", f"A sign cannot stand before {kind_of(value)}.", "Use a number.")
            return -value if sign < 0 else +value

        return self._guarded(node, run)

    def _binop(self, node: ast.BinOp) -> Evaluate:
        left, right, apply = self.build(node.left), self.build(node.right), ARITHMETIC[type(node.op)]

        def run(frame: Frame) -> Any:
            frame.budget.spend(2)
            return apply(frame.budget, left(frame), right(frame))

        return self._guarded(node, run)

    def _compare(self, node: ast.Compare) -> Evaluate:
        self._check_identity(node)
        first, source, columns = self.build(node.left), self.source, self.columns
        operands = [node.left, *node.comparators]
        rest = [(COMPARISONS[type(op)], self.build(value), before) for op, value, before in zip(node.ops, node.comparators, operands, strict=False)]

        def run(frame: Frame) -> bool:
            left = first(frame)
            for apply, evaluate, before in rest:
                frame.budget.spend(2)
                right = evaluate(frame)
                try:
                    if not apply(frame.budget, left, right):
                        return False
                except ExpressionError as error:
                    raise error.located(source, columns.between(before)) from error
                left = right
            return True

        return self._guarded(node, run)

    def _check_identity(self, node: ast.Compare) -> None:
        for op, left, right in zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False):
            if isinstance(op, ast.Is | ast.IsNot) and not (_is_singleton(left) or _is_singleton(right)):
                raise self._refuse(node, "`is` compares with None, True and False only.", "Write == or !=.")

    def _ifexp(self, node: ast.IfExp) -> Evaluate:
        test, then, other = self.build(node.test), self.build(node.body), self.build(node.orelse)
        return lambda frame: then(frame) if test(frame) else other(frame)

    def _list(self, node: ast.List | ast.Tuple) -> Evaluate:
        elements = [self.build(element) for element in node.elts]
        steps = 2 + len(elements)

        def run(frame: Frame) -> list[Any]:
            frame.budget.spend(steps)
            return [element(frame) for element in elements]

        return run

    _tuple = _list

    def _dict(self, node: ast.Dict) -> Evaluate:
        if None in node.keys:
            raise self._refuse(node, "** is not allowed in an object.", "Write each key.")
        pairs = [(self.build(key), self.build(value)) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
        steps = 2 + 2 * len(pairs)

        def run(frame: Frame) -> dict[str, Any]:
            frame.budget.spend(steps)
            return {_key(frame.budget, key(frame)): value(frame) for key, value in pairs}

        return self._guarded(node, run)

    def _call(self, node: ast.Call) -> Evaluate:
        if any(keyword.arg is None for keyword in node.keywords):
            raise self._refuse(node, "** is not allowed in a call.", "Write each argument.")
        options = {keyword.arg: self.build(keyword.value) for keyword in node.keywords if keyword.arg}
        if isinstance(node.func, ast.Attribute):
            return self._guarded(node, self._method_call(node.func, [self.build(value) for value in node.args], options))
        if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            return self._guarded(node, self._function_call(node.func.id, node.args, options))
        message = f"There is no function {node.func.id}." if isinstance(node.func, ast.Name) else "Only functions and methods can be called."
        raise self._refuse(node, message, f"The functions are {', '.join(sorted(FUNCTIONS))}; texts, lists and objects have methods.")

    def _method_call(self, node: ast.Attribute, values: list[Evaluate], options: dict[str, Evaluate]) -> Evaluate:
        base, name = self.build(node.value), node.attr
        if name not in METHOD_NAMES:
            raise self._refuse(node, f"There is no method {name}.", f"The methods are {', '.join(sorted(METHOD_NAMES))}.")

        def run(frame: Frame) -> Any:
            frame.budget.spend(STEPS_OF_CALL)
            value = base(frame)
            return method_of(value, name)(
                frame.budget, value, *[item(frame) for item in values], **{key: item(frame) for key, item in options.items()}
            )

        return run

    def _function_call(self, name: str, arguments: list[ast.expr], options: dict[str, Evaluate]) -> Evaluate:
        apply = FUNCTIONS[name]
        lazy = name in ("any", "all")
        values = [self._generator(node) if lazy and isinstance(node, ast.GeneratorExp) else self.build(node) for node in arguments]

        def run(frame: Frame) -> Any:
            frame.budget.spend(STEPS_OF_CALL)
            return apply(frame.budget, *[item(frame) for item in values], **{key: item(frame) for key, item in options.items()})

        return run

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> Evaluate:
        generate = self._generator(node)

        def run(frame: Frame) -> list[Any]:
            made: list[Any] = []
            for value in generate(frame):
                made.append(value)
                if len(made) > frame.budget.limits.elements:
                    break
            frame.budget.make_elements(len(made))
            return made

        return self._guarded(node, run)

    _generatorexp = _listcomp

    def _dictcomp(self, node: ast.DictComp) -> Evaluate:
        pair = ast.copy_location(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node)
        listed = self._listcomp(ast.copy_location(ast.ListComp(elt=pair, generators=node.generators), node))
        return self._guarded(node, lambda frame: {_key(frame.budget, key): value for key, value in listed(frame)})

    def _generator(self, node: ast.ListComp | ast.GeneratorExp) -> Callable[[Frame], Iterator[Any]]:
        """Returns a closure that yields the elements one by one, as any() and all() need them."""
        builder = self
        loops: list[tuple[Evaluate, tuple[str, ...], bool, list[Evaluate]]] = []
        for generator in node.generators:
            names, unpacks = self._targets(generator.target)
            values = builder._listed(generator.iter)
            builder = replace(builder, variables=builder.variables | set(names))
            loops.append((values, names, unpacks, [builder.build(test) for test in generator.ifs]))
        element = builder.build(node.elt)
        weight = sum(1 for _ in ast.walk(node))

        def walk(frame: Frame, depth: int) -> Iterator[Any]:
            if depth == len(loops):
                yield element(frame)
                return
            values, names, unpacks, tests = loops[depth]
            before = {name: frame.variables[name] for name in names if name in frame.variables}
            try:
                for value in values(frame):
                    frame.budget.spend(weight)
                    frame.variables.update(_bound(names, unpacks, value))
                    if all(test(frame) for test in tests):
                        yield from walk(frame, depth + 1)
            finally:
                frame.variables.update(before)

        return lambda frame: walk(frame, 0)

    def _listed(self, node: ast.expr) -> Evaluate:
        """Returns the closure of what a comprehension goes through."""
        evaluate, source, columns = self.build(node), self.source, self.columns

        def run(frame: Frame) -> Any:
            value = evaluate(frame)
            if isinstance(value, list | dict | str):
                return value
            message = f"A comprehension needs a list, not {kind_of(value)}."
            raise ExpressionError("wrong_type", message, "Test for null first.", source=source, column=columns.of(node))

        return run

    def _targets(self, node: ast.expr) -> tuple[tuple[str, ...], bool]:
        elements = node.elts if isinstance(node, ast.Tuple) else [node]
        names = tuple(element.id for element in elements if isinstance(element, ast.Name))
        if len(names) < len(elements):
            raise self._refuse(node, "A comprehension binds plain names only.", "Write: for x in …, or: for key, value in ….")
        return names, isinstance(node, ast.Tuple)


def _is_singleton(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in WORDS
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _key(budget: Budget, value: Any) -> str:
    if not isinstance(value, str):
        raise ExpressionError("wrong_type", f"A key of an object must be text, not {kind_of(value)}.", "Convert it with str(…).")
    budget.read_text(len(value))
    return value


def _bound(names: tuple[str, ...], unpacks: bool, value: Any) -> dict[str, Any]:
    if not unpacks:
        return {names[0]: value}
    if not isinstance(value, list) or len(value) != len(names):
        raise ExpressionError(
            "bad_value", f"{kind_of(value).capitalize()} cannot be unpacked into {len(names)} names.", "Use object.items() for keys and values."
        )
    return dict(zip(names, value, strict=True))


def _sentence(error: BaseException) -> str:
    if isinstance(error, ZeroDivisionError):
        return "The expression divides by zero"
    return str(error).rstrip(".") or type(error).__name__


def _hint(error: BaseException) -> str:
    if isinstance(error, ZeroDivisionError):
        return "The divisor is 0 here. If 0 is possible, test for it first: `total / n if n else 0`."
    return "Check the values."
