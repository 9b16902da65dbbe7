import { Ellipsis, Play } from "lucide-react";
import { useSyncExternalStore } from "react";
import { IconButton, Menu, MenuItem } from "../../design";
import type { NodeId } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import { useLastRun } from "./lastRun";
import { pinsOf, subscribeToPins } from "./pins";
import { askFor, TEST_COMMANDS } from "./testing";

/** In the head of the inspector: runs the node, and has the other commands of test runs in a menu. */
export function NodeTests({ node }: { readonly node: NodeId }) {
  const store = useBuilderStore();
  useLastRun(); // what is shown depends on it
  useSyncExternalStore((listener) => subscribeToPins(store, listener), () => pinsOf(store));
  return (
    <>
      <IconButton small label="Run this node" onClick={() => askFor(store, { test: { scope: { only: node } } })}>
        <Play size={14} />
      </IconButton>
      <Menu
        trigger={
          <IconButton small label="Test this node">
            <Ellipsis size={14} />
          </IconButton>
        }
      >
        {TEST_COMMANDS.filter((command) => command.isShown(store, node)).map((command) => (
          <MenuItem key={command.id} icon={<command.icon size={14} />} onSelect={() => command.run(store, node)}>
            {command.title(store, node)}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
