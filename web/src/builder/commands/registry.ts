import type { MenuAbout } from "../view/viewStore";
import { TESTING } from "../run/testing";
import { ARRANGING } from "./arranging";
import { isEnabled, type Command, type CommandContext } from "./command";
import { EDITING } from "./editing";
import { isSingleKey } from "./keys";
import { VIEWING } from "./viewing";

/** All commands of the builder. */
export const COMMANDS: readonly Command[] = [...EDITING, ...TESTING, ...ARRANGING, ...VIEWING];

/** Returns the command that these keys run; null if none does now. */
export function commandFor(keys: string, context: CommandContext, { isTyping, singleKeys }: { readonly isTyping: boolean; readonly singleKeys: boolean }): Command | null {
  if (isSingleKey(keys) && !singleKeys) return null;
  const found = COMMANDS.find((command) => command.keys.includes(keys) && command.isEvent !== true && (!isTyping || command.whileTyping === true) && isEnabled(command, context));
  return found ?? null;
}

/** Returns the commands of a context menu in their groups, only those that can do something now. */
export function menuOf(about: MenuAbout, context: CommandContext): readonly (readonly Command[])[] {
  const found = COMMANDS.filter((command) => command.menus.includes(about) && isEnabled(command, context));
  const groups = [...new Set(found.map((command) => command.group))];
  return groups.map((group) => found.filter((command) => command.group === group));
}
