"""What a workflow is: read, validated, compiled. Imports nothing else of Interlock."""

from interlock.definition.checking import CheckedDefinition, SoundDefinition, WrittenDefinition, check_definition
from interlock.definition.compiling.compiled import CompiledConnection, CompiledNode, CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.compiling.reaches import Reach
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.expression import Expression, parse_expression
from interlock.definition.expressions.limits import ExpressionLimits
from interlock.definition.expressions.scope import Scope
from interlock.definition.expressions.template import Template, parse_template, render
from interlock.definition.flow_nodes.types import FLOW_NODE_TYPES
from interlock.definition.json_schema import definition_schema
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.expression_text import ExpressionText
from interlock.definition.model.join import CountJoin, Late, OnError
from interlock.definition.model.node import NodeDefinition
from interlock.definition.model.retry import RetryPolicy
from interlock.definition.model.workflow import VirtualUsers, WorkflowDefinition
from interlock.definition.node_types import NodeKind, NodeTypeInfo, NodeTypeLookup, NodeTypes
from interlock.definition.reading.files import read_file
from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.places import find_positions
from interlock.definition.reading.yaml_reader import read_yaml
from interlock.definition.test_runs.plan import PlannedTest, TestPlan, TestRefused, plan_test
from interlock.definition.test_runs.selection import TestScope
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.validate import validate_definition, validate_file, validate_text

__all__ = [
    "DEFINITION_LIMITS",
    "FLOW_NODE_TYPES",
    "CannotCompile",
    "CheckedDefinition",
    "CompiledConnection",
    "CompiledNode",
    "CompiledWorkflow",
    "ConnectionDefinition",
    "ConnectionType",
    "CountJoin",
    "DefinitionError",
    "Expression",
    "ExpressionError",
    "ExpressionLimits",
    "ExpressionText",
    "Late",
    "NodeDefinition",
    "NodeKind",
    "NodeTypeInfo",
    "NodeTypeLookup",
    "NodeTypes",
    "OnError",
    "PlannedTest",
    "Reach",
    "Report",
    "RetryPolicy",
    "Scope",
    "SoundDefinition",
    "Template",
    "TestPlan",
    "TestRefused",
    "TestScope",
    "VirtualUsers",
    "WorkflowDefinition",
    "WrittenDefinition",
    "check_definition",
    "compile_definition",
    "definition_checksum",
    "definition_schema",
    "find_positions",
    "parse_expression",
    "parse_template",
    "plan_test",
    "read_file",
    "read_yaml",
    "render",
    "validate_definition",
    "validate_file",
    "validate_text",
]
