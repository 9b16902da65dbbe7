"""Expressions and templates."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.expressions import EvaluateExpression, ExpressionPartList, ExpressionValue, ListExpressionParts
from interlock.api.operations.operation import Operation, Service
from interlock.errors import ExecutionNotFound

SERVICE: Final[Service] = "expressions"

OPERATIONS: Final = (
    Operation(
        name="evaluate_expression",
        service=SERVICE,
        rest="POST /expressions/evaluate",
        permission=Permission.EXECUTIONS_READ,
        request=EvaluateExpression,
        answer=ExpressionValue,
        errors=(ExecutionNotFound,),
    ),
    Operation(
        name="list_expression_parts",
        service=SERVICE,
        rest="GET /expressions/parts",
        permission=Permission.ACCOUNT,
        request=ListExpressionParts,
        answer=ExpressionPartList,
    ),
)
