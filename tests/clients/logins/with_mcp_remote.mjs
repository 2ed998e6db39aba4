// mcp-remote logs in, with the TypeScript SDK 2.x in front of it over stdio, as a desktop client that knows
// no HTTP: ADDRESS STEPS; prints what came of them.

import { join } from "node:path";
import { address, installed, take } from "./landing.mjs";

const { Client } = installed("@modelcontextprotocol/client");
const { StdioClientTransport } = installed("@modelcontextprotocol/client/stdio");

const bridge = join(process.cwd(), "node_modules", "mcp-remote", "dist", "proxy.js");
const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: join(process.env.HOME, "mcp-remote") };
const client = new Client({ name: "with_mcp_remote", version: "1" });
await client.connect(new StdioClientTransport({ command: process.execPath, args: [bridge, address], env }));
await take((params) => client.callTool(params));
await client.close();
