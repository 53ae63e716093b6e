// The choice of a client for a folder.
import { $, el, later, name } from "./dom.js";
import { get } from "./door.js";
import { wish } from "./wish.js";
import { counted, plain } from "./words.js";

const MOST = 20;
let turn = 0;

const option = (client) =>
  el(
    "label",
    {},
    el("input", { type: "radio", name: "client", value: client.external_id, required: true }),
    el("span", {}, name(client.name), " ", el("span", { class: "sub" }, name(client.external_id))),
  );

async function find() {
  const mine = ++turn;
  const answer = await get("clients", { search: $("chooser-search").value, limit: MOST }).catch(
    () => null,
  );
  if (mine !== turn) return;
  $("chooser-map").disabled = true;
  if (!answer) {
    $("chooser-count").textContent = "No agent answers, so no clients can be shown.";
    return;
  }
  $("chooser-list").replaceChildren(...answer.clients.map(option));
  const more = answer.total > answer.clients.length;
  $("chooser-count").textContent =
    counted(answer.total, "client") +
    (more ? `; the first ${MOST} are shown, search for others` : "");
}

// folders: absolute paths, one of which is to stand for the client that is chosen
export function choose(folders) {
  const dialog = $("chooser");
  $("chooser-folder").replaceChildren(
    ...folders.map((path) => el("option", { value: path }, plain(path))),
  );
  $("chooser-search").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  find();
}

export function prepare() {
  const form = $("chooser").querySelector("form");
  $("chooser-search").addEventListener("input", later(find, 250));
  $("chooser-search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("change", () => {
    $("chooser-map").disabled = !form.elements.client?.value;
  });
  $("chooser").addEventListener("close", () => {
    const client = form.elements.client?.value;
    const path = $("chooser-folder").value;
    if ($("chooser").returnValue === "map" && client) wish("map", { path, client });
  });
}
