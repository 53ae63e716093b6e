// What needs a person, and what waits by itself, each with its next step and its buttons.
import { choose } from "./chooser.js";
import { clientOf, folderPath, showClient, showDocument } from "./detail.js";
import { $, button, el, hide, name, prose, renew } from "./dom.js";
import { get } from "./door.js";
import {
  copy,
  leaveOut,
  openFolder,
  retry,
  retryClient,
  retryFile,
  say,
  sure,
  wish,
} from "./wish.js";
import { counted, number } from "./words.js";

let limit = 20;
let seek = () => {};

// buttons whose path or client has first to be asked for
const with_ = (ask, act, none = "No file holds it any more.") => async (event) => {
  const by = event.currentTarget;
  try {
    const found = await ask();
    if (found == null) say(none, { refused: true });
    else await act(found, by);
  } catch (error) {
    say(error.message, { refused: true });
  }
};

const pathOf = (one) => async () =>
  one.path ?? (await get(`documents/${one.id}`)).document.paths[0];

const withClient = (one, act) =>
  with_(() => clientOf(one.id, one.what), act, "This client is not in the agent's list any more.");

const withFolders = (one, act) =>
  withClient(one, (client, by) => {
    if (client.folders.length) return act(client.folders.map(folderPath), by);
    return say("No folder stands for this client any more.", { refused: true });
  });

const ACTS = {
  file: (one) => [
    button(
      "Try again",
      title(one),
      (event) => retryFile(one.id ?? one.path, event.currentTarget),
      "small first",
    ),
    button("Leave out", title(one), (event) => leaveOut(one.id ?? one.path, event.currentTarget)),
    ...ways(one),
  ],
  document: (one) => [
    button(
      "Try again",
      title(one),
      (event) => retry([String(one.id)], event.currentTarget),
      "small first",
    ),
    button("Leave out", title(one), with_(pathOf(one), leaveOut)),
    ...ways(one),
    button("Its story", title(one), () => showDocument(one.id)),
  ],
  client: (one) => [
    button(
      "Try again",
      title(one),
      withClient(one, (client, by) => retryClient(client.external_id, by)),
      "small first",
    ),
    button(
      "Map to a client",
      title(one),
      withFolders(one, (folders) => choose(folders)),
    ),
    button(
      "Open folder",
      title(one),
      withFolders(one, ([first], by) => openFolder(first, by)),
    ),
    button(
      "Details",
      title(one),
      withClient(one, (client) => showClient(client, seek)),
    ),
  ],
  folder: (one) => [
    ...ways(one),
    button("Accept what is there now", title(one), async (event) => {
      const by = event.currentTarget;
      const text = `${one.path} is then watched as it is now, even if it is another disk than before.`;
      if (await sure("Accept this folder as it is?", text, "Accept"))
        wish("accept", { path: one.path }, { by });
    }),
  ],
};

// in a path of Unix a backslash is part of a name, or of an escape
const title = (one) =>
  one.kind === "file" ? one.path.split(one.path.startsWith("/") ? "/" : /[\\/]/).at(-1) : one.what;

const ways = (one) => [
  button("Open folder", title(one), with_(pathOf(one), openFolder)),
  button("Copy path", title(one), with_(pathOf(one), copy)),
];

const card = (one) =>
  el(
    "li",
    { "data-key": `${one.kind} ${one.id} ${one.path}` },
    el(
      "p",
      { class: "name" },
      name(title(one)),
      el("span", { class: "stage warn" }, one.label),
      one.client && one.client !== one.what
        ? el("span", { class: "whose" }, name(one.client))
        : null,
    ),
    prose(el("p", {}), one.why),
    prose(el("p", { class: "muted" }), one.step || one.next_step),
    one.kind === "file" ? el("p", { class: "path" }, name(one.path)) : null,
    el("div", { class: "acts" }, ...(ACTS[one.kind] ?? (() => []))(one)),
  );

export async function waiting() {
  const { total, waiting } = await get("waiting", { limit });
  const person = waiting.filter((one) => one.needs_person);
  const itself = waiting.filter((one) => !one.needs_person);
  renew($("waiting"), person, () => person.map(card));
  renew($("waiting-itself"), itself, () => itself.map(card));
  $("needs").querySelector(".empty").hidden = person.length > 0;
  // a client and its own file are two cards, and one thing to decide: the headline counts that
  const more = itself.length || total <= waiting.length ? "" : "+";
  $("needs-title").textContent = person.length ? `Needs you (${person.length}${more})` : "Needs you";
  $("by-itself").hidden = !itself.length;
  $("by-itself").querySelector("summary").textContent =
    `${counted(itself.length, "other waits", "others wait")} without you`;
  hide($("more-waiting"), total <= waiting.length, $("needs-title"));
  $("more-waiting").textContent = `Show more of ${number(total)}`;
}

export function prepare(seekIn) {
  seek = seekIn;
  $("more-waiting").addEventListener("click", () => {
    limit += 50;
    waiting().catch((error) => say(error.message, { refused: true }));
  });
}
