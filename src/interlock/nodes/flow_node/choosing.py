"""What IF, SWITCH and ROUTER have in common: rules that choose ports."""

from collections.abc import Mapping
from typing import Any

from interlock.assignment_errors import CODES
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.scope import Scope
from interlock.definition.flow_nodes.choice import Choice
from interlock.nodes.errors import FinalError, expression_error
from interlock.nodes.results import Completed


def leave_by(choice: Choice, scope: Scope, given: Mapping[str, Any]) -> Completed:
    """Returns the input, to leave through the ports that the rules choose.

    Raises:
        FinalError: `no_route`; or an expression of a rule has no value.
    """
    try:
        ports = choice.chosen(scope)
    except ExpressionError as error:
        raise expression_error(error) from None
    if not ports:
        raise FinalError("no_route", "No rule of this node is true for its input, and it has no default.", hint=CODES["no_route"].hint)
    return Completed(output=given, port=ports[0] if len(ports) == 1 else ports)
