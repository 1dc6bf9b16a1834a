/*
 * Photos that wait for a network, in the phone's own database: too large for where the rest of the queue stands.
 * Each lies under the key of its entry; how much may wait is bounded, so that no phone fills up unseen.
 */
const NAME = "onedoor-field";
const TABLE = "photos";
const LARGEST = 10 * 1024 * 1024;
const MOST_BYTES = 80 * 1024 * 1024;
const MOST = 24;

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Run one deed on the table; its result comes when the whole transaction is on the disk. */
async function within(mode, deed) {
  const base = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = base.transaction(TABLE, mode);
      const request = deed(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    base.close();
  }
}

/** Why a photo cannot wait beside those of `list` (entries): "large", "many"; undefined when it can. */
export function refusal(file, list) {
  if (file.size > LARGEST) return "large";
  const waiting = list.filter((one) => one.photo);
  const bytes = waiting.reduce((sum, one) => sum + one.photo.size, file.size);
  return waiting.length >= MOST || bytes > MOST_BYTES ? "many" : undefined;
}

/** Keep a photo under a key; false when the phone has no room or no database. */
export async function keepPhoto(key, file) {
  try {
    await within("readwrite", (table) => table.put(file, key));
    return true;
  } catch {
    return false;
  }
}

/** The photo under a key; undefined when it is gone. */
export async function photoOf(key) {
  try {
    return await within("readonly", (table) => table.get(key));
  } catch {
    return undefined;
  }
}

/** Throw away the photos that no entry of `list` stands for. */
export async function sweepPhotos(list) {
  try {
    const wanted = new Set(list.map((one) => one.key));
    const keys = await within("readonly", (table) => table.getAllKeys());
    for (const key of keys.filter((one) => !wanted.has(one))) {
      await within("readwrite", (table) => table.delete(key));
    }
  } catch {
    // Without a database there is nothing to sweep.
  }
}
