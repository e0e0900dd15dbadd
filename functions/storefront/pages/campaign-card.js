import { changeCampaign, estimateCampaign, getCampaign, getMembers, publishMember } from "./campaign-calls.js";
import { announce, h, ownName, replaceChildren } from "./dom.js";
import { date, hasText, list, lookName, money, number, seconds, t, textOf } from "./text.js";
import { sameLook } from "./photos.js";
import { reviewText } from "./verdict-text.js";

const POLL_MS = 3000;
const DAY = { dateStyle: "medium", timeStyle: "short" };

// One campaign: its state, what can be done with it, the estimate before a run, and what has come of its photos.
// `view` learns of changes by `changed()` and says what went wrong.
export class CampaignCard {
  constructor(campaign, view) {
    this.view = view;
    this.element = h("li", { class: "campaign", tabindex: "-1" });
    this.progress = h("div", { class: "campaign-progress" });
    this.take(campaign);
  }

  focus() {
    this.element.focus();
  }

  stop() {
    clearTimeout(this.timer);
  }

  take(campaign) {
    const isChanged = this.campaign?.status !== campaign.status;
    this.campaign = campaign;
    if (isChanged) this.draw();
    this.showProgress();
    this.stop();
    if (campaign.status === "RUNNING") this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  async poll() {
    const isShown = this.element.checkVisibility() && !document.hidden;
    const campaign = isShown ? await getCampaign(this.campaign.campaign_id).catch(() => null) : null;
    const before = this.campaign.status;
    this.take(campaign ?? this.campaign);
    if (before !== this.campaign.status) this.say();
  }

  say() {
    const { name, status } = this.campaign;
    announce(t("campaigns.changed", { name, status: t(`status.${status}`) }));
    this.view.changed();
  }

  draw() {
    const { name, status, window, placement, actions } = this.campaign;
    this.looks = h("p", { class: "muted" });
    this.showLooks();
    this.estimate = h("div", { class: "estimate" });
    const members = h("details", { class: "members" }, h("summary", {}, t("campaigns.show_photos")));
    members.addEventListener("toggle", () => members.open && this.showMembers(members));
    const buttons = actions.map((action) => this.actionButton(action));
    replaceChildren(
      this.element,
      h("h3", {}, ownName(name), " ", h("span", { class: "badge" }, t(`status.${status}`))),
      h("p", {}, t("campaigns.placement"), " ", ownName(placement)),
      h("p", { class: "muted" }, windowText(window)),
      this.looks,
      this.progress,
      h("p", { class: "campaign-actions" }, ...buttons),
      this.estimate,
      this.campaign.progress ? members : null,
    );
  }

  // With the names of styles, which may come later than the campaign.
  showLooks() {
    this.looks.textContent = list(this.campaign.looks.map(lookName));
  }

  // A run is estimated first.
  actionButton(action) {
    const { name } = this.campaign;
    const text = t(action === "run" ? "campaigns.estimate" : `action.${action}`);
    const onclick = () => (action === "run" ? this.showEstimate() : this.change(action));
    return h("button", { type: "button", class: "button", "aria-label": t("campaigns.changed", { name, status: text }), onclick }, text);
  }

  change(action) {
    return this.view.try(async () => {
      this.take(await changeCampaign(this.campaign.campaign_id, action));
      this.say();
    });
  }

  showEstimate() {
    return this.view.try(async () => {
      const estimate = await estimateCampaign(this.campaign.campaign_id);
      const run = h("button", { type: "button", class: "button primary", onclick: () => this.change("run") }, t("campaigns.run_now"));
      this.estimate.replaceChildren(...estimateContent(estimate, this.campaign.name), run);
      run.focus();
    });
  }

  showProgress() {
    const { progress, name } = this.campaign;
    if (!progress) return this.progress.replaceChildren();
    const ended = Object.values(progress.outcomes).reduce((sum, count) => sum + count, 0);
    const bar = h("progress", { max: Math.max(progress.expected, ended, 1), value: ended, "aria-label": t("campaigns.progress", { name }) });
    const outcomes = Object.entries(progress.outcomes).filter(([, count]) => count);
    const counts = outcomes.map(([outcome, count]) => t("look.part", { style: t(`outcome.${outcome}`), share: count }));
    if (progress.under_way) counts.push(t("campaigns.under_way", { n: progress.under_way }));
    const { waiting } = progress;
    const until = waiting && { time: date(new Date(waiting.until), DAY), reason: textOf("failure", waiting.reason) };
    this.progress.replaceChildren(bar, h("p", {}, list(counts)), ...(until ? [h("p", { class: "muted" }, t("campaigns.waiting", until))] : []));
  }

  async showMembers(details) {
    const rows = h("ul", { "aria-label": t("campaigns.photos_of", { name: this.campaign.name }) });
    replaceChildren(details, details.querySelector("summary"), rows);
    const more = h("button", { type: "button", class: "button", onclick: () => this.addMembers(rows, more) }, t("library.more"));
    details.append(more);
    await this.addMembers(rows, more);
  }

  addMembers(rows, more) {
    return this.view.try(async () => {
      const { members, next } = await getMembers(this.campaign.campaign_id, more.cursor);
      const items = members.map((member) => this.memberItem(member));
      rows.append(...items);
      if (more === document.activeElement) (items[0]?.querySelector("button") ?? this.element).focus();
      more.cursor = next;
      more.hidden = !next;
    });
  }

  // One photo is taken back, and shown again, by itself.
  memberItem(member) {
    const { photo_id: id, name, results, outcome, code, is_withdrawn: isWithdrawn } = member;
    const reasons = [code && reasonText(code), ...this.reviewTexts(results), isWithdrawn && t("campaigns.taken_back")];
    const parts = [t(`outcome.${outcome}`), ...reasons].filter(Boolean);
    const text = t(isWithdrawn ? "campaigns.show_again" : "campaigns.take_back");
    const label = t("state.announced", { name, state: text });
    const onclick = () => this.view.try(async () => {
      const changed = await publishMember(this.campaign.campaign_id, id, isWithdrawn);
      const former = item;
      const next = this.memberItem({ ...changed, name, results });
      former.replaceWith(next);
      next.querySelector("button").focus();
    });
    const button = outcome === "ready" ? h("button", { type: "button", class: "button", "aria-label": label, onclick }, text) : null;
    const item = h("li", {}, ownName(name), h("span", { class: "muted" }, parts.join(t("look.list_separator"))), button);
    return item;
  }

  // Why pictures of the campaign's looks are not published.
  reviewTexts(results) {
    const isOurs = ({ look }) => this.campaign.looks.some((one) => sameLook(one, look));
    const held = results.filter((result) => result.review !== "approved" && isOurs(result));
    return [...new Set(held.map(reviewText))];
  }
}

const reasonText = (code) => (hasText(`failure.${code}`) ? t(`failure.${code}`) : textOf("problem", code));

// In the campaign's own time zone, whose name is given.
function windowText({ start, end, time_zone: timeZone }) {
  const inWords = (time) => date(new Date(time), { ...DAY, timeZone });
  const values = { start: start && inWords(start), end: end && inWords(end) };
  const key = start && end ? "window" : start ? "window_from" : end ? "window_until" : "window_always";
  return t(`campaigns.${key}`, values);
}

function estimateContent(estimate, name) {
  const rows = [
    ["campaigns.estimate_photos", number(estimate.photos)],
    ["campaigns.estimate_pictures", number(estimate.pictures)],
    ["campaigns.estimate_time", seconds(estimate.instance_seconds)],
    ["campaigns.estimate_cost", money(estimate.estimated_cost_usd)],
  ].map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, value)));
  const verdict = h("p", { class: estimate.fits ? "muted" : "error" }, t(estimate.fits ? "campaigns.fits" : "campaigns.fits_not"));
  const facts = h("dl", { class: "result-facts" }, ...rows);
  return [h("h4", {}, t("campaigns.estimate_of", { name })), facts, verdict, capTable(estimate.caps)].filter(Boolean);
}

function capTable(caps) {
  if (!caps.length) return null;
  const head = ["campaigns.cap", "campaigns.needed", "campaigns.left"].map((key) => h("th", { scope: "col" }, t(key)));
  const amount = (cap, value) => (cap === "budget" ? money(value) : number(value, { maximumFractionDigits: 0 }));
  const rows = caps.map(({ cap, needed, left }) =>
    h("tr", {}, h("th", { scope: "row" }, t(`cap.${cap}`)), h("td", {}, amount(cap, needed)), h("td", {}, amount(cap, left))),
  );
  return h("table", { class: "caps" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
}
