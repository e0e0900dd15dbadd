// The view of collections and campaigns. Loaded when it is opened first.

import { Calendar } from "./calendar.js";
import { CampaignCard } from "./campaign-card.js";
import { createCampaign, createCollection, deleteCollection, getCampaigns, getCollection, getCollections } from "./campaign-calls.js";
import { announce, byId, h, ownName, replaceChildren } from "./dom.js";
import { date, list, lookName, t } from "./text.js";

const MAX_COUNTED_COLLECTIONS = 20;

// `lookOptions` has the looks of a new campaign. `numbers` are the product numbers of the photos that were selected in
// the library.
export class CampaignsView {
  numbers = [];
  collections = [];
  cards = new Map();

  constructor(lookOptions) {
    this.lookOptions = lookOptions;
    lookOptions.addEventListener("catalogue", () => this.cards.forEach((card) => card.showLooks()));
    this.note = h("p", { class: "error", role: "status" });
    this.collectionList = h("ul", { class: "collections" });
    this.campaignList = h("ul", { class: "campaign-list" });
    this.calendar = new Calendar();
    this.collectionForm = this.makeCollectionForm();
    this.campaignForm = this.makeCampaignForm();
    byId("campaigns").append(
      this.note,
      section("campaigns.title", this.campaignList, this.campaignForm),
      section("campaigns.collections", this.collectionList, this.collectionForm),
      section("campaigns.calendar", this.calendar.element),
    );
  }

  async show() {
    this.updateLooks();
    await this.try(async () => {
      const [collections, campaigns] = await Promise.all([getCollections(), getCampaigns()]);
      this.collections = collections;
      this.showCollections();
      this.showCampaigns(campaigns);
    });
  }

  // Without numbers there is nothing that a list could be made of.
  collect(numbers) {
    this.numbers = numbers.filter(Boolean);
    const left = numbers.length - this.numbers.length;
    this.note.textContent = left ? t("count.no_number", { n: left }) : "";
    const { by, name } = this.collectionForm.elements;
    by.value = this.numbers.length ? "selection" : "filter";
    this.updateSources();
    name.focus();
  }

  // What went wrong is said at the top of the view. True if nothing did.
  async try(work) {
    this.note.textContent = "";
    try {
      await work();
      return true;
    } catch (error) {
      this.note.textContent = error.message;
      return false;
    }
  }

  // Collections

