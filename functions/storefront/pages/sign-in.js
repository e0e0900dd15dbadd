import { checkCredential, getSignIn } from "./api.js";
import { forgetCredential, keepCredential } from "./credential.js";
import { byId } from "./dom.js";
import { goToIssuer } from "./oauth.js";
import { t } from "./text.js";

// The form that is shown instead of the shop until a key or an account is accepted.
export class SignIn extends EventTarget {
  client = null;

  constructor() {
    super();
    this.view = byId("sign-in");
    this.message = byId("sign-in-message");
    this.key = byId("api-key");
    this.submit = byId("sign-in-submit");
    byId("sign-in-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.signInWithKey();
    });
    byId("account-sign-in").addEventListener("click", () => goToIssuer(this.client));
  }

  async show(message = "") {
    this.view.hidden = false;
    this.message.textContent = message;
    this.client = await getSignIn().catch(() => null);
    byId("account").hidden = !this.client;
    this.key.focus();
  }

  hide() {
    this.view.hidden = true;
    this.key.value = "";
  }

  async signInWithKey() {
    const key = this.key.value.trim();
    if (!key) return this.refuse(t("sign_in.no_key"));
    this.submit.disabled = true;
    try {
      keepCredential(key);
      await checkCredential();
      this.hide();
      this.dispatchEvent(new Event("signed-in"));
    } catch (error) {
      forgetCredential();
      this.refuse(error.message);
    }
    this.submit.disabled = false;
  }

  refuse(message) {
    this.message.textContent = message;
    this.key.focus();
  }
}
