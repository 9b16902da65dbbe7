import { useView, useViewStore } from "../view/viewStore";
import { ErrorCount } from "./ErrorList";

/** The number of errors, which opens and closes their list. */
export function ErrorButton() {
  const view = useViewStore();
  const isOpen = useView((state) => state.showsErrors);
  return <ErrorCount open={isOpen} onClick={() => view.set({ showsErrors: !isOpen })} />;
}
