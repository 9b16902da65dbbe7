import { useNavigate } from "react-router";
import { chooseFile } from "../builder/chooseFile";
import { useToasts } from "../design";
import { writeJson } from "../json/writeJson";

/** Returns a function that asks for a file and opens the workflow in it. */
export function useImport(): () => void {
  const navigate = useNavigate();
  const toasts = useToasts();
  const importIt = async () => {
    const file = await chooseFile();
    if (file === null) return;
    const { importFile } = await import("../builder/files");
    const read = await importFile(file);
    if ("problem" in read) toasts.failed("Not imported", read.problem);
    else void navigate("/workflows/new", { state: { definition: writeJson(read.definition), source: read.source } });
  };
  return () => void importIt().catch((error: unknown) => toasts.failed("Not imported", error));
}
