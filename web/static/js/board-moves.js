/* Moving visits: asks the server for days, shows a move at once, and takes it back or marks it when it is not saved. */

import { fill, unpack } from "./board-data.js";

const NOBODY = "0".repeat(32);
const STARTS = ["09:00", "10:30", "14:00", "15:30"];

export class Moves {
  constructor(lanes, options) {
    this.lanes = lanes;
    this.words = options.words;
    this.token = options.token;
    this.moveUrl = (uid) => options.moves.replace(NOBODY, uid);
    this.daysUrl = (uid) => options.days.replace(NOBODY, uid);
    this.talk = options.talk;
    this.countUrl = options.count;
    this.known = new Map();
  }

  /** The possible days of a visit; kept until something moves. */
  async days(uid) {
    if (!this.known.has(uid)) {
      const answer = fetch(this.daysUrl(uid), { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))));
      answer.catch(() => this.known.delete(uid));
      this.known.set(uid, answer);
    }
    return this.known.get(uid);
  }

  /** What a day or a quarter would be for a visit: allowed or not, with words. `off`: no working day. */
  verdict(found, day, quarter, off) {
    const one = found.days[day];
    if (!one) return { can: false, text: `${this.words.cannot}：${off ? found.off : found.other}` };
    const can = one.q.length > 0 && (quarter === null || one.q.includes(quarter));
    if (can) return { can, text: `${this.words.can} · ${one.score ? fill(this.words.score, { change: one.score }) : this.words.score_same}`, quarters: one.q };
    return { can, text: `${this.words.cannot}：${one.rules.join("；") || STARTS.filter((_, place) => one.q.includes(place)).join("、")}` };
  }

  /** Show the move at once, send it, and settle what the server answers. */
  async move(uid, day, quarter, reason = "") {
    const visit = this.lanes.visits.get(uid);
    const before = { day: visit.day, quarter: visit.quarter };
    this.lanes.put(uid, { day, quarter, mark: "pending" });
    this.talk.say(this.words.saving);
    let response;
    let answer = {};
    try {
      response = await fetch(this.moveUrl(uid), {
        method: "POST",
        credentials: "same-origin",
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.token, "If-Match": `"${visit.version}"` },
        body: JSON.stringify({ day, start_quarter: quarter, reason }),
      });
      answer = await response.json();
    } catch {
      this.unsaved(uid, before, day, quarter, reason);
      return;
    }
    if (response.ok) this.saved(uid, answer);
    else if (answer.code === "needs_reason") this.askReason(uid, before, day, quarter, answer);
    else if (response.status >= 500) this.unsaved(uid, before, day, quarter, reason);
    else this.refused(uid, before, answer);
  }

  take(document) {
    const part = unpack(document);
    for (const names of ["bodies", "officers", "towns"]) Object.assign(this.lanes.board[names], part[names]);
    for (const visit of part.visits) {
      const selected = this.lanes.visits.get(visit.uid)?.selected;
      this.lanes.put(visit.uid, { ...visit, selected, mark: "" });
    }
    return part;
  }

  saved(uid, answer) {
    this.known.clear();
    this.take(answer.now);
    const visit = this.lanes.visits.get(uid);
    const score = answer.score ? fill(this.words.score, { change: answer.score }) : this.words.score_same;
    const parts = answer.delta.map((one) => `${one.term} ${one.change}`).join("，");
    const done = fill(this.words.saved, { site: visit.site, when: `${visit.day} ${STARTS[visit.quarter]}` });
    this.talk.tell("good", [done, parts ? `${score}（${parts}）` : score], answer.warnings.length ? [this.words.warnings, ...answer.warnings] : []);
    this.recount();
    this.offerUndo();
  }

  /** The newest edit can be taken back now, and nothing can be done again. */
  offerUndo() {
    const undo = document.querySelector('[data-step="edits.undo"]');
    const redo = document.querySelector('[data-step="edits.redo"]');
    if (undo) {
      undo.disabled = false;
      undo.textContent = this.words.undo_move;
    }
    if (redo) redo.disabled = true;
  }

  refused(uid, before, answer) {
    this.lanes.put(uid, { ...before, mark: "" });
    if (answer.now) this.take(answer.now);
    this.known.clear();
    const stale = answer.code === "stale";
    const first = stale ? [this.words.newer] : [this.words.taken_back];
    this.talk.tell("bad", [...first, answer.title ?? ""], answer.lines ?? (answer.errors ?? []).map((one) => one.detail));
  }

  unsaved(uid, before, day, quarter, reason) {
    this.lanes.put(uid, { mark: "unsaved" });
    const visit = this.lanes.visits.get(uid);
    const note = this.talk.tell("bad", [`${this.words.unsaved}：${visit.site}`, this.words.unsaved_long], []);
    this.talk.button(note, this.words.again, () => this.move(uid, day, quarter, reason));
    this.talk.button(note, this.words.put_back, () => this.lanes.put(uid, { ...before, mark: "" }));
  }

  askReason(uid, before, day, quarter, answer) {
    const back = () => this.lanes.put(uid, { ...before, mark: "" });
    this.talk.askReason(this.words.reason, answer.lines, (reason) => {
      back();
      return this.move(uid, day, quarter, reason);
    }, () => {
      back();
      this.talk.say(this.words.taken_back);
    });
  }

  /** The banner counts anew what is not published. */
  async recount() {
    const banner = document.querySelector("[data-board-banner] > span");
    if (!banner || !this.countUrl) return window.setTimeout(() => {}, 0);
    const response = await fetch(this.countUrl, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) return undefined;
    const counted = await response.json();
    banner.textContent = counted.words;
    banner.parentElement.classList.toggle("warn", counted.n > 0);
    banner.parentElement.classList.toggle("good", counted.n === 0);
    return undefined;
  }
}
