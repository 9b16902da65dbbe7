import type { RouteObject } from "react-router";

/** The pages of workflows: the list, the examples, the documentation, and the builder, which also shows the versions. */
export const workflowRoutes: RouteObject[] = [
  { path: "/workflows", lazy: async () => ({ Component: (await import("./WorkflowsPage")).default }) },
  { path: "/gallery", lazy: async () => ({ Component: (await import("../gallery/GalleryPage")).default }) },
  { path: "/documentation/*", lazy: async () => ({ Component: (await import("../documentation/DocumentationPage")).default }) },
  { path: "/workflows/new", lazy: async () => ({ Component: (await import("../builder/BuilderPage")).default }) },
  { path: "/workflows/:id", lazy: async () => ({ Component: (await import("../builder/BuilderPage")).default }) },
];
