// A list that the agent pages: search, filters, and one page of rows at a time.
import { $, button, el, later, renew } from "./dom.js";
import { get } from "./door.js";
import { counted, number } from "./words.js";

const LIMIT = 50;

export class List {
  // row(one) gives a <tr>; noun names what is listed ("document", "client", "line of history")
  constructor(view, { path = view, noun, plural = `${noun}s`, row, onQuery = () => {} }) {
    Object.assign(this, { path, noun, plural, row, onQuery, offset: 0, turn: 0 });
    this.section = $(view);
    this.form = this.section.querySelector("form");
    this.rows = this.section.querySelector("tbody");
    this.drop = this.section.querySelector("[data-drop]");
    this.pager();
    const changed = later(() => this.first(), 250);
    this.form.addEventListener("input", changed);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.first();
    });
    this.drop?.addEventListener("click", () => this.of("", ""));
  }

  pager() {
    const pager = this.section.querySelector(".pager");
    this.where = el("p", {});
    this.before = button("Previous", this.plural, () => this.turnTo(this.offset - LIMIT));
    this.next = button("Next", this.plural, () => this.turnTo(this.offset + LIMIT));
    pager.append(this.where, this.before, this.next);
  }

  // only what belongs to this client (its external ID); empty: of all
  of(client, shown) {
    this.form.elements.client.value = client;
    this.drop.hidden = !client;
    this.drop.replaceChildren("Client: ", el("bdi", {}, shown), " ✕");
    this.drop.setAttribute("aria-label", `Client: ${shown}. Show all again`);
    if (!client) this.form.elements.search.focus();
    return this.first();
  }

  query() {
    const told = Object.fromEntries(new FormData(this.form));
    if (told.since) told.since = new Date(`${told.since}T00:00`).toISOString();
    return told;
  }

  first() {
    return this.turnTo(0, true);
  }

  async turnTo(offset, searched = false) {
    this.offset = Math.max(0, offset);
    await this.load();
    if (searched) $("spoken").textContent = this.where.textContent;
    else this.section.querySelector("h2").scrollIntoView({ block: "nearest" });
  }

  async load() {
    const turn = ++this.turn;
    const query = this.query();
    this.onQuery(query);
    try {
      const answer = await get(this.path, { ...query, limit: LIMIT, offset: this.offset });
      if (turn === this.turn) this.show(answer, answer[this.path]);
    } catch (error) {
      if (turn === this.turn) this.where.textContent = error.message;
    }
  }

  show({ total, offset }, found) {
    if (!found.length && offset > 0 && total > 0) {
      this.turnTo(Math.floor((total - 1) / LIMIT) * LIMIT);
      return;
    }
    renew(this.rows, found, () => found.map((one) => this.row(one)));
    this.rows.parentElement.hidden = !found.length;
    this.where.textContent = found.length
      ? `${number(offset + 1)} to ${number(offset + found.length)} of ${counted(total, this.noun, this.plural)}`
      : `No ${this.plural} here.`;
    this.before.hidden = this.next.hidden = total <= LIMIT;
    this.before.disabled = offset === 0;
    this.next.disabled = offset + found.length >= total;
  }
}
