import { createContext, use } from "react";
import type { CommandContext } from "./command";

const Context = createContext<CommandContext | null>(null);
export const CommandsProvider = Context.Provider;

/** What the commands of the open builder work on. */
export function useCommandContext(): CommandContext {
  const context = use(Context);
  if (context === null) throw new Error("outside of a builder");
  return context;
}
