import { createBrowserRouter, type RouteObject } from "react-router";
import { RouteError } from "./shell/RouteError";
import { Shell } from "./shell/Shell";
import { workflowRoutes } from "./workflows/routes";

/** Every page is loaded when it is first gone to. */
const routes: RouteObject[] = [
  {
    errorElement: <RouteError />,
    hydrateFallbackElement: <></>,
    children: [
      {
        Component: Shell,
        children: [
          {
            errorElement: <RouteError />,
            children: [
              ...workflowRoutes,
              { index: true, lazy: async () => ({ Component: (await import("./overview/OverviewPage")).default }) },
              { path: "/executions", lazy: async () => ({ Component: (await import("./executions/ExecutionsPage")).default }) },
              { path: "/executions/:id", lazy: async () => ({ Component: (await import("./execution/ExecutionPage")).default }) },
              { path: "/settings", lazy: async () => ({ Component: (await import("./settings/SettingsPage")).default }) },
              { path: "/settings/account", lazy: async () => ({ Component: (await import("./settings/AccountPage")).default }) },
              { path: "/settings/users", lazy: async () => ({ Component: (await import("./settings/UsersPage")).default }) },
              { path: "/settings/workspaces", lazy: async () => ({ Component: (await import("./settings/WorkspacesPage")).default }) },
              { path: "/settings/api-keys", lazy: async () => ({ Component: (await import("./settings/ApiKeysPage")).default }) },
              { path: "/settings/credentials", lazy: async () => ({ Component: (await import("./settings/CredentialsPage")).default }) },
              { path: "*", lazy: async () => ({ Component: (await import("./shell/NotFound")).default }) },
            ],
          },
        ],
      },
    ],
  },
];

export function createRouter() {
  return createBrowserRouter(routes);
}
