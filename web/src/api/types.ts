import type { ExactNumber } from "../json/exactNumber";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type User = Schemas["User"];
export type UserWithPassword = Schemas["UserWithPassword"];
export type Workspace = Schemas["Workspace"];
export type Role = Schemas["Role"];
export type ApiKey = Schemas["ApiKey"];
export type CreatedApiKey = Schemas["CreatedApiKey"];
export type Credential = Schemas["Credential"];
export type NodeType = Schemas["NodeType"];
export type Workflow = Schemas["Workflow"];
export type WorkflowSummary = Schemas["WorkflowSummary"];
export type VersionSummary = Schemas["VersionSummary"];
export type DefinitionError = Schemas["DefinitionError"];
export type ExecutionSummary = Schemas["ExecutionSummary"];
export type Execution = Schemas["Execution"];
export type ExecutionEvent = Schemas["ExecutionEvent"];
export type ExecutionStatus = ExecutionSummary["status"];
export type ExecutionCount = Schemas["ExecutionCount"];
export type AssignmentSummary = Schemas["AssignmentSummary"];
export type Assignment = Schemas["Assignment"];
export type AssignmentStatus = AssignmentSummary["status"];
export type Attempt = Schemas["Attempt"];
export type ErrorInfo = Schemas["ErrorInfo"];
export type Reason = Schemas["Reason"];
export type Explanation = Schemas["Explanation"];
export type Overview = Schemas["Overview"];
export type WorkerSummary = Schemas["WorkerSummary"];
export type QueueSummary = Schemas["QueueSummary"];
export type Problem = Schemas["Problem"];
export type InvalidField = Schemas["InvalidField"];

/** Any JSON: the part of an answer whose shape the workflow decides. */
export type Json = null | boolean | number | ExactNumber | string | Json[] | { [key: string]: Json };
