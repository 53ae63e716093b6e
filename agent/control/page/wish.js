// Wishes of a person: asked, answered in a sentence, said in a live region.
import { $, hide, prose } from "./dom.js";
import { post } from "./door.js";

let after = () => {};

// what is to be looked at anew when a wish was met
export const whenDone = (act) => {
  after = act;
};

export function say(sentence, { refused = false, undo = null } = {}) {
  const toast = $("toast");
  toast.hidden = false;
  toast.classList.toggle("refused", refused);
  if (toast.parentElement !== host()) host().append(toast, $("spoken")); // moving it takes the focus
  prose($("answer"), sentence);
  $("spoken").textContent = "";
  setTimeout(() => ($("spoken").textContent = sentence), 50);
  hide($("undo"), !undo, $("close-toast"));
  $("undo").onclick = undo;
}

// an open dialog makes all else inert, so the answer is shown within it
const host = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;

export const hush = () => hide($("toast"), true, $("main"));

// a dialog that closes would take the answer with it
export const keep = () => document.body.append($("toast"), $("spoken"));

// one wish at a time for each button; the sentence that came of it, or null where it was refused
export async function wish(path, body = {}, { by = null, undo = null } = {}) {
  if (by?.getAttribute("aria-busy")) return null;
  by?.setAttribute("aria-busy", "true");
  try {
    const { sentence } = await post(path, body);
    say(sentence, { undo });
    after();
    return sentence;
  } catch (error) {
    say(error.message, { refused: true });
    return null;
  } finally {
    by?.removeAttribute("aria-busy");
  }
}

// a file by the agent's number of it where that is known: a path that is no text is shown with
// escapes, by which nobody finds it again
const named = (file) => (typeof file === "number" ? { file } : { path: file });

export const retryFile = (file, by) =>
  wish("retry", typeof file === "number" ? { file } : { what: [file] }, { by });

export const retry = (what, by) => wish("retry", { what }, { by });

export const retryClient = (client, by) => wish("retry", { client }, { by });

export const openFolder = (path, by) => wish("open", { path }, { by });

export const takeIn = (file, by) => wish("ignore", { ...named(file), undo: true }, { by });

export const leaveOut = (file, by) =>
  wish("ignore", { ...named(file), why: "" }, { by, undo: () => takeIn(file, $("undo")) });

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser does not let this page copy. Select the text and copy it yourself.", {
      refused: true,
    });
  }
}

// a question before what cannot be taken back
export function sure(title, text, yes) {
  const dialog = $("ask");
  $("ask-title").textContent = title;
  prose($("ask-text"), text);
  $("ask-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((tell) => {
    dialog.addEventListener("close", () => tell(dialog.returnValue === "yes"), { once: true });
  });
}
