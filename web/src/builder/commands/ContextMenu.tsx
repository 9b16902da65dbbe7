import { Fragment } from "react";
import { MenuItem, MenuSeparator } from "../../design";
import MenuAtPoint from "../../design/MenuAtPoint";
import { useView } from "../view/viewStore";
import { useCommandContext } from "./CommandsContext";
import { shownKeys } from "./keys";
import { menuOf } from "./registry";

/** The menu of a node, a connection or the canvas: all their commands, with their keys. */
export default function ContextMenu() {
  const context = useCommandContext();
  const menu = useView((state) => state.menu);
  if (menu === null) return null;
  const groups = menuOf(menu.about, context);
  return (
    <MenuAtPoint key={`${menu.point.x} ${menu.point.y}`} label={`Commands for the ${menu.about}`} point={menu.point} onClose={() => context.view.set({ menu: null })}>
      {groups.map((commands, index) => (
        <Fragment key={commands[0]?.group}>
          {index > 0 && <MenuSeparator />}
          {commands.map((command) => (
            <MenuItem key={command.id} icon={command.icon && <command.icon size={14} />} danger={command.isDangerous ?? false} keys={shownKeys(command.keys[0] ?? "")} onSelect={() => command.run(context)}>
              {command.title}
            </MenuItem>
          ))}
        </Fragment>
      ))}
    </MenuAtPoint>
  );
}
