// A value asked for by a JSON Schema, in two tabs that are kept in step: a form, and the JSON itself.
import { el, fresh } from "./dom.js";
import { budget, field } from "./fields.js";
import { same, isObject } from "./schema.js";
import { tabs } from "./tabs.js";

const UNFIT = "The form cannot show all of this, so it stays here. What stands here is what is sent.";

/** Make the form of a schema. Returns {node, value, check, tell, refused}; `attach` may add to text fields. */
export function schemaForm(schema, said) {
  const { label, changed = () => {}, attach } = said;
  const root = isObject(schema) ? schema : {};
  const fields = budget();
  const form = field({ budget: fields, root, schema: root, name: label, path: [], required: true, changed: moved, attach });
  const text = el("textarea", { id: fresh("json"), class: "play-input play-mono", rows: 12, spellcheck: "false", "aria-label": `${label} as JSON` });
  const wrong = el("p", { className: "hub-error", role: "alert", hidden: true });
  const drawn = el("div", {}, form.node);
  const both = tabs(label, [
    { name: "Form", panel: drawn, enter: toForm },
    { name: "JSON", panel: el("div", {}, text, wrong) , enter: toJson },
  ]);
  text.addEventListener("input", () => { complain(""); changed(); });

  function moved() { fields.renew(); changed(); }

  function complain(words) {
    wrong.textContent = words;
    wrong.hidden = !words;
    text.setAttribute("aria-invalid", String(Boolean(words)));
  }

  function parsed() {
    try { return { value: JSON.parse(text.value) }; } catch (error) { return { error: `This is no JSON: ${error.message}` }; }
  }

  function toJson() {
    text.value = JSON.stringify(form.read() ?? null, null, 2);
    complain("");
  }

  function toForm() {
    const { value, error } = parsed();
    if (error) { complain(error); return false; }
    fields.renew();
    const fits = form.write(value);
    if (fits && same(form.read(), value)) return true;
    complain(UNFIT);
    return false;
  }

  /** Say what is wrong before anything is sent, and go there; true if nothing is. */
  function check() {
    if (both.shown() === 1) {
      const { error } = parsed();
      complain(error || "");
      if (error) text.focus();
      return !error;
    }
    const bad = form.check();
    bad[0]?.focus?.();
    return !bad.length;
  }

  /** Say what the hub refused, at its place; false if there is no such place. */
  function refused(path, words) {
    if (both.shown() === 1) { complain(`${path.join("/")}: ${words}`); return true; }
    const place = form.find ? form.find(path) : form;
    place?.tell?.(words);
    place?.focus?.();
    return Boolean(place);
  }

  return {
    node: both.node, check, refused,
    value: () => (both.shown() === 1 ? parsed().value : form.read()),
    sendable: () => both.shown() === 0 || !parsed().error,
  };
}