  makeCollectionForm() {
    const selection = h("input", { type: "radio", name: "by", value: "selection" });
    const filter = h("input", { type: "radio", name: "by", value: "filter", checked: true });
    this.selectionText = h("span", {});
    const form = h(
      "form",
      { class: "create-form", novalidate: true },
      field("campaigns.name", h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" })),
      h(
        "fieldset",
        {},
        h("legend", { class: "small-legend" }, t("campaigns.photos_by")),
        h("label", { class: "checkbox" }, selection, this.selectionText),
        h("label", { class: "checkbox" }, filter, h("span", {}, t("campaigns.by_filter"))),
      ),
      field("campaigns.tag", h("input", { name: "tag", maxlength: 128, autocomplete: "off" })),
      field("campaigns.since", h("input", { name: "since", type: "date" })),
      field("campaigns.before", h("input", { name: "before", type: "date" })),
      h("button", { class: "button" }, t("campaigns.create_collection")),
    );
    form.addEventListener("submit", (event) => (event.preventDefault(), this.createCollection(form)));
    form.addEventListener("change", () => this.updateSources(form));
    this.updateSources(form);
    return form;
  }

  updateSources(form = this.collectionForm) {
    const { by, tag, since, before } = form.elements;
    this.selectionText.textContent = t("campaigns.by_selection", { ids: t("count.ids", { n: this.numbers.length }) });
    by[0].disabled = !this.numbers.length;
    for (const input of [tag, since, before]) input.disabled = by.value === "selection";
  }

  async createCollection(form) {
    if (!form.reportValidity()) return;
    const { name, by, tag, since, before } = form.elements;
    const filter = { tag: tag.value.trim() || null, created_since: startOfDay(since.value), created_before: startOfDay(before.value) };
    const photos = by.value === "selection" ? { external_ids: this.numbers } : { filter };
    const isMade = await this.try(async () => {
      this.collections = [...this.collections, await createCollection({ name: name.value.trim(), ...photos })];
      this.showCollections();
    });
    if (!isMade) return;
    announce(t("campaigns.created", { name: name.value }));
    form.reset();
    this.updateSources();
  }

  showCollections() {
    const items = this.collections.map((collection) => this.collectionItem(collection));
    this.collectionList.replaceChildren(...(items.length ? items : [h("li", { class: "muted" }, t("campaigns.no_collections"))]));
    const options = this.collections.map(({ collection_id: id, name }) => h("option", { value: id, lang: "", dir: "auto" }, name));
    const { collection_id: select } = this.campaignForm.elements;
    const { value } = select;
    select.replaceChildren(...options);
    if (value) select.value = value;
  }

  collectionItem(collection) {
    const { collection_id: id, name } = collection;
    const count = h("span", { class: "muted" });
    if (this.collections.indexOf(collection) < MAX_COUNTED_COLLECTIONS) showCount(id, count);
    const text = t("library.delete");
    const remove = h("button", { type: "button", class: "button", "aria-label": t("state.announced", { name, state: text }) }, text);
    remove.addEventListener("click", () => this.deleteCollection(collection));
    return h("li", {}, h("div", {}, ownName(name, "strong"), h("p", { class: "muted" }, sourceOf(collection))), count, remove);
  }

  async deleteCollection(collection) {
    const isDone = await this.try(() => deleteCollection(collection.collection_id));
    if (!isDone) return;
    this.collections = this.collections.filter((one) => one !== collection);
    this.showCollections();
    announce(t("campaigns.deleted", { name: collection.name }));
    this.collectionForm.elements.name.focus();
  }

  // Campaigns

  makeCampaignForm() {
    const { timeZone: here } = new Intl.DateTimeFormat().resolvedOptions();
    const zones = [...new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((zone) => h("option", {}, zone));
    this.looks = h("p", { class: "muted" });
    const form = h(
      "form",
      { class: "create-form", novalidate: true },
      field("campaigns.name", h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" })),
      field("campaigns.collection", h("select", { name: "collection_id", required: true })),
      h("div", {}, h("p", { class: "field-name" }, t("campaigns.looks")), this.looks, h("a", { class: "inline-link", href: "#" }, t("campaigns.choose_looks"))),
      field("campaigns.placement", h("input", { name: "placement", required: true, pattern: "[a-z0-9\\-]+", maxlength: 40, autocomplete: "off", "aria-describedby": "placement-note" })),
      h("p", { id: "placement-note", class: "muted note" }, t("campaigns.placement_note")),
      field("campaigns.priority", h("input", { name: "priority", type: "number", min: 0, max: 1000, value: 0 })),
      field("campaigns.starts", h("input", { name: "starts_at", type: "datetime-local" })),
      field("campaigns.ends", h("input", { name: "ends_at", type: "datetime-local" })),
      field("campaigns.time_zone", h("select", { name: "time_zone", lang: "" }, ...zones)),
      h("button", { class: "button primary" }, t("campaigns.create")),
    );
    form.addEventListener("submit", (event) => (event.preventDefault(), this.createCampaign(form)));
    return form;
  }

  updateLooks() {
    const { looks } = this.lookOptions;
    this.looks.textContent = looks.length ? list(looks.map(lookName)) : t("campaigns.no_looks");
  }

  async createCampaign(form) {
    const { looks } = this.lookOptions;
    if (!looks.length) return (this.note.textContent = t("campaigns.no_looks"));
    if (!form.reportValidity()) return;
    const { name, collection_id: collection, placement, priority, starts_at: starts, ends_at: ends, time_zone: zone } = form.elements;
    const window = { starts_at: starts.value || null, ends_at: ends.value || null, time_zone: zone.value };
    await this.try(async () => {
      const campaign = await createCampaign({
        name: name.value.trim(),
        collection_id: collection.value,
        looks,
        placement: placement.value,
        priority: priority.valueAsNumber || 0,
        window,
      });
      this.showCampaigns([campaign, ...[...this.cards.values()].map((card) => card.campaign)]);
      announce(t("campaigns.created", { name: campaign.name }));
      form.reset();
      this.cards.get(campaign.campaign_id).focus();
    });
  }

  showCampaigns(campaigns) {
    for (const card of this.cards.values()) card.stop();
    this.cards = new Map(campaigns.map((campaign) => [campaign.campaign_id, new CampaignCard(campaign, this)]));
    const cards = [...this.cards.values()].map(({ element }) => element);
    replaceChildren(this.campaignList, ...(cards.length ? cards : [h("li", { class: "muted" }, t("campaigns.none"))]));
    this.changed();
  }

  // Called by a card whose campaign has changed.
  changed() {
    this.calendar.show([...this.cards.values()].map((card) => card.campaign));
  }
}

const section = (title, ...content) => h("section", {}, h("h2", {}, t(title)), ...content);

const field = (key, input) => h("label", { class: "field" }, h("span", { class: "field-name" }, t(key)), input);

const startOfDay = (day) => (day ? new Date(`${day}T00:00`).toISOString() : null);

async function showCount(id, element) {
  const { photos, is_exact: isExact } = await getCollection(id).catch(() => ({ photos: null }));
  if (photos === null) return;
  const count = t("count.photos", { n: photos });
  element.textContent = isExact ? count : t("campaigns.about", { photos: count });
}

// Which photos a collection has, in words.
function sourceOf({ filter, listed_ids: ids }) {
  if (!filter) return t("campaigns.list_of", { ids: t("count.ids", { n: ids }) });
  const inWords = (time) => date(new Date(time), { dateStyle: "medium" });
  const parts = [
    filter.tag && t("campaigns.filter_tag", { tag: filter.tag }),
    filter.created_since && t("campaigns.filter_since", { date: inWords(filter.created_since) }),
    filter.created_before && t("campaigns.filter_before", { date: inWords(filter.created_before) }),
  ].filter(Boolean);
  return parts.length ? parts.join(t("look.list_separator")) : t("campaigns.filter_all");
}
