/** Asks the API for values: the same evaluator as that of the workers, over what a node of an execution sees. */

import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { answer, api, exactAnswer } from "../../api/client";
import type { components } from "../../api/schema";
import { isList, typeOf, type Definition, type Json, type NodeDefinition, type NodeId } from "../definition/types";
import { definitionOf, useBuilder } from "../draft/store";
import { insertsFor } from "../inspector/inserts";
import { useLastRun } from "../run/lastRun";
import type { Known, Part } from "./completion";
import { outputPath } from "./paths";

type Schemas = components["schemas"];
export type Evaluation = Omit<Schemas["ExpressionValue"], "value"> & { readonly value: Json };
type Asked = Schemas["EvaluateExpression"];

/** Outputs of so many nodes before a node are read for completion. */
const NODES = 8;

export function evaluate(asked: Asked, signal?: AbortSignal): Promise<Evaluation> {
  return exactAnswer<Evaluation>(api.POST("/api/v1/expressions/evaluate", { body: asked, parseAs: "text", ...(signal && { signal }) }));
}

/** The functions, methods and operators. They are asked for once. */
export function useParts(enabled: boolean): readonly Part[] {
  const { data } = useQuery({ queryKey: ["expression parts"], enabled, staleTime: Infinity, queryFn: async () => (await answer(api.GET("/api/v1/expressions/parts"))).items as readonly Part[] });
  return data ?? NO_PARTS;
}

const NO_PARTS: readonly Part[] = [];

/** The nodes from which a node gets its input. */
export function nodesBefore(definition: Definition, node: NodeId): readonly NodeId[] {
  return [...new Set(definition.connections.filter((item) => item.to === node && typeOf(item) === "MAIN").map((item) => item.from))];
}

/** Which execution the data is of, and what changes with it. */
export interface Source {
  readonly execution: string;
  readonly change: number;
  readonly node: NodeId;
  readonly before: readonly NodeId[];
}

/** Where the data of a node comes from; null if there is no execution yet. */
export function useSource(node: NodeId): Source | null {
  const { execution } = useLastRun();
  const before = useBuilder((state) => beforeOf(definitionOf(state), node));
  return execution === null ? null : { execution: execution.id, change: execution.change_number, node, before: JSON.parse(before) as NodeId[] };
}

const beforeOf = (definition: Definition, node: NodeId): string => JSON.stringify(nodesBefore(definition, node));

export const askedOf = (source: Source): Pick<Asked, "execution_id" | "node_id" | "from_nodes"> => ({ execution_id: source.execution, node_id: source.node, from_nodes: source.before.slice(0, 100) });

/** The value of an expression in what a node sees, as far as the API shows it. */
function valueQuery(source: Source | null, text: string, enabled: boolean) {
  return {
    queryKey: ["value", source, text] as const,
    enabled: enabled && source !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }: { signal: AbortSignal }) => evaluate({ text, use: "expression", ...(source && askedOf(source)) }, signal),
  };
}

export function useValue(source: Source | null, text: string, enabled = true) {
  return useQuery(valueQuery(source, text, enabled));
}

const AROUND = "[input, context, execution, subject]";

/** The nodes before a node that have an output in the execution, nearest first. */
export function useEarlier(node: NodeId): readonly NodeId[] {
  const definition = useBuilder(definitionOf);
  const { nodes } = useLastRun();
  const has = (id: NodeId) => ["completed", "failed"].includes(nodes.get(id)?.status ?? "");
  return insertsFor(definition, node).flatMap(({ node: id }) => (id !== undefined && has(id) ? [id] : []));
}

/** What is known of the data that expressions of a node see. */
export function useKnown(node: NodeId, enabled: boolean): Known {
  const source = useSource(node);
  const around = useQuery(valueQuery(source, AROUND, enabled));
  const earlier = useEarlier(node).slice(0, NODES);
  const outputs = useQueries({ queries: earlier.map((id) => valueQuery(source, outputPath(id, []), enabled)) });
  const value = around.data?.value;
  const [input, context, execution, subject] = value !== undefined && isList(value) ? value : [];
  return { input, context, execution, subject, nodes: new Map(earlier.map((id, index) => [id, outputs[index]?.data?.value])) };
}

/** What a field is, for the API: some parameters encode what is put into them. */
export function fieldOf(node: NodeDefinition, place: readonly (string | number)[]): Pick<Asked, "type" | "subtype" | "parameter"> {
  return place[0] === "parameters" && place.length === 2 ? { type: node.type, subtype: node.subtype, parameter: String(place[1]) } : {};
}
