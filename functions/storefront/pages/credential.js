// The API key or access token that the page sends. Kept in this tab alone, and never in its address.

const STORED = "limner.credential";
const THIS_MACHINE = ["127.0.0.1", "localhost", "[::1]"];

export const credential = () => sessionStorage.getItem(STORED);

export const isTestKey = () => credential()?.startsWith("lk_test_") ?? false;

// Whether files of this tab have been kept, by the key that unsent-files.js keeps them under.
export const KEPT_FILES_OF_TAB = "limner.tab";

export const hasKeptFiles = () => sessionStorage.getItem(KEPT_FILES_OF_TAB) !== null;

export const keepCredential = (text) => sessionStorage.setItem(STORED, text);

export const forgetCredential = () => sessionStorage.removeItem(STORED);

// `make up` prints a link with a test key in its fragment. Elsewhere such a link could sign a seller in to a shop of
// somebody else's, so it is only removed from the address. True if there was one.
export function takeKeyFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const key = fragment.get("key");
  if (key === null) return false;
  fragment.delete("key");
  history.replaceState(null, "", location.pathname + location.search + (fragment.size ? `#${fragment}` : ""));
  if (THIS_MACHINE.includes(location.hostname)) keepCredential(key);
  return true;
}
