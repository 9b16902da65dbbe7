import { useEffect, useEffectEvent, useState } from "react";
import { ConfirmDialog, useToasts } from "../../design";
import { useRefusal, useSession } from "../../session/session";
import type { NodeId } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import { knowsEffects, noteEffects } from "./consent";
import { PinDialog } from "./PinDialog";
import { RunFeed } from "./RunFeed";
import { TestBar } from "./TestBar";
import { askFor, listenForTests, type Asked } from "./testing";
import type { TestScope } from "./testRequest";
import { useTogglePin } from "./useTogglePin";
import { refusalToTest, useTestStart } from "./useTestStart";

/** Everything about test runs that is not there from the beginning: the feed of the run, its bar, its keys, what is asked before the first one. */
export function TestRuns() {
  const store = useBuilderStore();
  const toasts = useToasts();
  const { user } = useSession();
  const permitted = useRefusal("workflows.write");
  const start = useTestStart();
  const togglePin = useTogglePin();
  const [told, setTold] = useState<{ readonly scope: TestScope } | null>(null);
  const [editing, setEditing] = useState<NodeId | null>(null);
  const [last, setLast] = useState<TestScope>(null);
  const test = (scope: TestScope) => {
    setLast(scope);
    start.mutate(scope);
  };
  const hear = useEffectEvent((asked: Asked) => {
    if ("edit" in asked) setEditing(asked.edit);
    else if ("pin" in asked) void togglePin(asked.pin);
    else {
      const refusal = refusalToTest(store, permitted);
      if (refusal !== null) toasts.failed("No test run was started", refusal);
      else if (knowsEffects(user.id)) test(asked.test.scope);
      else setTold(asked.test);
    }
  });
  useEffect(() => listenForTests(store, (asked) => hear(asked)), [store]);
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
