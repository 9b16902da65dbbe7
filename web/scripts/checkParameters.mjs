// Prints the errors that the page finds in the parameters of nodes: reads {types, definitions} from standard input, prints one list for each definition.
// Usage: node scripts/checkParameters.mjs < given.json
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const server = await createServer({ root, configFile: false, logLevel: "error", appType: "custom", optimizeDeps: { noDiscovery: true }, server: { middlewareMode: true, watch: null, ws: false } });
const { parameterErrors } = await server.ssrLoadModule("/src/builder/check/parameters.ts");
const { NodeTypes } = await server.ssrLoadModule("/src/builder/definition/nodeTypes.ts");
const { parseJson } = await server.ssrLoadModule("/src/json/parseJson.ts");
const given = parseJson(await text(process.stdin));
const types = new NodeTypes(given.types);
const errors = given.definitions.map((definition) => parameterErrors(definition, types).map((error) => ({ node: error.node, field: error.field, message: error.message })));
process.stdout.write(JSON.stringify(errors));
await server.close();
