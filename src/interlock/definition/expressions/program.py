"""Value programs: templates that the database can evaluate by itself."""

from typing import Any

from interlock.definition.expressions.expression import Expression
from interlock.definition.expressions.paths import literal_of, path_of
from interlock.definition.expressions.template import Template, parse_template, texts_in
from interlock.definition.expressions.values import json_text

Program = dict[str, Any]


def value_program(template: Any) -> Program | None:
    """Returns `{"literal": any}`, `{"path": [root, key, …]}` or `{"text": [program, …]}`, or None where only an evaluator can compute the value.

    The roots are input, context, subject and execution. Positions in lists, and keys that look like positions, are left to the
    evaluator, because the database's path operator confuses the two.

    Raises:
        ExpressionError: the template cannot be read.
    """
    if not isinstance(template, str):
        return None if any(texts_in(template)) else {"literal": template}
    read = parse_template(template)
    lone = len(read.pieces) == 1 and not isinstance(read.pieces[0], str)
    return _piece_program(read.pieces[0]) if lone else _text_program(read)


def text_program(template: str) -> Program | None:
    """Returns the same as `value_program`, but its value is always text.

    Raises:
        ExpressionError: the template cannot be read.
    """
    return _text_program(parse_template(template))


def _text_program(template: Template) -> Program | None:
    if not template.expressions:
        return {"literal": "".join(piece for piece in template.pieces if isinstance(piece, str))}
    programs = [_in_text(_piece_program(piece)) for piece in template.pieces]
    return {"text": programs} if all(program is not None for program in programs) else None


def _in_text(program: Program | None) -> Program | None:
    """Turns a literal inside a text into text here, because the database would write 1e16 differently."""
    return {"literal": json_text(program["literal"])} if program and "literal" in program else program


def _piece_program(piece: str | Expression) -> Program | None:
    if isinstance(piece, str):
        return {"literal": piece}
    literal = literal_of(piece.tree)
    if literal is not None:
        return {"literal": literal.value}
    path = path_of(piece.tree)
    if path is None or any(isinstance(step, int) or _looks_like_position(step) for step in path.steps):
        return None
    return {"path": [path.root, *path.steps]}


def _looks_like_position(key: str) -> bool:
    return not key or key[0] in "+-" or key[0].isspace() or key[0].isdigit()
