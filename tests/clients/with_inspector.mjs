// The MCP Inspector's command line against the fixture server: ADDRESS MODE [TOKEN].
// One command each for what it can; MODE ("auto" or "legacy") is the era it is told. It asks nobody: a
// question of the server is cancelled. Prints what it saw as one JSON object.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { address, mode, token } from "./observing.mjs";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "inspector-"));
const program = join(process.cwd(), "node_modules", ".bin", "mcp-inspector");
const always = ["--transport", "http", "--protocol-era", mode, "--stored-auth-only", "--format", "json", "--quiet"];
if (token) always.push("--header", `Authorization: Bearer ${token}`);
const env = { ...process.env, HOME: folder, MCP_INSPECTOR_SECRET_STORE: "file" };

/** Run one command and return its result; a tool that failed ends it with an exit code, and a result. */
async function inspect(method, ...words) {
  const args = [program, "--cli", address, ...always, "--method", method, ...words];
  const done = await run(process.execPath, args, { env }).catch((error) => {
    if (error.stdout) return error;
    throw error;
  });
  return JSON.parse(done.stdout).result;
}

const tool = (name) => inspect("tools/call", "--tool-name", name);
const { tools } = await inspect("tools/list");
const { resources } = await inspect("resources/list");
const { resourceTemplates } = await inspect("resources/templates/list");
const { prompts } = await inspect("prompts/list");
const simple = await tool("test_simple_text");
const failed = await tool("test_error_handling");
const read = await inspect("resources/read", "--uri", "test://static-text");
const values = ["--prompt-args", "arg1=one", "arg2=two"];
const prompt = await inspect("prompts/get", "--prompt-name", "test_prompt_with_arguments", ...values);
const seen = {
  tools: tools.map(({ name }) => name),
  resources: resources.map(({ uri }) => uri),
  templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  prompts: prompts.map(({ name }) => name),
  text: simple.content[0].text,
  failed: [failed.isError, failed.content[0].text],
  resource: read.contents[0].text,
  prompt: prompt.messages[0].content.text,
};
console.log(JSON.stringify(seen));
rmSync(folder, { recursive: true });
