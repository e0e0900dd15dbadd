import { h, ownName } from "./dom.js";
import { date, language, number, t } from "./text.js";

const WEEK_DAYS = 7;
const WITHOUT_WINDOW = ["DRAFT", "CANCELLED"];

// A month with the windows of the campaigns, in the reader's time zone.
export class Calendar {
  campaigns = [];
  month = firstOfMonth(new Date(), 0);

  constructor() {
    this.table = h("table", {});
    this.title = h("p", { class: "calendar-title", role: "status" });
    this.element = h(
      "div",
      { class: "calendar" },
      h("p", { class: "calendar-head" }, this.button("previous", "‹", -1), this.title, this.button("next", "›", 1)),
      this.table,
    );
    this.draw();
  }

  button(key, sign, step) {
    const onclick = () => ((this.month = firstOfMonth(this.month, step)), this.draw());
    return h("button", { type: "button", class: "button", "aria-label": t(`campaigns.${key}`), onclick }, h("span", { "aria-hidden": "true" }, sign));
  }

  show(campaigns) {
    this.campaigns = campaigns.filter(({ status }) => !WITHOUT_WINDOW.includes(status));
    this.draw();
  }

  draw() {
    const name = date(this.month, { month: "long", year: "numeric" });
    this.title.textContent = name;
    const first = addDays(this.month, -((this.month.getDay() - firstWeekDay() + WEEK_DAYS) % WEEK_DAYS));
    const end = firstOfMonth(this.month, 1);
    const weeks = [];
    for (let day = first; day < end; day = addDays(day, WEEK_DAYS)) weeks.push(this.week(day));
    const heads = weekDays(first).map((day) => {
      const long = date(day, { weekday: "long" });
      return h("th", { scope: "col", abbr: long }, date(day, { weekday: "short" }));
    });
    this.table.replaceChildren(h("caption", { class: "visually-hidden" }, name), h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...weeks));
  }

  week(first) {
    return h("tr", {}, ...weekDays(first).map((day) => this.day(day)));
  }

  day(day) {
    if (day.getMonth() !== this.month.getMonth()) return h("td", { class: "other-month" });
    const shown = this.campaigns.filter((campaign) => isOn(campaign, day));
    const names = shown.map(({ name, status }) => h("li", { "data-status": status }, ownName(name)));
    const time = h("time", { datetime: isoDay(day) }, number(day.getDate()));
    return h("td", {}, time, names.length ? h("ul", {}, ...names) : null);
  }
}

const firstOfMonth = (day, step) => new Date(day.getFullYear(), day.getMonth() + step, 1);

const addDays = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);

const weekDays = (first) => Array.from({ length: WEEK_DAYS }, (_, index) => addDays(first, index));

// 0 is Sunday. A browser that does not know begins with Monday.
function firstWeekDay() {
  const locale = new Intl.Locale(navigator.languages.find((tag) => tag.startsWith(language)) ?? language);
  return ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) % WEEK_DAYS;
}

const isOn = ({ window: { start, end } }, day) => (!start || new Date(start) < addDays(day, 1)) && (!end || new Date(end) > day);

const isoDay = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
