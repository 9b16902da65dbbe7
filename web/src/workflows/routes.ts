import type { RouteObject } from "react-router";

/** Pages of workflows: the list, the builder, versions. */
export const workflowRoutes: RouteObject[] = [];
