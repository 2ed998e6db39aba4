// mcp-remote against the fixture server: ADDRESS MODE [TOKEN].
// MODE is how mcp-remote itself begins: "auto" or "legacy"; or "sse", where the address is that of HTTP+SSE
// and mcp-remote falls back to it. Prints what was seen as one JSON object.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { through } from "./bridging.mjs";
import { address, mode, observe, subscribe, token } from "./observing.mjs";

const folder = mkdtempSync(join(tmpdir(), "mcp-remote-"));
const bridge = join(process.cwd(), "node_modules", "mcp-remote", "dist", "proxy.js");
const protocol = mode === "sse" ? [] : ["--protocol", mode];
const args = [bridge, address, ...protocol];
if (token) args.push("--header", `Authorization: Bearer ${token}`);

const environ = { MCP_REMOTE_CONFIG_DIR: folder };
await through("with_mcp_remote", args, environ, (client, call) => (
  observe(client, call, () => subscribe(client))
));
rmSync(folder, { recursive: true });
