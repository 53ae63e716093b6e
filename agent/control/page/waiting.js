// What needs a person, and what waits by itself, each with its next step and its buttons.
import { choose } from "./chooser.js";
import { folderPath, showClient, showDocument } from "./detail.js";
import { $, button, el, name, prose, renew } from "./dom.js";
import { get } from "./door.js";
import { copy, leaveOut, openFolder, retry, retryClient, say, sure, wish } from "./wish.js";
import { counted, number } from "./words.js";

let limit = 20;
let seek = () => {};

// buttons whose path or client has first to be asked for
const with_ = (ask, act) => async (event) => {
  const by = event.currentTarget;
  try {
    const found = await ask();
    if (found == null) say("No file holds it any more.", { refused: true });
    else await act(found, by);
  } catch (error) {
    say(error.message, { refused: true });
  }
};

const pathOf = (one) => async () =>
  one.path ?? (await get(`documents/${one.id}`)).document.paths[0];

const clientOf = (one) => async () => {
  const { clients } = await get("clients", { search: one.what, limit: 100 });
  return clients.find((client) => client.id === one.id);
};

const ACTS = {
  file: (one) => [
    button(
      "Try again",
      title(one),
      (event) => retry([one.path], event.currentTarget),
      "small first",
    ),
    button("Leave out", title(one), (event) => leaveOut(one.path, event.currentTarget)),
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
      with_(clientOf(one), (client, by) => retryClient(client.external_id, by)),
      "small first",
    ),
    button(
      "Map to a client",
      title(one),
      with_(clientOf(one), (client) => choose(client.folders.map(folderPath))),
    ),
    button(
      "Open folder",
      title(one),
      with_(clientOf(one), (client, by) => openFolder(folderPath(client.folders[0]), by)),
    ),
    button(
      "Details",
      title(one),
      with_(clientOf(one), (client) => showClient(client, seek)),
    ),
  ],
  folder: (one) => [
    ...ways(one),
    button("Accept what is there now", title(one), async (event) => {
      const by = event.currentTarget;
      const text = `${one.path} is then watched as it is at the agent's next start, even if it is another disk than before.`;
      if (await sure("Accept this folder as it is?", text, "Accept"))
        wish("accept", { path: one.path }, { by });
    }),
  ],
};

const title = (one) => (one.kind === "file" ? one.path.split(/[\\/]/).at(-1) : one.what);

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
    prose(el("p", { class: "muted" }), one.next_step),
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
  $("by-itself").hidden = !itself.length;
  $("by-itself").querySelector("summary").textContent =
    `${counted(itself.length, "other waits", "others wait")} without you`;
  $("more-waiting").hidden = total <= waiting.length;
  $("more-waiting").textContent = `Show more of ${number(total)}`;
}

export function prepare(seekIn) {
  seek = seekIn;
  $("more-waiting").addEventListener("click", () => {
    limit += 50;
    waiting().catch((error) => say(error.message, { refused: true }));
  });
}
