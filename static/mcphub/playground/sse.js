// Server-sent events out of the bytes of an answer (HTML, Server-sent events). Pure.

const MOST = 8 * 1024 * 1024;

/** Yield {id, data, retry} of each event of a readable stream, as it comes. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      waiting += value;
      if (waiting.length > MOST) throw new Error("An event of the answer is too large to be shown.");
      const parts = waiting.split(/\r\n\r\n|\n\n|\r\r/);
      waiting = parts.pop();
      for (const part of parts) yield read(part);
    }
  } finally {
    reader.releaseLock();
  }
}

function read(text) {
  const event = { id: undefined, data: "", retry: undefined };
  const data = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (colon === 0 || line === "") continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    if (name === "id") event.id = value;
    if (name === "retry" && /^\d+$/.test(value)) event.retry = Number(value);
  }
  event.data = data.join("\n");
  return event;
}
