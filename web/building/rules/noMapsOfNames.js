/**
 * Names from outside (ids, keys, ports) may be `constructor` or `__proto__`, which every object has already. So no object is read, written or asked
 * under a name that is not written in the code: use a Map, or `fieldOf` for JSON.
 */
import ts from "typescript";

/** Whether a key can be any text. A key of a few known words cannot. */
function isAnyText(type) {
  if (type.isUnion()) return type.types.some(isAnyText);
  if ((type.flags & ts.TypeFlags.TypeParameter) !== 0) return isAnyText(type.getConstraint() ?? type);
  return (type.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) !== 0 || (type.isIntersection() && type.types.some(isAnyText));
}

function isList(checker, type) {
  return checker.isArrayType(type) || checker.isTupleType(type) || (type.flags & ts.TypeFlags.StringLike) !== 0 || checker.getIndexInfoOfType(type, ts.IndexKind?.Number ?? 1) !== undefined && checker.getIndexInfoOfType(type, ts.IndexKind?.String ?? 0) === undefined;
}

export const noMapsOfNames = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      key: "An object is no map of names: “constructor” and “__proto__” are names too. Use a Map, or fieldOf for JSON.",
      has: "Every object has “constructor”. Use a Map or a Set, or Object.hasOwn.",
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    return {
      MemberExpression(node) {
        if (!node.computed || !isAnyText(services.getTypeAtLocation(node.property))) return;
        const type = checker.getNonNullableType(services.getTypeAtLocation(node.object));
        if ((type.flags & ts.TypeFlags.Any) === 0 && isList(checker, type)) return;
        context.report({ node, messageId: "key" });
      },
      "BinaryExpression[operator='in']"(node) {
        if (node.left.type !== "PrivateIdentifier" && isAnyText(services.getTypeAtLocation(node.left))) context.report({ node, messageId: "has" });
      },
      ForInStatement(node) {
        context.report({ node, messageId: "key" });
      },
    };
  },
};
