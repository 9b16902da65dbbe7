/** The addresses of a page (`*` is one part of a path), and the modules that a browser loads at once to show it. */
export interface PageNeeds {
  readonly address: string;
  readonly modules: readonly string[];
}

const app = (address: string, ...modules: string[]): PageNeeds => ({ address, modules: ["src/App.tsx", ...modules] });

/** The first matching address counts. */
export const PAGES: readonly PageNeeds[] = [
  { address: "/sign-in", modules: ["src/session/SignInPage.tsx"] },
  app("/", "src/overview/OverviewPage.tsx"),
  app("/executions", "src/executions/ExecutionsPage.tsx"),
  app("/executions/*", "src/execution/ExecutionPage.tsx", "src/execution/GraphCanvas.tsx"),
  app("/workflows", "src/workflows/WorkflowsPage.tsx"),
  app("/workflows/*", "src/builder/BuilderPage.tsx", "src/builder/canvas/Canvas.tsx"),
  app("/settings", "src/settings/SettingsPage.tsx"),
  app("/settings/account", "src/settings/AccountPage.tsx"),
  app("/settings/users", "src/settings/UsersPage.tsx"),
  app("/settings/workspaces", "src/settings/WorkspacesPage.tsx"),
  app("/settings/api-keys", "src/settings/ApiKeysPage.tsx"),
  app("/settings/credentials", "src/settings/CredentialsPage.tsx"),
];
