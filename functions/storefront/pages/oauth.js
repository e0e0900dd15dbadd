// Signing in at the stack's issuer: OAuth 2.0 authorization code (RFC 6749) with PKCE (RFC 7636).

import { ApiError, getSignIn } from "./api.js";
import { keepCredential } from "./credential.js";
import { t } from "./text.js";

const PENDING = "limner.pending-sign-in";

const redirectUri = () => location.origin + location.pathname;

// Leaves the page. What the answer is checked against, and the page's fragment, are kept in this tab meanwhile.
export async function goToIssuer({ authorize_url: url, client_id, scope }) {
  const pending = { state: randomText(), verifier: randomText(), fragment: location.hash };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const query = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri: redirectUri(),
    scope,
    state: pending.state,
    code_challenge: await sha256(pending.verifier),
    code_challenge_method: "S256",
  });
  location.assign(`${url}?${query}`);
}

// Exchanges the issuer's answer in the page's address, if there is one, for a token. Throws ApiError.
export async function takeAnswerFromAddress() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state")) return;
  const pending = JSON.parse(sessionStorage.getItem(PENDING));
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", location.pathname + (pending?.fragment ?? ""));
  const client = await getSignIn();
  const isOurs = pending?.state === answer.get("state") && (answer.get("iss") ?? client?.issuer) === client?.issuer;
  if (!client || !isOurs) throw new ApiError(t("sign_in.foreign"));
  if (!answer.has("code")) throw new ApiError(t("sign_in.not_completed"));
  keepCredential(await exchange(client, answer.get("code"), pending.verifier));
}

async function exchange({ token_url: url, client_id, token: name }, code, code_verifier) {
  const body = { grant_type: "authorization_code", client_id, code, redirect_uri: redirectUri(), code_verifier };
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(body) }).catch(() => null);
  const token = response?.ok && (await response.json())[name];
  if (!token) throw new ApiError(t("sign_in.failed"));
  return token;
}

const randomText = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

const sha256 = async (text) => base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

const base64Url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
