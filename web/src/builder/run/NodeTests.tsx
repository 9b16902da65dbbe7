import { FlaskConical, Play } from "lucide-react";
import { IconButton, Menu, MenuItem } from "../../design";
import { isEnabled } from "../commands/command";
import { useCommandContext } from "../commands/CommandsContext";
import { shownKeys } from "../commands/keys";
import type { NodeId } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import { askFor, TESTING } from "./testing";

/** In the head of the inspector: runs the node, and has the other commands of test runs in a menu. */
export function NodeTests({ node }: { readonly node: NodeId }) {
  const store = useBuilderStore();
  const context = useCommandContext();
  return (
    <>
      <IconButton small label="Run this node" onClick={() => askFor(store, { test: { scope: { only: node } } })}>
        <Play size={14} />
      </IconButton>
      <Menu
        trigger={
          <IconButton small label="Test this node">
            <FlaskConical size={14} />
          </IconButton>
        }
      >
        {TESTING.filter((command) => command.menus.includes("node") && isEnabled(command, context)).map((command) => (
          <MenuItem key={command.id} keys={shownKeys(command.keys[0] ?? "")} onSelect={() => command.run(context)}>
            {command.title}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
