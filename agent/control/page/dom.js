// Elements made of text. Nothing that came from a disk or from Filed is ever read as HTML.
import { looks, plain } from "./words.js";

export const $ = (id) => document.getElementById(id);

// el("p", {class: "sub", onclick: act}, "text", node); null children are left out
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

// a name of a file, a client, a path: isolated, so that its direction cannot reach its surroundings
export const name = (text, kind = "") => el("bdi", { class: kind || null }, plain(text));

export const unseen = (text) => el("span", { class: "unseen" }, ` ${plain(text)}`);

// a sentence in which `words in backticks` are a command
export function prose(target, text) {
  const parts = plain(text).split("`");
  const odd = parts.length % 2 === 1;
  target.replaceChildren(
    ...(odd ? parts.map((part, at) => (at % 2 ? el("code", {}, part) : part)) : [plain(text)]),
  );
  return target;
}

export function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${shape}`);
  svg.append(use);
  return svg;
}

export function stage(state, words) {
  const [tone, shape] = looks(state);
  return el("span", { class: `stage ${tone}` }, icon(shape), words);
}

export const button = (text, about, act, kind = "small") =>
  el("button", { type: "button", class: kind, onclick: act }, text, about ? unseen(about) : null);

// new children only where something changed; the focus stays where it was
export function renew(target, told, make) {
  const sign = JSON.stringify(told);
  if (target.dataset.sign === sign) return;
  const held = target.contains(document.activeElement) ? place(target) : null;
  target.replaceChildren(...make());
  target.dataset.sign = sign;
  if (held) (find(target, held) ?? target.closest("section")?.querySelector("h2"))?.focus();
}

const actives = (target) => [...target.querySelectorAll("a,button,summary,input,select")];

function place(target) {
  const at = document.activeElement;
  const row = at.closest("[data-key]");
  return { key: row?.dataset.key, text: at.textContent, tag: at.tagName, target };
}

function find(target, held) {
  return actives(target).find(
    (one) => one.tagName === held.tag && one.textContent === held.text && one.closest("[data-key]")?.dataset.key === held.key,
  );
}

export function later(act, milliseconds) {
  let timer = 0;
  return (...all) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...all), milliseconds);
  };
}
