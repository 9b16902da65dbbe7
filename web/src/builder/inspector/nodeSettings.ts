/** What every node can have beside its parameters: the same ranges as the definition's schema. */

import type { JsonObject } from "../definition/types";

export const NODE_SETTINGS: JsonObject = {
  type: "object",
  properties: {
    queue: { type: "string", maxLength: 100, description: "The queue that workers claim it from. Leave it empty for the queue of its node type." },
    timeout_seconds: { type: "number", exclusiveMinimum: 0, description: "How long one attempt may take, from its claim." },
    on_error: { enum: ["fail", "continue", "port"], default: "fail", description: "When it has failed for good: the execution fails, it goes on through main, or it leaves through a port of its own, error." },
    lock: { type: "string", description: "A key that a visit holds while it is open: text, with paths in {{ }}." },
    max_visits: { type: "integer", default: 10000, description: "How many visits there may be in which nothing waits." },
    ordered: { type: "boolean", default: false, description: "Visits leave in the order in which they came." },
    position: {
      type: "object",
      description: "Where it stands in the drawing; dragging it sets this. Without one the layout finds a place.",
      properties: { x: { type: "number", description: "Pixels to the right." }, y: { type: "number", description: "Pixels down." } },
      required: ["x", "y"],
    },
  },
};

export const RETRY: JsonObject = {
  type: "object",
  description: "Another attempt comes after initial × multiplierⁿ seconds, at most the longest wait, give or take.",
  properties: {
    max_attempts: { type: "integer", default: 1, description: "How often it is tried in all, 1 to 1,000." },
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
    late: { enum: ["swallow", "hold", "cancel"], default: "swallow", description: "What becomes of branches that come too late." },
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
