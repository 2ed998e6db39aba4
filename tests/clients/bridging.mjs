// What the programs of bridges share: the TypeScript SDK 2.x speaks 2025-11-25 over standard streams to a
// program that passes all on to the hub, as a desktop client does that knows no HTTP.

import { capabilities, equip, installed } from "./observing.mjs";

const { Client } = installed("@modelcontextprotocol/client");
const { StdioClientTransport } = installed("@modelcontextprotocol/client/stdio");

/** Print as one JSON object what `see(client, call)` sees through a program of Node's. */
export async function through(name, args, environ, see) {
  const client = new Client({ name, version: "1" }, { capabilities });
  equip(client);
  const env = { ...process.env, ...environ };
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
  const call = (params, options) => client.callTool(params, options);
  console.log(JSON.stringify(await see(client, call)));
  await client.close();
}
