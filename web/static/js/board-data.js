/* The visits of the board as the server sends them, unpacked. Knows no element. */

const HIDDEN = 1;
const FIXED = 2;
const PINNED = 4;
const CONFLICT = 8;

/** Fetch and unpack; throws when the answer is no board. */
export async function loadBoard(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`board ${answer.status}`);
  return unpack(await answer.json());
}

/** Turn short keys and indices into visits with names. */
export function unpack(document) {
  const visits = document.v.map((row) => ({
    uid: row[0],
    version: row[1],
    day: document.d[row[2]],
    quarter: row[3],
    quarters: row[4],
    state: document.s[row[5]],
    credit: row[6],
    bodies: row[7],
    lead: row[8],
    town: row[9],
    people: row[10],
    hidden: Boolean(row[11] & HIDDEN),
    fixed: Boolean(row[11] & FIXED),
    pinned: Boolean(row[11] & PINNED),
    conflict: Boolean(row[11] & CONFLICT),
    site: row[12],
  }));
  return { unpublished: document.n, bodies: document.o, officers: document.f, towns: document.t, visits };
}

/** Put values into the places of a text: "{count}". */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}
