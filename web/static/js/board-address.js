/* The selection of the board, kept in the address and in every link to another view. Knows no lane. */

import { fill } from "./board-data.js";

const MOST = 100;

export class Selection {
  constructor(words) {
    this.words = words;
    this.uids = new Set((new URL(window.location.href).searchParams.getAll("selected").join(",")).match(/[0-9a-f]{32}/g) ?? []);
    this.listeners = [];
  }

  has(uid) {
    return this.uids.has(uid);
  }

  toggle(uid, chosen = !this.uids.has(uid)) {
    if (chosen && this.uids.size < MOST) this.uids.add(uid);
    if (!chosen) this.uids.delete(uid);
    this.write();
    for (const listener of this.listeners) listener(uid);
  }

  clear() {
    const before = [...this.uids];
    this.uids.clear();
    this.write();
    for (const uid of before) for (const listener of this.listeners) listener(uid);
  }

  write() {
    const joined = [...this.uids].join(",");
    window.history.replaceState(null, "", withSelection(window.location.href, joined));
    for (const link of document.querySelectorAll("a[data-board-link]")) link.href = withSelection(link.href, joined);
    for (const field of document.querySelectorAll("[data-board-selected]")) field.value = joined;
    const line = document.querySelector("[data-board-selection]");
    if (!line) return;
    line.hidden = this.uids.size === 0;
    line.querySelector("[data-board-count]").textContent = fill(this.words.selected, { count: this.uids.size });
  }
}

function withSelection(address, joined) {
  const url = new URL(address, window.location.href);
  url.searchParams.delete("selected");
  if (joined) url.searchParams.set("selected", joined);
  return url.href;
}
