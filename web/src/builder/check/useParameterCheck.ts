import { useEffect, useState } from "react";

type Check = typeof import("./parameters").parameterErrors;

let loaded: Check | null = null;

/** The check of parameters by their schemas, once it was wanted and has come: what reads JSON Schema is not needed to open a workflow. */
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
