import { answer, api } from "../api/client";
import type { Workflow } from "../api/types";
import { parseJson } from "../json/parseJson";

/** Reads a workflow with its current version; the numbers of its definition are exact. */
export async function loadWorkflow(workflow: string): Promise<Workflow> {
  return parseJson(await answer(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow } }, parseAs: "text" }))) as unknown as Workflow;
}

/** Reads one version of it; numbers are exact. */
export async function loadVersion(workflow: string, version: number): Promise<Workflow> {
  const text = await answer(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path: { workflow, version } }, parseAs: "text" }));
  return parseJson(text) as unknown as Workflow;
}
