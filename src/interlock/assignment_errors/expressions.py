"""What becomes of a visit whose expression or template has no value. The details say which expression, and where in it."""

from typing import Final

from interlock.assignment_errors.code import AssignmentErrorCode

OF_EXPRESSIONS: Final = (
    AssignmentErrorCode(
        code="expression_bad_value",
        meaning="A function or an operator does not take this value.",
        cause="A division by zero, a text that is no number, or a result that is not finite.",
        hint="Test the value first, for example `total / count if count else 0`.",
    ),
    AssignmentErrorCode(
        code="expression_limit",
        meaning="The expression needs more steps, memory or digits than an expression may.",
        cause="A comprehension over a long list, a power with a large exponent, or a very long text.",
        hint="Do this in a RUN_CODE node.",
    ),
    AssignmentErrorCode(
        code="expression_missing_key",
        meaning="An object does not have the key, or a list does not have the position.",
        cause="The input is not what the author expected: a field is optional, or a list is empty.",
        hint="Read it with a default, for example `order.get('discount', 0)`.",
    ),
    AssignmentErrorCode(
        code="expression_missing_name",
        meaning="The input has no field of the name that the expression uses.",
        cause="The name is misspelled, the field is optional, or the value is not in the input but in another node or in the context.",
        hint="Correct the name, or read a field that may be missing with `input.get('name')`. Other data is `nodes.<id>.output` and `context.<key>`.",
    ),
    AssignmentErrorCode(
        code="expression_not_allowed",
        meaning="The expression uses something that expressions do not have.",
        cause="An option of a function that is not supported, or a part of Python that expressions leave out.",
        hint="Write it differently, or do it in a RUN_CODE node.",
    ),
    AssignmentErrorCode(
        code="expression_syntax",
        meaning="The expression cannot be read.",
        cause="The definition was saved by an Interlock that reads expressions differently.",
        hint="Open the workflow in the builder, correct what it marks, and save it.",
    ),
    AssignmentErrorCode(
        code="expression_wrong_type",
        meaning="A value is of a type that the function or operator does not work with.",
        cause="A number came as text, or null came where a value was expected.",
        hint="Convert it with int(…), float(…) or str(…), or test for null first.",
    ),
)
