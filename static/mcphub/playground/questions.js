// Questions that a call asks: forms, pages to open, words of a model. Each becomes a card; one at a time per question.
import { el, button, fresh } from "./dom.js";
import { schemaForm } from "./form.js";

const MOST = 4000;
const REFUSED = { error: { code: -1, message: "The person refused." } };

/** Ask in a place, and return {result} or {error}; `signal` ends the asking. */
export function ask(place, question, signal) {
  const { method, params = {} } = question;
  return new Promise((answered) => {
    const card = el("section", { class: "hub-card play-question", tabindex: "-1", "aria-label": "A question" });
    const done = (said) => { card.remove(); answered(said); };
    signal.addEventListener("abort", () => done(REFUSED), { once: true });
    card.append(...drawn(method, params, done));
    place.append(card);
    (card.querySelector("input, select, textarea") || card).focus();
  });
}

function drawn(method, params, done) {
  if (method === "elicitation/create") return params.mode === "url" ? page(params, done) : form(params, done);
  if (method === "sampling/createMessage") return model(params, done);
  const words = `It asks for ${String(method)}, which the playground has not.`;
  return [head("A question"), el("p", { textContent: words }), bar(button("Go on", () => done(REFUSED)))];
}

const head = (words) => el("h3", { className: "hub-title", textContent: words });
const said = (text) => el("p", { class: "play-said", textContent: String(text ?? "").slice(0, MOST) });
const bar = (...buttons) => el("div", { className: "hub-buttons" }, ...buttons);
const act = (action) => ({ result: { action } });

function form(params, done) {
  const asked = schemaForm(params.requestedSchema || {}, { label: "Your answer" });
  const accept = () => { if (asked.check()) done({ result: { action: "accept", content: asked.value() ?? {} } }); };
  return [
    head("The call asks you"), said(params.message), asked.node,
    bar(
      button("Answer", accept, { class: "hub-button play-primary" }),
      button("Decline", () => done(act("decline"))), button("Dismiss", () => done(act("cancel"))),
    ),
  ];
}

function page(params, done) {
  const address = String(params.url ?? "");
  const safe = /^https?:\/\//i.test(address);
  const link = safe ? el("a", { class: "text-link hub-break", href: address, target: "_blank", rel: "noopener noreferrer", textContent: address }) : el("code", { class: "hub-break", textContent: address });
  return [
    head("The call asks you to open a page"), said(params.message), el("p", {}, link),
    bar(
      button("I opened it", () => done(act("accept")), { class: "hub-button play-primary" }),
      button("Decline", () => done(act("decline"))), button("Dismiss", () => done(act("cancel"))),
    ),
  ];
}

function model(params, done) {
  const text = el("textarea", { id: fresh("model"), class: "play-input", rows: 3 });
  const told = (params.messages || []).map((one) => `${one?.role}: ${wordsOf(one?.content)}`).join("\n");
  const answer = () => done({ result: { role: "assistant", content: { type: "text", text: text.value }, model: "a person in the playground", stopReason: "endTurn" } });
  return [
    head("The call asks your model"), el("p", { className: "hub-help", textContent: "The playground has no model: write what one would say." }),
    el("pre", { className: "hub-code", textContent: told.slice(0, MOST) }),
    el("label", { htmlFor: text.id, class: "play-label", textContent: "The model's answer" }), text,
    bar(button("Answer", answer, { class: "hub-button play-primary" }), button("Refuse", () => done(REFUSED))),
  ];
}

function wordsOf(content) {
  const parts = Array.isArray(content) ? content : [content];
  return parts.map((part) => (part?.type === "text" ? part.text : `(${part?.type})`)).join(" ");
}
