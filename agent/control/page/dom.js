// Elements made of text. Nothing that came from a disk or from Filed is ever read as HTML.
import { day, looks, plain } from "./words.js";

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
  if (target.dataset.told === text) return target; // a person may be selecting it
  target.dataset.told = text;
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

// new children only where something changed, or the day: 14:22 is then of yesterday. The focus stays
// where it was.
export function renew(target, told, make) {
  const sign = JSON.stringify([day(new Date()), told]);
  if (target.dataset.sign === sign) return;
  const held = target.contains(document.activeElement) ? standing() : null;
  target.replaceChildren(...make());
  target.dataset.sign = sign;
  if (held) restand(held);
}

// where the focus stands, in words that hold when the rows are made anew
export function standing() {
  const element = document.activeElement;
  const key = element.closest("[data-key]")?.dataset.key;
  return { element, key, text: element.textContent, section: element.closest("section") };
}

// the same place again, else the heading of its section
export function restand({ key, text, section }) {
  const row = section?.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
  const same = [...(row?.querySelectorAll("a,button,summary") ?? [])].find(
    (one) => one.textContent === text,
  );
  (same ?? section?.querySelector("h2"))?.focus();
}

// hidden or shown; a focus that would be lost with it goes to its counterpart
export function hide(element, hidden, counterpart) {
  const held = hidden && !element.hidden && element.contains(document.activeElement);
  element.hidden = hidden;
  if (held) counterpart.focus();
}

export function later(act, milliseconds) {
  let timer = 0;
  return (...all) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...all), milliseconds);
  };
}
