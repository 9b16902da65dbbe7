/** Everything that the builder can do is a command: one list, which the keys, the context menus, the help and the command palette read. */

import type { LucideIcon } from "lucide-react";
import type { BuilderStore } from "../draft/store";
import type { MenuAbout, ViewStore } from "../view/viewStore";

/** What a command works on. */
export interface CommandContext {
  readonly store: BuilderStore;
  readonly view: ViewStore;
  readonly save: () => void;
  readonly run: () => void;
  /** Says that something did not work. */
  readonly failed: (title: string, why: string) => void;
}

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly icon?: LucideIcon;
  /** As `ctrl shift z`; the first is the one that is shown. */
  readonly keys: readonly string[];
  /** The context menus that have it. */
  readonly menus: readonly MenuAbout[];
  /** Commands of one group stand together in a menu. */
  readonly group: string;
  /** Whether it changes the workflow, so that it is not there for users who may only read. */
  readonly edits: boolean;
  /** Whether its keys work while text is typed, too. */
  readonly whileTyping?: boolean;
  /** Whether the browser turns the keys into an event of its own, which is listened to: copy, cut, paste. */
  readonly isEvent?: boolean;
  readonly isDangerous?: boolean;
  /** Whether there is something that it could do now; without it always. */
  readonly isEnabled?: (context: CommandContext) => boolean;
  readonly run: (context: CommandContext) => void;
}

export function isEnabled(command: Command, context: CommandContext): boolean {
  return (!command.edits || context.store.get().canEdit) && (command.isEnabled?.(context) ?? true);
}
