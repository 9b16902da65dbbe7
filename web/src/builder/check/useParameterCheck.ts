import { useEffect, useState } from "react";

type Check = typeof import("./parameters").parameterErrors;

let loaded: Check | null = null;

/** Returns the check of parameters by their schemas once it is loaded. It is loaded on demand: opening a workflow does not need it. */
export function useParameterCheck(wanted: boolean): Check | null {
  const [check, setCheck] = useState<Check | null>(() => loaded);
  useEffect(() => {
    if (!wanted || check) return;
    let isGone = false;
    void import("./parameters").then(({ parameterErrors }) => {
      loaded = parameterErrors;
      if (!isGone) setCheck(() => parameterErrors);
    });
    return () => void (isGone = true);
  }, [wanted, check]);
  return check;
}
