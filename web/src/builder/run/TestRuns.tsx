import { useEffect, useEffectEvent, useState } from "react";
import { ConfirmDialog, useToasts } from "../../design";
import { useRefusal, useSession } from "../../session/session";
import { singleKeysAreOn } from "../../shell/singleKeys";
import type { NodeId } from "../definition/types";
import { useBuilder, useBuilderStore } from "../draft/store";
import { isElsewhere, isWriting } from "../useShortcuts";
import { knowsEffects, noteEffects } from "./consent";
import { PinDialog } from "./PinDialog";
import { RunFeed } from "./RunFeed";
import { TestBar } from "./TestBar";
import { askFor, listenForTests, TEST_COMMANDS, type Asked } from "./testing";
import type { TestScope } from "./testRequest";
import { usePinLast } from "./usePinLast";
import { refusalToTest, useTestStart } from "./useTestStart";

/** Everything about test runs that is not there from the beginning: the feed of the run, its bar, its keys, what is asked before the first one. */
export function TestRuns() {
  const store = useBuilderStore();
  const toasts = useToasts();
  const { user } = useSession();
  const permitted = useRefusal("workflows.write");
  const canEdit = useBuilder((state) => state.canEdit);
  const start = useTestStart();
  const pinLast = usePinLast();
  const [told, setTold] = useState<{ readonly scope: TestScope } | null>(null);
  const [editing, setEditing] = useState<NodeId | null>(null);
  const [last, setLast] = useState<TestScope>(null);
  const test = (scope: TestScope) => {
    setLast(scope);
    start.mutate(scope);
  };
  const hear = useEffectEvent((asked: Asked) => {
    if ("edit" in asked) setEditing(asked.edit);
    else if ("pinLast" in asked) void pinLast(asked.pinLast);
    else {
      const refusal = refusalToTest(store, permitted);
      if (refusal !== null) toasts.failed("No test run was started", refusal);
      else if (knowsEffects(user.id)) test(asked.test.scope);
      else setTold(asked.test);
    }
  });
  useEffect(() => listenForTests(store, (asked) => hear(asked)), [store]);
  useTestKeys(canEdit);
  return (
    <>
      <RunFeed />
      <TestBar scope={last} isStarting={start.isPending} onAgain={() => askFor(store, { test: { scope: last } })} />
      {editing !== null && <PinDialog key={editing} node={editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog
        open={told !== null}
        title="Test runs have real effects"
        description="A test run does what its nodes do: it sends messages, writes to databases and calls other systems. Only statistics leave it out. To keep a node from running, disable it or pin its output."
        action="Run"
        onClose={() => setTold(null)}
        onSubmit={() => {
          noteEffects(user.id);
          setTold(null);
          if (told !== null) test(told.scope);
        }}
      />
    </>
  );
}

/** The keys of test runs work on the one node that is selected. */
function useTestKeys(canEdit: boolean): void {
  const store = useBuilderStore();
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (!canEdit || event.defaultPrevented || event.ctrlKey || event.metaKey || isElsewhere(event) || isWriting(event) || !singleKeysAreOn()) return;
    const letter = event.altKey && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
    const keys = [event.altKey ? "alt" : "", event.shiftKey ? "shift" : "", letter].filter(Boolean).join(" ");
    const command = TEST_COMMANDS.find((each) => each.keys === keys);
    const [node] = store.get().selection.nodes;
    if (command === undefined) return;
    if (command.id === "test all") command.run(store, "");
    else if (node !== undefined && store.get().selection.nodes.size === 1 && command.isShown(store, node)) command.run(store, node);
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
