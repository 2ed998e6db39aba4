// A call that became a task (the extension io.modelcontextprotocol/tasks of 2026-07-28): followed to its end.

const LEAST_PAUSE = 200, PAUSE = 1000, MOST_PAUSE = 5000;
const OPEN = new Set(["working", "input_required"]);

/**
 * Ask how a task stands until it has ended, and return its answer, like that of a call that was none.
 * `told` takes the task whenever it was looked at, `answers` has a person answer questions by their key.
 */
export async function followed(wire, answer, { signal, told, answers }) {
  const { taskId } = answer.result;
  wire.task = taskId; // what cancelling is about, as long as it is open
  try {
    let task = answer.result;
    while (OPEN.has(task.status)) {
      told(task);
      if (task.inputRequests) await answered(wire, task, answers, signal);
      else await pause(task.pollIntervalMs, signal);
      const looked = await wire.call("tasks/get", { taskId }, { signal });
      if (looked.error) return looked;
      task = looked.result;
    }
    return { status: answer.status, task: taskId, ...outcome(task) };
  } finally {
    if (!signal.aborted) wire.task = undefined;
  }
}

/** Have all questions that are open answered, and tell the hub; what it does not take is asked again. */
async function answered(wire, { taskId, inputRequests }, answers, signal) {
  const inputResponses = await answers(inputRequests);
  signal.throwIfAborted();
  await wire.call("tasks/update", { taskId, inputResponses }, { signal });
}

function outcome({ status, statusMessage, result, error }) {
  if (status === "completed") return { result };
  if (status === "failed") return { error: error || { code: 0, message: statusMessage || "The job failed." } };
  return { cancelled: statusMessage || "The job was cancelled." };
}

/** Wait as long as the hub asks for; rejects at once when the run is left. */
function pause(asked, signal) {
  const wait = Math.min(Math.max(Number(asked) || PAUSE, LEAST_PAUSE), MOST_PAUSE);
  return new Promise((done, left) => {
    const leave = () => { clearTimeout(timer); left(signal.reason); };
    const timer = setTimeout(() => { signal.removeEventListener("abort", leave); done(); }, wait);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
  });
}
