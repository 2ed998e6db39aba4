// What the programs of both TypeScript SDKs share: the package as installed in the working folder, the
// answers to the server's questions, and everything a client does where both write it alike.

import { createRequire } from "node:module";

export const installed = createRequire(`${process.cwd()}/`);
export const [address, mode, token] = process.argv.slice(2);
export const headers = token ? { Authorization: `Bearer ${token}` } : {};
export const capabilities = { elicitation: {}, sampling: {}, roots: {} };
export const WATCHED = "test://watched-resource";
// What changes, and the tool of the fixture server that changes it.
const TRIGGERS = { tools: "test_trigger_tool_change", [WATCHED]: "test_trigger_resource_update" };
// How often something is changed until the server says so, and the milliseconds waited each time.
const TRIES = 5;
const PATIENCE = 2000;

const questions = [];
const waiting = new Map();

/** Fill the form that the server asks for. */
export function answer({ params }) {
  questions.push(params.message);
  return { action: "accept", content: { name: "Ada" } };
}

/** Answer as a model would: with the prompt, backwards. */
export function sample({ params }) {
  const text = [...params.messages[0].content.text].reverse().join("");
  return { role: "assistant", model: "fake", content: { type: "text", text } };
}

/** Name one folder. */
export function roots() {
  return { roots: [{ uri: "file:///project", name: "project" }] };
}

/** Note that the server said that something changed. */
export function hear(what) {
  waiting.get(what)?.(true);
}

/** Let a client of the SDK 2.x answer and hear. */
export function equip(client) {
  client.setRequestHandler("elicitation/create", answer);
  client.setRequestHandler("sampling/createMessage", sample);
  client.setRequestHandler("roots/list", roots);
  client.setNotificationHandler("notifications/tools/list_changed", () => hear("tools"));
  client.setNotificationHandler("notifications/resources/updated", (told) => hear(told.params.uri));
}

/** Subscribe as before 2026-07-28; return what ends it. */
export async function subscribe(client) {
  await client.subscribeResource({ uri: WATCHED });
  return () => client.unsubscribeResource({ uri: WATCHED });
}

/** Do everything once and return what was seen; `call(params, options)` calls a tool. */
export async function observe(client, call, watch) {
  return { ...(await observeCalls(client, call)), ...(await asks(call, watch)) };
}

/** List and call alone; nothing is asked, and nothing told. */
export async function observeCalls(client, call) {
  return { ...(await lists(client)), ...(await calls(client, call)) };
}

async function lists(client) {
  const { resourceTemplates } = await client.listResourceTemplates();
  return {
    tools: (await client.listTools()).tools.map(({ name }) => name),
    resources: (await client.listResources()).resources.map(({ uri }) => uri),
    templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    prompts: (await client.listPrompts()).prompts.map(({ name }) => name),
  };
}

async function calls(client, call) {
  const progress = [];
  const onprogress = (told) => progress.push([told.progress, told.total]);
  const simple = await call({ name: "test_simple_text" });
  const failed = await call({ name: "test_error_handling" });
  await call({ name: "test_tool_with_progress" }, { onprogress });
  const read = await client.readResource({ uri: "test://static-text" });
  const name = "test_prompt_with_arguments";
  const prompt = await client.getPrompt({ name, arguments: { arg1: "one", arg2: "two" } });
  const ref = { type: "ref/prompt", name };
  const completed = await client.complete({ ref, argument: { name: "arg1", value: "test" } });
  return {
    text: simple.content[0].text,
    failed: [failed.isError, failed.content[0].text],
    progress,
    resource: read.contents[0].text,
    prompt: prompt.messages[0].content.text,
    completed: completed.completion.values,
  };
}

async function asks(call, watch) {
  const elicited = await call({ name: "test_input_required_result_elicitation" });
  const sampled = await call({ name: "test_sampling", arguments: { prompt: "olleh" } });
  const rooted = await call({ name: "test_input_required_result_list_roots" });
  const unwatch = await watch();
  const told = {};
  for (const what of Object.keys(TRIGGERS)) told[what] = await tells(call, what);
  await unwatch();
  return {
    questions,
    elicited: elicited.content[0].text,
    sampled: sampled.content[0].text,
    roots: rooted.content[0].text,
    told,
  };
}

// Change something and tell whether the server says so; the stream may open after the call.
async function tells(call, what) {
  for (let round = 0; round < TRIES; round += 1) {
    let timer;
    const said = new Promise((resolve) => {
      waiting.set(what, resolve);
      timer = setTimeout(resolve, PATIENCE, false);
    });
    await call({ name: TRIGGERS[what] });
    const heard = await said;
    clearTimeout(timer);
    if (heard) return true;
  }
  return false;
}
