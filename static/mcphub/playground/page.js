// The playground: brings the form, the caller and the screen together.
import { copy, el, fill } from "./dom.js";
import { curl, pythonProgram, scriptProgram } from "./copies.js";
import { STATELESS } from "./envelope.js";
import { Exchange } from "./exchange.js";
import { refusal } from "./checking.js";
import { requestOf, Runner, variablesOf } from "./running.js";
import { schemaForm } from "./form.js";
import { Screen } from "./screen.js";
import { suggesting } from "./suggestions.js";
import { tabs } from "./tabs.js";
import { Tokens } from "./tokens.js";

const root = document.getElementById("playground");
const facts = JSON.parse(document.getElementById("playground-facts").textContent);
const part = (name) => root.querySelector(`[data-play="${name}"]`);
const told = part("told");
const exchange = new Exchange(part("exchange"), told, part("messages"));
const screen = new Screen(root, exchange, facts.jobs);
const secret = root.querySelector("[name=csrfmiddlewaretoken]").value;
const runner = new Runner(new Tokens(facts.token, secret), screen);
const controls = { server: part("server"), user: part("user"), revision: part("revision"), level: part("level"), tasks: part("tasks"), anyway: part("anyway") };
const boxes = [...root.querySelectorAll("[data-play=scope]")];
let leaving = null;

/** Return who asks, where, and how, as the page says. */
function who() {
  const scopes = boxes.filter((box) => box.checked).map((box) => box.value);
  const server = facts.servers.find((each) => each.id === controls.server.value);
  return { server, scopes, user: controls.user?.value.trim() || "", revision: controls.revision.value, level: controls.level.value, tasks: Boolean(controls.tasks?.checked) };
}

/** Return the schema of what an entry takes; a prompt's arguments and a template's variables are texts. */
function schemaOf() {
  const { kind, definition } = facts;
  if (kind === "tool") return definition.inputSchema || {};
  const named = kind === "prompt" ? definition.arguments || [] : kind === "template" ? variablesOf(who().server.name) : [];
  const properties = Object.fromEntries(named.map((one) => [one.name, { type: "string", description: one.description, maxLength: 100 }]));
  const required = named.filter((one) => kind === "template" || one.required).map((one) => one.name);
  return { type: "object", properties, required, additionalProperties: false };
}

const completes = facts.kind === "prompt" || facts.kind === "template";
const complete = (name, value) => {
  const { server } = who();
  const ref = facts.kind === "prompt" ? { type: "ref/prompt", name: server.name } : { type: "ref/resource", uri: server.name };
  const others = Object.fromEntries(Object.entries(form.value() || {}).filter(([other]) => other !== name));
  return runner.complete(who(), ref, { name, value }, others);
};
const schema = schemaOf();
const form = schemaForm(schema, { label: "Arguments", changed: recopied, attach: completes ? suggesting(complete) : undefined });
if (facts.kind === "resource") form.node.hidden = true;
fill(part("form"), form.node);

const request = () => requestOf(facts.kind, who().server.name, form.value());

async function run() {
  if (leaving) return;
  if (!controls.anyway.checked ? !form.check() : !form.sendable()) return;
  leaving = new AbortController();
  part("run").disabled = true;
  part("cancel").disabled = false;
  screen.begin(leaving.signal);
  try {
    const ended = await runner.run(who(), request(), facts.definition.inputSchema, leaving.signal);
    screen.ended(facts.kind, ended, (uri) => `${facts.at}?${new URLSearchParams({ server: who().server.id, uri })}`);
    if (ended.answer.error && !ended.answer.task) explain();
    place(ended.answer);
    if (ended.answer.status === 401) runner.tokens.forget();
    told.textContent = `${part("state").textContent}`;
  } catch (error) {
    screen.stopped(leaving.signal.aborted ? "Cancelled." : error.message);
    if (!leaving.signal.aborted) explain();
  } finally {
    leaving = null;
    part("run").disabled = false;
    part("cancel").disabled = true;
  }
}

/** Say at its place in the form what the hub refused. */
function place({ result, error }) {
  const words = error?.message || (result?.isError && result.content?.[0]?.text) || "";
  const found = refusal(String(words));
  if (found) form.refused(found.path, found.words);
}

/** Lead from a refusal to the page that says which rule it comes from, where there is one. */
function explain() {
  const { why, me } = root.dataset;
  if (!why) return;
  const { server, user } = who();
  const asked = new URLSearchParams({ user: user || me, server: server.slug, kind: facts.kind, name: server.name });
  part("result").append(el("p", {}, el("a", { class: "text-link", href: `${why}?${asked}`, textContent: "Why? The rules that decide this" })));
}

async function cancel() {
  if (!leaving) return;
  leaving?.abort(); // on 2026-07-28 leaving is cancelling; the older revisions are told
  await runner.current?.cancel().catch(() => {});
}

const WAYS = [["curl", curl], ["Python", pythonProgram], ["TypeScript", scriptProgram]];
const codes = WAYS.map(() => el("pre", { class: "hub-code", tabindex: "0" }));
const copies = tabs("Copy as", WAYS.map(([name], at) => {
  const button = el("button", { type: "button", class: "hub-button", textContent: `Copy ${name}`, on: { click: () => copy(codes[at].textContent, told) } });
  return { name, panel: el("div", {}, codes[at], button) };
}));
fill(part("copies"), copies.node);

/** Say in one line who asks, where and how. */
function retold() {
  const { server, user, revision, scopes } = who();
  const fewer = scopes.length < boxes.length ? `, ${scopes.length} of ${boxes.length} scopes` : "";
  part("who").textContent = `${user ? `as ${user}` : "as you"}, on ${server.path}, in ${revision}${fewer}`;
  recopied();
}

/** Write the programs anew: they say what the form says now. */
function recopied() {
  if (!codes?.length || !form?.sendable()) return;
  const { server, revision } = who();
  const said = { url: `${facts.base}${server.path}`, revision, request: request(), schema: facts.definition.inputSchema };
  WAYS.forEach(([, write], at) => { codes[at].textContent = write(said); });
}

function revised() {
  part("stdio").hidden = controls.revision.value !== "2024-11-05";
  if (controls.tasks) controls.tasks.disabled = controls.revision.value !== STATELESS;
  retold();
}

part("run").addEventListener("click", run);
part("cancel").addEventListener("click", cancel);
controls.server.addEventListener("change", retold);
controls.user?.addEventListener("input", retold);
boxes.forEach((box) => box.addEventListener("change", retold));
controls.revision.addEventListener("change", revised);
revised();
root.dataset.ready = "true";
