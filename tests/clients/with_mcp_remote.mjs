// mcp-remote against the fixture server: ADDRESS MODE [TOKEN].
// The TypeScript SDK 2.x speaks 2025-11-25 through it, as a desktop client does that knows no HTTP; MODE
// ("auto" or "legacy") is how mcp-remote itself begins. Prints what was seen as one JSON object.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  address, capabilities, equip, installed, mode, observe, subscribe, token,
} from "./observing.mjs";

const { Client } = installed("@modelcontextprotocol/client");
const { StdioClientTransport } = installed("@modelcontextprotocol/client/stdio");

const folder = mkdtempSync(join(tmpdir(), "mcp-remote-"));
const bridge = join(process.cwd(), "node_modules", "mcp-remote", "dist", "proxy.js");
const args = [bridge, address, "--protocol", mode];
if (token) args.push("--header", `Authorization: Bearer ${token}`);
const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: folder };

const client = new Client({ name: "with_mcp_remote", version: "1" }, { capabilities });
equip(client);
await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
const call = (params, options) => client.callTool(params, options);
console.log(JSON.stringify(await observe(client, call, () => subscribe(client))));
await client.close();
rmSync(folder, { recursive: true });
