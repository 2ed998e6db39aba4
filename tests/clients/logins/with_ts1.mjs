// The TypeScript SDK 1.x logs in with its OAuth provider: ADDRESS STEPS; prints what came of them.

import { address, installed, loggedIn, provider, take } from "./landing.mjs";

const { Client } = installed("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = installed("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { UnauthorizedError } = installed("@modelcontextprotocol/sdk/client/auth.js");
const isUnauthorized = (error) => error instanceof UnauthorizedError;

let client;
let transport;
const connect = async () => {
  client = new Client({ name: "with_ts1", version: "1" });
  transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
  await client.connect(transport);
};
const finish = (said) => transport.finishAuth(said.get("code"));
await loggedIn(connect, finish, isUnauthorized);
await take((params) => loggedIn(() => client.callTool(params), finish, isUnauthorized));
await client.close();
