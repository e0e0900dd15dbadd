// Files that were chosen and not sent yet. The browser keeps them for this tab, so that a reload does not lose them. A
// browser that keeps none, as in some private windows, loses with a reload what it has always lost.

import { KEPT_FILES_OF_TAB as TAB, hasKeptFiles as hasFiles } from "./credential.js";

const DATABASE = "limner";
const FILES = "unsent";
const KEPT_MS = 24 * 3600 * 1000;

export function keepFile(key, file) {
  const kept = { key, file, tab: tabId(), keptAt: performance.timeOrigin + performance.now() };
  return withFiles((files) => files.put(kept));
}

export const dropFile = async (key) => hasFiles() && withFiles((files) => files.delete(key));

// [{key, file}] in the order in which they were chosen.
export async function keptFiles() {
  if (!hasFiles()) return [];
  const kept = (await withFiles(dropOldFiles)) ?? [];
  return kept.filter(({ tab }) => tab === tabId()).sort((one, other) => one.keptAt - other.keptAt);
}

export async function dropFiles() {
  for (const { key } of await keptFiles()) await dropFile(key);
  sessionStorage.removeItem(TAB);
}

// Made when the first file is kept, so that nothing is stored before.
function tabId() {
  if (!hasFiles()) sessionStorage.setItem(TAB, crypto.getRandomValues(new Uint32Array(2)).join("-"));
  return sessionStorage.getItem(TAB);
}

// All files that are not too old, also those of tabs that were closed.
function dropOldFiles(files) {
  const all = files.getAll();
  all.onsuccess = () => {
    for (const { key, keptAt } of all.result) if (Date.now() - keptAt > KEPT_MS) files.delete(key);
  };
  return all;
}

// One after the other: a file that is dropped has been kept before.
let queue = Promise.resolve();

// Resolves to the result of the request that `use` returns, when all is written; to undefined where that fails.
function withFiles(use) {
  queue = queue.then(() => useFiles(use)).catch(() => undefined);
  return queue;
}

async function useFiles(use) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(FILES, { keyPath: "key" });
  const database = await succeeded(opening);
  const transaction = database.transaction(FILES, "readwrite");
  const request = use(transaction.objectStore(FILES));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = reject;
  });
  database.close();
  return request.result;
}

const succeeded = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  });
