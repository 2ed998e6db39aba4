// supergateway against the fixture server, over HTTP+SSE: ADDRESS MODE [TOKEN]; MODE is always "sse".
// It passes neither progress nor questions of the server on. Prints what was seen as one JSON object.

import { join } from "node:path";
import { through } from "./bridging.mjs";
import { address, observeCalls, token } from "./observing.mjs";

const bridge = join(process.cwd(), "node_modules", "supergateway", "dist", "index.js");
const args = [bridge, "--sse", address, "--logLevel", "none"];
if (token) args.push("--oauth2Bearer", token);

await through("with_supergateway", args, {}, observeCalls);
