// One run: the request, its rounds of questions, and how long it took.
import { Refused, Wire } from "./wire.js";
import { followed } from "./tasks.js";
import { STATELESS } from "./envelope.js";

const MOST_ROUNDS = 16;

/** Return the request that tries an entry with this input. */
export function requestOf(kind, name, input) {
  if (kind === "tool") return { method: "tools/call", params: { name, arguments: input ?? {} } };
  if (kind === "prompt") return { method: "prompts/get", params: { name, arguments: input ?? {} } };
  return { method: "resources/read", params: { uri: kind === "template" ? expanded(name, input) : name } };
}

/** Return the variables of a URI template, in order. */
export function variablesOf(template) {
  return [...template.matchAll(/\{(\+?)([A-Za-z_][A-Za-z0-9_]*)(\*?)\}/g)].map(([, plus, name, star]) => ({ name, rest: Boolean(plus || star) }));
}

/** Return the address that a template makes of its variables; a rest keeps its slashes. */
export function expanded(template, values) {
  return template.replace(/\{(\+?)([A-Za-z_][A-Za-z0-9_]*)(\*?)\}/g, (_, plus, name, star) => {
    const text = encodeURIComponent(String(values?.[name] ?? ""));
    return plus || star ? text.replaceAll("%2F", "/") : text;
  });
}

/** Keep one wire for each server, person, revision and set of scopes, so that a session is opened once. */
export class Runner {
  constructor(tokens, screen) { Object.assign(this, { tokens, screen, wires: new Map() }); }

  async wire(who) {
    const token = await this.tokens.of(who);
    const key = JSON.stringify([who.server.id, who.user, who.revision, who.scopes, who.tasks]);
    let wire = this.wires.get(key);
    if (!wire) {
      const { heard, asked, kept } = this.screen;
      wire = new Wire({ url: who.server.path, revision: who.revision, tasks: who.tasks, token, heard, asked, kept });
      this.wires.set(key, wire);
    }
    wire.token = token;
    return wire;
  }

  /** Complete an argument; what cannot be completed has no suggestions. */
  async complete(who, ref, argument, others) {
    const wire = await this.wire(who);
    const quiet = Object.assign(Object.create(wire), { kept: () => {} });
    quiet.number = 1_000_000 + Math.floor(Math.random() * 1_000_000);
    await wire.begin();
    const params = { ref, argument, ...(wire.revision >= "2025-06-18" ? { context: { arguments: others } } : {}) };
    const answer = await quiet.call("completion/complete", params);
    return answer.result?.completion?.values || [];
  }

  /** Run a request to its end; returns {answer, took, first, rounds, revision}. */
  async run(who, { method, params }, schema, signal) {
    const wire = await this.wire(who);
    this.current = wire;
    try {
      return await this.rounds(wire, method, params, { signal, schema, level: who.level });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404 || !wire.session) throw error;
      wire.session = ""; // the session is over: begin again, once
      return await this.rounds(wire, method, params, { signal, schema, level: who.level });
    }
  }

  async rounds(wire, method, params, options) {
    await wire.begin(options.signal);
    const began = performance.now();
    let waited = 0;
    const answers = async (requests) => {
      const asked = performance.now();
      const found = await this.answers(requests);
      waited += performance.now() - asked;
      return found;
    };
    let answer = await wire.call(method, params, options);
    const first = wire.first - began;
    let rounds = 1;
    for (; answer.result?.resultType === "input_required" && rounds <= MOST_ROUNDS; rounds += 1) {
      const inputResponses = await answers(answer.result.inputRequests || {});
      const { requestState } = answer.result;
      answer = await wire.call(method, { ...params, inputResponses, ...(requestState === undefined ? {} : { requestState }) }, options);
    }
    if (answer.result?.resultType === "task") answer = await followed(wire, answer, { signal: options.signal, told: this.screen.task, answers });
    return { answer, rounds, first, took: performance.now() - began - waited, revision: wire.stateless ? STATELESS : wire.revision };
  }

  /** Ask all questions of a round, one after the other; a refused one is left out, and asked again. */
  async answers(requests) {
    const found = {};
    for (const [key, question] of Object.entries(requests)) {
      const { result } = await this.screen.asked(question);
      if (result) found[key] = result;
    }
    return found;
  }
}
