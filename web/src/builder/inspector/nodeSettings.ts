/** The settings that every node has beside its parameters, with the ranges of the definition's schema. */

import type { JsonObject } from "../definition/types";

export const NODE_SETTINGS: JsonObject = {
  type: "object",
  properties: {
    disabled: { type: "boolean", default: false, description: "The node does nothing and passes its input on." },
    queue: { type: "string", maxLength: 100, description: "The queue that workers claim it from. Leave it empty for the queue of its node type." },
    timeout_seconds: { type: "number", exclusiveMinimum: 0, description: "How long one attempt may take, from its claim." },
    on_error: { enum: ["fail", "continue", "port"], default: "fail", description: "What follows when the node has failed for good: the execution fails, it goes on through main, or it goes on through the port error." },
    lock: { type: "string", description: "A key that a visit holds while it is open: text, with paths in {{ }}." },
    max_visits: { type: "integer", default: 10000, description: "How many visits the node may have without a wait in between." },
    ordered: { type: "boolean", default: false, description: "Visits leave in the order in which they came." },
    position: {
      type: "object",
      description: "The place of the node in the drawing; dragging sets it. Without one the layout finds a place.",
      properties: { x: { type: "number", description: "Pixels to the right." }, y: { type: "number", description: "Pixels down." } },
      required: ["x", "y"],
    },
  },
};

export const RETRY: JsonObject = {
  type: "object",
  description: "Another attempt begins after about initial × multiplierⁿ seconds, but at most the longest wait.",
  properties: {
    max_attempts: { type: "integer", default: 1, description: "How many attempts there are in all, 1 to 1,000." },
    initial_seconds: { type: "number", default: 1, description: "The first wait." },
    multiplier: { type: "number", default: 2, description: "How much longer each wait is than the one before." },
    max_seconds: { type: "number", default: 300, description: "The longest wait." },
    jitter: { type: "number", default: 0.2, description: "The part of a wait that is random, 0 to 1." },
  },
};

export const JOINING: JsonObject = {
  type: "object",
  properties: {
    join: {
      anyOf: [{ enum: ["all", "first", "each"] }, { type: "object", properties: { count: { type: "integer" } }, required: ["count"] }],
      default: "all",
    },
    late: { enum: ["swallow", "hold", "cancel"], default: "swallow", description: "What happens to branches that arrive too late." },
  },
};

export const WORKFLOW_SETTINGS: JsonObject = {
  type: "object",
  properties: {
    name: { type: "string", description: "1 to 100 letters, digits, blanks, _ . and -." },
    description: { type: "string", description: "What it is for, in the list of workflows." },
    tags: { type: "array", items: { type: "string" } },
    timeout_seconds: { type: "number", description: "How long an execution may take, from its start." },
    lock: { type: "string", description: "A key that an execution holds while it is open: text, with paths in {{ }}. One execution per account: account-{{ input.account_id }}." },
    virtual_users: { enum: ["inline", "cron"], default: "inline", description: "Who resolves the nodes that need no worker: the step before, in its transaction, or a sweep that cron calls." },
  },
};
